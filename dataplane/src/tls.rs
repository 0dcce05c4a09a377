//! TLS on the delivery port: a certificate from a mounted Secret, replaced while connections stay open.
//!
//! The newest certificate serves every handshake from the moment it is read. One that cannot be used changes
//! nothing: the one before it serves on, and log, metric and report say why.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::{ArcSwap, ArcSwapOption};
use imgplane_config::Hash;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio_rustls::TlsAcceptor;

use crate::folder::{Changes, target};

/// File names in the folder: those of Secrets of type `kubernetes.io/tls`.
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

/// The certificate of the delivery port.
#[derive(Debug)]
pub(crate) struct Tls {
    dir: PathBuf,
    serving: Arc<Serving>,
    acceptor: Acceptor,
    /// Hash of the files that were tried last, usable or not.
    tried: Mutex<Option<Hash>>,
    error: ArcSwapOption<String>,
}

/// What the TLS library has no `Debug` for.
struct Acceptor(TlsAcceptor);

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Acceptor")
    }
}

/// The certificate that serves now.
#[derive(Debug)]
struct Serving(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Serving {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// A certificate cannot be used. No variant shows anything of the key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// A file cannot be read.
    #[error("the TLS file {path} cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The certificate file holds no certificate chain.
    #[error("{CERTIFICATE} is not a chain of PEM certificates, the server's own first")]
    BadCertificate,
    /// The key file holds no key.
    #[error("{KEY} is not an unencrypted PEM private key (RSA, ECDSA or Ed25519)")]
    BadKey,
    /// The two do not belong together.
    #[error("{KEY} is not the key of the first certificate in {CERTIFICATE}")]
    Mismatch,
    /// The TLS library cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Setup(rustls::Error),
}

/// What reading the files again came to.
#[derive(Debug)]
pub(crate) enum Reloaded {
    /// They are those that were tried last.
    Unchanged,
    /// A new certificate serves.
    Applied,
    /// The new one cannot be used; the one before it serves on.
    Refused(TlsError),
}

impl Tls {
    /// Reads the certificate in a folder.
    ///
    /// # Errors
    /// There is none that can be used: a port that promises TLS does not open without one.
    pub(crate) fn load(dir: &Path) -> Result<Self, TlsError> {
        let files = Files::read(dir)?;
        let serving = Arc::new(Serving(ArcSwap::from_pointee(files.certified()?)));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Setup)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&serving) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // Clients that come back skip the expensive half of the handshake, also on another connection.
        config.ticketer = ring::Ticketer::new().map_err(TlsError::Setup)?;
        Ok(Self {
            dir: dir.to_owned(),
            serving,
            acceptor: Acceptor(TlsAcceptor::from(Arc::new(config))),
            tried: Mutex::new(Some(files.hash())),
            error: ArcSwapOption::empty(),
        })
    }

    /// What speaks TLS on a connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.0.clone()
    }

    /// Why the newest certificate is not the one that serves, if so.
    pub(crate) fn error(&self) -> Option<String> {
        self.error.load().as_deref().cloned()
    }

    /// Reads the files again.
    pub(crate) fn reload(&self) -> Reloaded {
        let outcome = Files::read(&self.dir).and_then(|files| {
            let hash = Some(files.hash());
            let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
            if *tried == hash {
                return Ok(false);
            }
            *tried = hash;
            drop(tried);
            self.serving.0.store(Arc::new(files.certified()?));
            Ok(true)
        });
        match outcome {
            Ok(false) => Reloaded::Unchanged,
            Ok(true) => {
                self.error.store(None);
                Reloaded::Applied
            }
            Err(error) => {
                let text = error.to_string();
                // Files that cannot be read have no hash to know them by.
                if self.error.load().as_deref() == Some(&text) {
                    return Reloaded::Unchanged;
                }
                self.error.store(Some(Arc::new(text)));
                Reloaded::Refused(error)
            }
        }
    }

    /// Reads the files again whenever they change, and tells `note` what that came to.
    pub(crate) async fn follow(self: Arc<Self>, note: impl Fn(Reloaded)) {
        let mut changes = Changes::of(&self.dir);
        loop {
            changes.next().await;
            let this = Arc::clone(&self);
            // Keys are checked against their certificate, which takes milliseconds.
            match tokio::task::spawn_blocking(move || this.reload()).await {
                Ok(reloaded) => note(reloaded),
                Err(error) => tracing::error!(%error, "the certificate was not read because of a defect"),
            }
        }
    }
}

