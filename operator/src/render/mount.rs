//! What a pod mounts, and where: config, token, certificate, identity, volumes of files, the folder for results, volumes
//! that pods share, a little scratch space.

use imgplane_config::{Hash, ObjectId, SHARDS};
use k8s_openapi::{
    api::core::v1::{
        ConfigMapProjection, EmptyDirVolumeSource, PersistentVolumeClaimVolumeSource, ProjectedVolumeSource,
        SecretProjection, SecretVolumeSource, ServiceAccountTokenProjection, Volume, VolumeMount,
        VolumeProjection,
    },
    apimachinery::pkg::api::resource::Quantity,
};

use super::{cache_folder, pod::PodOptions, store_folder};
use crate::labels::{config_map_name, credentials_name, token_secret_name};

/// Folder with the config records.
pub(super) const CONFIG: &str = "/etc/imgplane/config";
/// Folder with the token, and the token in it.
const ADMIN: &str = "/etc/imgplane/admin";
pub(super) const TOKEN_FILE: &str = "/etc/imgplane/admin/token";
/// Folder with the certificate.
pub(super) const TLS: &str = "/etc/imgplane/tls";
/// Folder with the token that clouds take for the pod's identity, and the token in it.
const IDENTITY: &str = "/var/run/secrets/imgplane/identity";
const IDENTITY_TOKEN: &str = "token";
pub(super) const IDENTITY_TOKEN_FILE: &str = "/var/run/secrets/imgplane/identity/token";
/// How long such a token is valid; the kubelet renews it long before its end.
const IDENTITY_SECONDS: i64 = 3600;
/// Folder that holds one folder per volume.
pub(super) const VOLUMES: &str = "/volumes";

/// Names of what every pod mounts.
pub(super) const CONFIG_VOLUME: &str = "imgplane-config";
pub(super) const ADMIN_VOLUME: &str = "imgplane-admin";
pub(super) const TLS_VOLUME: &str = "imgplane-tls";
pub(super) const IDENTITY_VOLUME: &str = "imgplane-identity";
const CACHE_VOLUME: &str = "imgplane-cache";
const SCRATCH_VOLUME: &str = "imgplane-tmp";
/// What the names of volumes of files begin with.
const FILES_VOLUME: &str = "imgplane-files-";

/// Readable for whoever the container runs as, so that no `fsGroup` is needed for it, which would change the group of
/// every file on a user's volume.
const READ_ONLY: i32 = 0o444;
/// The program itself writes nothing; libraries may want a file.
const SCRATCH_SIZE: &str = "64Mi";
/// Longest name of a volume: a DNS label.
const LONGEST_VOLUME_NAME: usize = 63;

/// Each volume with its mount, in a fixed order.
pub(super) fn mounts(data_plane: &ObjectId, options: &PodOptions) -> Vec<(Volume, VolumeMount)> {
    let mut mounts = vec![
        read_only(config_volume(data_plane), CONFIG),
        read_only(secret_volume(ADMIN_VOLUME, &token_secret_name(data_plane)), ADMIN),
    ];
    let tls = options.tls_secret.as_deref();
    mounts.extend(tls.map(|secret| read_only(secret_volume(TLS_VOLUME, secret), TLS)));
    let audience = options.identity_audience.as_deref();
    mounts.extend(audience.map(|audience| read_only(identity_volume(audience), IDENTITY)));
    mounts.extend(options.volumes.iter().map(|(name, claim)| {
        read_only(claimed(&files_volume(name), claim, true), &format!("{VOLUMES}/{name}"))
    }));
    mounts.extend(options.cache_disk.map(|size| {
        (empty_dir(CACHE_VOLUME, cache_folder::room(size)), mount(CACHE_VOLUME, cache_folder::PATH))
    }));
    mounts.extend(options.stores.iter().map(|(role, claim)| {
        let name = store_folder::volume(*role);
        (claimed(&name, claim, false), mount(&name, &store_folder::path(*role)))
    }));
    let scratch = empty_dir(SCRATCH_VOLUME, Quantity(SCRATCH_SIZE.to_owned()));
    mounts.push((scratch, mount(SCRATCH_VOLUME, "/tmp")));
    mounts
}

