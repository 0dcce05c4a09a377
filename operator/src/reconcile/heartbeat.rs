//! Proof that the loop turns: a loop that hangs must not look alive.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// How often a loop that has nothing to do says that it is alive.
pub(crate) const INTERVAL: Duration = Duration::from_secs(5);

/// When the loop last turned. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Heartbeat {
    start: Instant,
    millis: Arc<AtomicU64>,
}

impl Heartbeat {
    /// Beats for the first time.
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), millis: Arc::default() }
    }

    /// The loop turned.
    pub(crate) fn beat(&self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.millis.store(millis, Ordering::Relaxed);
    }

    /// How long ago that was.
    pub(crate) fn age(&self) -> Duration {
        self.start.elapsed().saturating_sub(Duration::from_millis(self.millis.load(Ordering::Relaxed)))
    }
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self::new()
    }
}
