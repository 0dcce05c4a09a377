//! From what is known to what should exist for each DataPlane: pure, and the heavy part of a turn.

use std::sync::Arc;

use imgplane_config::{Bundle, DataPlaneConfig, EndpointConfig, FileSet, Hash, Loaded, Purges, Record};
use imgplane_crds::{DataPlane, data_plane::Mode};
use kube::ResourceExt as _;

use crate::{
    Settings, Snapshot, Validated,
    acknowledge::keep_last_good,
    apply::{Desired, Owner, Part},
    id_of, render,
    render::{config_objects, with_purges, workload_objects},
};

/// What was written for a DataPlane last, by this leader or an earlier one.
#[derive(Debug, Clone, Default)]
pub(super) enum Written {
    /// Nothing, or nothing that could be read back.
    #[default]
    Nothing,
    /// An earlier leader wrote it.
    Earlier(Box<Loaded>),
    /// This leader wrote it: what did not change is not packed again.
    Packed(Packed),
}

impl Written {
    /// The endpoints of it, as far as they could be read.
    pub(super) fn endpoints(&self) -> &[Record<EndpointConfig>] {
        match self {
            Self::Nothing => &[],
            Self::Earlier(loaded) => &loaded.endpoints,
            Self::Packed(packed) => &packed.bundle.endpoints,
        }
    }

    /// What it says of the DataPlane itself, if that could be read.
    pub(super) fn data_plane(&self) -> Option<&DataPlaneConfig> {
        match self {
            Self::Nothing => None,
            Self::Earlier(loaded) => loaded.data_plane.as_ref().map(|record| &record.body),
            Self::Packed(packed) => Some(&packed.bundle.data_plane.body),
        }
    }
}

/// Records with the files that carry them.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    /// The records.
    pub(super) bundle: Arc<Bundle>,
    /// The files that pods mount.
    pub(super) files: Arc<FileSet>,
    /// Hash by which pods acknowledge them.
    pub(super) hash: Hash,
}

/// What should exist for one DataPlane.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// The DataPlane.
    pub(super) owner: Owner,
    /// Its records, last known good ones included.
    pub(super) packed: Packed,
    /// Everything but the token's Secret, in the order in which it is applied.
    pub(super) objects: Vec<Desired>,
}

impl Plan {
    /// Stands for everything but the config.
    pub(super) fn workload(&self) -> Hash {
        let workload = self.objects.iter().filter(|object| Part::of(object.kind) == Part::Workload);
        let text: Vec<String> = workload.map(|object| object.object.to_string()).collect();
        Hash::of(text.join("\n").as_bytes())
    }
}

/// Why nothing is written for a DataPlane. What was written before stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoPlan {
    /// The records do not fit into the shards that pods mount.
    #[error("{0}")]
    TooLarge(String),
    /// The objects cannot be made.
    #[error("{0}")]
    Failed(String),
}

/// Plans one DataPlane; `None` where its settings are not valid, so that what runs goes on running.
pub(super) fn plan(
    data_plane: &DataPlane,
    snapshot: &Snapshot,
    validated: &Validated,
    written: &Written,
    purges: &Purges,
    settings: &Settings,
) -> Option<Result<Plan, NoPlan>> {
    let owner = Owner { id: id_of(data_plane), uid: data_plane.uid().unwrap_or_default() };
    validated
        .data_planes
        .contains_key(&owner.id)
        .then(|| plan_valid(owner, data_plane, snapshot, validated, written, purges, settings))
}

fn plan_valid(
    owner: Owner,
    data_plane: &DataPlane,
    snapshot: &Snapshot,
    validated: &Validated,
    written: &Written,
    purges: &Purges,
    settings: &Settings,
) -> Result<Plan, NoPlan> {
    let failed = |error: &dyn std::error::Error| NoPlan::Failed(error.to_string());
    let bundle = render(validated, &owner.id).and_then(|bundle| with_purges(bundle, purges));
    let bundle = bundle.map_err(|error| failed(&error))?;
    let packed = match written {
        Written::Nothing => pack(bundle)?,
        Written::Earlier(loaded) => pack(keep_last_good(loaded, bundle, snapshot, validated))?,
        Written::Packed(packed) => {
            let previous = Loaded::from((*packed.bundle).clone());
            let bundle = keep_last_good(&previous, bundle, snapshot, validated);
            if *packed.bundle == bundle { packed.clone() } else { pack(bundle)? }
        }
    };
    let mut objects = config_objects(&owner, &packed.files);
    match data_plane.spec.mode {
        Mode::Managed => objects
            .extend(workload_objects(&owner, &data_plane.spec, settings).map_err(|error| failed(&error))?),
        Mode::External => {}
    }
    Ok(Plan { owner, packed, objects })
}

fn pack(bundle: Bundle) -> Result<Packed, NoPlan> {
    let files = FileSet::write(&bundle).map_err(|error| NoPlan::TooLarge(error.to_string()))?;
    let hash = files.hash().ok_or_else(|| NoPlan::Failed("the index has no hash".to_owned()))?;
    Ok(Packed { bundle: Arc::new(bundle), files: Arc::new(files), hash })
}
