//! Where an origin's files lie, comparable between origins.

use imgplane_config::OriginKind;

/// A store and a folder in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// What identifies the store.
    root: String,
    /// Folder without leading and trailing slashes.
    folder: String,
}

impl Place {
    pub(super) fn of(kind: &OriginKind) -> Self {
        let (root, folder) = match kind {
            OriginKind::S3(s3) => (
                format!("S3 {} {}", s3.endpoint.as_deref().unwrap_or_default(), s3.bucket),
                s3.prefix.as_str(),
            ),
            OriginKind::S3Compatible(s3) => {
                (format!("S3Compatible {} {}", s3.endpoint, s3.bucket), s3.prefix.as_str())
            }
            OriginKind::WebFolder(web) => {
                let host = web.base_url.find("://").map_or(0, |scheme| scheme + 3);
                let (start, rest) = web.base_url.split_at(host);
                let (host, folder) = rest.split_once('/').unwrap_or((rest, ""));
                (format!("WebFolder {start}{host}"), folder)
            }
            OriginKind::Volume(volume) => (format!("Volume {}", volume.name), volume.path.as_str()),
        };
        Self { root, folder: folder.trim_matches('/').to_owned() }
    }

    /// The folder of that name inside this one.
    pub(super) fn below(&self, name: &str) -> Self {
        let folder = if self.folder.is_empty() { name.to_owned() } else { format!("{}/{name}", self.folder) };
        Self { root: self.root.clone(), folder }
    }

    /// Whether this place is `outer` or inside it.
    pub(super) fn is_in(&self, outer: &Self) -> bool {
        self.root == outer.root
            && self
                .folder
                .strip_prefix(&outer.folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || outer.folder.is_empty())
    }
}
