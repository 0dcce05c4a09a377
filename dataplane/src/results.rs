//! The cache of this pod, as the DataPlane's settings want it: opened, made larger, taken away, closed, while it serves.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use imgplane_cache::{Cache, Disk, Settings};
use tokio::sync::watch;

use crate::{budget::memory_limit, request::Head};

/// The cache.
pub(crate) type Results = Cache<Head>;

/// Memory of a cache that is to be on disk alone: what is read and written passes through it.
const LEAST_MEMORY: u64 = 16 << 20;
/// How often a disk that did not come up is tried again.
const AGAIN: Duration = Duration::from_secs(5);
/// A cache may take this much of the memory limit, in percent: pictures in work need the rest.
const MOST_PERCENT: u64 = 50;

/// Keeps the cache as it is wanted.
#[derive(Debug)]
pub(crate) struct Keeper {
    current: ArcSwapOption<Results>,
    wanted: watch::Sender<Option<Wanted>>,
    /// What the current one was made for.
    settled: watch::Sender<Option<Wanted>>,
    /// It was as wanted once.
    up: AtomicBool,
    folder: Option<PathBuf>,
}

/// What is wanted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    settings: Settings,
    /// Why there is no disk although one is wanted.
    obstacle: Option<&'static str>,
}

impl Keeper {
    /// Without a cache until one is wanted. `folder`: where its disk is.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            current: ArcSwapOption::empty(),
            wanted: watch::Sender::new(None),
            settled: watch::Sender::new(None),
            up: AtomicBool::new(false),
            folder,
        }
    }

    /// The cache, where there is one.
    pub(crate) fn current(&self) -> Option<Arc<Results>> {
        self.current.load_full()
    }

    /// Notes what is wanted from now on. It takes a moment until it is so.
    pub(crate) fn want(&self, cache: imgplane_config::Cache) {
        let wanted = self.wanted_of(cache);
        self.wanted.send_if_modified(|current| {
            let changed = *current != wanted;
            *current = wanted;
            changed
        });
    }

    fn wanted_of(&self, cache: imgplane_config::Cache) -> Option<Wanted> {
        if cache.is_off() {
            return None;
        }
        let most = memory_limit() / 100 * MOST_PERCENT;
        let (disk, obstacle) = match (cache.disk, &self.folder) {
            (Some(bytes), Some(folder)) => (Some(Disk { folder: folder.clone(), bytes }), None),
            (Some(_), None) => {
                (None, Some("the DataPlane has cache.disk, and this pod was given no --cache-dir"))
            }
            (None, _) => (None, None),
        };
        let memory = cache.memory.max(if disk.is_some() { LEAST_MEMORY } else { 0 });
        if memory == 0 {
            return None;
        }
        if memory > most {
            tracing::warn!(wanted = memory, taken = most, "the cache takes at most half of the memory limit");
        }
        Some(Wanted { settings: Settings { memory: memory.min(most), disk }, obstacle })
    }

    /// Bytes of memory that are wanted for it.
    pub(crate) fn memory(cache: imgplane_config::Cache) -> u64 {
        cache.memory.min(memory_limit() / 100 * MOST_PERCENT)
    }

    /// Whether it was as it is wanted, at least once: a server that begins waits for what it has on disk, and one that
    /// serves goes on while the cache is made anew.
    pub(crate) fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed) || {
            let settled = *self.wanted.borrow() == *self.settled.borrow();
            self.up.fetch_or(settled, Ordering::Relaxed);
            settled
        }
    }

    /// What is wrong with the disk, if something is.
    pub(crate) fn disk_error(&self) -> Option<String> {
        let obstacle = self.settled.borrow().as_ref().and_then(|settled| settled.obstacle);
        let broken = || self.current().and_then(|cache| cache.disk_error());
        obstacle.map(str::to_owned).or_else(broken)
    }

    /// Makes the cache as it is wanted, again and again.
    pub(crate) async fn keep(&self) {
        let mut wanted = self.wanted.subscribe();
        loop {
            let now = wanted.borrow_and_update().clone();
            if *self.settled.borrow() != now {
                self.close().await;
                if let Some(wanted) = &now {
                    let opened = Cache::open(&wanted.settings).await;
                    let opened = opened.inspect_err(|error| tracing::error!(%error, "nothing is kept"));
                    self.current.store(opened.ok().map(Arc::new));
                }
                self.settled.send_replace(now);
            }
            match tokio::time::timeout(AGAIN, wanted.changed()).await {
                Ok(Ok(())) => {}
                // The sender lives as long as this.
                Ok(Err(_)) => return,
                Err(_) => self.mend().await,
            }
        }
    }

    /// Begins anew where a disk that is wanted did not come up, and would now.
    async fn mend(&self) {
        let disk = self.settled.borrow().as_ref().and_then(|settled| settled.settings.disk.clone());
        let (Some(disk), Some(cache)) = (disk, self.current()) else { return };
        if cache.could_use(&disk).await {
            tracing::info!("the disk of kept results can be used now");
            self.settled.send_replace(None);
        }
    }

    /// Closes the cache; what it has on disk is found again.
    pub(crate) async fn close(&self) {
        if let Some(cache) = self.current.swap(None) {
            cache.close().await;
        }
    }
}
