//! Whom origins trust, and who we are to them: the settings of TLS.

use std::sync::Arc;

use imgplane_config::ClientCertificate;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
};
use tokio_rustls::TlsConnector;

use crate::SetupError;

/// The authorities that all origins trust: loaded once, sessions shared.
#[derive(Debug, Clone)]
pub(crate) struct Roots {
    store: Arc<RootCertStore>,
    usual: Arc<ClientConfig>,
}

/// What an origin wants otherwise than others.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TlsWish<'a> {
    /// PEM text of authorities that are trusted besides the public ones.
    pub(crate) ca_bundle: Option<&'a str>,
    /// Who we are.
    pub(crate) client_certificate: Option<&'a ClientCertificate>,
    /// Take every certificate.
    pub(crate) insecure: bool,
    /// HTTP/1.1 only: where the host of requests is not the host of the connection.
    pub(crate) http1_only: bool,
}

impl Roots {
    /// The system's trusted roots. A system without any gives a client for which no server is trusted, so that
    /// origins without TLS still work; that is logged.
    ///
    /// # Errors
    /// [`SetupError::Client`].
    pub(crate) fn of_system() -> Result<Self, SetupError> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        let (loaded, _) = roots.add_parsable_certificates(found.certs);
        if loaded == 0 {
            tracing::warn!(
                errors = ?found.errors,
                "found no trusted root certificates, so every https origin will be refused; \
                 install ca-certificates or set SSL_CERT_FILE"
            );
        }
        Self::new(roots)
    }

    /// Only these roots.
    ///
    /// # Errors
    /// [`SetupError::Client`].
    pub(crate) fn new(roots: RootCertStore) -> Result<Self, SetupError> {
        let store = Arc::new(roots);
        let builder = builder().map_err(|error| SetupError::Client(error.to_string()))?;
        let mut config = builder.with_root_certificates(Arc::clone(&store)).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { store, usual: Arc::new(config) })
    }

    /// What most origins use.
    pub(super) fn usual(&self) -> TlsConnector {
        TlsConnector::from(Arc::clone(&self.usual))
    }

    /// What one origin wants.
    ///
    /// # Errors
    /// [`SetupError::Field`] for a bundle or a client certificate that cannot be used; `member` is the origin's
    /// member in the manifest.
    pub(crate) fn of_wish(&self, member: &str, wish: TlsWish<'_>) -> Result<TlsConnector, SetupError> {
        let wrong =
            |field: &str, what: String| SetupError::Field { field: format!("{member}.tls.{field}"), what };
        let store = match wish.ca_bundle {
            None => Arc::clone(&self.store),
            Some(bundle) => {
                let mut store = (*self.store).clone();
                for certificate in CertificateDer::pem_slice_iter(bundle.as_bytes()) {
                    let certificate = certificate
                        .map_err(|error| wrong("caBundleRef", format!("is no PEM text: {error}")))?;
                    store.add(certificate).map_err(|error| {
                        wrong("caBundleRef", format!("holds no usable authority: {error}"))
                    })?;
                }
                Arc::new(store)
            }
        };
        let builder = builder().map_err(|error| SetupError::Client(error.to_string()))?;
        let builder = if wish.insecure {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(ring::default_provider())))
        } else {
            builder.with_root_certificates(store)
        };
        let mut config = match wish.client_certificate {
            None => builder.with_no_client_auth(),
            Some(own) => {
                let (chain, key) =
                    own_certificate(own).map_err(|what| wrong("clientCertificateRef", what))?;
                builder
                    .with_client_auth_cert(chain, key)
                    .map_err(|error| wrong("clientCertificateRef", format!("cannot be used: {error}")))?
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        if !wish.http1_only {
            config.alpn_protocols.insert(0, b"h2".to_vec());
        }
        Ok(TlsConnector::from(Arc::new(config)))
    }
}

type Builder = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn builder() -> Result<Builder, Error> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
}

/// The errors name no content: it is secret.
fn own_certificate(
    own: &ClientCertificate,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(own.certificate.expose().as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| "tls.crt is no PEM text".to_owned())?;
    if chain.is_empty() {
        return Err("tls.crt holds no certificate".to_owned());
    }
    let key = PrivateKeyDer::from_pem_slice(own.key.expose().as_bytes())
        .map_err(|_| "tls.key holds no private key in PEM text".to_owned())?;
    Ok((chain, key))
}

/// Takes every certificate of a server, but only with the key that belongs to it.
#[derive(Debug)]
struct Anybody(CryptoProvider);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
