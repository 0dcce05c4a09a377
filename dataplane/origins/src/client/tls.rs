//! What went wrong in a handshake: which row of the table of failures it is.

use std::io;

use rustls::{AlertDescription, CertificateError, Error, OtherError};

use crate::failure::{
    Row,
    transport::{
        BAD_HOST_NAME, CERTIFICATE_DEMANDED, CERTIFICATE_EXPIRED, CERTIFICATE_NOT_VALID,
        CERTIFICATE_NOT_YET_VALID, CERTIFICATE_REVOKED, HANDSHAKE_CLOSED, HANDSHAKE_FAILED,
        HANDSHAKE_REFUSED, HANDSHAKE_TIMEOUT, NO_CERTIFICATE, NO_TLS, NOTHING_IN_COMMON, UNKNOWN_AUTHORITY,
        WRONG_NAME,
    },
};

/// Why a handshake failed.
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
    CertificateDemanded,
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
            Error::AlertReceived(AlertDescription::CertificateRequired) => Self::CertificateDemanded,
            Error::AlertReceived(_) => Self::Refused,
            _ => Self::Other,
        }
    }

    /// What is said of it.
    pub(super) const fn row(self) -> &'static Row {
        match self {
            Self::Expired => &CERTIFICATE_EXPIRED,
            Self::NotYetValid => &CERTIFICATE_NOT_YET_VALID,
            Self::Untrusted => &UNKNOWN_AUTHORITY,
            Self::WrongName => &WRONG_NAME,
            Self::Revoked => &CERTIFICATE_REVOKED,
            Self::NotValid => &CERTIFICATE_NOT_VALID,
            Self::NoCertificate => &NO_CERTIFICATE,
            Self::NoTls => &NO_TLS,
            Self::NothingInCommon => &NOTHING_IN_COMMON,
            Self::CertificateDemanded => &CERTIFICATE_DEMANDED,
            Self::Refused => &HANDSHAKE_REFUSED,
            Self::Closed => &HANDSHAKE_CLOSED,
            Self::TimedOut => &HANDSHAKE_TIMEOUT,
            Self::BadHostName => &BAD_HOST_NAME,
            Self::Other => &HANDSHAKE_FAILED,
        }
    }
}

fn is_authority(error: &OtherError) -> bool {
    matches!(error.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::{InvalidMessage, PeerIncompatible};

    use super::*;
    use crate::Cause;

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
            (
                Error::AlertReceived(AlertDescription::CertificateRequired),
                "a client certificate is required",
                Cause::TlsFailed,
            ),
            (Error::DecryptError, "handshake failed", Cause::TlsFailed),
        ];
        for (error, words, cause) in cases {
            let seen = Handshake::of(&io::Error::new(io::ErrorKind::InvalidData, error.clone())).row();
            assert!(seen.message.ends_with(words), "{error:?}: {}", seen.message);
            assert_eq!(seen.cause, cause, "{error:?}");
        }
        let cut = Handshake::of(&io::Error::from(io::ErrorKind::UnexpectedEof));
        assert_eq!(cut, Handshake::Closed);
    }
}
