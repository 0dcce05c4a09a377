//! How much of a file one origin is asked for.

use http::{HeaderMap, HeaderValue, header::RANGE};
use imgplane_config::ObjectId;

use crate::{
    Purpose, Request,
    condition::{Condition, Validator},
    range::ByteRange,
};

/// How much of a file is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    /// All of it.
    Whole,
    /// A part.
    Part(ByteRange),
    /// All of it, unless it is this version.
    Unless(Validator),
}

impl Wish {
    /// What a request asks of an origin. A part of a file that is decoded would be of no use, and a condition next to a
    /// part could be answered in too many ways.
    pub(crate) fn of(request: &Request, origin: &ObjectId) -> Self {
        let range = match request.purpose {
            Purpose::Stream => request.range.as_deref().and_then(ByteRange::parse),
            Purpose::Whole { .. } => None,
        };
        let condition = request.condition.as_ref().filter(|condition| condition.origin == *origin);
        match (range, condition.and_then(Condition::validator)) {
            (Some(range), _) => Self::Part(range),
            (None, Some(validator)) => Self::Unless(validator),
            (None, None) => Self::Whole,
        }
    }

    /// The part that is asked for, if it is one.
    pub(crate) const fn range(&self) -> Option<ByteRange> {
        match self {
            Self::Part(range) => Some(*range),
            Self::Whole | Self::Unless(_) => None,
        }
    }

    /// Adds the header that says it.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        let header = match self {
            Self::Whole => None,
            Self::Part(range) => HeaderValue::from_str(&range.to_string()).ok().map(|range| (RANGE, range)),
            Self::Unless(validator) => Some(validator.header()),
        };
        if let Some((name, value)) = header {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(wish: &Wish) -> Vec<String> {
        let mut headers = HeaderMap::new();
        wish.add_to(&mut headers);
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }

    #[test]
    fn a_condition_goes_to_the_origin_that_served_the_file_and_never_along_with_a_range() {
        let photos = ObjectId::new("shop", "photos");
        let known = Condition { origin: photos.clone(), etag: Some("\"1\"".to_owned()), last_modified: None };
        let condition = Some(&known);
        let whole = Purpose::Whole { max_bytes: 9 };
        let asked = |purpose, range: Option<&str>, condition: Option<&Condition>, origin: &ObjectId| {
            let request = Request {
                range: range.map(str::to_owned),
                condition: condition.cloned(),
                ..Request::new("a.jpg", purpose)
            };
            added(&Wish::of(&request, origin))
        };
        for (seen, expected) in [
            (asked(whole, None, None, &photos), &[][..]),
            (asked(whole, None, condition, &photos), &["if-none-match: \"1\""]),
            (asked(Purpose::Stream, None, condition, &photos), &["if-none-match: \"1\""]),
            (asked(whole, None, condition, &ObjectId::new("shop", "backup")), &[]),
            (asked(whole, None, condition, &ObjectId::new("other", "photos")), &[]),
            (asked(Purpose::Stream, Some("bytes=0-3"), condition, &photos), &["range: bytes=0-3"]),
            (asked(whole, Some("bytes=0-3"), condition, &photos), &["if-none-match: \"1\""]),
            (asked(Purpose::Stream, Some("bytes=0-1,3-4"), None, &photos), &[]),
        ] {
            assert_eq!(seen, expected);
        }
    }
}
