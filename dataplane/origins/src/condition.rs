//! What is known of a file from an earlier fetch, and by what an origin is asked whether it is still that file.

use http::{
    HeaderName, HeaderValue,
    header::{IF_MODIFIED_SINCE, IF_NONE_MATCH},
};
use imgplane_config::ObjectId;

use crate::Meta;

/// What is known of a file from an earlier fetch. The origin that still has this very file says so, by
/// [`crate::FetchedStatus::NotModified`], instead of sending it again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Condition {
    /// The origin that served it. Any other is asked as if nothing were known: it may have the file by now, and what
    /// tells versions apart at one origin says nothing at another.
    pub origin: ObjectId,
    /// [`Meta::etag`] of that fetch. Where there is one, it alone is asked by.
    pub etag: Option<String>,
    /// [`Meta::last_modified`] of that fetch.
    pub last_modified: Option<String>,
}

impl Condition {
    /// By what the origin is asked; `None` where nothing tells versions apart.
    pub(crate) fn validator(&self) -> Option<Validator> {
        let value = |text: Option<&str>| {
            text.filter(|text| !text.is_empty()).and_then(|text| HeaderValue::from_str(text).ok())
        };
        // A star would be the question whether there is any file.
        let etag = value(self.etag.as_deref()).filter(|etag| etag != "*");
        etag.map(Validator::Etag)
            .or_else(|| value(self.last_modified.as_deref()).map(Validator::LastModified))
    }

    /// Whether these headers are of the file that is known and of all that was told of it, as far as they say. Headers
    /// that name no version are of none: what the file is marked as need not stand in them either.
    pub(crate) fn is_met_by(&self, meta: &Meta) -> bool {
        let same = |known: Option<&str>, told: Option<&str>| {
            known.zip(told).map(|(known, told)| strong(known) == strong(told))
        };
        let etag = same(self.etag.as_deref(), meta.etag.as_deref());
        let time = same(self.last_modified.as_deref(), meta.last_modified.as_deref());
        (etag.is_some() || time.is_some()) && etag.unwrap_or(true) && time.unwrap_or(true)
    }
}

/// An entity tag without the mark of a weak one: what stands between may weaken it (RFC 9110, 8.8.3.2).
fn strong(etag: &str) -> &str {
    etag.strip_prefix("W/").unwrap_or(etag)
}

/// What tells versions of a file apart: a value of the origin's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Validator {
    /// An entity tag.
    Etag(HeaderValue),
    /// The time of the last change.
    LastModified(HeaderValue),
}

impl Validator {
    /// The header that asks for any other version.
    pub(crate) fn header(&self) -> (HeaderName, HeaderValue) {
        match self {
            Self::Etag(value) => (IF_NONE_MATCH, value.clone()),
            Self::LastModified(value) => (IF_MODIFIED_SINCE, value.clone()),
        }
    }

    /// Whether a file with these is the version.
    pub(crate) fn is_of(&self, etag: &str, last_modified: Option<&str>) -> bool {
        match self {
            Self::Etag(value) => value == etag,
            Self::LastModified(value) => last_modified.is_some_and(|time| value == time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "Tue, 24 Nov 2026 10:00:00 GMT";

    fn known(etag: Option<&str>, last_modified: Option<&str>) -> Condition {
        Condition {
            origin: ObjectId::new("shop", "photos"),
            etag: etag.map(str::to_owned),
            last_modified: last_modified.map(str::to_owned),
        }
    }

    #[test]
    fn an_origin_is_asked_by_the_entity_tag_else_by_the_time() {
        for (etag, last_modified, expected) in [
            (Some("\"1\""), Some(TIME), Some(("if-none-match", "\"1\""))),
            (Some("W/\"1\""), None, Some(("if-none-match", "W/\"1\""))),
            (None, Some(TIME), Some(("if-modified-since", TIME))),
            (Some(""), Some(TIME), Some(("if-modified-since", TIME))),
            (Some("*"), Some(TIME), Some(("if-modified-since", TIME))),
            (Some("\"a\r\nb\""), Some(TIME), Some(("if-modified-since", TIME))),
            (Some("*"), None, None),
            (None, Some(""), None),
            (None, None, None),
        ] {
            let header = known(etag, last_modified).validator().map(|validator| validator.header());
            let seen = header.as_ref().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
            assert_eq!(seen, expected, "{etag:?} {last_modified:?}");
        }
    }

    #[test]
    fn an_answer_that_tells_another_version_is_no_answer_to_the_condition() {
        let later = "Tue, 24 Nov 2026 10:00:01 GMT";
        for (etag, last_modified, met) in [
            (None, None, false),
            (None, Some(TIME), true),
            (Some("\"1\""), None, true),
            (Some("W/\"1\""), Some(TIME), true),
            (Some("\"2\""), Some(TIME), false),
            (Some("\"1\""), Some(later), false),
            (None, Some(later), false),
        ] {
            let told = Meta {
                etag: etag.map(str::to_owned),
                last_modified: last_modified.map(str::to_owned),
                ..Meta::default()
            };
            assert_eq!(known(Some("\"1\""), Some(TIME)).is_met_by(&told), met, "{told:?}");
        }
    }
}
