//! Both tiers as one cache.

use std::{path::PathBuf, sync::Arc, time::Duration};

use foyer::{
    BlockEngineConfig, DeviceBuilder as _, FsDeviceBuilder, HybridCache, HybridCacheBuilder,
    HybridCachePolicy, PsyncIoEngineConfig, RecoverMode, S3FifoConfig,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Entry, Key, LARGEST_BODY,
    disk::{Folder, Watch},
    entry::Shared,
};

/// What an entry costs in memory beside its body: its head, its key, its places in two tables. Measured at 0.7 KiB for
/// pictures of a shop; rounded up.
const OVERHEAD: usize = 1 << 10;
/// Unit of the disk's bookkeeping in bytes: everything in one block is given up together.
const BLOCK: usize = 2 * LARGEST_BODY;
/// Fewer blocks could not be written and given up at the same time.
const FEWEST_BLOCKS: usize = 8;
/// How long a reader waits for the disk. One that is slower than most origins is no help.
const DISK_DEADLINE: Duration = Duration::from_millis(500);
/// How long the disk may take to come up. Who waits for it longer serves without it.
const OPEN_DEADLINE: Duration = Duration::from_secs(30);
/// How long the disk may take to write what waits when the cache closes.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);
/// Smaller memories are not divided: a part of them would hold no entry of some size.
const SMALLEST_DIVIDED: usize = 64 << 20;

/// How large, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Bytes in memory.
    pub memory: u64,
    /// The disk beside it.
    pub disk: Option<Disk>,
}

/// A folder of a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// A folder in which this cache makes one of its own; what else lies in it is not touched.
    pub folder: PathBuf,
    /// How much may be written there.
    pub bytes: u64,
}

/// Where something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tier {
    /// In memory.
    Memory,
    /// On the disk. It is in memory from now on.
    Disk,
}

impl Tier {
    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Disk => "disk",
        }
    }
}

/// The cache. Clones are the same cache.
pub struct Cache<H: Serialize + DeserializeOwned + Send + Sync + 'static> {
    tiers: HybridCache<Key, Shared<H>>,
    largest: usize,
    disk: Option<Watch>,
}

impl<H: Serialize + DeserializeOwned + Send + Sync + 'static> std::fmt::Debug for Cache<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache")
            .field("largest", &self.largest)
            .field("disk", &self.disk)
            .finish_non_exhaustive()
    }
}

