//! Why a request is not served, and what its answer looks like: status, body, `ik-error`, caching.
//!
//! Every way to fail is a variant here, so that the table of answers stands in one place.

use std::time::Duration;

use imgplane_origins::{Code, Failure as OriginFailure};
use imgplane_pixels::PixelError;
use imgplane_urls::{UrlError, UrlErrorCode, Verdict};

use crate::{
    admission::{Busy, Reason, Refused},
    budget::OverCapacity,
    permission::Unauthorized,
};

/// Why a request is not served.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// Another method than GET, HEAD or OPTIONS.
    Method,
    /// The target is longer than is read.
    TargetTooLong,
    /// The URL says something that cannot be done.
    Url(UrlError),
    /// No origin delivered the file.
    Origin(OriginFailure),
    /// A transformation was asked for and the source is no picture that can be decoded.
    Undecodable(OriginFailure),
    /// A rule of the endpoint shuts the client out.
    Forbidden(AccessRule),
    /// The request shows no permission.
    Unauthorized(Unauthorized),
    /// A limit was exceeded.
    Limit(String),
    /// A picture feature that does not exist yet.
    Feature(String),
    /// A range outside the file; the value of `Content-Range`.
    Range(String),
    /// Too much is asked of this pod now.
    Overload(Busy),
    /// No configuration has been loaded yet.
    NotReady,
    /// The transformation took longer than it may.
    TooSlow(Duration),
    /// Our own defect.
    Internal(String),
}

/// Which rule shuts a client out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccessRule {
    /// `security.blockedCIDRs`.
    Address,
    /// `security.blockedUserAgents`.
    UserAgent,
    /// `security.referrers`.
    Referrer,
}

impl AccessRule {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "security.blockedCIDRs has the client's address",
            Self::UserAgent => "security.blockedUserAgents has a piece of the client's User-Agent",
            Self::Referrer => "security.referrers does not let in the page that the client comes from",
        }
    }
}

/// How long others may keep an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorCaching {
    /// Not at all: the cause may pass any moment.
    NoStore,
    /// Ten seconds: a file that was just uploaded must appear soon.
    Missing,
    /// A minute: the URL itself is wrong.
    Wrong,
    /// A minute, and by nobody but the client: others may be let in.
    Client,
}

impl ErrorCaching {
    /// The `Cache-Control` header.
    pub(crate) const fn header(self) -> &'static str {
        match self {
            Self::NoStore => "no-store",
            Self::Missing => "public, max-age=10",
            Self::Wrong => "max-age=60",
            Self::Client => "private, max-age=60",
        }
    }

    /// The `CDN-Cache-Control` header, where the one above does not say it all.
    pub(crate) const fn cdn(self) -> Option<&'static str> {
        match self {
            Self::NoStore | Self::Missing | Self::Wrong => None,
            Self::Client => Some("no-store"),
        }
    }
}

