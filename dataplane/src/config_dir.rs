//! The mounted folder with the config: reads it whenever it changes.
//!
//! What is mixed of two sets although files are read through the mount's link fails its hash and is read again.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use imgplane_config::{FileSet, Loaded, ReadError};

use crate::{
    folder::{Changes, target},
    server::Handle,
};

/// Reads the config in `dir`.
///
/// # Errors
/// [`ReadError`] when the set of files as a whole is unusable.
pub fn read_config_dir(dir: &Path) -> Result<Loaded, ReadError> {
    let folder = target(dir);
    FileSet::read(|name| std::fs::read(folder.join(name)).ok())
}

/// Applies the config in `dir` to a server now and after every change, until the returned task is aborted.
///
/// The first read happens before this function returns. A folder that cannot be read at first is no error: the
/// server stays unready until it can, and says why in its report and log.
pub fn follow_config_dir(handle: Handle, dir: PathBuf) -> tokio::task::JoinHandle<()> {
    refresh(&handle, &dir);
    tokio::spawn(async move {
        let mut changes = Changes::of(&dir);
        loop {
            changes.next().await;
            let (handle, dir) = (handle.clone(), dir.clone());
            // Reading thousands of records and opening origins is not for the reactor's threads.
            if let Err(error) = tokio::task::spawn_blocking(move || refresh(&handle, &dir)).await {
                tracing::error!(%error, "the config was not applied because of a defect");
            }
        }
    })
}

fn refresh(handle: &Handle, dir: &Path) {
    let began = Instant::now();
    let folder = target(dir);
    let file = |name: &str| std::fs::read(folder.join(name)).ok();
    // The index tells by itself that nothing changed; the shards of a large config are not unpacked every few seconds.
    if FileSet::peek(file).is_ok_and(|hash| handle.is_settled_on(&hash)) {
        return;
    }
    match FileSet::read(file) {
        Ok(loaded) => handle.apply_read(loaded, began),
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
        symlink("..2026_1", dir.path().join("..data")).unwrap();
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
