//! The folder of a volume that every pod mounts.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use opendal::{Operator, services};

use super::OpenError;

/// What is written lies here until it is whole: on the same file system, so that renaming it is one step.
const PARTS: &str = ".parts";
/// What lies there longer was left behind by a pod that ended.
const ABANDONED: Duration = Duration::from_hours(24);
/// How long a volume may take to be looked at.
const DEADLINE: Duration = Duration::from_secs(5);

pub(super) async fn open(folder: Option<PathBuf>) -> Result<Operator, OpenError> {
    let Some(folder) = folder else {
        return Err(OpenError::Folder("it is a volume, and this pod was given no --store-dir".to_owned()));
    };
    let shown = folder.display().to_string();
    let opening = tokio::task::spawn_blocking(move || open_now(&folder));
    match tokio::time::timeout(DEADLINE, opening).await {
        Ok(Ok(opened)) => opened,
        Ok(Err(error)) => Err(OpenError::Folder(error.to_string())),
        Err(_) => Err(OpenError::Folder(format!("{shown} does not answer"))),
    }
}

fn open_now(folder: &Path) -> Result<Operator, OpenError> {
    // A folder that nobody mounted is no store: it would be made on the container's own disk.
    if let Err(error) = fs::read_dir(folder) {
        return Err(OpenError::Folder(format!("{} cannot be read: {error}", folder.display())));
    }
    let parts = folder.join(PARTS);
    tidy(&parts);
    let (folder, parts) = (folder.to_string_lossy(), parts.to_string_lossy());
    Ok(Operator::new(services::Fs::default().root(&folder).atomic_write_dir(&parts))?)
}

/// Removes what was left behind; what cannot be removed is in nobody's way.
fn tidy(parts: &Path) {
    let Ok(entries) = fs::read_dir(parts) else { return };
    let is_old = |time: SystemTime| time.elapsed().is_ok_and(|age| age > ABANDONED);
    for entry in entries.filter_map(Result::ok) {
        if entry.metadata().and_then(|of| of.modified()).is_ok_and(is_old) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
