//! Last known good, for folders that are edited while they are served.
//!
//! In a cluster the API server refuses a bad object, and the old one stays. A file that was saved with a mistake in
//! it has already replaced the old one, so the good version is remembered here and goes on serving until the mistake
//! is mended or the object is removed.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use imgplane_config::{Bundle, Credential, DataPlaneConfig, ObjectId, OriginKind, Record};
use imgplane_crds::{Kind, Size, data_plane::Cache};
use imgplane_operator::{
    Snapshot, Validated,
    acknowledge::{keep_signing_keys, keep_store_credentials},
};

use crate::{
    finding::{Finding, Severity},
    judge::{self, Folder, Key, Typed},
    manifests::{self, VOLUMES, WalkError},
    volumes::VolumeFolders,
};

/// Hosts by which this machine is called: they stay shared when the DataPlane names its hosts, or nothing could be
/// opened in a browser.
const LOCAL_HOSTS: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// What a folder says, with the last good version in place of what is wrong.
#[derive(Debug)]
pub(crate) struct Load {
    /// What is to run; absent only while nothing could be rendered yet.
    pub(crate) bundle: Option<Bundle>,
    /// What is wrong with what is written.
    pub(crate) findings: Vec<Finding>,
    /// Objects that run an older version.
    pub(crate) kept: BTreeSet<Key>,
}

/// Reads a folder again and again.
#[derive(Debug)]
pub(super) struct Keeper {
    dir: PathBuf,
    volumes: VolumeFolders,
    /// The last version of each object that had no error.
    good: BTreeMap<Key, Typed>,
    /// Where each of them stood.
    files: BTreeMap<Key, PathBuf>,
    bundle: Option<Bundle>,
    folders: Vec<PathBuf>,
}

impl Keeper {
    /// Nothing was read yet.
    pub(super) fn new(dir: PathBuf, volumes: VolumeFolders) -> Self {
        let (good, files) = (BTreeMap::new(), BTreeMap::new());
        Self { dir, volumes, good, files, bundle: None, folders: Vec::new() }
    }

    /// Folders in which a change may change what is read.
    pub(super) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Reads the folder.
    pub(super) fn load(&mut self) -> Result<Load, WalkError> {
        let manifests = manifests::read(&self.dir)?;
        self.folders.clone_from(&manifests.folders);
        self.folders.push(self.dir.join(VOLUMES));
        let folder = judge::objects(manifests);

        let mut objects = folder.accepted.clone();
        let mut kept = self.replace_refused(&folder, &mut objects);
        let (mut snapshot, mut validated) = self.validate(&folder, &objects);
        let mut findings = folder.findings.clone();
        findings.extend(folder.locate(&validated.problems));
        let replaced = self.replace_erroneous(&judge::erroneous(&validated), &mut objects);
        if !replaced.is_empty() {
            kept.extend(replaced);
            (snapshot, validated) = self.validate(&folder, &objects);
        }
        self.remember(&folder, &objects, &judge::erroneous(&validated));

        match self.render(&validated, &judge::data_plane(&snapshot)) {
            Ok(bundle) => self.bundle = Some(bundle),
            Err(message) => findings.push(self.unrendered(message)),
        }
        findings.extend(self.missing_volumes(&folder));
        findings.extend(folder.missing_folders(self.origins(), &self.volumes));
        let parents = self.parents_of_missing();
        self.folders.extend(parents);
        judge::sort(&mut findings);
        Ok(Load { bundle: self.bundle.clone(), findings, kept })
    }

    /// Puts the last good version in place of objects that the API server would refuse, and of those that stood in a
    /// file where something cannot be recognised now.
    fn replace_refused(&self, folder: &Folder, objects: &mut BTreeMap<Key, Typed>) -> BTreeSet<Key> {
        let mut kept = BTreeSet::new();
        for (key, typed) in &self.good {
            let unreadable =
                || !folder.holds(key) && self.files.get(key).is_some_and(|file| folder.broken.contains(file));
            if folder.refused.contains(key) || unreadable() {
                objects.insert(key.clone(), typed.clone());
                kept.insert(key.clone());
            }
        }
        kept
    }

    /// Puts the last good version in place of objects that are wrong together with others.
    fn replace_erroneous(&self, wrong: &BTreeSet<Key>, objects: &mut BTreeMap<Key, Typed>) -> BTreeSet<Key> {
        let mut kept = BTreeSet::new();
        for key in wrong {
            if let (Some(good), Some(now)) = (self.good.get(key), objects.get_mut(key))
                && good != now
            {
                now.clone_from(good);
                kept.insert(key.clone());
            }
        }
        kept
    }

    fn validate(&self, folder: &Folder, objects: &BTreeMap<Key, Typed>) -> (Snapshot, Validated) {
        let mut snapshot = folder.snapshot(objects, &self.volumes);
        for data_plane in &mut snapshot.data_planes {
            data_plane.spec.cache.get_or_insert_with(nothing_kept);
        }
        let validated = imgplane_operator::validate(&snapshot);
        (snapshot, validated)
    }

