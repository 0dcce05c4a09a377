//! What exactly went wrong, in one stable word: it stands in reports, in the status of Origins and in the guide.
//!
//! The code says what a client may make of a failure, the cause says what its owner has to look at. Every cause
//! belongs to one code.

use std::fmt;

use super::Code;

/// Why a fetch did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The address guard refused an address that the host name has, or a redirect led to something that is not plain
    /// http or https.
    AddressBlocked,
    /// A `WebProxy` may not fetch from this host.
    HostNotAllowed,
    /// The access key, secret key or token is unknown or does not fit.
    CredentialsInvalid,
    /// The credentials were valid once.
    CredentialsExpired,
    /// Credentials are wanted and none are configured.
    CredentialsMissing,
    /// The account behind the credentials is closed or suspended.
    AccountDisabled,
    /// The origin knows who asks and does not let them read.
    AccessDenied,
    /// The object is encrypted with a key that the credentials may not use.
    DecryptionDenied,
    /// The object lies in an archive class and must be restored first.
    Archived,
    /// A link on a volume leads out of it or around in circles.
    LinkBlocked,
    /// The path names a device, socket or pipe.
    NotAFile,
    /// The connection was refused.
    Refused,
    /// No connection came about in time.
    ConnectTimeout,
    /// The network has no way to the address.
    Unreachable,
    /// The connection was closed before an answer.
    Closed,
    /// The host name has no address, or no name server answered.
    DnsFailed,
    /// The server's certificate is of nobody that is trusted.
    TlsUntrusted,
    /// The server's certificate is expired, or not valid yet.
    TlsExpired,
    /// The server's certificate is for another host name.
    TlsWrongName,
    /// The handshake failed otherwise.
    TlsFailed,
    /// The head of the answer did not come in time.
    HeadersTimeout,
    /// The body paused too long.
    BodyStalled,
    /// The body ended too early.
    BodyBroken,
    /// The whole fetch took too long.
    TotalTimeout,
    /// The answer is not what HTTP, or this kind of origin, allows.
    InvalidResponse,
    /// The file came in a content encoding that cannot be undone.
    UnknownEncoding,
    /// The answer leads from one address to the next without end.
    TooManyRedirects,
    /// The origin asks to slow down.
    Throttled,
    /// The origin has a defect of its own (5xx).
    ServerError,
    /// The origin does not take the request (4xx without a meaning of its own).
    RequestRefused,
    /// The bucket is in another region than was asked.
    RegionMismatch,
    /// The clocks of the origin and of this machine differ too much.
    ClockSkew,
    /// An HTML page came where a picture was expected.
    HtmlPage,
    /// The file is empty.
    EmptyFile,
    /// The file is of a format that cannot be decoded.
    UnsupportedFormat,
    /// The picture is damaged or ends early.
    CorruptImage,
    /// The pod does not mount the volume.
    NotMounted,
    /// The storage of a volume gives errors.
    ReadFailed,
    /// The pod runs no usable version of an origin that the endpoint lists.
    OriginNotRunning,
    /// All of the origin's concurrent requests are taken by this pod itself.
    ConcurrencyExhausted,
    /// The file is larger than a limit.
    TooLarge,
    /// The bucket does not exist.
    BucketNotFound,
    /// The folder that the origin starts from does not exist.
    FolderNotFound,
    /// There is no such file.
    FileNotFound,
    /// The path may not be asked for.
    InvalidPath,
    /// The endpoint lists no origin.
    NoOrigin,
}

