//! What the API answers, as JSON.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// A call that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiAnswer {
    /// A purge was taken in.
    Accepted {
        /// The id by which it is asked for.
        id: String,
    },
    /// A purge is not everywhere yet.
    Pending,
    /// A purge is everywhere.
    Completed,
    /// What a file is like.
    Metadata(Value),
}

/// A call that was not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("This request carries no key")]
    NoKey,
    #[error("This key does not belong to the URL endpoint")]
    WrongKey,
    #[error("The body cannot be read: {0}")]
    Body(String),
    #[error("The body took too long")]
    SlowBody,
    #[error("{0:?} is no URL")]
    BadUrl(String),
    #[error("The URL belongs to no URL endpoint here")]
    NoEndpoint,
    #[error("This URL cannot be purged: {0}")]
    Pattern(String),
    #[error("There is no purge with this id")]
    UnknownPurge,
    #[error("Too many purges: {0}")]
    TooMany(String),
    #[error("This server does not take calls now")]
    NotReady,
    #[error("No URL is named")]
    NoUrl,
    #[error("The URL is longer than any that is served, {0} bytes")]
    LongUrl(usize),
    #[error("There is no such file: {0}")]
    NoFile(String),
    #[error("The file cannot be looked into: {0}")]
    BadFile(String),
    #[error("Too much is asked of this server now")]
    Overload(u64),
    #[error("The call failed here: {0}")]
    Internal(String),
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoKey => StatusCode::UNAUTHORIZED,
            Self::WrongKey => StatusCode::FORBIDDEN,
            Self::Body(_)
            | Self::BadUrl(_)
            | Self::NoEndpoint
            | Self::Pattern(_)
            | Self::NoUrl
            | Self::LongUrl(_)
            | Self::BadFile(_) => StatusCode::BAD_REQUEST,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::UnknownPurge | Self::NoFile(_) => StatusCode::NOT_FOUND,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotReady | Self::Overload(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Self::NoKey => {
                "Send a signing key of the URL endpoint as the user of HTTP Basic authentication, with an empty password"
            }
            Self::WrongKey => "Use a key that the endpoint lists in security.signingKeys",
            Self::Body(_) | Self::SlowBody => {
                r#"Send JSON such as {"url": "https://img.example.com/shop/photo.jpg"}"#
            }
            Self::BadUrl(_) => "Send the URL as it was requested, with its percent-encoding",
            Self::NoEndpoint => "Check the host, the account and the prefix of the URL",
            Self::Pattern(_) => "Purge one URL, or everything that begins alike with a * behind a path",
            Self::NoUrl | Self::LongUrl(_) => "Send the URL of a file, percent-encoded, as the parameter url",
            Self::NoFile(_) => "Check the path of the URL; this server's log has the origins' own words",
            Self::BadFile(_) => "Change the transformation of the URL, or the limits of the endpoint",
            Self::UnknownPurge => "Ids are kept until later purges need their room",
            Self::TooMany(_) => "Try again in a few seconds, or purge many files with one * at the end",
            Self::NotReady | Self::Overload(_) => "Try again in a few seconds",
            Self::Internal(_) => "See this server's log",
        }
    }
}

/// Status, headers and body of an answer.
pub(super) type Parts = (StatusCode, HeaderMap, Bytes);

/// Writes an answer.
pub(crate) fn written(answer: &Result<ApiAnswer, ApiError>, request_id: &str) -> Parts {
    let (status, body) = match answer {
        Ok(ApiAnswer::Accepted { id }) => (StatusCode::CREATED, json!({ "requestId": id })),
        Ok(ApiAnswer::Pending) => (StatusCode::OK, json!({ "status": "Pending" })),
        Ok(ApiAnswer::Completed) => (StatusCode::OK, json!({ "status": "Completed" })),
        Ok(ApiAnswer::Metadata(told)) => (StatusCode::OK, told.clone()),
        Err(error) => (error.status(), json!({ "message": error.to_string(), "help": error.help() })),
    };
    let body = Bytes::from(body.to_string());
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-ik-requestid"), id);
    }
    match answer {
        Err(ApiError::NoKey) => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"imgplane\""));
        }
        Err(ApiError::TooMany(_) | ApiError::NotReady) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        Err(ApiError::Overload(seconds)) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
        }
        Ok(_) | Err(_) => {}
    }
    (status, headers, body)
}
