//! From config files to the ConfigMaps and Secrets that pods mount.
//!
//! One object per shard. The index, which seals the others by their hashes, lies beside shard 0 and is applied last:
//! a pod that sees only a part of a change refuses it and goes on with what it runs.

use std::collections::BTreeMap;

use imgplane_config::FileSet;
use k8s_openapi::{
    ByteString,
    api::core::v1::{ConfigMap, Secret},
};

use super::metadata::{desired, metadata};
use crate::{
    apply::{Desired, OwnedKind, Owner},
    labels::{CONFIG_MANAGER, config_map_name, credentials_name},
};

/// The objects that hold these files, in the order in which they are applied.
pub fn config_objects(owner: &Owner, files: &FileSet) -> Vec<Desired> {
    let (shards, beside): (BTreeMap<_, _>, BTreeMap<_, _>) =
        files.config.iter().partition(|(name, _)| shard_of(name).is_some());
    let mut objects: Vec<_> = files
        .secret
        .iter()
        .filter_map(|(file, bytes)| Some((shard_of(file)?, file, bytes)))
        .map(|(shard, file, bytes)| secret(owner, shard, file, bytes))
        .collect();
    for (file, bytes) in shards.into_iter().rev() {
        let Some(shard) = shard_of(file) else { continue };
        let index = if shard == 0 { beside.clone() } else { BTreeMap::new() };
        objects.push(config_map(owner, shard, file, bytes, &index));
    }
    objects
}

/// The number in a file name such as `config-07.json.gz`.
fn shard_of(file: &str) -> Option<usize> {
    let (_, rest) = file.split_once('-')?;
    rest.split_once('.')?.0.parse().ok()
}

fn secret(owner: &Owner, shard: usize, file: &str, bytes: &[u8]) -> Desired {
    let name = credentials_name(&owner.id, shard);
    let secret = Secret {
        metadata: metadata(owner, &name),
        type_: Some("Opaque".to_owned()),
        data: Some(BTreeMap::from([(file.to_owned(), ByteString(bytes.to_vec()))])),
        ..Secret::default()
    };
    desired(OwnedKind::Secret, owner, &name, CONFIG_MANAGER, &secret)
}

fn config_map(
    owner: &Owner,
    shard: usize,
    file: &str,
    bytes: &[u8],
    beside: &BTreeMap<&String, &Vec<u8>>,
) -> Desired {
    let name = config_map_name(&owner.id, shard);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let config_map = ConfigMap {
        metadata: metadata(owner, &name),
        binary_data: Some(BTreeMap::from([(file.to_owned(), ByteString(bytes.to_vec()))])),
        // The index is JSON, and readable where somebody looks for it.
        data: (!beside.is_empty())
            .then(|| beside.iter().map(|(name, bytes)| ((*name).clone(), text(bytes))).collect()),
        ..ConfigMap::default()
    };
    desired(OwnedKind::ConfigMap, owner, &name, CONFIG_MANAGER, &config_map)
}
