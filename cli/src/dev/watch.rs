//! Notices changes of the manifests and waits until an editor is done with them.
//!
//! Folders are watched, not files: editors that write a new file and rename it would otherwise be lost after the
//! first save. Each folder is watched by itself, so that volumes with millions of files cost nothing.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use notify::{
    Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};

/// A save is over when nothing changed for this long.
const QUIET: Duration = Duration::from_millis(60);
/// After this long a change is taken in even if others still come.
const AT_MOST: Duration = Duration::from_millis(400);
/// How often folders are looked at where the system cannot tell of changes.
const POLL: Duration = Duration::from_millis(500);

/// Watching ends when this is dropped.
#[derive(Debug)]
pub(super) struct Watching(mpsc::Sender<Signal>);

impl Drop for Watching {
    fn drop(&mut self) {
        // The thread may have ended before.
        let _ = self.0.send(Signal::Stop);
    }
}

enum Signal {
    Changed,
    Stop,
}

/// Calls `changed` after each burst of changes in the folders; it returns the folders to watch from then on.
pub(super) fn start(
    folders: Vec<PathBuf>,
    mut changed: impl FnMut() -> Vec<PathBuf> + Send + 'static,
) -> std::io::Result<Watching> {
    let (sender, signals) = mpsc::channel();
    let mut watches = Watches::new(&sender);
    watches.follow(folders);
    thread::Builder::new().name("watch".to_owned()).spawn(move || {
        while wait(&signals) {
            watches.follow(changed());
        }
    })?;
    Ok(Watching(sender))
}

/// Waits for a burst of changes and for its end; `false`: watching ends.
fn wait(signals: &Receiver<Signal>) -> bool {
    if !matches!(signals.recv(), Ok(Signal::Changed)) {
        return false;
    }
    let deadline = Instant::now() + AT_MOST;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match signals.recv_timeout(QUIET.min(left)) {
            Ok(Signal::Changed) => {}
            Err(RecvTimeoutError::Timeout) => return true,
            Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}

struct Watches {
    watcher: Option<Box<dyn Watcher + Send>>,
    followed: BTreeSet<PathBuf>,
    sender: mpsc::Sender<Signal>,
}

impl Watches {
    fn new(sender: &mpsc::Sender<Signal>) -> Self {
        let report = |sender: mpsc::Sender<Signal>| {
            move |event: notify::Result<Event>| {
                // An error means that events were lost: read again.
                if event.map_or(true, |event| matters(event.kind)) {
                    let _ = sender.send(Signal::Changed);
                }
            }
        };
        let native = RecommendedWatcher::new(report(sender.clone()), Config::default())
            .map(|watcher| Box::new(watcher) as Box<dyn Watcher + Send>);
        let watcher = native.or_else(|_| {
            let config = Config::default().with_poll_interval(POLL);
            PollWatcher::new(report(sender.clone()), config)
                .map(|watcher| Box::new(watcher) as Box<dyn Watcher + Send>)
        });
        if let Err(error) = &watcher {
            eprintln!("error: changes are not noticed: {error}");
        }
        Self { watcher: watcher.ok(), followed: BTreeSet::new(), sender: sender.clone() }
    }

    /// Watches exactly these folders; those that do not exist are tried again next time.
    fn follow(&mut self, folders: Vec<PathBuf>) {
        let Some(watcher) = &mut self.watcher else { return };
        let wanted: BTreeSet<_> = folders.into_iter().collect();
        for gone in self.followed.difference(&wanted) {
            let _ = watcher.unwatch(gone);
        }
        let followed: BTreeSet<_> = wanted
            .into_iter()
            // A folder that was replaced keeps its path and loses its watch, so all are watched anew.
            .filter(|folder| watcher.watch(folder, RecursiveMode::NonRecursive).is_ok())
            .collect();
        if !followed.is_subset(&self.followed) {
            // What was saved in a folder after it was read and before it was watched would be lost otherwise.
            let _ = self.sender.send(Signal::Changed);
        }
        self.followed = followed;
    }
}

/// Reading a file is an event as well, and reading is what follows every change.
fn matters(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    }
}
