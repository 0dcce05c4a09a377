//! What a fetch that did not succeed is called, and its texts: one for the response, two for the operator. Everything
//! that can be seen stands in the tables below this module, from which the guide is written too.

pub(crate) mod akeneo;
pub(crate) mod azure;
mod cause;
pub(crate) mod gcs;
mod guide;
pub(crate) mod picture;
mod row;
pub(crate) mod s3;
pub(crate) mod transfer;
pub(crate) mod transport;
pub(crate) mod volume;
pub(crate) mod web;

use std::fmt;

pub use cause::Cause;
pub use guide::{Table, tables};
pub use row::Row;
pub(crate) use row::{By, Facts, of_answer};

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
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is asked for by itself, and any may hold beside the others"
)]
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
    /// For the operator and logs, what happened and where: may name hosts, addresses and fields of manifests, never
    /// secrets.
    pub detail: String,
    /// For the operator, what to do: one or two sentences without full stop.
    pub remedy: String,
    /// HTTP status of the origin's answer, if it gave one.
    pub http_status: Option<u16>,
    /// The provider's own error code, e.g. `NoSuchKey`.
    pub provider_code: Option<String>,
    /// The request itself is at fault, e.g. a path with dot segments: the response is 400 and no origin was asked.
    pub bad_request: bool,
    /// Whether the same may be asked once more at once.
    pub(crate) may_be_repeated: bool,
    /// Whether it is of another server than the origin's own, to which a URL or a redirect led.
    pub(crate) elsewhere: bool,
}

impl Failure {
    /// The same failure of a file that is not the one that the URL names.
    #[must_use]
    pub fn of_file(self, file: &str) -> Self {
        let message = format!("{file}: {}", self.message);
        self.saying(&message)
    }

    /// The same failure in other words for the client.
    #[must_use]
    pub fn saying(self, message: &str) -> Self {
        Self { message: header_text(message, MESSAGE_BYTES), ..self }
    }

    /// A failure whose `message` is made safe for a header.
    pub fn new(
        cause: Cause,
        message: impl AsRef<str>,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            code: cause.code(),
            cause,
            ambiguous: false,
            message: header_text(message.as_ref(), MESSAGE_BYTES),
            detail: detail.into(),
            remedy: remedy.into(),
            http_status: None,
            provider_code: None,
            bad_request: false,
            may_be_repeated: false,
            elsewhere: false,
        }
    }

    /// A path that no origin may be asked for.
    pub(crate) fn bad_request(what: &str) -> Self {
        let facts = Facts { what: what.to_owned(), ..Facts::default() };
        Self { bad_request: true, ..transfer::INVALID_PATH.failure(&facts) }
    }

    /// A path that no file of the origin that messages call `origin` can have.
    pub(crate) fn not_a_name(origin: &str, what: impl Into<String>) -> Self {
        transfer::NOT_A_NAME.failure(&Facts { origin, what: what.into(), ..Facts::default() })
    }

    /// A file larger than a limit; `size` is absent where it became known only while reading.
    pub fn too_large(size: Option<u64>, limit: u64) -> Self {
        let row = if size.is_some() { &transfer::TOO_LARGE_ANNOUNCED } else { &transfer::TOO_LARGE_READ };
        let size = size.unwrap_or_default().to_string();
        row.failure(&Facts { more: vec![("size", size), ("limit", limit.to_string())], ..Facts::default() })
    }

    /// Everything for the operator in one line: what happened, where, and what to do.
    pub fn explanation(&self) -> String {
        match (self.detail.as_str(), self.remedy.as_str()) {
            (detail, "") => detail.to_owned(),
            (detail, remedy) => format!("{detail}. {remedy}"),
        }
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
impl Failure {
    /// A failure of a cause, with nothing else to it.
    pub(crate) fn of(cause: Cause) -> Self {
        Self::new(cause, cause.as_str(), cause.as_str(), "")
    }

    /// An absent file.
    pub(crate) fn missing() -> Self {
        Self::of(Cause::FileNotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_ascii_and_bounded_whatever_went_into_it() {
        let text = format!("bild\r\nx: \u{e4}{}", "y".repeat(300));
        let failure = Failure::new(Cause::FileNotFound, text, "d", "");
        assert_eq!(failure.message.len(), MESSAGE_BYTES);
        assert!(failure.message.starts_with("bild??x: ?yy"), "{}", failure.message);
        assert!(failure.to_string().starts_with("ENOENT - bild"));
    }

    #[test]
    fn a_missing_bucket_is_more_than_an_absent_file() {
        assert!(Failure::missing().is_plain_miss());
        assert!(!Failure::of(Cause::BucketNotFound).is_plain_miss());
    }

    #[test]
    fn an_explanation_says_what_happened_and_what_to_do() {
        let failure = Failure::new(Cause::Refused, "m", "h:1: nothing listens", "Start it");
        assert_eq!(failure.explanation(), "h:1: nothing listens. Start it");
    }
}
