//! From manifests to judged objects: schema, rules, then the operator's own validation, each finding with its line.
//!
//! The commands share this, so that `check`, `dev` and `explain` never disagree; the judging itself is the code that
//! the API server's schema and the operator use.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use imgplane_config::{Bundle, ObjectId, OriginKind};
use imgplane_crds::{
    API_VERSION, DataPlane, GROUP, Kind, Origin, UrlEndpoint, check_rules, check_schema,
    data_plane::MountedVolume,
};
use imgplane_operator::{Hour, Problem, RenderError, Snapshot, Validated, default_data_plane, id_of};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    finding::{Finding, Severity},
    manifests::{Manifests, Object},
    volumes::VolumeFolders,
};

/// Names one object of imgplane's kinds.
pub(crate) type Key = (Kind, ObjectId);

/// An object of one of imgplane's kinds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Typed {
    /// An Origin.
    Origin(Box<Origin>),
    /// A UrlEndpoint.
    UrlEndpoint(Box<UrlEndpoint>),
    /// A DataPlane.
    DataPlane(Box<DataPlane>),
}

/// Everything in a folder, as far as its single objects are sound.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    /// Objects that the API server would take.
    pub(crate) accepted: BTreeMap<Key, Typed>,
    /// Objects that it would not.
    pub(crate) refused: BTreeSet<Key>,
    /// Findings so far.
    pub(crate) findings: Vec<Finding>,
    /// Files with something that may have been meant as one of imgplane's objects.
    pub(crate) broken: BTreeSet<PathBuf>,
    /// Where objects stand, whether accepted or refused.
    places: BTreeMap<Key, Object>,
    secrets: BTreeMap<ObjectId, BTreeMap<String, Vec<u8>>>,
    config_maps: BTreeMap<ObjectId, BTreeMap<String, Vec<u8>>>,
    namespaces: BTreeMap<String, BTreeMap<String, String>>,
}

/// Judges each object by itself.
pub(crate) fn objects(manifests: Manifests) -> Folder {
    let Manifests { objects, secrets, config_maps, findings, broken, files: _, folders: _ } = manifests;
    let mut folder = Folder { findings, broken, secrets, config_maps, ..Folder::default() };
    for object in objects {
        folder.add(object);
    }
    folder
}

impl Folder {
    fn add(&mut self, object: Object) {
        if object.group() == GROUP {
            self.add_own(object);
        } else if object.is_core("Namespace") {
            self.namespaces.insert(object.id.name.clone(), labels(&object.value));
        } else if !object.is_core("Secret") && !object.is_core("ConfigMap") {
            let message =
                format!("imgplane has no use for {} {}; it is ignored", object.api_version, object.kind);
            self.findings.push(object.finding(Severity::Note, "", "Ignored", message));
        }
    }

    fn add_own(&mut self, object: Object) {
        let kind: Kind = match object.kind.parse() {
            Ok(kind) => kind,
            Err(unknown) => {
                let message = format!("{unknown}");
                self.findings.push(object.finding(Severity::Error, "kind", "Invalid", message));
                self.broken.insert(object.file);
                return;
            }
        };
        let key = (kind, object.id.clone());
        match typed(kind, &object) {
            Ok(typed) => {
                self.accepted.insert(key.clone(), typed);
            }
            Err(findings) => {
                self.findings.extend(findings);
                self.refused.insert(key.clone());
            }
        }
        self.places.insert(key, object);
    }

    /// Whether the folder holds this object, in any state.
    pub(crate) fn holds(&self, key: &Key) -> bool {
        self.places.contains_key(key)
    }

    /// The file that an object stands in.
    pub(crate) fn file(&self, key: &Key) -> Option<&Path> {
        self.places.get(key).map(|object| object.file.as_path())
    }

