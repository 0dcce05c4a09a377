//! Results that are kept: in memory, and on a disk beside it.
//!
//! What is kept is a head of any serialisable type and the bytes that go with it, under a [`Key`] that stands for
//! everything the bytes depend on. The cache is bounded in bytes on both tiers, survives a restart on the disk, and never
//! fails a request: what cannot be kept is not kept, what cannot be read is not there. A disk that is full, slow,
//! read-only or damaged is set aside until it is well again, and [`Cache::disk_error`] says what is wrong with it.
//!
//! This crate knows nothing of HTTP, of purges and of how long something is good: that is for whoever asks.

mod disk;
mod entry;
mod key;
mod tiers;

pub use entry::{Damaged, Entry, LARGEST_BODY};
pub use key::Key;
pub use tiers::{Cache, Disk, Settings, Tier};
