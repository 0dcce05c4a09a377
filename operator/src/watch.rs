//! What the operator sees: every object that decides what pods run, the pods themselves, and what it made before.
//!
//! Decides what is watched, what is kept of it, and when a change is worth a look. Nothing is judged here, and
//! nothing is written. Objects and the Secrets and ConfigMaps they name are always shown together: a new
//! reference is shown once what it names was read, so that nobody is told of a missing Secret that is there.

mod deadline;
mod deployments;
#[cfg(test)]
mod fake;
mod mirror;
mod mirrors;
mod namespaces;
mod outage;
mod owned;
mod pods;
mod reflect;
mod resources;
mod scene;
mod settle;
mod signal;
#[cfg(test)]
mod tests;
mod undecoded;
mod values;

use std::{collections::BTreeMap, fmt, sync::Arc};

use imgplane_config::ObjectId;
use kube::Client;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use deployments::DeploymentView;
pub use owned::{Owned, OwnedMeta};
pub use pods::PodView;

use self::{mirrors::Mirrors, outage::Errors, scene::SceneCell, settle::Settler};
use crate::{Settings, Snapshot};

/// Everything that is watched. Clones share it.
#[derive(Clone)]
pub struct World {
    mirrors: Arc<Mirrors>,
    scene: Arc<SceneCell>,
    errors: Arc<Errors>,
    synced: watch::Receiver<bool>,
}

/// What is known at one moment.
#[derive(Clone, Default)]
pub struct Observed {
    /// The objects that decide what pods run. Their status is inside them.
    pub snapshot: Snapshot,
    /// Pods that carry the label of a DataPlane, managed or not, ordered by id.
    pub pods: Vec<PodView>,
    /// Deployments of Managed DataPlanes, by id of the DataPlane.
    pub deployments: BTreeMap<ObjectId, DeploymentView>,
    /// What exists of the objects that the operator makes.
    pub owned: Owned,
}

impl World {
    /// Starts all watches and returns at once; they end with `shutdown`.
    ///
    /// The receiver's number grows when something changed that may ask for action: many changes may be one growth,
    /// and a change of nothing but the status of one of our kinds is none. So who also wants to correct a status
    /// that somebody else wrote looks every few seconds as well.
    pub fn start(
        client: Client,
        settings: &Settings,
        shutdown: CancellationToken,
    ) -> (Self, watch::Receiver<u64>) {
        let client = deadline::with_deadline(client);
        let errors = Arc::new(Errors::default());
        let mirrors = Mirrors::start(&client, settings, &errors, &shutdown);
        let scene = Arc::new(SceneCell::default());
        let (synced_sender, synced) = watch::channel(false);
        let (changed_sender, changed) = watch::channel(0);
        let settler = Settler::new(
            client,
            mirrors.clone(),
            scene.clone(),
            errors.clone(),
            synced_sender,
            changed_sender,
            shutdown.clone(),
        );
        tokio::spawn(shutdown.run_until_cancelled_owned(settler.run()));
        (Self { mirrors, scene, errors, synced }, changed)
    }

    /// Whether all initial lists are in and everything that is named was asked for. Once true, it stays so.
    pub fn is_synced(&self) -> bool {
        *self.synced.borrow()
    }

    /// Waits until [`World::is_synced`]; returns early only when the watches were shut down.
    pub async fn synced(&self) {
        let mut synced = self.synced.clone();
        // An error means that the sender is gone, which is shutdown.
        drop(synced.wait_for(|synced| *synced).await);
    }

    /// What is known now. Empty before [`World::is_synced`].
    pub fn observe(&self) -> Observed {
        if !self.is_synced() {
            return Observed::default();
        }
        Observed {
            snapshot: self.scene.get().snapshot(),
            pods: self.mirrors.pods.all().iter().map(|pod| PodView::clone(pod)).collect(),
            deployments: self
                .mirrors
                .deployments
                .all()
                .iter()
                .filter_map(|seen| Some((seen.data_plane.clone()?, seen.view.clone())))
                .collect(),
            owned: self.mirrors.owned(),
        }
    }

    /// Brings the statuses inside an earlier snapshot up to date, where the object and its spec are still the same.
    /// Far cheaper than to observe again: only statuses that were written since are copied.
    pub fn reread_statuses(&self, snapshot: &mut Snapshot) {
        let scene = self.scene.get();
        resources::reread(&mut snapshot.origins, &scene.origins, |old, new| {
            old.status.clone_from(&new.status);
        });
        resources::reread(&mut snapshot.endpoints, &scene.endpoints, |old, new| {
            old.status.clone_from(&new.status);
        });
        resources::reread(&mut snapshot.data_planes, &scene.data_planes, |old, new| {
            old.status.clone_from(&new.status);
        });
    }

    /// How many requests of watches, and reads of Secrets and ConfigMaps, failed since the start. An expired watch (410) is no
    /// failure: it is how the API server asks for a new list.
    pub fn watch_errors(&self) -> u64 {
        self.errors.total()
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("synced", &self.is_synced())
            .field("watch_errors", &self.watch_errors())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Observed {
    /// Tells how much was seen, and no value of a Secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed")
            .field("origins", &self.snapshot.origins.len())
            .field("endpoints", &self.snapshot.endpoints.len())
            .field("data_planes", &self.snapshot.data_planes.len())
            .field("unreadable", &self.snapshot.unreadable)
            .field("secrets", &self.snapshot.secrets.keys())
            .field("config_maps", &self.snapshot.config_maps.keys())
            .field("pods", &self.pods)
            .field("deployments", &self.deployments)
            .finish_non_exhaustive()
    }
}
