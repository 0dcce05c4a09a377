//! What a fetch that did not succeed is called, and its two texts: one for the response, one for the operator.

use std::fmt;

use crate::Cause;

/// Longest message for a response, in bytes.
const MESSAGE_BYTES: usize = 200;

/// The classes of failure, as the `ik-error` header names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The origin denied access: credentials wrong, expired or insufficient, or an address that is not allowed.
    Eacces,
    /// The origin accepted no connection, or closed it before it answered.
    Econnrefused,
    /// Anything that has no class of its own.
    Unidentified,
    /// The file is larger than a limit.
    Elimit,
    /// There is no such file.
    Enoent,
}

impl Code {
    /// The code as it stands in headers, logs and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enoent => "ENOENT",
            Self::Eacces => "EACCES",
            Self::Econnrefused => "ECONNREFUSED",
            Self::Unidentified => "UNIDENTIFIED",
            Self::Elimit => "ELIMIT",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why no file came. `Display` is the value of the `ik-error` header: `CODE - message`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} - {message}")]
pub struct Failure {
    /// The class.
    pub code: Code,
    /// What exactly went wrong.
    pub cause: Cause,
    /// Whether the origin may have meant that there is no such file: stores and servers that do not let the asker list
    /// files often refuse where a file is absent.
    pub ambiguous: bool,
    /// For the response: ASCII, at most 200 bytes, without hosts, addresses and secrets.
    pub message: String,
    /// For the operator and logs: may name hosts, addresses and fields of manifests, never secrets.
    pub detail: String,
    /// HTTP status of the origin's answer, if it gave one.
    pub http_status: Option<u16>,
    /// The provider's own error code, e.g. `NoSuchKey`.
    pub provider_code: Option<String>,
    /// The request itself is at fault, e.g. a path with dot segments: the response is 400 and no origin was asked.
    pub bad_request: bool,
}

impl Failure {
    /// A failure whose `message` is made safe for a header; `detail` follows it for the operator.
    pub(crate) fn new(cause: Cause, message: impl AsRef<str>, detail: impl AsRef<str>) -> Self {
        let message = header_text(message.as_ref(), MESSAGE_BYTES);
        let detail = match detail.as_ref() {
            "" => message.clone(),
            detail => format!("{message}: {detail}"),
        };
        Self {
            code: cause.code(),
            cause,
            ambiguous: false,
            message,
            detail,
            http_status: None,
            provider_code: None,
            bad_request: false,
        }
    }

    /// The same failure with the status of the origin's answer.
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.http_status = Some(status);
        self
    }

    /// The same failure with the provider's own code.
    pub(crate) fn with_provider_code(mut self, code: Option<&str>) -> Self {
        self.provider_code = code.map(str::to_owned);
        self
    }

    /// The same failure, which may mean no more than an absent file.
    pub(crate) fn or_absent(mut self) -> Self {
        self.ambiguous = true;
        self
    }

    /// A path that no origin may be asked for.
    pub(crate) fn bad_request(message: &str) -> Self {
        Self { bad_request: true, ..Self::new(Cause::InvalidPath, message, "") }
    }

    /// No such file at the place that `label` names.
    pub(crate) fn missing(label: &str, detail: impl AsRef<str>) -> Self {
        Self::new(Cause::FileNotFound, format!("No file was found on {label} at the specified path"), detail)
    }

    /// A file larger than a limit; `size` is absent where it became known only while reading.
    pub fn too_large(size: Option<u64>, limit: u64) -> Self {
        let message = match size {
            Some(size) => format!("The file has {size} bytes, which is more than the limit of {limit} bytes"),
            None => format!("The file has more bytes than the limit of {limit} bytes"),
        };
        let advice = "raise the endpoint's limits.maxInputBytes or the origin's fetch.maxObjectSize, \
                      or use a smaller file";
        Self::new(Cause::TooLarge, message, advice)
    }

    /// Whether this is an absent file and nothing worse: neither a success nor trouble of the origin.
    pub(crate) fn is_plain_miss(&self) -> bool {
        self.code == Code::Enoent && !matches!(self.cause, Cause::BucketNotFound | Cause::FolderNotFound)
    }
}

/// Reduces text to printable ASCII of bounded length.
pub(crate) fn header_text(text: &str, bytes: usize) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_ascii_and_bounded_whatever_went_into_it() {
        let failure = Failure::new(Cause::FileNotFound, format!("bild\r\nx: \u{e4}{}", "y".repeat(300)), "d");
        assert_eq!(failure.message.len(), MESSAGE_BYTES);
        assert!(failure.message.starts_with("bild??x: ?yy"), "{}", failure.message);
        assert!(failure.to_string().starts_with("ENOENT - bild"));
    }

    #[test]
    fn a_missing_bucket_is_more_than_an_absent_file() {
        let miss = Failure::missing("S3", "");
        assert_eq!(miss.to_string(), "ENOENT - No file was found on S3 at the specified path");
        assert!(miss.is_plain_miss());
        assert!(!Failure::new(Cause::BucketNotFound, "The bucket was not found", "").is_plain_miss());
    }
}
