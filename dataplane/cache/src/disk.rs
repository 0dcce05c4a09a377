//! The folder on the disk: of one process, of one form, and watched, because a disk can fill up, slow down, become
//! read-only or go away while it is used.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinHandle;

/// How often the disk is tried.
const EVERY: Duration = Duration::from_secs(5);
/// How long a trial may take. Disks answer in milliseconds, network disks in tens of them.
const TRIAL_DEADLINE: Duration = Duration::from_secs(2);
/// What a trial writes: more than a file system keeps beside its names.
static TRIAL: [u8; 64 << 10] = [0x5A; 64 << 10];

/// Everything is below a folder of this name, so that nothing of anybody else's is ever touched.
const NAME: &str = "imgplane-results";

/// A folder that belongs to this process.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    blocks: PathBuf,
    /// Released when the cache closes, or the process ends, however it does.
    lock: Mutex<Option<File>>,
}

impl Folder {
    /// Takes over its folder in this one, and removes what another form of this cache left there.
    pub(crate) async fn claim(within: &Path, blocks: usize) -> Result<Self, String> {
        let root = within.join(NAME);
        let claim = move || Self::claim_now(&root, blocks);
        tokio::task::spawn_blocking(claim).await.map_err(|error| error.to_string())?
    }

    fn claim_now(root: &Path, blocks: usize) -> Result<Self, String> {
        let told = |what: &str, error: &dyn std::fmt::Display| format!("{} {what}: {error}", root.display());
        fs::create_dir_all(root).map_err(|error| told("cannot be made", &error))?;
        let lock = File::options().create(true).write(true).truncate(false).open(root.join("lock"));
        let lock = lock.map_err(|error| told("cannot be written to", &error))?;
        lock.try_lock().map_err(|error| told("is used by another process", &error))?;
        // Blocks of another number or size would be read as damage.
        let name = format!("v1-{blocks}");
        let entries = fs::read_dir(root).map_err(|error| told("cannot be read", &error))?;
        for entry in entries.filter_map(Result::ok) {
            let old = entry.file_name();
            let is_form = |old: &str| {
                old.strip_prefix("v1-").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
            };
            if old.to_str().is_some_and(|old| is_form(old) && old != name) {
                fs::remove_dir_all(entry.path()).map_err(|error| told("cannot be cleared", &error))?;
            }
        }
        let (root, blocks) = (root.to_owned(), root.join(name));
        fs::create_dir_all(&blocks).map_err(|error| told("cannot be written to", &error))?;
        try_out(&root).map_err(|error| told("cannot be written to", &error))?;
        Ok(Self { root, blocks, lock: Mutex::new(Some(lock)) })
    }

    /// Where the blocks are.
    pub(crate) fn blocks(&self) -> &Path {
        &self.blocks
    }