impl Cause {
    /// All causes, in the order of their codes from the worst.
    pub const ALL: [Self; 46] = [
        Self::AddressBlocked,
        Self::HostNotAllowed,
        Self::CredentialsInvalid,
        Self::CredentialsExpired,
        Self::CredentialsMissing,
        Self::AccountDisabled,
        Self::AccessDenied,
        Self::DecryptionDenied,
        Self::Archived,
        Self::LinkBlocked,
        Self::NotAFile,
        Self::Refused,
        Self::ConnectTimeout,
        Self::Unreachable,
        Self::Closed,
        Self::DnsFailed,
        Self::TlsUntrusted,
        Self::TlsExpired,
        Self::TlsWrongName,
        Self::TlsFailed,
        Self::HeadersTimeout,
        Self::BodyStalled,
        Self::BodyBroken,
        Self::TotalTimeout,
        Self::InvalidResponse,
        Self::UnknownEncoding,
        Self::TooManyRedirects,
        Self::Throttled,
        Self::ServerError,
        Self::RequestRefused,
        Self::RegionMismatch,
        Self::ClockSkew,
        Self::HtmlPage,
        Self::EmptyFile,
        Self::UnsupportedFormat,
        Self::CorruptImage,
        Self::NotMounted,
        Self::ReadFailed,
        Self::OriginNotRunning,
        Self::ConcurrencyExhausted,
        Self::TooLarge,
        Self::BucketNotFound,
        Self::FolderNotFound,
        Self::FileNotFound,
        Self::InvalidPath,
        Self::NoOrigin,
    ];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AddressBlocked => "AddressBlocked",
            Self::HostNotAllowed => "HostNotAllowed",
            Self::CredentialsInvalid => "CredentialsInvalid",
            Self::CredentialsExpired => "CredentialsExpired",
            Self::CredentialsMissing => "CredentialsMissing",
            Self::AccountDisabled => "AccountDisabled",
            Self::AccessDenied => "AccessDenied",
            Self::DecryptionDenied => "DecryptionDenied",
            Self::Archived => "Archived",
            Self::LinkBlocked => "LinkBlocked",
            Self::NotAFile => "NotAFile",
            Self::Refused => "Refused",
            Self::ConnectTimeout => "ConnectTimeout",
            Self::Unreachable => "Unreachable",
            Self::Closed => "Closed",
            Self::DnsFailed => "DnsFailed",
            Self::TlsUntrusted => "TlsUntrusted",
            Self::TlsExpired => "TlsExpired",
            Self::TlsWrongName => "TlsWrongName",
            Self::TlsFailed => "TlsFailed",
            Self::HeadersTimeout => "HeadersTimeout",
            Self::BodyStalled => "BodyStalled",
            Self::BodyBroken => "BodyBroken",
            Self::TotalTimeout => "TotalTimeout",
            Self::InvalidResponse => "InvalidResponse",
            Self::UnknownEncoding => "UnknownEncoding",
            Self::TooManyRedirects => "TooManyRedirects",
            Self::Throttled => "Throttled",
            Self::ServerError => "ServerError",
            Self::RequestRefused => "RequestRefused",
            Self::RegionMismatch => "RegionMismatch",
            Self::ClockSkew => "ClockSkew",
            Self::HtmlPage => "HtmlPage",
            Self::EmptyFile => "EmptyFile",
            Self::UnsupportedFormat => "UnsupportedFormat",
            Self::CorruptImage => "CorruptImage",
            Self::NotMounted => "NotMounted",
            Self::ReadFailed => "ReadFailed",
            Self::OriginNotRunning => "OriginNotRunning",
            Self::ConcurrencyExhausted => "ConcurrencyExhausted",
            Self::TooLarge => "TooLarge",
            Self::BucketNotFound => "BucketNotFound",
            Self::FolderNotFound => "FolderNotFound",
            Self::FileNotFound => "FileNotFound",
            Self::InvalidPath => "InvalidPath",
            Self::NoOrigin => "NoOrigin",
        }
    }

    /// The code that the response names.
    pub const fn code(self) -> Code {
        match self {
            Self::AddressBlocked
            | Self::HostNotAllowed
            | Self::CredentialsInvalid
            | Self::CredentialsExpired
            | Self::CredentialsMissing
            | Self::AccountDisabled
            | Self::AccessDenied
            | Self::DecryptionDenied
            | Self::Archived
            | Self::LinkBlocked
            | Self::NotAFile => Code::Eacces,
            Self::Refused | Self::ConnectTimeout | Self::Unreachable | Self::Closed => Code::Econnrefused,
            Self::DnsFailed
            | Self::TlsUntrusted
            | Self::TlsExpired
            | Self::TlsWrongName
            | Self::TlsFailed
            | Self::HeadersTimeout
            | Self::BodyStalled
            | Self::BodyBroken
            | Self::TotalTimeout
            | Self::InvalidResponse
            | Self::UnknownEncoding
            | Self::TooManyRedirects
            | Self::Throttled
            | Self::ServerError
            | Self::RequestRefused
            | Self::RegionMismatch
            | Self::ClockSkew
            | Self::HtmlPage
            | Self::EmptyFile
            | Self::UnsupportedFormat
            | Self::CorruptImage
            | Self::NotMounted
            | Self::ReadFailed
            | Self::OriginNotRunning
            | Self::ConcurrencyExhausted => Code::Unidentified,
            Self::TooLarge => Code::Elimit,
            Self::BucketNotFound
            | Self::FolderNotFound
            | Self::FileNotFound
            | Self::InvalidPath
            | Self::NoOrigin => Code::Enoent,
        }
    }

    /// Whether the origin judged who asks, and not what is asked for.
    pub(crate) const fn is_about_credentials(self) -> bool {
        matches!(
            self,
            Self::CredentialsInvalid
                | Self::CredentialsExpired
                | Self::CredentialsMissing
                | Self::AccountDisabled
                | Self::RegionMismatch
                | Self::ClockSkew
        )
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_cause_is_one_camel_case_word_of_its_own() {
        let words: BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
        assert_eq!(words.len(), Cause::ALL.len());
        for cause in Cause::ALL {
            let word = cause.as_str();
            assert!(word.starts_with(|c: char| c.is_ascii_uppercase()), "{word}");
            assert!(word.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{word}");
            assert_eq!(word, format!("{cause:?}"), "the word is the name");
        }
    }

    #[test]
    fn causes_are_listed_from_the_worst_code() {
        assert!(Cause::ALL.is_sorted_by_key(|cause| cause.code()));
        assert!(Cause::ALL.is_sorted());
    }
}
