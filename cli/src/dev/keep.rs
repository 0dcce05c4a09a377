//! Last known good, for folders that are edited while they are served.
//!
//! In a cluster the API server refuses a bad object, and the old one stays. A file that was saved with a mistake in
//! it has already replaced the old one, so the good version is remembered here and goes on serving until the mistake
//! is mended or the object is removed.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use imgplane_config::{Bundle, Credential, DataPlaneConfig, ObjectId, OriginKind, Record};
use imgplane_crds::Kind;
use imgplane_operator::{Snapshot, Validated};

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
    /// Endpoints and origins that run an older version.
    pub(crate) kept: BTreeSet<ObjectId>,
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
        let broken = manifests.broken.clone();
        self.folders = manifests.folders.clone();
        self.folders.push(self.dir.join(VOLUMES));
        let folder = judge::objects(manifests);

        let mut objects = folder.accepted.clone();
        let mut kept = self.replace_refused(&folder, &broken, &mut objects);
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
        judge::sort(&mut findings);
        let kept = kept.into_iter().map(|(_, id)| id).collect();
        Ok(Load { bundle: self.bundle.clone(), findings, kept })
    }

    /// Puts the last good version in place of objects that the API server would refuse, and of those that stood in a
    /// document that is no YAML now.
    fn replace_refused(
        &self,
        folder: &Folder,
        broken: &BTreeSet<PathBuf>,
        objects: &mut BTreeMap<Key, Typed>,
    ) -> BTreeSet<Key> {
        let mut kept = BTreeSet::new();
        for (key, typed) in &self.good {
            let unreadable =
                || !folder.holds(key) && self.files.get(key).is_some_and(|file| broken.contains(file));
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
        let snapshot = folder.snapshot(objects, &self.volumes);
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

    /// Volumes that origins name and that are no folder yet: a mistake on this machine, not in the manifests.
    fn missing_volumes(&self, folder: &Folder) -> Vec<Finding> {
        let origins = self.bundle.iter().flat_map(|bundle| &bundle.origins);
        origins
            .filter_map(|origin| {
                let OriginKind::Volume(volume) = &origin.body.kind else { return None };
                let path = self.volumes.folder(&volume.name);
                let message = || {
                    format!(
                        "the folder {} does not exist: create it, or start with --volume {}=PATH",
                        path.display(),
                        volume.name
                    )
                };
                let key = (Kind::Origin, origin.id.clone());
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