    /// What validation takes: the given objects with the folder's Secrets, ConfigMaps and namespaces, at this hour.
    ///
    /// Volumes that exist on this machine count as mounted by every DataPlane.
    pub(crate) fn snapshot(&self, objects: &BTreeMap<Key, Typed>, volumes: &VolumeFolders) -> Snapshot {
        let mut snapshot = Snapshot {
            secrets: self.secrets.clone(),
            config_maps: self.config_maps.clone(),
            hour: Hour::now(),
            ..Snapshot::default()
        };
        for typed in objects.values() {
            match typed.clone() {
                Typed::Origin(origin) => snapshot.origins.push(*origin),
                Typed::UrlEndpoint(endpoint) => snapshot.endpoints.push(*endpoint),
                Typed::DataPlane(data_plane) => snapshot.data_planes.push(*data_plane),
            }
        }
        let mut mounted = volumes.names();
        if snapshot.data_planes.is_empty() {
            // Nobody wrote down what is mounted, so every volume that an origin names is taken for mounted.
            let named = snapshot.origins.iter().filter_map(|origin| origin.spec.volume.as_ref());
            mounted.extend(named.map(|volume| volume.name.to_string()));
            snapshot.data_planes.push(default_data_plane([]));
        }
        for data_plane in &mut snapshot.data_planes {
            mount(data_plane, &mounted);
        }
        for (_, id) in objects.keys() {
            snapshot
                .namespaces
                .entry(id.namespace.clone())
                .or_insert_with(|| self.namespaces.get(&id.namespace).cloned().unwrap_or_default());
        }
        for (name, labels) in &mut snapshot.namespaces {
            // The API server sets it on every namespace.
            labels.insert("kubernetes.io/metadata.name".to_owned(), name.clone());
        }
        snapshot
    }

    /// The findings of a validation, with their places.
    pub(crate) fn locate(&self, problems: &[Problem]) -> Vec<Finding> {
        problems.iter().map(|problem| self.located(problem)).collect()
    }

    fn located(&self, problem: &Problem) -> Finding {
        let Problem { id, kind, field, severity, reason, message, condition: _ } = problem;
        let severity = match severity {
            imgplane_crds::Severity::Error => Severity::Error,
            imgplane_crds::Severity::Warning => Severity::Warning,
        };
        match kind.parse::<Kind>() {
            Ok(kind) => self.finding(&(kind, id.clone()), severity, field, reason, message.clone()),
            Err(_) => unplaced(kind, id, severity, field, reason, message.clone()),
        }
    }

    /// Folders below volumes of this machine that origins name and that are not there. A volume that is not here says
    /// nothing of the one in the cluster.
    pub(crate) fn missing_folders<'a>(
        &self,
        origins: impl IntoIterator<Item = (&'a ObjectId, &'a OriginKind)>,
        volumes: &VolumeFolders,
    ) -> Vec<Finding> {
        let missing = origins.into_iter().filter_map(|(id, kind)| match kind {
            OriginKind::Volume(volume) => Some((id, volumes.missing_base(volume)?)),
            _ => None,
        });
        missing
            .map(|(id, base)| {
                let message =
                    format!("the folder {} does not exist: create it, or correct the path", base.display());
                let (key, field) = ((Kind::Origin, id.clone()), "spec.volume.path");
                self.finding(&key, Severity::Warning, field, "VolumeFolderMissing", message)
            })
            .collect()
    }

    /// Something to say about a field of an object, with its place if it stands in the folder.
    pub(crate) fn finding(
        &self,
        key: &Key,
        severity: Severity,
        field: &str,
        reason: &str,
        message: String,
    ) -> Finding {
        match self.places.get(key) {
            Some(object) => object.finding(severity, field, reason, message),
            // The assumed DataPlane stands in no file.
            None => unplaced(key.0.as_str(), &key.1, severity, field, reason, message),
        }
    }
}

/// Objects that a validation found an error in.
pub(crate) fn erroneous(validated: &Validated) -> BTreeSet<Key> {
    let errors = validated.problems.iter().filter(|p| p.severity == imgplane_crds::Severity::Error);
    errors.filter_map(|problem| Some((problem.kind.parse().ok()?, problem.id.clone()))).collect()
}

