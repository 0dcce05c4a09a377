//! From changes in mirrors to one wake-up: many changes may be one, and none is lost.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Tells the one task that settles what is seen that a mirror changed.
#[derive(Debug, Default)]
pub(super) struct Signal {
    wake: Notify,
    matters: AtomicBool,
}

impl Signal {
    /// Wakes the task. `matters` is whether those who act on the world have to look.
    pub(super) fn raise(&self, matters: bool) {
        if matters {
            self.matters.store(true, Ordering::Release);
        }
        self.wake.notify_one();
    }

    /// Waits for a change since the last wait.
    pub(super) async fn raised(&self) {
        self.wake.notified().await;
    }

    /// Whether a change since the last call matters.
    pub(super) fn take_matters(&self) -> bool {
        self.matters.swap(false, Ordering::AcqRel)
    }
}
