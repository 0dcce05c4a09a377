//! When a change is shown: once what it names is known, with Secrets and ConfigMaps at the latest after a moment.

use std::{sync::Arc, time::Duration};

use kube::Client;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    mirrors::Mirrors,
    namespaces::NamespaceWatch,
    outage::Errors,
    scene::{Scene, SceneCell, readable},
    values::ValueReader,
};
use crate::references;

/// How long a change waits for the values that it names. Longer, and a Secret that cannot be read would hold up every
/// other change. Labels of namespaces have no such limit: a Secret that is missing costs one origin its credential,
/// where pods keep the old one, but without labels nobody is admitted, and pods would be told to serve nobody.
const SETTLE_WITHIN: Duration = Duration::from_secs(2);
/// Changes come in bursts; this much later than the first they are looked at together.
const COALESCE: Duration = Duration::from_millis(20);

/// The one task that shows scenes.
pub(super) struct Settler {
    mirrors: Arc<Mirrors>,
    scene: Arc<SceneCell>,
    values: ValueReader,
    namespaces: NamespaceWatch,
    synced: watch::Sender<bool>,
    changed: watch::Sender<u64>,
    /// A change that matters is not shown yet.
    unshown: bool,
    /// Since when a change waits.
    waiting_since: Option<Instant>,
}

impl Settler {
    pub(super) fn new(
        client: Client,
        mirrors: Arc<Mirrors>,
        scene: Arc<SceneCell>,
        errors: Arc<Errors>,
        synced: watch::Sender<bool>,
        changed: watch::Sender<u64>,
        shutdown: CancellationToken,
    ) -> Self {
        let signal = mirrors.signal.clone();
        Self {
            mirrors,
            scene,
            values: ValueReader::new(client.clone(), errors.clone()),
            namespaces: NamespaceWatch::new(client, signal, errors, shutdown),
            synced,
            changed,
            unshown: false,
            waiting_since: None,
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            let again_at = self.look();
            let again = async {
                match again_at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.mirrors.signal.raised() => {}
                () = self.values.finished() => {}
                () = again => continue,
            }
            sleep(COALESCE).await;
            self.values.take_finished();
        }
    }

    /// Shows what is known if it is complete, and says when to look again without a change.
    fn look(&mut self) -> Option<Instant> {
        if !self.mirrors.are_listed() {
            return None;
        }
        // Taken before the mirrors are read: what changes meanwhile raises the signal again.
        self.unshown |= self.mirrors.signal.take_matters();
        let mut scene = Scene::of(&self.mirrors);
        let named =
            references(readable(&scene.origins), readable(&scene.endpoints), readable(&scene.data_planes));
        self.values.want(&named, |holder| self.mirrors.holders(holder).clone());
        self.namespaces.want(scene.selects_namespaces());
        self.unshown |= self.values.take_changed();

        let deadline = if self.values.is_settled() {
            self.waiting_since = None;
            None
        } else {
            Some(*self.waiting_since.get_or_insert_with(Instant::now) + SETTLE_WITHIN)
        };
        // Their list, or the answer that it may not be read, raises the signal.
        if !self.namespaces.is_listed() {
            return self.values.next_retry();
        }
        if let Some(deadline) = deadline {
            let first = !*self.synced.borrow();
            if first || Instant::now() < deadline {
                let retry = self.values.next_retry();
                return if first { retry } else { retry.into_iter().chain([deadline]).min() };
            }
        }
        scene.values = self.values.values();
        scene.namespaces = self.namespaces.labels();
        self.scene.set(scene);
        let first = !self.synced.send_replace(true);
        if std::mem::take(&mut self.unshown) || first {
            self.changed.send_modify(|number| *number += 1);
        }
        self.values.next_retry()
    }
}
