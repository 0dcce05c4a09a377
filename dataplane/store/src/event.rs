//! What stores tell of what they do, for whoever counts it.

use std::{fmt, sync::Arc, time::Duration};

use imgplane_config::StoreRole;

/// What was done with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Something was looked up.
    Read,
    /// Something was written.
    Write,
    /// Something was deleted.
    Delete,
    /// Names were listed, or the store was tried.
    List,
}

impl Operation {
    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::List => "list",
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Which store.
    pub role: StoreRole,
    /// What was done.
    pub operation: Operation,
    /// How it ended, in one word: `found`, `absent`, `done`, `late`, `failed`, `too_large`, `damaged`, or why it was not
    /// even begun: `unavailable`, `busy`, `queue_full`, `no_memory`.
    pub outcome: &'static str,
    /// How long it took; absent where it was not begun.
    pub took: Option<Duration>,
    /// Bytes that were read or written.
    pub bytes: u64,
}

/// Who is told. The default tells nobody.
#[derive(Clone, Default)]
pub struct Events(Option<Arc<Listener>>);

type Listener = dyn Fn(&Event) + Send + Sync;

impl Events {
    /// Tells `listener`, which must not wait for anything.
    pub fn to(listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    pub(crate) fn tell(&self, event: Event) {
        if let Some(listener) = &self.0 {
            listener(&event);
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events(..)")
    }
}