impl Failure {
    /// HTTP status of the answer.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Method => 405,
            Self::TargetTooLong => 414,
            Self::Url(error) => error.code.status(),
            Self::Origin(failure) if failure.bad_request => 400,
            Self::Origin(failure) => match failure.code {
                Code::Elimit => 400,
                Code::Enoent | Code::Eacces | Code::Econnrefused | Code::Unidentified => 404,
            },
            Self::Undecodable(_) | Self::Limit(_) => 400,
            Self::Unauthorized(_) => 401,
            Self::Forbidden(_) | Self::Feature(_) => 403,
            Self::Range(_) => 416,
            Self::Overload(_) | Self::NotReady => 503,
            Self::TooSlow(_) | Self::Internal(_) => 500,
        }
    }

    /// Text of the answer.
    pub(crate) fn body(&self) -> &'static str {
        match self {
            Self::Undecodable(_) => "Bad Image Transformation Request",
            Self::Unauthorized(Unauthorized::Private | Unauthorized::PrivateOriginal) => {
                "Unauthorised Image Access"
            }
            Self::Unauthorized(Unauthorized::Signature { verdict: Verdict::Expired { .. }, .. }) => {
                "Unauthorized: The URL has expired"
            }
            Self::Unauthorized(Unauthorized::Signature { .. }) => "Unauthorized: Invalid request signature",
            Self::Url(error) if error.code == UrlErrorCode::Einval => "Bad Image Transformation Request",
            Self::Origin(failure) if failure.bad_request => "Bad Image Transformation Request",
            _ => match self.status() {
                400 => "Bad Request",
                403 => "Forbidden",
                404 => "Not Found",
                405 => "Method Not Allowed",
                414 => "URI Too Long",
                416 => "Range Not Satisfiable",
                503 => "Service Unavailable",
                _ => "Internal Server Error",
            },
        }
    }

    /// First word of `ik-error`, which is also a metric label.
    pub(crate) fn code(&self) -> Option<&'static str> {
        match self {
            Self::Url(error) => Some(error.code.as_str()),
            Self::Origin(failure) if failure.bad_request => Some("EINVAL"),
            Self::Origin(failure) => Some(failure.code.as_str()),
            Self::Undecodable(_) => Some("UNIDENTIFIED"),
            Self::Unauthorized(_) => Some("EAUTH"),
            Self::Limit(_) => Some("ELIMIT"),
            Self::Feature(_) => Some("EFEATURE"),
            Self::Method
            | Self::TargetTooLong
            | Self::Forbidden(_)
            | Self::Range(_)
            | Self::Overload(_)
            | Self::NotReady
            | Self::TooSlow(_)
            | Self::Internal(_) => None,
        }
    }

    /// The `ik-error` header: `CODE - message`.
    pub(crate) fn ik_error(&self) -> Option<String> {
        let message = match self {
            Self::Url(error) => &error.message,
            Self::Origin(failure) | Self::Undecodable(failure) => &failure.message,
            Self::Unauthorized(why) => why.message(),
            Self::Limit(message) | Self::Feature(message) => message,
            Self::Method
            | Self::TargetTooLong
            | Self::Forbidden(_)
            | Self::Range(_)
            | Self::Overload(_)
            | Self::NotReady
            | Self::TooSlow(_)
            | Self::Internal(_) => return None,
        };
        self.code().map(|code| format!("{code} - {message}"))
    }

    /// What others may do with the answer.
    pub(crate) fn caching(&self) -> ErrorCaching {
        if matches!(self, Self::Forbidden(_)) {
            return ErrorCaching::Client;
        }
        match (self.status(), self.code()) {
            (404, Some("ENOENT")) => ErrorCaching::Missing,
            (400 | 403, _) => ErrorCaching::Wrong,
            _ => ErrorCaching::NoStore,
        }
    }

    /// For the operator's log: more than the client is told.
    pub(crate) fn detail(&self) -> Option<String> {
        match self {
            Self::Origin(failure) | Self::Undecodable(failure) => Some(failure.explanation()),
            Self::Unauthorized(Unauthorized::PrivateOriginal) => Some(
                "a named transformation opens what is made of a private file; of this one nothing is made"
                    .to_owned(),
            ),
            Self::Unauthorized(Unauthorized::Private) => Some(
                "the origin marks the file as private, or the endpoint has security.treatAllAsPrivate"
                    .to_owned(),
            ),
            Self::Forbidden(rule) => Some(rule.as_str().to_owned()),
            Self::Internal(detail) => Some(detail.clone()),
            Self::Overload(Busy { reason, .. }) => Some(overloaded(*reason).to_owned()),
            Self::NotReady => Some("no configuration has been loaded yet".to_owned()),
            Self::TooSlow(limit) => Some(format!(
                "the transformation took longer than limits.transformationTimeout ({} ms)",
                limit.as_millis()
            )),
            Self::Method
            | Self::TargetTooLong
            | Self::Url(_)
            | Self::Unauthorized(Unauthorized::Signature { .. })
            | Self::Limit(_)
            | Self::Feature(_)
            | Self::Range(_) => None,
        }
    }

    /// Whether what failed may be there, and may come the next time: something that was kept can stand in for it.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Origin(failure) => {
                !failure.bad_request && !matches!(failure.code, Code::Enoent | Code::Elimit)
            }
            Self::Overload(_) | Self::TooSlow(_) | Self::Internal(_) => true,
            Self::Method
            | Self::TargetTooLong
            | Self::Url(_)
            | Self::Undecodable(_)
            | Self::Forbidden(_)
            | Self::Unauthorized(_)
            | Self::Limit(_)
            | Self::Feature(_)
            | Self::Range(_)
            | Self::NotReady => false,
        }
    }

    /// Whether the source cannot be decoded, so that a request without a transformation gets the original instead.
    pub(crate) const fn is_undecodable(&self) -> bool {
        matches!(self, Self::Undecodable(_) | Self::Feature(_))
    }
}