/// The two files of one set.
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Files {
    fn read(dir: &Path) -> Result<Self, TlsError> {
        let folder = target(dir);
        let read = |name: &str| {
            std::fs::read(folder.join(name))
                .map_err(|source| TlsError::Unreadable { path: dir.join(name).display().to_string(), source })
        };
        Ok(Self { certificate: read(CERTIFICATE)?, key: read(KEY)? })
    }

    fn hash(&self) -> Hash {
        let (certificate, key) = (Hash::of(&self.certificate), Hash::of(&self.key));
        Hash::of(format!("{certificate} {key}").as_bytes())
    }

    fn certified(&self) -> Result<CertifiedKey, TlsError> {
        let chain = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| TlsError::BadCertificate)?;
        if chain.is_empty() {
            return Err(TlsError::BadCertificate);
        }
        // The library's own words may repeat a line of the file.
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| TlsError::BadKey)?;
        let key = ring::sign::any_supported_type(&key).map_err(|_| TlsError::BadKey)?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            Ok(()) => Ok(certified),
            Err(rustls::Error::InconsistentKeys(_)) => Err(TlsError::Mismatch),
            Err(_) => Err(TlsError::BadCertificate),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn write(dir: &Path, name: &str) -> String {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let key = made.signing_key.serialize_pem();
        fs::write(dir.join(CERTIFICATE), made.cert.pem()).unwrap();
        fs::write(dir.join(KEY), &key).unwrap();
        key
    }

    fn serving(tls: &Tls) -> Vec<u8> {
        tls.serving.0.load().cert[0].to_vec()
    }

    #[test]
    fn a_new_certificate_serves_and_a_bad_one_keeps_the_one_before_it() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "a.example");
        let tls = Tls::load(dir.path()).unwrap();
        let first = serving(&tls);
        assert!(matches!(tls.reload(), Reloaded::Unchanged));
        write(dir.path(), "b.example");
        assert!(matches!(tls.reload(), Reloaded::Applied));
        let second = serving(&tls);
        assert_ne!(first, second);

        fs::write(dir.path().join(KEY), "no key").unwrap();
        assert!(matches!(tls.reload(), Reloaded::Refused(TlsError::BadKey)));
        assert!(matches!(tls.reload(), Reloaded::Unchanged), "it is said once");
        assert_eq!(serving(&tls), second);
        assert!(tls.error().unwrap().contains("tls.key"), "{:?}", tls.error());

        fs::remove_file(dir.path().join(KEY)).unwrap();
        assert!(matches!(tls.reload(), Reloaded::Refused(TlsError::Unreadable { .. })));
        assert!(matches!(tls.reload(), Reloaded::Unchanged), "it is said once");
        write(dir.path(), "c.example");
        assert!(matches!(tls.reload(), Reloaded::Applied));
        assert_eq!(tls.error(), None);
    }

    #[test]
    fn each_fault_of_the_files_is_named_without_showing_the_key() {
        let dir = tempfile::tempdir().unwrap();
        let (certificate, key) = (dir.path().join(CERTIFICATE), dir.path().join(KEY));
        let other = write(dir.path(), "other.example");
        let own = write(dir.path(), "a.example");
        let good = fs::read(&certificate).unwrap();
        let cases: [(&[u8], &str, &str); 6] = [
            (&good, &other, "tls.key is not the key of the first certificate in tls.crt"),
            (&good, "", "tls.key is not an unencrypted PEM private key (RSA, ECDSA or Ed25519)"),
            (&good, &own[..60], "tls.key is not an unencrypted PEM private key (RSA, ECDSA or Ed25519)"),
            (b"", &own, "tls.crt is not a chain of PEM certificates, the server's own first"),
            (b"junk", &own, "tls.crt is not a chain of PEM certificates, the server's own first"),
            (
                b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                &own,
                "tls.crt is not a chain of PEM certificates, the server's own first",
            ),
        ];
        for (chain, secret, expected) in cases {
            fs::write(&certificate, chain).unwrap();
            fs::write(&key, secret).unwrap();
            let error = Tls::load(dir.path()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        fs::remove_file(&certificate).unwrap();
        let error = Tls::load(dir.path()).unwrap_err().to_string();
        assert!(error.contains("tls.crt cannot be read"), "{error}");
    }
}
