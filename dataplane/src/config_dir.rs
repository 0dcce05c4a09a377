//! The mounted folder: reads it whenever it changes.
//!
//! A mounted volume changes by swapping the `..data` link to a new folder; a plain folder changes file by file. Both
//! are watched, and a poll every few seconds makes up for events that a file system does not send. Files of one set
//! are read through the link's target, so that a swap in between cannot mix two sets; what is mixed anyway fails its
//! hash and is read again.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use imgplane_config::{FileSet, Loaded, ReadError};
use notify::Watcher as _;
use tokio::{sync::mpsc, time};

use crate::server::Handle;

/// How long nothing may change before the files are read: a plain folder is written in several steps.
const SETTLE: Duration = Duration::from_millis(100);
/// Longest wait for that rest, so that a folder that never rests is still read.
const SETTLE_AT_MOST: Duration = Duration::from_secs(1);
/// How often the folder is read without any event.
const POLL: Duration = Duration::from_secs(3);

/// The link that volume mounts swap.
const DATA_LINK: &str = "..data";

/// Reads the config in `dir`.
///
/// # Errors
/// [`ReadError`] when the set of files as a whole is unusable.
pub fn read_config_dir(dir: &Path) -> Result<Loaded, ReadError> {
    let folder = std::fs::canonicalize(dir.join(DATA_LINK)).unwrap_or_else(|_| dir.to_owned());
    FileSet::read(|name| std::fs::read(folder.join(name)).ok())
}

/// Applies the config in `dir` to a server now and after every change, until the returned task is aborted.
///
/// The first read happens before this function returns. A folder that cannot be read at first is no error: the
/// server stays unready until it can, and says why in its report and log.
pub fn follow_config_dir(handle: Handle, dir: PathBuf) -> tokio::task::JoinHandle<()> {
    refresh(&handle, &dir);
    tokio::spawn(async move {
        // One place is enough: an event that finds it taken is covered by the read that is due anyway.
        let (sender, mut events) = mpsc::channel(1);
        let _watcher = watch(&dir, sender);
        loop {
            // An error means the time is over, and no event means the watcher is gone; both are a poll.
            match time::timeout(POLL, events.recv()).await {
                Ok(Some(())) => settle(&mut events).await,
                Ok(None) => time::sleep(POLL).await,
                Err(_) => {}
            }
            let (handle, dir) = (handle.clone(), dir.clone());
            // Opening origins may read files and set up TLS: that is not for the reactor's threads.
            if let Err(error) = tokio::task::spawn_blocking(move || refresh(&handle, &dir)).await {
                tracing::error!(%error, "the config was not applied because of a defect");
            }
        }
    })
}

/// Waits until the folder rests.
async fn settle(events: &mut mpsc::Receiver<()>) {
    let deadline = time::Instant::now() + SETTLE_AT_MOST;
    while time::Instant::now() < deadline {
        match time::timeout(SETTLE, events.recv()).await {
            Ok(Some(())) => {}
            Ok(None) | Err(_) => return,
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
            tracing::warn!(%error, dir = %dir.display(), "the config folder is polled because it cannot be watched");
            None
        }
    }
}

fn refresh(handle: &Handle, dir: &Path) {
    match read_config_dir(dir) {
        Ok(loaded) => handle.apply_if_changed(loaded),
        Err(error) => handle.config_failed(&error),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn files_are_read_through_the_link_that_mounts_swap() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("..2026_1")).unwrap();
        fs::write(dir.path().join("..2026_1/index.json"), r#"{"schemaVersion": 7}"#).unwrap();
        symlink("..2026_1", dir.path().join(DATA_LINK)).unwrap();
        // The link that a mount would put beside it still shows the set of before.
        fs::write(dir.path().join("index.json"), r#"{"schemaVersion": 6}"#).unwrap();
        let error = read_config_dir(dir.path()).unwrap_err();
        assert!(matches!(error, ReadError::Version { found: 7 }), "{error}");
    }

    #[test]
    fn an_empty_folder_says_what_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(read_config_dir(dir.path()), Err(ReadError::NoIndex)));
    }
}