/// The DataPlane that this machine plays: the default one, else the first by namespace and name.
pub(crate) fn data_plane(snapshot: &Snapshot) -> ObjectId {
    let candidates = snapshot.data_planes.iter().map(|plane| (!plane.spec.default, id_of(plane)));
    candidates.min().map_or_else(|| id_of(&default_data_plane([])), |(_, id)| id)
}

/// A folder judged as a whole.
#[derive(Debug)]
pub(crate) struct Judged {
    /// What can be rendered.
    pub(crate) validated: Validated,
    /// The DataPlane to render for.
    pub(crate) data_plane: ObjectId,
    /// All findings, in order of file and line.
    pub(crate) findings: Vec<Finding>,
}

impl Judged {
    /// The records that this machine runs.
    pub(crate) fn render(&self) -> Result<Bundle, RenderError> {
        imgplane_operator::render(&self.validated, &self.data_plane)
    }
}

/// Judges a folder: each object, then all together.
pub(crate) fn folder(manifests: Manifests, volumes: &VolumeFolders) -> Judged {
    let folder = objects(manifests);
    let snapshot = folder.snapshot(&folder.accepted, volumes);
    let data_plane = data_plane(&snapshot);
    let validated = imgplane_operator::validate(&snapshot);
    let mut findings = folder.findings.clone();
    findings.extend(folder.locate(&validated.problems));
    let origins = validated.origins.iter().map(|(id, origin)| (id, &origin.config.kind));
    findings.extend(folder.missing_folders(origins, volumes));
    sort(&mut findings);
    Judged { validated, data_plane, findings }
}

/// Findings in the order in which they are read: by file, line and column.
pub(crate) fn sort(findings: &mut Vec<Finding>) {
    findings.sort();
    findings.dedup();
}

fn unplaced(
    kind: &str,
    id: &ObjectId,
    severity: Severity,
    field: &str,
    reason: &str,
    message: String,
) -> Finding {
    Finding {
        file: None,
        position: None,
        severity,
        object: Some((kind.to_owned(), id.clone())),
        field: field.to_owned(),
        reason: reason.to_owned(),
        message,
    }
}

fn typed(kind: Kind, object: &Object) -> Result<Typed, Vec<Finding>> {
    let refuse = |field: &str, message: String| object.finding(Severity::Error, field, "Invalid", message);
    if object.api_version != API_VERSION {
        let message = format!("{} is not known; write {API_VERSION}", object.api_version);
        return Err(vec![refuse("apiVersion", message)]);
    }
    let mut problems = check_schema(kind, &object.value);
    if problems.is_empty() {
        problems = check_rules(kind, &object.value);
    }
    if !problems.is_empty() {
        return Err(problems
            .into_iter()
            .map(|problem| refuse(problem.path.trim_start_matches('.'), problem.message))
            .collect());
    }
    let read = match kind {
        Kind::Origin => read(&object.value).map(|origin| Typed::Origin(Box::new(origin))),
        Kind::UrlEndpoint => read(&object.value).map(|endpoint| Typed::UrlEndpoint(Box::new(endpoint))),
        Kind::DataPlane => read(&object.value).map(|plane| Typed::DataPlane(Box::new(plane))),
    };
    read.map_err(|error| vec![refuse("", format!("cannot be read: {error}"))])
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, serde_json::Error> {
    let mut value = value.clone();
    if let Some(object) = value.as_object_mut() {
        // Written by controllers only; exported manifests still carry it.
        object.remove("status");
    }
    serde_json::from_value(value)
}

fn labels(namespace: &Value) -> BTreeMap<String, String> {
    let labels = namespace.pointer("/metadata/labels").and_then(Value::as_object);
    labels
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn mount(data_plane: &mut DataPlane, names: &BTreeSet<String>) {
    for name in names {
        if !data_plane.spec.volumes.iter().any(|volume| *volume.name == **name) {
            let name = name.clone().into();
            data_plane.spec.volumes.push(MountedVolume { name, claim_name: None, allowed_namespaces: None });
        }
    }
}
