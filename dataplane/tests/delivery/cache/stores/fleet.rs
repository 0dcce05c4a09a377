//! Several servers over one origin and one store, which is a folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use imgplane_config::{Bundle, Cache, DataPlaneConfig, Purges, StoreConfig, StoreKind, Stores};
use serde_json::Value;
use tempfile::TempDir;

use super::super::{DEADLINE, gallery, gallery::Gallery};
use crate::harness::{Harness, record};

pub(super) const CACHE: Cache = Cache { memory: 16 << 20, disk: None };
pub(super) const NONE: Cache = Cache { memory: 0, disk: None };

/// What was written to the store.
pub(super) const STORE_WROTE: &str =
    r#"imgplane_store_requests_total{store="cache.shared",operation="write",outcome="done"}"#;

/// The origin and the folder.
pub(super) struct Fleet {
    pub(super) gallery: Gallery,
    pub(super) settings: Value,
    folder: TempDir,
}

impl Fleet {
    /// An endpoint with these settings.
    pub(super) async fn open(settings: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["shared", "originals"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { gallery: Gallery::without_cache().await, settings, folder }
    }

    /// Below which the stores are.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What servers run.
    fn records(&self, cache: Cache, stores: Stores, purges: &Purges) -> Bundle {
        let mut bundle = gallery::records(self.gallery.origin(), cache, &self.settings);
        let config = DataPlaneConfig { stores, purges: purges.clone(), ..bundle.data_plane.body.clone() };
        bundle.data_plane = record("pool", config);
        bundle
    }

    /// A server whose own cache is empty.
    pub(super) async fn server(&self, cache: Cache) -> Harness {
        self.server_in(Some(self.folder().to_owned()), cache).await
    }

    /// The same with another folder for stores.
    pub(super) async fn server_in(&self, dir: Option<PathBuf>, cache: Cache) -> Harness {
        self.start(dir, self.records(cache, shared(), &Purges::default())).await
    }

    /// The same with other stores.
    pub(super) async fn server_with(&self, cache: Cache, stores: Stores) -> Harness {
        let dir = Some(self.folder().to_owned());
        self.start(dir, self.records(cache, stores, &Purges::default())).await
    }

    /// A server that keeps originals and no results.
    pub(super) async fn server_originals_only(&self) -> Harness {
        self.server_with(NONE, Stores { shared: None, originals: Some(volume()) }).await
    }

    /// A server that knows this list of purges.
    pub(super) async fn listed(&self, cache: Cache, purges: &Purges) -> Harness {
        self.start(Some(self.folder().to_owned()), self.records(cache, shared(), purges)).await
    }

    /// Gives it another list.
    pub(super) fn list(&self, server: &Harness, cache: Cache, purges: &Purges) {
        server.server.apply(self.records(cache, shared(), purges).into());
    }

    async fn start(&self, dir: Option<PathBuf>, records: Bundle) -> Harness {
        let adjust = |options: &mut imgplane_dataplane::Options| {
            options.store_dir = dir;
            options.cache_dir = Some(self.folder().join("cache"));
        };
        let server = Harness::with(adjust, records).await;
        self.gallery.until(|| server.server.handle().is_ready()).await;
        server
    }

    /// Every result in the store.
    pub(super) fn objects(&self) -> Vec<PathBuf> {
        let Ok(folders) = fs::read_dir(self.folder().join("shared/results")) else { return Vec::new() };
        let files = folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap());
        files.map(|file| file.unwrap().path()).collect()
    }
}

fn volume() -> StoreConfig {
    StoreConfig { kind: StoreKind::Volume, secret_name: None }
}

fn shared() -> Stores {
    Stores { shared: Some(volume()), originals: None }
}

/// Waits until a server has nothing more to write.
pub(super) async fn until_idle(server: &Harness) {
    until_metric(server, r#"imgplane_store_queue{store="cache.shared"}"#, 0).await;
}

/// Waits until a metric has a value.
pub(super) async fn until_metric(server: &Harness, name: &str, value: usize) {
    let line = format!("{name} {value}\n");
    let wait = async { while !server.admin("/metrics").await.text().contains(&line) {} };
    let came = tokio::time::timeout(DEADLINE, wait).await.is_ok();
    assert!(came, "{line} does not come in\n{}", server.admin("/metrics").await.text());
}

/// A metric has a value.
pub(super) async fn has_metric(server: &Harness, name: &str, value: usize) {
    let metrics = server.admin("/metrics").await;
    assert!(metrics.text().contains(&format!("{name} {value}\n")), "{name} {value}: {}", metrics.text());
}

/// No series of a metric has this.
pub(super) async fn has_no_metric(server: &Harness, part: &str) {
    let metrics = server.admin("/metrics").await;
    let line = metrics
        .text()
        .lines()
        .find(|line| line.starts_with("imgplane_store_requests_total") && line.contains(part));
    assert_eq!(line, None);
}
