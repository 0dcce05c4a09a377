//! What went wrong with a store, in words that hold no secret.
//!
//! What the library tells of an error has addresses in it, and the address of a request to Azure can hold a signature. So
//! only three things are taken from it: the status, the provider's code, and what the system said.

use std::{error::Error as _, time::Duration};

use opendal::{Error, ErrorKind};

/// Why an operation did not end well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// There is nothing of this name.
    #[error("there is nothing of this name")]
    Absent,
    /// It took too long.
    #[error("it does not answer within {} ms", .0.as_millis())]
    Late(Duration),
    /// It failed.
    #[error("{0}")]
    Failed(String),
    /// As many operations run as may.
    #[error("too many operations run")]
    Busy,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Absent,
            _ => Self::Failed(told(&error)),
        }
    }
}

/// The error in words.
pub(crate) fn told(error: &Error) -> String {
    let text = error.to_string();
    let status = after(&text, "status: ", |c| c.is_ascii_digit()).filter(|status| status.len() == 3);
    let code = ["code: \"", "<Code>", "\"reason\":\"", "reason: \""]
        .into_iter()
        .find_map(|mark| after(error.message(), mark, |c| c.is_ascii_alphanumeric()));
    match (status, code) {
        (Some(status), Some(code)) => format!("it answers {status} {code}"),
        (Some(status), None) => format!("it answers {status}"),
        (None, Some(code)) => format!("it answers {code}"),
        (None, None) => root(error),
    }
}

/// The innermost cause, which is what the system or the network said.
fn root(error: &Error) -> String {
    let mut text = None;
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = Some(inner.to_string());
        cause = inner.source();
    }
    text.unwrap_or_else(|| error.kind().to_string())
}

/// The characters of a kind behind a mark, if there are any.
fn after(text: &str, mark: &str, belongs: fn(char) -> bool) -> Option<String> {
    let (_, rest) = text.split_once(mark)?;
    let word: String = rest.chars().take(64).take_while(|&c| belongs(c)).collect();
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn an_error_is_told_without_what_stands_around_it() {
        let refused = Error::new(
            ErrorKind::PermissionDenied,
            r#"S3Error { code: "AccessDenied", message: "Access Denied.", resource: "/bucket?sig=secret" }"#,
        )
        .with_context("url", "http://store/bucket?sig=secret")
        .with_context("response", "Parts { status: 403, version: HTTP/1.1 }");
        assert_eq!(Trouble::from(refused).to_string(), "it answers 403 AccessDenied");

        let down = Error::new(ErrorKind::Unexpected, "send http request")
            .with_context("url", "http://store/bucket?sig=secret")
            .set_source(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(Trouble::from(down).to_string(), "connection refused");
        let absent = Error::new(ErrorKind::NotFound, r#"S3Error { code: "NoSuchKey" }"#);
        assert_eq!(Trouble::from(absent), Trouble::Absent);
        let bucket = Error::new(ErrorKind::ConfigInvalid, r#"S3Error { code: "NoSuchBucket" }"#);
        assert_eq!(Trouble::from(bucket).to_string(), "it answers NoSuchBucket");
    }
}
