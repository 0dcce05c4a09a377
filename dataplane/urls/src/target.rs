//! What a URL says after its endpoint: resource path, transformation strings, suffix, query for the origin.
//!
//! The rest is split at raw slashes before anything is decoded, because base64 values carry `%2F`. Segments that
//! start with `tr:` are transformations wherever they stand, except behind the start of a web address. The raw text
//! that signatures cover is not kept here: whoever calls still has it.

mod query;
mod resource;

use crate::UrlError;
use crate::decode::{percent_decode, percent_decode_lossy};
use query::Query;

pub use resource::check_resource;

/// The parts of a URL after its endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Raw resource path, still percent-encoded, without leading slashes, transformation segments, `ik-seo` and
    /// suffix. Never empty, free of dot segments and control characters.
    pub resource: String,
    /// What kind of address the resource is.
    pub source: SourceKind,
    /// A reserved last segment.
    pub suffix: Option<Suffix>,
    /// Decoded transformation strings without `tr:`: those of the path, then those of the query. May be empty.
    pub strings: Vec<String>,
    /// Raw query without `tr`, `ik-*` and `sdk-version`: goes to web origins. `None`: nothing is left.
    pub forwarded_query: Option<String>,
    /// Raw `ik-obj-version`: names a version of the file. No origin is told of it, and it tells results apart.
    pub version: Option<String>,
    /// Decoded file name of a download, without control characters and slashes. `None`: no download was asked for.
    pub download_name: Option<String>,
}

/// What kind of address a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// A path at the endpoint's origins.
    Path,
    /// An absolute `http` or `https` URL behind the endpoint.
    WebAddress,
    /// Text from which a picture is to be made.
    Prompt,
}

/// A reserved last path segment: asks for another kind of file made from the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Suffix {
    /// `ik-thumbnail.jpg`: a still from a video, an animation or a document.
    Thumbnail,
    /// `ik-video.mp4`: process as a video.
    Video,
    /// `ik-gif-video.mp4`: an animation as a video.
    GifVideo,
    /// `ik-master.m3u8`: HLS manifest.
    MasterM3u8,
    /// `ik-master.mpd`: DASH manifest.
    MasterMpd,
}

// === impl Suffix ===

impl Suffix {
    /// The segment as it stands in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Thumbnail => "ik-thumbnail.jpg",
            Self::Video => "ik-video.mp4",
            Self::GifVideo => "ik-gif-video.mp4",
            Self::MasterM3u8 => "ik-master.m3u8",
            Self::MasterMpd => "ik-master.mpd",
        }
    }

    pub(crate) fn from_segment(segment: &str) -> Option<Self> {
        [Self::Thumbnail, Self::Video, Self::GifVideo, Self::MasterM3u8, Self::MasterMpd]
            .into_iter()
            .find(|suffix| suffix.as_str() == segment)
    }
}

// === impl Target ===

impl Target {
    /// Reads `rest`, the raw path after the endpoint, and the raw query without `?`. Fails with `EINVAL` for
    /// transformation strings that are no UTF-8 and for paths that [`check_resource`] refuses, with `ENOENT` when no
    /// resource is left.
    pub fn parse(rest: &str, query: Option<&str>) -> Result<Self, UrlError> {
        let query = Query::parse(query.unwrap_or_default());
        let mut path = Path::read(rest);
        let suffix = path.take_suffix();
        let seo_name = path.resolve_seo_form();
        let resource = path.resource();
        check_resource(&resource)?;

        let strings =
            path.strings.iter().chain(&query.strings).map(|raw| decode(raw)).collect::<Result<_, _>>()?;
        let download_name = query.attachment.then(|| {
            let last = resource.rsplit('/').next().unwrap_or_default();
            let name = match (query.attachment_name, suffix) {
                (Some(name), _) => percent_decode_lossy(name),
                (None, Some(suffix)) => format!("{}-{}", percent_decode_lossy(last), suffix.as_str()),
                (None, None) => percent_decode_lossy(seo_name.unwrap_or(last)),
            };
            name.replace(|character: char| character.is_control() || matches!(character, '/' | '\\'), "")
        });
        Ok(Self {
            resource,
            source: path.source,
            suffix,
            strings,
            forwarded_query: query.forwarded,
            version: query.version.map(str::to_owned),
            download_name,
        })
    }
}

/// The URL has a transformation of its own, in its path or its query; see [`Target::parse`].
pub(crate) fn is_native(rest: &str, query: Option<&str>) -> bool {
    !Path::read(rest).strings.is_empty() || !Query::parse(query.unwrap_or_default()).strings.is_empty()
}

