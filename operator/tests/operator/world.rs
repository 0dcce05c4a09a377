//! Reads manifests into a snapshot, as the command line does.

use std::collections::BTreeMap;

use imgplane_config::ObjectId;
use imgplane_operator::{Hour, SecretData, Snapshot, Validated, default_data_plane, validate};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Volumes that exist where the manifests do not say which are mounted.
const VOLUMES: [&str; 2] = ["photos", "other"];

/// When manifests are judged, unless a test says otherwise.
pub(crate) const TODAY: &str = "2026-05-01T12:30:00Z";

pub(crate) fn documents(yaml: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(yaml).unwrap()
}

pub(crate) fn snapshot(yaml: &str) -> Snapshot {
    from_documents(documents(yaml), VOLUMES.map(str::to_owned))
}

pub(crate) fn from_documents(documents: Vec<Value>, volumes: impl IntoIterator<Item = String>) -> Snapshot {
    let mut snapshot = Snapshot { hour: hour(TODAY), ..Snapshot::default() };
    for document in documents {
        match document["kind"].as_str().unwrap() {
            "Origin" => snapshot.origins.push(parse(document)),
            "UrlEndpoint" => snapshot.endpoints.push(parse(document)),
            "DataPlane" => snapshot.data_planes.push(parse(document)),
            "Secret" => {
                let (id, data) = values(&document, "stringData");
                snapshot.secrets.insert(id, data);
            }
            "ConfigMap" => {
                let (id, data) = values(&document, "data");
                snapshot.config_maps.insert(id, data);
            }
            "Namespace" => {
                let labels = parse(document["metadata"]["labels"].clone());
                snapshot.namespaces.insert(document["metadata"]["name"].as_str().unwrap().to_owned(), labels);
            }
            other => panic!("{other} is no kind of these tests"),
        }
    }
    if snapshot.data_planes.is_empty() {
        snapshot.data_planes.push(default_data_plane(volumes));
    }
    snapshot
}

fn values(document: &Value, section: &str) -> (ObjectId, SecretData) {
    let metadata = &document["metadata"];
    let namespace = metadata["namespace"].as_str().unwrap_or("default");
    let id = ObjectId::new(namespace, metadata["name"].as_str().unwrap());
    let data: BTreeMap<String, String> = parse(document[section].clone());
    (id, data.into_iter().map(|(key, value)| (key, value.into_bytes())).collect())
}

/// The hour of a time.
pub(crate) fn hour(time: &str) -> Hour {
    Hour::of(time.parse().unwrap())
}

pub(crate) fn validated(yaml: &str) -> Validated {
    validate(&snapshot(yaml))
}

pub(crate) fn id(text: &str) -> ObjectId {
    let (namespace, name) = text.split_once('/').unwrap();
    ObjectId::new(namespace, name)
}

fn parse<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}
