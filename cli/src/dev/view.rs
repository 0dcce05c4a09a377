//! What the start page and the terminal show: the folder as it was read last, and the running server.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use imgplane_config::{Bundle, EndpointConfig, Record};
use imgplane_dataplane::Handle;

use crate::{finding::Finding, judge::Key, volumes::VolumeFolders};

use super::keep::Load;

/// The folder as it was read last.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// What runs.
    pub(crate) bundle: Option<Bundle>,
    /// What is wrong.
    pub(crate) findings: Vec<Finding>,
    /// Objects that run an older version of what is written.
    pub(crate) kept: BTreeSet<Key>,
    /// Counts the changes.
    pub(crate) revision: u64,
}

impl View {
    /// Endpoints that run, by account; the default endpoint of each stands first, as it is the one to try.
    pub(crate) fn endpoints(&self) -> Vec<&Record<EndpointConfig>> {
        let mut endpoints: Vec<_> = self.bundle.iter().flat_map(|bundle| &bundle.endpoints).collect();
        endpoints.sort_by(|a, b| (&a.body.account, &a.body.prefix).cmp(&(&b.body.account, &b.body.prefix)));
        endpoints
    }
}

/// What the watcher writes and the start page reads.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The folder as it was typed.
    pub(crate) folder: String,
    /// Where volumes are.
    pub(crate) volumes: VolumeFolders,
    view: RwLock<Arc<View>>,
    server: OnceLock<(Handle, SocketAddr)>,
}

impl Shared {
    /// Before anything is read or served.
    pub(crate) fn new(folder: String, volumes: VolumeFolders) -> Self {
        Self { folder, volumes, view: RwLock::default(), server: OnceLock::new() }
    }

    /// The folder as it was read last.
    pub(crate) fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The running server, once it was started.
    pub(crate) fn handle(&self) -> Option<&Handle> {
        self.server.get().map(|(handle, _)| handle)
    }

    /// `http://ADDRESS` of the delivery port; empty before the server was started.
    pub(crate) fn delivery(&self) -> String {
        self.server.get().map(|(_, address)| format!("http://{address}")).unwrap_or_default()
    }

    /// What all URLs of an endpoint start with, with a slash at the end.
    pub(crate) fn endpoint_url(&self, endpoint: &EndpointConfig) -> String {
        let prefix = if endpoint.prefix.is_empty() { String::new() } else { format!("{}/", endpoint.prefix) };
        format!("{}/{}/{prefix}", self.delivery(), endpoint.account)
    }

    /// The server runs.
    pub(super) fn started(&self, handle: Handle, address: SocketAddr) {
        // Called once; a second server would be a second process.
        let _ = self.server.set((handle, address));
    }

    /// Lets the server run these records.
    pub(super) fn apply(&self, bundle: Bundle) {
        if let Some(handle) = self.handle() {
            handle.apply(bundle.into());
        }
    }

    /// The folder was read.
    pub(super) fn replace(&self, load: Load, revision: u64) {
        let Load { bundle, findings, kept } = load;
        let view = Arc::new(View { bundle, findings, kept, revision });
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = view;
    }
}
