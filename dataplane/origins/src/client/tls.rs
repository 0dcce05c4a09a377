//! Trusted roots, and what went wrong in a handshake in a few words.

use std::{fmt, io, sync::Arc};

use rustls::{CertificateError, ClientConfig, Error, OtherError, RootCertStore, crypto::ring};
use tokio_rustls::TlsConnector;

use crate::{Cause, SetupError};

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

/// Why a handshake failed. `Display` is for the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handshake {
    Expired,
    NotYetValid,
    Untrusted,
    WrongName,
    Revoked,
    NotValid,
    NoCertificate,
    NoTls,
    NothingInCommon,
    Refused,
    Closed,
    TimedOut,
    BadHostName,
    Other,
}

impl Handshake {
    /// What an error of the handshake means.
    pub(super) fn of(error: &io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(error) => Self::of_tls(error),
            None => Self::Closed,
        }
    }

    fn of_tls(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(certificate) => match certificate {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    Self::NotYetValid
                }
                CertificateError::UnknownIssuer => Self::Untrusted,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    Self::WrongName
                }
                CertificateError::Revoked => Self::Revoked,
                // A server that signed its certificate itself, as an authority of its own.
                CertificateError::Other(other) if is_authority(other) => Self::Untrusted,
                _ => Self::NotValid,
            },
            Error::NoCertificatesPresented => Self::NoCertificate,
            Error::InvalidMessage(_) => Self::NoTls,
            Error::PeerIncompatible(_) => Self::NothingInCommon,
            Error::AlertReceived(_) => Self::Refused,
            _ => Self::Other,
        }
    }

    /// Its class.
    pub(super) const fn cause(self) -> Cause {
        match self {
            Self::Expired | Self::NotYetValid => Cause::TlsExpired,
            Self::Untrusted | Self::Revoked | Self::NoCertificate => Cause::TlsUntrusted,
            Self::WrongName => Cause::TlsWrongName,
            Self::NotValid
            | Self::NoTls
            | Self::NothingInCommon
            | Self::Refused
            | Self::Closed
            | Self::TimedOut
            | Self::BadHostName
            | Self::Other => Cause::TlsFailed,
        }
    }

    /// What to do, for the operator.
    pub(super) const fn advice(self) -> &'static str {
        match self {
            Self::Expired => "renew the server's certificate",
            Self::NotYetValid => "correct the server's certificate or the clock of the node",
            Self::Untrusted => "give the server a certificate of a public authority",
            Self::Revoked | Self::NotValid | Self::NoCertificate => "replace the server's certificate",
            Self::WrongName => "use the host name that the certificate is for, or replace the certificate",
            Self::NoTls => "write http:// if the server speaks no TLS there, or correct the port",
            Self::NothingInCommon => "let the server speak TLS 1.2 or 1.3",
            Self::Refused | Self::Closed | Self::Other => "see the server's log",
            Self::TimedOut => {
                "check the port and the server's load; fetch.connectTimeout bounds the handshake"
            }
            Self::BadHostName => "correct the host name",
        }
    }
}

fn is_authority(error: &OtherError) -> bool {
    matches!(error.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

impl fmt::Display for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "certificate expired",
            Self::NotYetValid => "certificate not yet valid",
            Self::Untrusted => "certificate not trusted",
            Self::WrongName => "certificate is for another name",
            Self::Revoked => "certificate revoked",
            Self::NotValid => "certificate not valid",
            Self::NoCertificate => "no certificate",
            Self::NoTls => "the server does not speak TLS on this port",
            Self::NothingInCommon => "no common protocol version or cipher",
            Self::Refused => "handshake refused",
            Self::Closed => "connection closed during the handshake",
            Self::TimedOut => "handshake timed out",
            Self::BadHostName => "bad host name",
            Self::Other => "handshake failed",
        })
    }
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, InvalidMessage, PeerIncompatible};

    use super::*;

    #[test]
    fn each_handshake_error_has_its_words_and_its_cause() {
        let invalid = Error::InvalidCertificate;
        let cases = [
            (invalid(CertificateError::Expired), "certificate expired", Cause::TlsExpired),
            (invalid(CertificateError::NotValidYet), "certificate not yet valid", Cause::TlsExpired),
            (invalid(CertificateError::UnknownIssuer), "certificate not trusted", Cause::TlsUntrusted),
            (
                invalid(CertificateError::NotValidForName),
                "certificate is for another name",
                Cause::TlsWrongName,
            ),
            (
                invalid(CertificateError::Other(OtherError(Arc::new(webpki::Error::CaUsedAsEndEntity)))),
                "certificate not trusted",
                Cause::TlsUntrusted,
            ),
            (invalid(CertificateError::BadSignature), "certificate not valid", Cause::TlsFailed),
            (
                Error::InvalidMessage(InvalidMessage::InvalidContentType),
                "the server does not speak TLS on this port",
                Cause::TlsFailed,
            ),
            (
                Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
                "no common protocol version or cipher",
                Cause::TlsFailed,
            ),
            (Error::AlertReceived(AlertDescription::HandshakeFailure), "handshake refused", Cause::TlsFailed),
            (Error::DecryptError, "handshake failed", Cause::TlsFailed),
        ];
        for (error, words, cause) in cases {
            let seen = Handshake::of(&io::Error::new(io::ErrorKind::InvalidData, error.clone()));
            assert_eq!((seen.to_string().as_str(), seen.cause()), (words, cause), "{error:?}");
        }
        let cut = Handshake::of(&io::Error::from(io::ErrorKind::UnexpectedEof));
        assert_eq!(cut.to_string(), "connection closed during the handshake");
    }
}