impl Target {
    /// The whole transformation string: what positions in errors refer to.
    pub fn transformation(&self) -> String {
        self.strings.join(":")
    }

    /// Decodes a raw transformation string as those of a URL are decoded: once, as a whole, without `tr:`.
    ///
    /// # Errors
    /// `EINVAL` when the result is no UTF-8.
    pub fn decode(raw: &str) -> Result<String, UrlError> {
        decode(raw)
    }
}

/// Raw segments, sorted into those of the resource and those that transform.
struct Path<'a> {
    segments: Vec<&'a str>,
    strings: Vec<&'a str>,
    source: SourceKind,
    /// What the SEO form appends to the last segment, with its dot; else empty.
    extension: &'a str,
}

impl<'a> Path<'a> {
    fn read(rest: &'a str) -> Self {
        let mut path =
            Self { segments: Vec::new(), strings: Vec::new(), source: SourceKind::Path, extension: "" };
        for segment in rest.split('/') {
            match (path.source, transformation(segment)) {
                (SourceKind::Path | SourceKind::Prompt, Some(string)) => path.strings.push(string),
                (SourceKind::Path, None) if is_web_address(segment) => {
                    path.source = SourceKind::WebAddress;
                    path.segments.push(segment);
                }
                // In this order, because whether it is first takes a look at all before it.
                (SourceKind::Path, None) if is_prompt(segment) && path.is_first() => {
                    path.source = SourceKind::Prompt;
                    path.segments.push(segment);
                }
                (SourceKind::Path | SourceKind::Prompt, None) | (SourceKind::WebAddress, _) => {
                    path.segments.push(segment);
                }
            }
        }
        path
    }

    /// Nothing but leading slashes so far.
    fn is_first(&self) -> bool {
        self.segments.iter().all(|segment| segment.is_empty())
    }

    /// Removes reserved last segments. `ik-video.mp4` may stand before another one, which then says what is wanted.
    fn take_suffix(&mut self) -> Option<Suffix> {
        let last = self.segments.last().and_then(|segment| Suffix::from_segment(segment))?;
        self.segments.pop();
        if last != Suffix::Video
            && self.segments.last().is_some_and(|segment| *segment == Suffix::Video.as_str())
        {
            self.segments.pop();
        }
        Some(last)
    }

    /// `ik-seo/PATH/NAME.EXT` names `PATH.EXT`. With fewer than two segments behind it `ik-seo` is a folder.
    /// Returns the decorative name.
    fn resolve_seo_form(&mut self) -> Option<&'a str> {
        let start = self.segments.iter().position(|segment| !segment.is_empty())?;
        if self.source != SourceKind::Path
            || self.segments.get(start) != Some(&"ik-seo")
            || self.segments.len() < start + 3
        {
            return None;
        }
        let name = self.segments.pop()?;
        self.segments.drain(..=start);
        self.extension = name.rfind('.').and_then(|dot| name.get(dot..)).unwrap_or_default();
        Some(name)
    }

    fn resource(&self) -> String {
        let mut resource = self.segments.join("/").trim_start_matches('/').to_owned();
        resource.push_str(self.extension);
        resource
    }
}

/// The transformation string in a segment that carries one.
fn transformation(segment: &str) -> Option<&str> {
    let rest = segment.strip_prefix("tr")?;
    rest.strip_prefix(':').or_else(|| rest.strip_prefix("%3A")).or_else(|| rest.strip_prefix("%3a"))
}

pub(crate) fn is_web_address(segment: &str) -> bool {
    if segment == "http:" || segment == "https:" {
        return true;
    }
    // Only segments that can decode to an address are decoded: they start with the scheme or an escape.
    (segment.starts_with('h') || segment.starts_with('%'))
        && percent_decode(segment)
            .is_some_and(|text| text.starts_with("http://") || text.starts_with("https://"))
}

fn is_prompt(segment: &str) -> bool {
    segment.starts_with("ik-genimg-prompt-") || segment.starts_with("ik-genimg-prompte-")
}

/// Decodes a transformation string as a whole, before it is split into steps and items.
fn decode(raw: &str) -> Result<String, UrlError> {
    let text = percent_decode(raw)
        .ok_or_else(|| UrlError::invalid("The transformation string is not UTF-8 after decoding"))?;
    Ok(match text.strip_prefix("tr:") {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}