fn claimed(name: &str, claim: &str, read_only: bool) -> Volume {
    Volume {
        name: name.to_owned(),
        persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
            claim_name: claim.to_owned(),
            read_only: read_only.then_some(true),
        }),
        ..Volume::default()
    }
}

fn empty_dir(name: &str, size: Quantity) -> Volume {
    Volume {
        name: name.to_owned(),
        empty_dir: Some(EmptyDirVolumeSource { size_limit: Some(size), medium: None }),
        ..Volume::default()
    }
}

fn mount(name: &str, path: &str) -> VolumeMount {
    VolumeMount { name: name.to_owned(), mount_path: path.to_owned(), ..VolumeMount::default() }
}

fn read_only(volume: Volume, path: &str) -> (Volume, VolumeMount) {
    let mount = VolumeMount { read_only: Some(true), ..mount(&volume.name, path) };
    (volume, mount)
}

/// One volume for all shards of both sorts, so that the kubelet swaps them as a whole, and every shard that may ever
/// exist, so that a new one appears in running pods.
fn config_volume(data_plane: &ObjectId) -> Volume {
    let config = (0..SHARDS).map(|shard| VolumeProjection {
        config_map: Some(ConfigMapProjection {
            name: config_map_name(data_plane, shard),
            optional: Some(true),
            items: None,
        }),
        ..VolumeProjection::default()
    });
    let credentials = (0..SHARDS).map(|shard| VolumeProjection {
        secret: Some(SecretProjection {
            name: credentials_name(data_plane, shard),
            optional: Some(true),
            items: None,
        }),
        ..VolumeProjection::default()
    });
    Volume {
        name: CONFIG_VOLUME.to_owned(),
        projected: Some(ProjectedVolumeSource {
            sources: Some(config.chain(credentials).collect()),
            default_mode: Some(READ_ONLY),
        }),
        ..Volume::default()
    }
}

/// A token for one audience, which is the cloud: the API server does not take it.
fn identity_volume(audience: &str) -> Volume {
    let token = VolumeProjection {
        service_account_token: Some(ServiceAccountTokenProjection {
            audience: Some(audience.to_owned()),
            expiration_seconds: Some(IDENTITY_SECONDS),
            path: IDENTITY_TOKEN.to_owned(),
        }),
        ..VolumeProjection::default()
    };
    Volume {
        name: IDENTITY_VOLUME.to_owned(),
        projected: Some(ProjectedVolumeSource { sources: Some(vec![token]), default_mode: Some(READ_ONLY) }),
        ..Volume::default()
    }
}

fn secret_volume(name: &str, secret: &str) -> Volume {
    Volume {
        name: name.to_owned(),
        secret: Some(SecretVolumeSource {
            secret_name: Some(secret.to_owned()),
            default_mode: Some(READ_ONLY),
            ..SecretVolumeSource::default()
        }),
        ..Volume::default()
    }
}

/// The volume's name in the pod; one that would be too long is cut and told from others by a hash.
fn files_volume(name: &str) -> String {
    let whole = format!("{FILES_VOLUME}{name}");
    if whole.len() <= LONGEST_VOLUME_NAME {
        return whole;
    }
    let hash: String = Hash::of(name.as_bytes()).to_string().chars().take(10).collect();
    let kept: String = whole.chars().take(LONGEST_VOLUME_NAME - hash.len() - 1).collect();
    format!("{kept}-{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_of_volumes_stay_labels_and_stay_different() {
        assert_eq!(files_volume("photos"), "imgplane-files-photos");
        let (a, b) = (format!("{}a", "x".repeat(62)), format!("{}b", "x".repeat(62)));
        let names = [files_volume(&a), files_volume(&b)];
        assert_ne!(names[0], names[1]);
        for name in names {
            assert_eq!(name.len(), LONGEST_VOLUME_NAME);
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{name}"
            );
        }
    }
}