impl<H: Serialize + DeserializeOwned + Send + Sync + 'static> Cache<H> {
    /// Opens it, with what an earlier one left on the disk. A disk that cannot be used is left out, which
    /// [`Cache::disk_error`] tells.
    ///
    /// Must be called inside a Tokio runtime. With a disk it reads the index of everything there, which takes about a
    /// second for 10 GiB.
    ///
    /// # Errors
    /// [`OpenError`] where not even the memory can be had, which nothing but a defect causes.
    pub async fn open(settings: &Settings) -> Result<Self, OpenError> {
        let memory = usize::try_from(settings.memory).unwrap_or(usize::MAX);
        let disk = match &settings.disk {
            Some(disk) => match tokio::time::timeout(OPEN_DEADLINE, Self::on_disk(memory, disk)).await {
                Ok(Ok(cache)) => return Ok(cache),
                Ok(Err(error)) => Some(Watch::failed(error)),
                Err(_) => Some(Watch::failed(format!(
                    "{} takes longer than {} s to come up",
                    disk.folder.display(),
                    OPEN_DEADLINE.as_secs()
                ))),
            },
            None => None,
        };
        let tiers = Self::in_memory(memory).storage().build().await.map_err(OpenError)?;
        Ok(Self { tiers, largest: largest(memory), disk })
    }

    fn in_memory(
        memory: usize,
    ) -> foyer::HybridCacheBuilderPhaseMemory<Key, Shared<H>, foyer::DefaultHasher> {
        HybridCacheBuilder::new()
            .with_name("results")
            .with_policy(HybridCachePolicy::WriteOnInsertion)
            .with_flush_on_close(false)
            .memory(memory)
            .with_shards(if memory < SMALLEST_DIVIDED { 1 } else { 8 })
            // Files that are asked for once, as crawlers do, do not drive out what is asked for often.
            .with_eviction_config(S3FifoConfig::default())
            .with_weighter(|_, entry: &Shared<H>| OVERHEAD + entry.0.body.len())
    }

    async fn on_disk(memory: usize, disk: &Disk) -> Result<Self, String> {
        let blocks = blocks_of(disk);
        if blocks < FEWEST_BLOCKS {
            return Err(format!(
                "{} bytes are too few: it takes at least {}",
                disk.bytes,
                FEWEST_BLOCKS * BLOCK
            ));
        }
        let folder = Folder::claim(&disk.folder, blocks).await?;
        let device = FsDeviceBuilder::new(folder.blocks()).with_capacity(blocks * BLOCK).build();
        let device = device.map_err(|error| error.to_string())?;
        let tiers = Self::in_memory(memory)
            .storage()
            .with_io_engine_config(PsyncIoEngineConfig::new())
            .with_engine_config(
                BlockEngineConfig::new(device).with_block_size(BLOCK).with_tombstone_log(true),
            )
            .with_recover_mode(RecoverMode::Quiet)
            .build()
            .await
            .map_err(|error| error.to_string())?;
        Ok(Self { tiers, largest: largest(memory), disk: Some(Watch::over(folder)) })
    }

    /// Finds an entry in memory.
    pub fn get_in_memory(&self, key: &Key) -> Option<Arc<Entry<H>>> {
        self.tiers.memory().get(key).map(|found| Arc::clone(&found.value().0))
    }

    /// Finds an entry.
    pub async fn get(&self, key: &Key) -> Option<(Arc<Entry<H>>, Tier)> {
        if let Some(found) = self.get_in_memory(key) {
            return Some((found, Tier::Memory));
        }
        let disk = self.disk.as_ref().filter(|disk| disk.is_usable())?;
        match tokio::time::timeout(DISK_DEADLINE, self.tiers.get(key)).await {
            Ok(Ok(found)) => found.map(|found| (Arc::clone(&found.value().0), Tier::Disk)),
            Ok(Err(error)) => {
                tracing::debug!(?key, %error, "a kept result cannot be read");
                disk.count_error();
                None
            }
            Err(_) => {
                disk.count_error();
                None
            }
        }
    }

    /// Keeps an entry in the place of what was there before. `false`: it is too large.
    pub fn insert(&self, key: Key, entry: Arc<Entry<H>>) -> bool {
        if entry.body.len() > self.largest {
            return false;
        }
        let entry = Shared(entry);
        if self.disk.as_ref().is_some_and(Watch::is_usable) {
            self.tiers.insert(key, entry);
        } else {
            self.tiers.memory().insert(key, entry);
        }
        true
    }

    /// Forgets an entry.
    pub fn remove(&self, key: &Key) {
        if self.disk.as_ref().is_some_and(Watch::is_usable) {
            self.tiers.remove(key);
        } else {
            self.tiers.memory().remove(key);
        }
    }

    /// Largest body that it keeps, in bytes.
    pub fn largest(&self) -> usize {
        self.largest
    }

    /// Bytes in memory now.
    pub fn memory_used(&self) -> u64 {
        self.tiers.memory().usage() as u64
    }

    /// Bytes that were read from the disk and written to it since it was opened.
    pub fn disk_traffic(&self) -> (u64, u64) {
        if !self.tiers.is_hybrid() {
            return (0, 0);
        }
        let statistics = self.tiers.statistics();
        (statistics.disk_read_bytes() as u64, statistics.disk_write_bytes() as u64)
    }

    /// How many reads of the disk failed or took too long.
    pub fn disk_errors(&self) -> u64 {
        self.disk.as_ref().map_or(0, Watch::errors)
    }

    /// Why the disk is not used, if it is not.
    pub fn disk_error(&self) -> Option<String> {
        self.disk.as_ref().and_then(Watch::error)
    }

    /// Whether a disk that is wanted did not come up, and would now.
    pub async fn could_use(&self, disk: &Disk) -> bool {
        let down = self.disk.as_ref().is_some_and(|watch| !watch.is_up());
        down && Folder::claim(&disk.folder, blocks_of(disk)).await.is_ok()
    }

    /// Waits until what is to be on the disk is there, for a few seconds at most, and lets go of its folder.
    pub async fn close(&self) {
        self.close_tiers().await;
        if let Some(disk) = &self.disk {
            disk.close();
        }
    }

    async fn close_tiers(&self) {
        match tokio::time::timeout(CLOSE_DEADLINE, self.tiers.close()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the disk of kept results could not be closed"),
            Err(_) => tracing::warn!("the disk of kept results is too slow: what was not written is lost"),
        }
    }
}

fn blocks_of(disk: &Disk) -> usize {
    usize::try_from(disk.bytes).unwrap_or(usize::MAX) / BLOCK
}

/// A sixteenth of the memory: no entry drives out most of the others.
fn largest(memory: usize) -> usize {
    LARGEST_BODY.min(memory / 16)
}

/// The cache could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("the cache of results cannot be opened: {0}")]
pub struct OpenError(foyer::Error);

#[cfg(test)]
mod tests;
