//! Takes a path apart: types, signature, steps, version, resource.

use super::super::Notes;
use super::super::row;
use super::table::ROWS;
use crate::Suffix;
use crate::decode::percent_decode;
use crate::target::is_web_address;

const ASSET_TYPES: [&str; 3] = ["image", "video", "raw"];

#[rustfmt::skip] // one word a line would be half a screen
const DELIVERY_TYPES: [&str; 19] = [
    "upload", "private", "authenticated", "fetch", "list", "multi", "sprite", "text", "asset", "facebook", "twitter",
    "twitter_name", "gravatar", "youtube", "vimeo", "dailymotion", "hulu", "animoto", "worldstarhiphop",
];

/// Endings of files that `q_auto` treats as videos where no asset type stands in the URL.
const VIDEO_ENDINGS: [&str; 14] =
    ["3gp", "avi", "flv", "m3u8", "m4v", "mkv", "mov", "mp4", "mpd", "mpeg", "mpg", "ogv", "webm", "wmv"];

/// The parts of a path, raw but for the steps.
#[derive(Debug)]
pub(super) struct Path<'a> {
    /// All of it.
    whole: &'a str,
    /// Asset and delivery type.
    types: Option<(&'a str, &'a str)>,
    signature: Option<&'a str>,
    /// Decoded once; commas between tokens are all that is left of the vendor's encoding, but for text.
    pub(super) steps: Vec<String>,
    version: Option<&'a str>,
    resource: Vec<&'a str>,
}

impl<'a> Path<'a> {
    /// Reads the raw path after the endpoint. The last segment names a file, whatever it looks like.
    pub(super) fn read(rest: &'a str) -> Self {
        let whole = rest.trim_start_matches('/');
        let segments: Vec<&str> = whole.split('/').collect();
        let suffixes = segments.iter().rev().take_while(|segment| Suffix::from_segment(segment).is_some());
        let last = segments.len().saturating_sub(1 + suffixes.count());
        let mut path = Self {
            whole,
            types: None,
            signature: None,
            steps: Vec::new(),
            version: None,
            resource: Vec::new(),
        };
        let mut next = 0;
        if let [asset, delivery, _, ..] = segments.as_slice()
            && ASSET_TYPES.contains(asset)
            && DELIVERY_TYPES.contains(delivery)
        {
            path.types = Some((asset, delivery));
            next = 2;
        }
        while next < last
            && let Some(segment) = segments.get(next)
        {
            if path.signature.is_none() && path.steps.is_empty() && is_signature(segment) {
                path.signature = Some(segment);
            } else if let Some(step) = step(segment) {
                path.steps.push(step);
            } else {
                break;
            }
            next += 1;
        }
        if next < last
            && let Some(version) = segments.get(next).filter(|segment| is_version(segment))
        {
            path.version = Some(version);
            next += 1;
        }
        path.resource = segments.get(next..).unwrap_or_default().to_vec();
        path
    }

    /// What is left of the path, and notes on what is not. `None`: all of it is left.
    pub(super) fn rest(&self, preserve_types: bool, notes: &mut Notes) -> Option<String> {
        let mut rest = String::new();
        if let Some((asset, delivery)) = self.types {
            // Behind other folders an address would be a path.
            let is_address = self.resource.first().is_some_and(|segment| is_web_address(segment));
            if preserve_types && !is_address {
                rest = format!("{asset}/{delivery}/");
            } else {
                notes.dropped(&format!("{asset}/{delivery}"), "asset and delivery type");
            }
        }
        if let Some(signature) = self.signature {
            notes.dropped(signature, "signatures of the vendor are not checked");
        }
        if let Some(version) = self.version {
            notes.dropped(version, "versions are no part of a path here");
        }
        rest.push_str(&self.resource.join("/"));
        (!self.steps.is_empty() || rest != self.whole).then_some(rest)
    }

    pub(super) fn is_video(&self) -> bool {
        match self.types {
            Some(("image", _)) => false,
            Some(("video", _)) => true,
            Some(_) | None => {
                let files = self.resource.iter().rev();
                let mut files = files.skip_while(|segment| Suffix::from_segment(segment).is_some());
                let ending = files.next().and_then(|file| file.rsplit_once('.')).map(|(_, ending)| ending);
                ending.is_some_and(|ending| {
                    VIDEO_ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending))
                })
            }
        }
    }
}

/// `s--8charact--`.
fn is_signature(segment: &str) -> bool {
    let inside = segment.strip_prefix("s--").and_then(|rest| rest.strip_suffix("--"));
    inside.is_some_and(|text| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    })
}

/// `v` and digits.
fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix('v');
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The decoded segment, if each of its tokens is a known key with a value, or a variable.
fn step(segment: &str) -> Option<String> {
    let text = percent_decode(segment)?;
    let is_known = |token| {
        let (key, _) = pair(token);
        is_variable(token) || (token.len() > key.len() && row::find(ROWS, key).is_some())
    };
    let is_step = tokens(&text).next().is_some() && tokens(&text).all(is_known);
    is_step.then_some(text)
}

/// `$NAME_VALUE`; folders start with a dollar sign as well.
fn is_variable(token: &str) -> bool {
    let (name, value) = token.strip_prefix('$').map(pair).unwrap_or_default();
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_name && !value.is_empty()
}

/// The tokens of a decoded step; empty ones are skipped.
pub(super) fn tokens(step: &str) -> impl Iterator<Item = &str> {
    step.split(',').filter(|token| !token.is_empty())
}

/// Key and value of a token.
pub(super) fn pair(token: &str) -> (&str, &str) {
    token.split_once('_').unwrap_or((token, ""))
}