    fn remember(&mut self, folder: &Folder, objects: &BTreeMap<Key, Typed>, wrong: &BTreeSet<Key>) {
        self.good.retain(|key, _| objects.contains_key(key));
        self.files.retain(|key, _| objects.contains_key(key));
        for (key, typed) in objects {
            if !wrong.contains(key) {
                self.good.insert(key.clone(), typed.clone());
                if let Some(file) = folder.file(key) {
                    self.files.insert(key.clone(), file.to_owned());
                }
            }
        }
    }

    fn render(&self, validated: &Validated, data_plane: &ObjectId) -> Result<Bundle, String> {
        let mut bundle =
            imgplane_operator::render(validated, data_plane).map_err(|error| error.to_string())?;
        if !bundle.data_plane.body.hosts.is_empty() {
            let Record { id, generation, mut body, .. } = bundle.data_plane;
            body.hosts.extend(LOCAL_HOSTS.map(str::to_owned));
            bundle.data_plane =
                Record::<DataPlaneConfig>::new(id, generation, body).map_err(|error| error.to_string())?;
        }
        bundle.credentials.extend(self.kept_credentials(validated, &bundle));
        bundle.credentials.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(before) = &self.bundle {
            keep_signing_keys(&before.signing_keys, &mut bundle);
            keep_store_credentials(&before.data_plane.body, &before.credentials, &mut bundle);
        }
        Ok(bundle)
    }

    /// Credentials whose Secret was broken or lost by the last save.
    fn kept_credentials(&self, validated: &Validated, bundle: &Bundle) -> Vec<Record<Credential>> {
        let wrong = judge::erroneous(validated);
        let before = self.bundle.iter().flat_map(|bundle| &bundle.credentials);
        before
            .filter(|record| wrong.contains(&(Kind::Origin, record.id.clone())))
            .filter(|record| bundle.origins.iter().any(|origin| origin.id == record.id))
            .filter(|record| bundle.credentials.iter().all(|credential| credential.id != record.id))
            .cloned()
            .collect()
    }

    fn unrendered(&self, message: String) -> Finding {
        Finding {
            file: Some(self.dir.clone()),
            position: None,
            severity: Severity::Error,
            object: None,
            field: String::new(),
            reason: "NotRendered".to_owned(),
            message,
        }
    }

    fn origins(&self) -> impl Iterator<Item = (&ObjectId, &OriginKind)> {
        let origins = self.bundle.iter().flat_map(|bundle| &bundle.origins);
        origins.map(|origin| (&origin.id, &origin.body.kind))
    }

    /// Where folders that are missing below a volume would appear.
    fn parents_of_missing(&self) -> Vec<PathBuf> {
        let missing = self.origins().filter_map(|(_, kind)| match kind {
            OriginKind::Volume(volume) => self.volumes.missing_base(volume),
            _ => None,
        });
        let parent = |base: PathBuf| base.ancestors().find(|folder| folder.is_dir()).map(Path::to_path_buf);
        missing.filter_map(parent).collect()
    }

    /// Volumes that origins name and that are no folder yet: a mistake on this machine, not in the manifests.
    fn missing_volumes(&self, folder: &Folder) -> Vec<Finding> {
        self.origins()
            .filter_map(|(id, kind)| {
                let OriginKind::Volume(volume) = kind else { return None };
                let path = self.volumes.folder(&volume.name);
                let message = || {
                    format!(
                        "the folder {} does not exist: create it, or start with --volume {}=PATH",
                        path.display(),
                        volume.name
                    )
                };
                let key = (Kind::Origin, id.clone());
                let warn = || {
                    folder.finding(
                        &key,
                        Severity::Warning,
                        "spec.volume.name",
                        "VolumeFolderMissing",
                        message(),
                    )
                };
                (!path.is_dir()).then(warn)
            })
            .collect()
    }
}

