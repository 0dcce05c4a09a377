//! Tells when a folder may have changed: a mounted volume, whose `..data` link is swapped, or a plain folder, which
//! changes file by file. Both are watched, and a poll every few seconds makes up for events that a file system does
//! not send.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use notify::Watcher as _;
use tokio::{sync::mpsc, time};

/// How long nothing may change before the files are read: a plain folder is written in several steps.
const SETTLE: Duration = Duration::from_millis(100);
/// Longest wait for that rest, so that a folder that never rests is still read.
const SETTLE_AT_MOST: Duration = Duration::from_secs(1);
/// How often the folder is read without any event.
const POLL: Duration = Duration::from_secs(3);

/// The link that volume mounts swap.
const DATA_LINK: &str = "..data";

/// Where the files of a folder really are. Files of one set are read through the link's target, so that a swap in
/// between cannot mix two sets.
pub(crate) fn target(dir: &Path) -> PathBuf {
    std::fs::canonicalize(dir.join(DATA_LINK)).unwrap_or_else(|_| dir.to_owned())
}

/// The changes of one folder.
#[derive(Debug)]
pub(crate) struct Changes {
    events: mpsc::Receiver<()>,
    /// Ends with this value.
    _watcher: Option<notify::RecommendedWatcher>,
}

impl Changes {
    /// Begins to watch.
    pub(crate) fn of(dir: &Path) -> Self {
        // One place is enough: an event that finds it taken is covered by the read that is due anyway.
        let (sender, events) = mpsc::channel(1);
        Self { events, _watcher: watch(dir, sender) }
    }

    /// Waits until the folder may have changed and rests, or the time of the next poll has come.
    pub(crate) async fn next(&mut self) {
        // An error means the time is over, and no event means the watcher is gone; both are a poll.
        match time::timeout(POLL, self.events.recv()).await {
            Ok(Some(())) => self.settle().await,
            Ok(None) => time::sleep(POLL).await,
            Err(_) => {}
        }
    }

    async fn settle(&mut self) {
        let deadline = time::Instant::now() + SETTLE_AT_MOST;
        while time::Instant::now() < deadline {
            match time::timeout(SETTLE, self.events.recv()).await {
                Ok(Some(())) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }
}

fn watch(dir: &Path, sender: mpsc::Sender<()>) -> Option<notify::RecommendedWatcher> {
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            let _ = sender.try_send(());
        }
    });
    let watching = watcher.and_then(|mut watcher| {
        watcher.watch(dir, notify::RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    match watching {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            tracing::warn!(%error, dir = %dir.display(), "the folder is polled because it cannot be watched");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn files_are_where_the_link_that_mounts_swap_leads() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(target(dir.path()), dir.path(), "a plain folder has no link");
        fs::create_dir(dir.path().join("..2026_1")).unwrap();
        symlink("..2026_1", dir.path().join(DATA_LINK)).unwrap();
        assert_eq!(target(dir.path()), fs::canonicalize(dir.path().join("..2026_1")).unwrap());
    }

    #[tokio::test]
    async fn a_change_is_told_before_the_next_poll() {
        let dir = tempfile::tempdir().unwrap();
        let mut changes = Changes::of(dir.path());
        let began = time::Instant::now();
        fs::write(dir.path().join("new"), "x").unwrap();
        changes.next().await;
        assert!(began.elapsed() < POLL, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_polled() {
        let dir = tempfile::tempdir().unwrap();
        let mut changes = Changes::of(&dir.path().join("absent"));
        time::pause();
        let began = time::Instant::now();
        changes.next().await;
        assert!(began.elapsed() >= POLL);
    }
}
