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
            OriginKind::S3(s3) => (amazon(s3.endpoint.as_deref(), &s3.bucket), s3.prefix.as_str()),
            // The same buckets, whoever wrote into them.
            OriginKind::CloudinaryBackup(s3) => {
                (amazon(s3.endpoint.as_deref(), &s3.bucket), s3.prefix.as_str())
            }
            OriginKind::S3Compatible(s3) => {
                (format!("S3Compatible {} {}", s3.endpoint, s3.bucket), s3.prefix.as_str())
            }
            OriginKind::Gcs(gcs) => (
                format!("GCS {} {}", gcs.endpoint.as_deref().unwrap_or_default(), gcs.bucket),
                gcs.prefix.as_str(),
            ),
            OriginKind::AzureBlob(blob) => {
                let endpoint = blob.endpoint.as_deref().unwrap_or_default();
                (
                    format!("AzureBlob {endpoint} {} {}", blob.account_name, blob.container),
                    blob.prefix.as_str(),
                )
            }
            OriginKind::WebFolder(web) => {
                let host = web.base_url.find("://").map_or(0, |scheme| scheme + 3);
                let (start, rest) = web.base_url.split_at(host);
                let (host, folder) = rest.split_once('/').unwrap_or((rest, ""));
                (format!("WebFolder {start}{host}"), folder)
            }
            // Neither has folders that another Origin could point into.
            OriginKind::WebProxy(_) => ("WebProxy".to_owned(), ""),
            OriginKind::AkeneoPim(pim) => (format!("AkeneoPIM {}", pim.base_url), ""),
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

    /// Whether this place sorts among those inside `outer`. Between them others may stand: `a-b` sorts before `a/b`.
    pub(super) fn sorts_in(&self, outer: &Self) -> bool {
        self.root == outer.root && self.folder.starts_with(&outer.folder)
    }
}

fn amazon(endpoint: Option<&str>, bucket: &str) -> String {
    format!("S3 {} {bucket}", endpoint.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(folder: &str) -> Place {
        Place { root: "Volume photos".into(), folder: folder.into() }
    }

    #[test]
    fn a_place_is_in_its_own_folder_and_in_those_above() {
        for (inner, outer, expected) in [
            ("hats", "hats", true),
            ("hats/summer", "hats", true),
            ("hats", "", true),
            ("hats-x", "hats", false),
            ("hatstand", "hats", false),
            ("hats", "hats/summer", false),
        ] {
            assert_eq!(place(inner).is_in(&place(outer)), expected, "{inner} in {outer}");
        }
        let elsewhere = Place { root: "Volume other".into(), folder: "hats".into() };
        assert!(!elsewhere.is_in(&place("hats")));
    }

    #[test]
    fn stores_are_told_apart_by_what_identifies_them() {
        let web = |url: &str| {
            Place::of(&OriginKind::WebFolder(imgplane_config::WebFolder {
                base_url: url.into(),
                ..Default::default()
            }))
        };
        assert_eq!(web("https://a.example").below("x"), web("https://a.example/x"));
        assert_ne!(web("https://a.example/x"), web("http://a.example/x"));
        assert_ne!(web("https://a.example/x"), web("https://b.example/x"));
    }
}