/// What a DataPlane keeps that says nothing of it. In a cluster that is some memory; here whoever saves a picture wants to
/// see it, and its origin would not be asked for it again within a year.
fn nothing_kept() -> Cache {
    Cache { memory: Some(Size::new(0)), ..Cache::default() }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::args;

    const ORIGIN: &str = "\
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {name: media}
spec:
  type: S3
  s3: {bucket: media, region: eu-west-1, auth: {type: Secret, secretRef: {name: keys}}}
";
    const ENDPOINT: &str = "\
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {name: main}
spec:
  origins: [{name: media}]
";
    const SECRET: &str = "\
apiVersion: v1
kind: Secret
metadata: {name: keys}
stringData: {accessKey: AKIA, secretKey: hush}
";

    struct Site {
        dir: tempfile::TempDir,
        keeper: Keeper,
    }

    impl Site {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let volumes = VolumeFolders::new(dir.path(), &args::Volumes { named: Vec::new() });
            let keeper = Keeper::new(dir.path().to_owned(), volumes);
            let site = Self { dir, keeper };
            for (name, text) in [("origin", ORIGIN), ("endpoint", ENDPOINT), ("secret", SECRET)] {
                site.write(name, text);
            }
            site
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.dir.path().join(format!("{name}.yaml")), text).unwrap();
        }

        fn load(&mut self) -> Load {
            self.keeper.load().unwrap()
        }
    }

    #[test]
    fn whatever_breaks_the_records_that_run_stay_the_same() {
        let mut site = Site::new();
        let good = site.load();
        assert_eq!(good.findings, []);
        let bundle = good.bundle.unwrap();
        assert_eq!((bundle.endpoints.len(), bundle.origins.len(), bundle.credentials.len()), (1, 1, 1));
        for (name, text, whole) in [
            ("origin", ORIGIN.replace("bucket: media, ", ""), ORIGIN),
            ("origin", ORIGIN.replace("bucket: media", "bucket: M"), ORIGIN),
            ("origin", ORIGIN.replace("name: keys", "name: gone"), ORIGIN),
            ("origin", "kind: [".to_owned(), ORIGIN),
            ("endpoint", ENDPOINT.replace("name: media", "name: gone"), ENDPOINT),
            ("endpoint", ENDPOINT.replace("UrlEndpoint", "UrlEndpoints"), ENDPOINT),
            ("secret", SECRET.replace("secretKey: hush", "secretKey: ''"), SECRET),
            ("secret", "kind: [".to_owned(), SECRET),
            ("endpoint", String::new(), ENDPOINT),
            ("secret", String::new(), SECRET),
        ] {
            site.write(name, &text);
            let load = site.load();
            assert!(!load.findings.is_empty(), "{name}: {text}");
            assert_eq!(load.bundle.as_ref(), Some(&bundle), "{name}: {text}");
            site.write(name, whole);
            assert_eq!(site.load().findings, [], "{name}");
        }
    }

    #[test]
    fn results_are_kept_only_where_the_folder_says_so() {
        let mut site = Site::new();
        let plane = |spec: &str| {
            format!(
                "apiVersion: imgplane.dev/v1alpha1\nkind: DataPlane\nmetadata: {{name: default}}\nspec: {spec}\n"
            )
        };
        assert!(site.load().bundle.unwrap().data_plane.body.cache.is_off(), "without a DataPlane");
        for (text, memory) in [
            (plane("{default: true}"), 0),
            (plane("{default: true, cache: {}}"), Cache::DEFAULT_MEMORY),
            (plane("{default: true, cache: {memory: 8Mi}}"), 8 << 20),
        ] {
            site.write("plane", &text);
            let load = site.load();
            assert_eq!(load.findings, [], "{text}");
            assert_eq!(load.bundle.unwrap().data_plane.body.cache.memory, memory, "{text}");
        }
    }

    #[test]
    fn a_store_keeps_its_credential_while_its_secret_is_broken() {
        let mut site = Site::new();
        site.write(
            "plane",
            "apiVersion: imgplane.dev/v1alpha1\nkind: DataPlane\nmetadata: {name: default}\nspec: {default: true, \
             originalsStore: {type: S3, s3: {bucket: originals, auth: {secretRef: {name: keys}}}}}\n",
        );
        let bundle = site.load().bundle.unwrap();
        assert_eq!(bundle.credentials.len(), 2);
        site.write("secret", &SECRET.replace("secretKey: hush", "secretKey: ''"));
        let load = site.load();
        assert!(!load.findings.is_empty());
        assert_eq!(load.bundle, Some(bundle));
    }

    #[test]
    fn what_is_removed_is_gone_and_what_was_never_good_does_not_run() {
        let mut site = Site::new();
        site.load();
        site.write("second", &ENDPOINT.replace("main", "second").replace("name: media", "name: gone"));
        fs::remove_file(site.dir.path().join("endpoint.yaml")).unwrap();
        let load = site.load();
        let bundle = load.bundle.unwrap();
        assert!(bundle.endpoints.iter().all(|endpoint| endpoint.id.name != "main"));
        assert!(load.kept.is_empty());
        assert_eq!(load.findings.len(), 1, "{:?}", load.findings);
    }

    #[test]
    fn a_data_plane_with_hosts_keeps_this_machine_among_them() {
        let mut site = Site::new();
        let plane = "apiVersion: imgplane.dev/v1alpha1\nkind: DataPlane\nmetadata: {name: pool}\n\
                     spec: {default: true, mode: External, hosts: [img.example.com]}\n";
        site.write("plane", plane);
        let hosts = site.load().bundle.unwrap().data_plane.body.hosts;
        assert_eq!(hosts, ["img.example.com", "127.0.0.1", "localhost", "[::1]"]);
    }
}