    /// Lets somebody else have it.
    fn release(&self) {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Writes a file and removes it. A new one each time, because a full disk still takes what replaces old bytes.
fn try_out(root: &Path) -> io::Result<()> {
    let path = root.join("trial");
    let written = (|| {
        let mut file = File::create(&path)?;
        file.write_all(&TRIAL)?;
        file.sync_data()
    })();
    // Left behind it would take the room that is missing.
    let removed = fs::remove_file(&path);
    written.and(removed)
}

/// Whether the disk can be used, tried again and again while this lives.
#[derive(Debug)]
pub(crate) struct Watch {
    state: Arc<State>,
    folder: Option<Arc<Folder>>,
    task: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct State {
    error: Mutex<Option<String>>,
    errors: AtomicU64,
}

impl Watch {
    /// Of a disk that never came up.
    pub(crate) fn failed(error: String) -> Self {
        tracing::error!(error, "results are not kept on the disk");
        let state = State { error: Mutex::new(Some(error)), errors: AtomicU64::default() };
        Self { state: Arc::new(state), folder: None, task: None }
    }

    /// Begins to watch.
    pub(crate) fn over(folder: Folder) -> Self {
        let (state, folder) = (Arc::new(State::default()), Arc::new(folder));
        let task = tokio::spawn(watch(Arc::clone(&folder), Arc::clone(&state)));
        Self { state, folder: Some(folder), task: Some(task) }
    }

    /// Whether it ever came up.
    pub(crate) fn is_up(&self) -> bool {
        self.folder.is_some()
    }

    /// Ends the use of the disk, also for those who still hold the cache.
    pub(crate) fn close(&self) {
        if let Some(folder) = &self.folder {
            self.state.note(Err("it is closed".to_owned()));
            folder.release();
        }
        if let Some(task) = &self.task {
            task.abort();
        }
    }

    /// Whether it may be read and written.
    pub(crate) fn is_usable(&self) -> bool {
        self.state.error().is_none()
    }

    /// Why it may not.
    pub(crate) fn error(&self) -> Option<String> {
        self.state.error().clone()
    }

    /// Counts a read that failed.
    pub(crate) fn count_error(&self) {
        self.state.errors.fetch_add(1, Ordering::Relaxed);
    }

    /// How many did.
    pub(crate) fn errors(&self) -> u64 {
        self.state.errors.load(Ordering::Relaxed)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl State {
    fn error(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, outcome: Result<(), String>) {
        let mut error = self.error();
        match (&*error, &outcome) {
            (None, Err(new)) => tracing::error!(error = new, "results are not kept on the disk"),
            (Some(_), Ok(())) => tracing::info!("results are kept on the disk again"),
            (None, Ok(())) | (Some(_), Err(_)) => {}
        }
        *error = outcome.err();
    }
}

async fn watch(folder: Arc<Folder>, state: Arc<State>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let tried = Arc::clone(&folder);
        let mut trial = tokio::task::spawn_blocking(move || try_out(&tried.root));
        let outcome = if let Ok(outcome) = tokio::time::timeout(TRIAL_DEADLINE, &mut trial).await {
            outcome
        } else {
            state.note(Err(format!(
                "{} takes longer than {} s to be written to",
                folder.root.display(),
                TRIAL_DEADLINE.as_secs()
            )));
            // A thread that hangs is one thread: no other is sent after it.
            trial.await
        };
        let outcome = outcome.unwrap_or_else(|error| Err(io::Error::other(error)));
        state.note(
            outcome.map_err(|error| format!("{} cannot be written to: {error}", folder.root.display())),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_belongs_to_one_cache_and_keeps_one_form() {
        let root = tempfile::tempdir().unwrap();
        // Nothing of anybody else's is touched, whatever it is called.
        let others = ["v1-7/film.mp4", "vendor/library.rs", "lock", "trial"];
        for other in others {
            let path = root.path().join(other);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "mine").unwrap();
        }
        let first = Folder::claim(root.path(), 8).await.unwrap();
        fs::write(first.blocks().join("block"), "kept").unwrap();
        let error = Folder::claim(root.path(), 8).await.unwrap_err();
        assert!(error.contains("is used by another process"), "{error}");
        drop(first);

        let same = Folder::claim(root.path(), 8).await.unwrap();
        assert!(same.blocks().join("block").exists());
        drop(same);
        let other = Folder::claim(root.path(), 9).await.unwrap();
        assert_eq!(fs::read_dir(other.blocks()).unwrap().count(), 0);
        for other in others {
            assert_eq!(fs::read(root.path().join(other)).unwrap(), b"mine", "{other}");
        }
        assert!(!root.path().join(NAME).join("v1-8").exists());
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_made_says_why() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Folder::claim(&file.join("cache"), 8).await.unwrap_err();
        assert!(error.contains("cannot be made: Not a directory"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_fails_is_set_aside_until_it_is_well_again() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::claim(root.path(), 8).await.unwrap();
        let watch = Watch::over(folder);
        assert!(watch.is_usable());
        // Nobody can write a file where a folder lies.
        let obstacle = root.path().join(NAME).join("trial");
        fs::create_dir_all(obstacle.join("in the way")).unwrap();
        until(|| !watch.is_usable()).await;
        assert!(watch.error().unwrap().contains("cannot be written to"));
        fs::remove_dir_all(&obstacle).unwrap();
        until(|| watch.is_usable()).await;
    }

    /// Lets the paused clock run on until something holds.
    async fn until(holds: impl Fn() -> bool) {
        for _ in 0..1000 {
            if holds() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it never came so");
    }
}