impl From<Unauthorized> for Failure {
    fn from(why: Unauthorized) -> Self {
        Self::Unauthorized(why)
    }
}

impl From<UrlError> for Failure {
    fn from(error: UrlError) -> Self {
        Self::Url(error)
    }
}

impl From<OriginFailure> for Failure {
    fn from(failure: OriginFailure) -> Self {
        Self::Origin(failure)
    }
}

impl From<OverCapacity> for Failure {
    fn from(over: OverCapacity) -> Self {
        let OverCapacity { needed, capacity } = over;
        Self::Limit(format!(
            "The image needs {needed} bytes of memory, this server's budget for it is {capacity} bytes"
        ))
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Busy(busy) => busy.into(),
            Refused::OverCapacity(over) => over.into(),
        }
    }
}

impl From<Busy> for Failure {
    fn from(busy: Busy) -> Self {
        Self::Overload(busy)
    }
}

/// For the operator's log.
const fn overloaded(reason: Reason) -> &'static str {
    match reason {
        Reason::Full => "the queue is full, and this endpoint has the longest line in it",
        Reason::ExpectedWait => {
            "so much of this endpoint waits already that it would wait longer than limits.queueTimeout"
        }
        Reason::Deadline => "no worker or memory became free within limits.queueTimeout",
        Reason::NoRoom => "there was no room for more of an original whose size its origin does not tell",
        Reason::Requests => {
            "too many requests of this endpoint are under way: its origins are slow, or too much is asked"
        }
    }
}

impl From<PixelError> for Failure {
    fn from(error: PixelError) -> Self {
        match error {
            PixelError::Limit { .. } => Self::Limit(error.to_string()),
            PixelError::Frame { .. } => Self::Url(UrlError {
                code: UrlErrorCode::Einval,
                message: error.to_string(),
                character: None,
            }),
            PixelError::Undecodable { format: None, .. } => {
                Self::Undecodable(OriginFailure::unsupported(&error.to_string()))
            }
            PixelError::Text { .. } => {
                let text = error.to_string();
                Self::Undecodable(OriginFailure::unsupported(&text).saying(&text))
            }
            PixelError::Undecodable { .. } | PixelError::Truncated { .. } => {
                Self::Undecodable(OriginFailure::corrupt(&error.to_string()))
            }
            PixelError::Layer { name, error } => match Self::from(*error) {
                Self::Undecodable(failure) => {
                    Self::Undecodable(failure.of_file(&format!("The layer's file {name}")))
                }
                failure => failure,
            },
            PixelError::Unsupported { .. } | PixelError::Foreign { .. } => Self::Feature(error.to_string()),
            PixelError::Cancelled | PixelError::Encode { .. } | PixelError::Internal { .. } => {
                Self::Internal(error.to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests;
