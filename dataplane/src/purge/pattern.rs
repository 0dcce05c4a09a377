//! What a purge names: a URL behind its endpoint, in the forms and with the wildcards of the hosted service.

use imgplane_urls::{Plan, Rewriter, Target, UrlError};

use crate::{
    request::{path_id, plan_id},
    state::{Endpoint, rules},
};

/// Longest part of the path that needs no other reason to be wild.
const LONG: usize = 15;
/// Roots of two shop systems: below them lies everything.
const TOO_BROAD: [&str; 4] = ["media/catalog/", "media/catalog", "s/files/", "s/files"];

/// What a purge covers. Paths are in the form of [`path_id`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// Everything of the endpoint.
    All,
    /// Everything that was made of one file: with this query for its origin, or with any.
    Resource(String, Option<String>),
    /// What one transformation makes of one file, in whatever format.
    Plan(String, Option<String>, String),
    /// Everything that was made of files whose path begins so.
    Prefix(String),
    /// Everything that was made of one file with a query that begins so.
    Query(String, String),
}

/// How much of a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// What the URL asks for.
    Url,
    /// Everything that was made of the file.
    Resource,
}

/// A URL that cannot be purged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatternError {
    /// The URL itself is wrong.
    #[error("the URL cannot be read: {0}")]
    Url(String),
    /// A wildcard somewhere else.
    #[error("a URL may have one *, at its end")]
    Wildcard,
    /// A wildcard that stands in the transformation.
    #[error("the * stands in the transformation: it may stand behind a path")]
    InTransformation,
    /// A wildcard that covers too much.
    #[error(
        "{0}* covers too much: before the * there must be two folders or names, or 15 characters, or a file name with \
         its extension, and media/catalog/* and s/files/* are never purged"
    )]
    TooBroad(String),
}

impl From<UrlError> for PatternError {
    fn from(error: UrlError) -> Self {
        Self::Url(error.message)
    }
}

impl Pattern {
    /// Reads the raw URL behind an endpoint.
    ///
    /// # Errors
    /// [`PatternError`].
    pub(crate) fn parse(url: &str, scope: Scope, endpoint: &Endpoint) -> Result<Self, PatternError> {
        match url.split_once('*') {
            Some((prefix, "")) => Self::prefix(prefix, endpoint.rewriter.as_ref()),
            Some(_) => Err(PatternError::Wildcard),
            None => {
                let (path, query) = split(url);
                let (target, _) = Target::rewritten(path, query, endpoint.rewriter.as_ref())?;
                let path = path_id(&target.resource);
                if scope == Scope::Resource {
                    return Ok(Self::Resource(path, target.forwarded_query));
                }
                let plan = Plan::parse_named(&target, &rules(&endpoint.config), &endpoint.named)?;
                Ok(Self::Plan(path, target.forwarded_query, plan_id(&plan)))
            }
        }
    }

    /// Transformations are left out of a prefix: they stand before a path or behind it, and give the same file.
    fn prefix(prefix: &str, rewriter: Option<&Rewriter>) -> Result<Self, PatternError> {
        let (path, query) = split(prefix);
        let trailing = path.ends_with('/') && query.is_none();
        if path.rsplit('/').next().is_some_and(|last| last.starts_with("tr:")) {
            return Err(PatternError::InTransformation);
        }
        let read = Target::rewritten(path, query, rewriter);
        let (target, _) = read.map_err(|error| match path.trim_matches('/') {
            "" => PatternError::TooBroad(prefix.to_owned()),
            _ => error.into(),
        })?;
        let mut resource = path_id(&target.resource);
        if trailing && !resource.ends_with('/') {
            resource.push('/');
        }
        let last = resource.rsplit('/').next().unwrap_or_default();
        let names = resource.split('/').filter(|name| !name.is_empty()).count();
        let has_extension = last.rsplit_once('.').is_some_and(|(stem, extension)| {
            !stem.is_empty()
                && (1..=5).contains(&extension.len())
                && extension.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        let accepted = names >= 2 || resource.len() >= LONG || has_extension || query.is_some();
        if !accepted || TOO_BROAD.contains(&resource.as_str()) {
            return Err(PatternError::TooBroad(resource));
        }
        Ok(match target.forwarded_query {
            Some(query) => Self::Query(resource, query),
            // A query that is a transformation names no file, and one that is cut in its middle none of its versions.
            None => Self::Prefix(resource),
        })
    }
}

fn split(url: &str) -> (&str, Option<&str>) {
    url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_cover_what_the_hosted_service_lets_them_cover() {
        let prefix = |text: &str| Ok(Pattern::Prefix(text.to_owned()));
        let broad = |text: &str| Err(PatternError::TooBroad(text.to_owned()));
        for (url, expected) in [
            ("images/upload", prefix("images/upload")),
            ("images/upload/", prefix("images/upload/")),
            ("sample.jpg", prefix("sample.jpg")),
            ("s%61mple.jpg", prefix("sample.jpg")),
            ("images//up", prefix("images/up")),
            ("sample.jpg?tr=w-1", prefix("sample.jpg")),
            ("sample.jpg?v=1", Ok(Pattern::Query("sample.jpg".to_owned(), "v=1".to_owned()))),
            ("images", broad("images")),
            ("images/", broad("images/")),
            ("", broad("")),
            ("/", broad("/")),
            ("abcdefghijklmno", prefix("abcdefghijklmno")),
            ("abcdefghijklmn", broad("abcdefghijklmn")),
            ("tr:w-100/images/upload", prefix("images/upload")),
            ("media/catalog/", broad("media/catalog/")),
            ("media/catalog", broad("media/catalog")),
            ("s/files/", broad("s/files/")),
            ("media/catalog/product", prefix("media/catalog/product")),
            ("tr:w-100", Err(PatternError::InTransformation)),
            ("images/upload/tr:w-1", Err(PatternError::InTransformation)),
        ] {
            assert_eq!(Pattern::prefix(url, None), expected, "{url}*");
        }
    }
}
