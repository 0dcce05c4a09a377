//! Trusted roots, and what went wrong in a handshake in a few words.

use std::{io, sync::Arc};

use rustls::{CertificateError, ClientConfig, Error, RootCertStore, crypto::ring};
use tokio_rustls::TlsConnector;

use crate::SetupError;

/// The TLS settings of all origins: loaded once, sessions shared.
#[derive(Debug, Clone)]
pub(crate) struct Roots(Arc<ClientConfig>);

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
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| SetupError::Client(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // One transfer per connection: a slow one holds up no other, and a lost connection costs one request.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    pub(super) fn connector(&self) -> TlsConnector {
        TlsConnector::from(Arc::clone(&self.0))
    }
}

/// Why a handshake failed, in a few words for the response.
pub(super) fn reason(error: &io::Error) -> &'static str {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(error) => word(error),
        None => "connection closed during the handshake",
    }
}

fn word(error: &Error) -> &'static str {
    match error {
        Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "certificate expired",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "certificate not yet valid"
            }
            CertificateError::UnknownIssuer => "certificate not trusted",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "certificate is for another name"
            }
            CertificateError::Revoked => "certificate revoked",
            _ => "certificate not valid",
        },
        Error::NoCertificatesPresented => "no certificate",
        Error::InvalidMessage(_) => "the server does not speak TLS on this port",
        Error::PeerIncompatible(_) => "no common protocol version or cipher",
        Error::AlertReceived(_) => "handshake refused",
        _ => "handshake failed",
    }
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, InvalidMessage, PeerIncompatible};

    use super::*;

    #[test]
    fn each_handshake_error_has_its_words() {
        let cases = [
            (Error::InvalidCertificate(CertificateError::Expired), "certificate expired"),
            (Error::InvalidCertificate(CertificateError::NotValidYet), "certificate not yet valid"),
            (Error::InvalidCertificate(CertificateError::UnknownIssuer), "certificate not trusted"),
            (Error::InvalidCertificate(CertificateError::NotValidForName), "certificate is for another name"),
            (Error::InvalidCertificate(CertificateError::BadSignature), "certificate not valid"),
            (
                Error::InvalidMessage(InvalidMessage::InvalidContentType),
                "the server does not speak TLS on this port",
            ),
            (
                Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
                "no common protocol version or cipher",
            ),
            (Error::AlertReceived(AlertDescription::HandshakeFailure), "handshake refused"),
            (Error::DecryptError, "handshake failed"),
        ];
        for (error, expected) in cases {
            assert_eq!(
                reason(&io::Error::new(io::ErrorKind::InvalidData, error.clone())),
                expected,
                "{error:?}"
            );
        }
        let cut = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert_eq!(reason(&cut), "connection closed during the handshake");
    }
}
