//! Pictures that lie in the volumes of endpoints, so that there is something to look at.

use std::{
    fs,
    path::{Path, PathBuf},
};

use imgplane_config::OriginKind;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::view::{Shared, View};

/// Most samples in all.
const MAX_SAMPLES: usize = 24;
/// Most entries that are looked at in one volume: it may hold millions.
const MAX_ENTRIES: usize = 2_000;
/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 4;

/// What may stand in a path segment as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A picture that an endpoint can deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Sample {
    /// URL of the endpoint, with a slash at the end.
    pub(crate) endpoint: String,
    /// Resource path, percent-encoded.
    pub(crate) path: String,
    /// File name as it is.
    pub(crate) name: String,
    /// Name of the volume.
    pub(crate) volume: String,
    /// Size of the file.
    pub(crate) bytes: u64,
}

/// Samples of all endpoints; a file that several endpoints deliver is listed for the first.
pub(crate) fn list(shared: &Shared, view: &View) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut seen = Vec::new();
    for endpoint in view.endpoints() {
        let url = shared.endpoint_url(&endpoint.body);
        for (name, base) in bases(shared, view, &endpoint.body.origins) {
            if seen.contains(&base) || samples.len() >= MAX_SAMPLES {
                continue;
            }
            let room = MAX_SAMPLES - samples.len();
            samples.extend(pictures(&base).into_iter().take(room).map(|picture| Sample {
                endpoint: url.clone(),
                path: picture.path,
                name: picture.name,
                volume: name.clone(),
                bytes: picture.bytes,
            }));
            seen.push(base);
        }
    }
    samples
}

/// A picture that this endpoint can deliver.
pub(super) fn first(shared: &Shared, view: &View, origins: &[imgplane_config::ObjectId]) -> Option<String> {
    bases(shared, view, origins)
        .into_iter()
        .find_map(|(_, base)| Some(pictures(&base).into_iter().next()?.path))
}

/// Name and folder of each Volume origin.
fn bases(shared: &Shared, view: &View, origins: &[imgplane_config::ObjectId]) -> Vec<(String, PathBuf)> {
    let Some(bundle) = &view.bundle else { return Vec::new() };
    let records = origins.iter().filter_map(|id| bundle.origins.iter().find(|origin| origin.id == *id));
    records
        .filter_map(|origin| match &origin.body.kind {
            OriginKind::Volume(volume) => Some((volume.name.clone(), shared.volumes.base(volume))),
            OriginKind::S3(_)
            | OriginKind::S3Compatible(_)
            | OriginKind::CloudinaryBackup(_)
            | OriginKind::Gcs(_)
            | OriginKind::AzureBlob(_)
            | OriginKind::WebFolder(_)
            | OriginKind::WebProxy(_)
            | OriginKind::AkeneoPim(_) => None,
        })
        .collect()
}

#[derive(Debug, PartialEq, Eq)]
struct Picture {
    path: String,
    name: String,
    bytes: u64,
}

/// Pictures below a folder, those nearest to it first.
fn pictures(base: &Path) -> Vec<Picture> {
    let mut found = Vec::new();
    let mut looked_at = 0;
    let mut level = vec![(base.to_owned(), String::new())];
    for _ in 0..MAX_DEPTH {
        let mut next = Vec::new();
        for (folder, prefix) in level {
            let mut entries: Vec<_> = fs::read_dir(folder)
                .into_iter()
                .flatten()
                .flatten()
                .take(MAX_ENTRIES.saturating_sub(looked_at))
                .collect();
            looked_at += entries.len();
            entries.sort_by_key(fs::DirEntry::file_name);
            for entry in entries {
                // Links may lead out of the volume, where the server does not follow them.
                let (Ok(metadata), Ok(name)) = (entry.metadata(), entry.file_name().into_string()) else {
                    continue;
                };
                if name.starts_with('.') || is_reserved(&name) {
                    continue;
                }
                let path = format!("{prefix}{}", utf8_percent_encode(&name, SEGMENT));
                if metadata.is_dir() {
                    next.push((entry.path(), format!("{path}/")));
                } else if metadata.is_file() && is_picture(&name) {
                    found.push(Picture { path, name, bytes: metadata.len() });
                }
            }
        }
        if found.len() >= MAX_SAMPLES {
            break;
        }
        level = next;
    }
    found
}

/// Names that mean something else in a URL.
fn is_reserved(name: &str) -> bool {
    name.starts_with("tr:") || name.starts_with("ik-")
}

fn is_picture(name: &str) -> bool {
    const EXTENSIONS: [&str; 11] =
        ["jpg", "jpeg", "png", "webp", "avif", "gif", "svg", "tif", "tiff", "bmp", "ico"];
    name.rsplit_once('.')
        .is_some_and(|(_, extension)| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_level_by_level_with_encoded_paths() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("a b")).unwrap();
        for name in ["z.JPG", "a b/<i>.png", "notes.txt", ".hidden.jpg", "ik-video.mp4", "q?.svg"] {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        let paths: Vec<_> = pictures(dir.path()).into_iter().map(|picture| picture.path).collect();
        assert_eq!(paths, ["q%3F.svg", "z.JPG", "a%20b/%3Ci%3E.png"]);
    }
}
