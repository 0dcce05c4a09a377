//! Folders that stand for volumes on this machine, and the local file behind a resource path.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use percent_encoding::percent_decode_str;

use crate::{args, manifests};

/// Where volumes are: `DIR/volumes/NAME`, unless a flag says otherwise.
#[derive(Debug, Clone, Default)]
pub(crate) struct VolumeFolders {
    root: PathBuf,
    named: BTreeMap<String, PathBuf>,
}

impl VolumeFolders {
    /// Of a folder of manifests.
    pub(crate) fn new(dir: &Path, flags: &args::Volumes) -> Self {
        Self { root: dir.join(manifests::VOLUMES), named: flags.named.iter().cloned().collect() }
    }

    /// The same, for the server. Folders by their whole names: what is kept of one must not be taken for what is in
    /// another that is called the same from elsewhere.
    pub(crate) fn for_server(&self) -> imgplane_dataplane::Volumes {
        let named = self.named.iter().map(|(name, folder)| (name.clone(), whole(folder)));
        imgplane_dataplane::Volumes { root: whole(&self.root), named: named.collect() }
    }

    /// The folder of a volume, whether it exists or not.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        // A volume's name is a DNS label by the schema, so that joining it stays below the root.
        self.named.get(name).cloned().unwrap_or_else(|| self.root.join(name))
    }

    /// Names of all volumes that exist now.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let below = fs::read_dir(&self.root).into_iter().flatten().flatten();
        below
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| !name.starts_with('.'))
            .chain(self.named.keys().cloned())
            .collect()
    }

    /// The folder that an origin's paths start at.
    pub(crate) fn base(&self, volume: &imgplane_config::Volume) -> PathBuf {
        let folder = self.folder(&volume.name);
        match volume.path.trim_matches('/') {
            "" => folder,
            below => folder.join(below),
        }
    }

    /// The folder that an origin's paths start at, if it is not there although the volume is.
    pub(crate) fn missing_base(&self, volume: &imgplane_config::Volume) -> Option<PathBuf> {
        let base = self.base(volume);
        (self.folder(&volume.name).is_dir() && !base.is_dir()).then_some(base)
    }

    /// The existing regular file that a raw resource path names at an origin, if it lies inside the volume.
    pub(crate) fn file(&self, volume: &imgplane_config::Volume, resource: &str) -> Option<PathBuf> {
        imgplane_urls::check_resource(resource).ok()?;
        let decoded = percent_decode_str(resource).decode_utf8().ok()?;
        let root = self.folder(&volume.name).canonicalize().ok()?;
        let file = self.base(volume).join(decoded.trim_start_matches('/'));
        let real = file.canonicalize().ok()?;
        (real.starts_with(root) && real.is_file()).then_some(file)
    }
}

/// The name of a folder from the root on.
fn whole(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(dir: &Path) -> VolumeFolders {
        VolumeFolders::new(dir, &args::Volumes { named: vec![("far".into(), dir.join("elsewhere"))] })
    }

    #[test]
    fn the_server_is_given_whole_names() {
        let flags = args::Volumes { named: vec![("far".into(), "../elsewhere".into())] };
        let volumes = VolumeFolders::new(Path::new("manifests"), &flags).for_server();
        let here = std::env::current_dir().unwrap();
        assert_eq!(volumes.root, here.join("manifests/volumes"));
        assert_eq!(volumes.named["far"], here.join("../elsewhere"));
    }

    #[test]
    fn resources_are_found_in_their_volume_and_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("volumes/photos/a b")).unwrap();
        fs::create_dir_all(dir.path().join("elsewhere")).unwrap();
        fs::write(dir.path().join("volumes/photos/a b/cat.jpg"), "x").unwrap();
        fs::write(dir.path().join("elsewhere/secret.jpg"), "x").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("../../elsewhere/secret.jpg", dir.path().join("volumes/photos/out.jpg"))
            .unwrap();
        let folders = folders(dir.path());
        let photos = imgplane_config::Volume { name: "photos".into(), path: String::new() };
        let below = imgplane_config::Volume { path: "/a b/".into(), ..photos.clone() };
        let far = imgplane_config::Volume { name: "far".into(), path: String::new() };
        assert!(folders.file(&photos, "a%20b/cat.jpg").is_some());
        assert!(folders.file(&below, "cat.jpg").is_some());
        assert!(folders.file(&far, "secret.jpg").is_some());
        for outside in
            ["../../elsewhere/secret.jpg", "%2e%2e/%2e%2e/elsewhere/secret.jpg", "out.jpg", "a%20b", "no.jpg"]
        {
            assert!(folders.file(&photos, outside).is_none(), "{outside}");
        }
        assert_eq!(folders.names(), ["far", "photos"].map(str::to_owned).into());
        let mistyped = imgplane_config::Volume { path: "ab".into(), ..photos.clone() };
        let unknown = imgplane_config::Volume { name: "unknown".into(), ..mistyped.clone() };
        assert_eq!(folders.missing_base(&mistyped), Some(dir.path().join("volumes/photos/ab")));
        for fine in [&photos, &below, &far, &unknown] {
            assert_eq!(folders.missing_base(fine), None, "{fine:?}");
        }
    }
}
