//! Labels of namespaces, watched only while a DataPlane admits namespaces by them.

use std::{collections::BTreeMap, sync::Arc};

use imgplane_config::ObjectId;
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    mirror::{Mirror, Seen},
    outage::Errors,
    reflect::{Need, Reflection},
    signal::Signal,
    undecoded::Metadata,
};

/// Labels of a namespace.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Labels(BTreeMap<String, String>);

impl Seen for Labels {
    fn matters(&self, before: &Self) -> bool {
        self != before
    }
}

/// Keeps what is needed of a namespace.
fn see(namespace: Metadata<Namespace>) -> Option<(ObjectId, Labels)> {
    let meta = namespace.into_inner();
    // Namespaces lie in none.
    Some((ObjectId::new("", meta.name?), Labels(meta.labels.unwrap_or_default())))
}

/// The watch that is started and ended on demand.
pub(super) struct NamespaceWatch {
    client: Client,
    signal: Arc<Signal>,
    errors: Arc<Errors>,
    shutdown: CancellationToken,
    running: Option<(Arc<Mirror<Labels>>, DropGuard)>,
}

impl NamespaceWatch {
    pub(super) fn new(
        client: Client,
        signal: Arc<Signal>,
        errors: Arc<Errors>,
        shutdown: CancellationToken,
    ) -> Self {
        Self { client, signal, errors, shutdown, running: None }
    }

    /// Starts or ends the watch.
    pub(super) fn want(&mut self, wanted: bool) {
        match (&self.running, wanted) {
            (None, true) => self.running = Some(self.start()),
            (Some(_), false) => self.running = None,
            (None, false) | (Some(_), true) => {}
        }
    }

    /// Whether the labels are known, if they are wanted.
    pub(super) fn is_listed(&self) -> bool {
        self.running.as_ref().is_none_or(|(mirror, _)| mirror.is_listed())
    }

    /// Labels by name.
    pub(super) fn labels(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let Some((mirror, _)) = &self.running else { return BTreeMap::new() };
        mirror.entries().into_iter().map(|(id, labels)| (id.name, labels.0.clone())).collect()
    }

    fn start(&self) -> (Arc<Mirror<Labels>>, DropGuard) {
        let mirror = Arc::new(Mirror::new(1));
        let token = self.shutdown.child_token();
        let reflection = Reflection {
            api: Api::<Metadata<Namespace>>::all(self.client.clone()),
            selector: None,
            namespace: None,
            // An operator that watches single namespaces may lack this right; then no selector admits anybody.
            need: Need::Optional,
            what: "namespaces".to_owned(),
            mirror: mirror.clone(),
            see,
            signal: self.signal.clone(),
            errors: self.errors.clone(),
        };
        tokio::spawn(token.clone().run_until_cancelled_owned(reflection.run()));
        (mirror, token.drop_guard())
    }
}
