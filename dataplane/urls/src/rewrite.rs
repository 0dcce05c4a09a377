//! Old addresses of other vendors: their transformation syntax becomes ours before anything else reads the URL.
//!
//! ```text
//! rest, query -> (a rewriter of one vendor: rows of a table) -> rest, query without it, and one native string
//! ```
//!
//! Translating never fails. A known key whose value means nothing is left out with a note, and every item that is
//! emitted was read by the native table first ([`native`]), so that no translated string is refused for its syntax or a
//! value. What it asks for can be refused as that of any native string: a region outside of the image, a named
//! transformation that nobody stored, more steps than the limit.

mod akamai;
mod cloudinary;
mod color;
mod imgix;
mod input;
mod native;
mod note;
mod query;
mod row;
mod value;

use crate::target;
use crate::{Target, UrlError};
use note::Notes;

pub use note::Note;

/// Whose URLs an endpoint understands besides native ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rewriter {
    /// Transformations are path segments: `image/upload/w_100,c_fill/a.jpg`.
    Cloudinary {
        /// `true`: asset and delivery type stay the first two folders of the resource. `false`: they are dropped.
        preserve_asset_delivery_types: bool,
    },
    /// Transformations are query parameters: `a.jpg?w=100&fit=crop`.
    Imgix,
    /// Image Manager: `a.jpg?imwidth=100`.
    Akamai,
}

/// A URL without the vendor's syntax, and what that syntax means natively.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rewritten {
    /// Raw path behind the endpoint, still percent-encoded, without the vendor's syntax.
    pub rest: String,
    /// Raw query without parameters that were translated or dropped; order and spelling of the others are kept.
    /// `None`: nothing is left.
    pub query: Option<String>,
    /// Native transformation string, decoded, without `tr:`. May be empty.
    pub transformation: String,
    /// What became of each piece, in order; ASCII, at most 41 of them.
    pub notes: Vec<Note>,
}

// === impl Rewriter ===

impl Rewriter {
    /// Translates `rest`, the raw path after the endpoint, and the raw query without `?`. `None`: the URL is native
    /// (a `tr:` segment or a `tr` parameter), or holds nothing of the vendor's, and is to be read as it is.
    ///
    /// Takes time proportional to the length of the URL.
    pub fn rewrite(&self, rest: &str, query: Option<&str>) -> Option<Rewritten> {
        if target::is_native(rest, query) {
            return None;
        }
        match self {
            Self::Cloudinary { preserve_asset_delivery_types } => {
                cloudinary::rewrite(rest, query, *preserve_asset_delivery_types)
            }
            Self::Imgix => imgix::rewrite(rest, query),
            Self::Akamai => akamai::rewrite(rest, query),
        }
    }

    /// What the tables translate, by example: a piece of the vendor's syntax and the native string it becomes. For
    /// documents.
    pub fn examples(&self) -> Vec<(String, String)> {
        let pieces = match self {
            Self::Cloudinary { .. } => row::examples(cloudinary::ROWS, '_'),
            Self::Imgix => row::examples(imgix::ROWS, '='),
            Self::Akamai => row::examples(akamai::ROWS, '='),
        };
        let translated = |piece: String| {
            let rewritten = match self {
                Self::Cloudinary { .. } => self.rewrite(&format!("{piece}/a.jpg"), None),
                Self::Imgix | Self::Akamai => self.rewrite("a.jpg", Some(&piece)),
            };
            (piece, rewritten.unwrap_or_default().transformation)
        };
        pieces.into_iter().map(translated).collect()
    }

    /// Parameters of the vendor that are recognised and dropped whatever their value; `*` ends a family of them. For
    /// documents.
    pub fn untranslated(&self) -> Vec<String> {
        let keys = match self {
            Self::Cloudinary { .. } => row::untranslated(cloudinary::ROWS),
            Self::Imgix => imgix::PUBLISHED.to_vec(),
            Self::Akamai => row::untranslated(akamai::ROWS),
        };
        let families: &[&str] = match self {
            Self::Cloudinary { .. } | Self::Akamai => &[],
            Self::Imgix => imgix::PUBLISHED_PREFIXES,
        };
        let keys = keys.into_iter().map(str::to_owned);
        keys.chain(families.iter().map(|prefix| format!("{prefix}*"))).collect()
    }
}

// === impl Target ===

impl Target {
    /// As [`Target::parse`], for an endpoint with a rewriter: where that translates something, the result is the
    /// target's only transformation string. Fails where [`Target::parse`] fails for what is left of the URL.
    ///
    /// ```
    /// use imgplane_urls::{Rewriter, Target};
    ///
    /// let rewriter = Rewriter::Cloudinary { preserve_asset_delivery_types: false };
    /// let (target, rewritten) = Target::rewritten("image/upload/w_50,c_fill/v17/cat.jpg", None, Some(&rewriter))?;
    /// assert_eq!((target.resource.as_str(), target.strings), ("cat.jpg", vec!["w-50,c-maintain_ratio".to_owned()]));
    /// assert!(rewritten.is_some());
    /// # Ok::<(), imgplane_urls::UrlError>(())
    /// ```
    pub fn rewritten(
        rest: &str,
        query: Option<&str>,
        rewriter: Option<&Rewriter>,
    ) -> Result<(Self, Option<Rewritten>), UrlError> {
        let Some(rewritten) = rewriter.and_then(|rewriter| rewriter.rewrite(rest, query)) else {
            return Ok((Self::parse(rest, query)?, None));
        };
        let mut target = Self::parse(&rewritten.rest, rewritten.query.as_deref())?;
        target.strings.clear();
        if !rewritten.transformation.is_empty() {
            target.strings.push(rewritten.transformation.clone());
        }
        Ok((target, Some(rewritten)))
    }
}
