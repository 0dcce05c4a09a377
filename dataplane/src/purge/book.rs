//! The list of a server that stands alone, written down beside the results that it keeps on disk.
//!
//! What is kept on disk must not outlive a purge of it, also where the list cannot be written: then it is taken away, and
//! the next start begins another one, under which everything that was kept counts as purged.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use imgplane_config::Purges;

/// The list.
const FILE: &str = "purges.json";
/// The list while it is written.
const NEW: &str = "purges.new";
/// Who holds this writes the list. It is not the lock of what is kept: that comes and goes with the settings, and the list
/// is one server's from its start to its end.
const LOCK: &str = "purges.lock";

/// Where the list is written down.
#[derive(Debug)]
pub(super) struct Book {
    folder: Option<PathBuf>,
    lock: Option<File>,
}

/// Whose a folder is.
enum Claim {
    Ours,
    /// Another server writes its list there.
    Taken,
}

impl Book {
    /// Opens the book in this folder, and goes on with its list or begins one. A new one is written down before anything is
    /// kept under it. Without a folder, or where another server writes into it, the list is in memory alone, and one that
    /// nobody else knows.
    pub(super) fn open(folder: Option<PathBuf>) -> (Self, Purges) {
        let mut book = Self { folder, lock: None };
        let mut list = book.read().unwrap_or_default();
        if list.list == 0 {
            list.begin(number());
            if let Err(error) = book.write(&list) {
                tracing::warn!(%error, "what will be purged cannot be written down");
            }
        }
        (book, list)
    }

    /// Replaces the list as a whole, and returns when it is on the disk, or none is there any more.
    ///
    /// # Errors
    /// An older list is there and stays there: what is purged now would come back with it.
    pub(super) fn write(&mut self, list: &Purges) -> io::Result<()> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        if matches!(self.claim(&folder)?, Claim::Taken) {
            return Ok(());
        }
        let Err(error) = replace(&folder, list) else { return Ok(()) };
        tracing::warn!(
            folder = %folder.display(),
            %error,
            "what was purged cannot be written down: what is kept on disk will not be found again after a restart"
        );
        // What was written of it would take the room that is missing.
        let _ = fs::remove_file(folder.join(NEW));
        match fs::remove_file(folder.join(FILE)) {
            Ok(()) => sync(&folder),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Lets go of the folder, for the next server. What would be purged after this is not written down.
    pub(super) fn close(&mut self) {
        (self.folder, self.lock) = (None, None);
    }

    /// The list that was written down, if there is one and it is ours. One that cannot be read is one that nobody knows.
    fn read(&mut self) -> Option<Purges> {
        let folder = self.folder.clone()?;
        let path = folder.join(FILE);
        let unknown = |error: &dyn std::fmt::Display| {
            tracing::warn!(
                path = %path.display(),
                %error,
                "what was purged cannot be read: what was kept counts as purged"
            );
        };
        match self.claim(&folder) {
            Ok(Claim::Ours) => {}
            Ok(Claim::Taken) => {
                tracing::warn!(
                    folder = %folder.display(),
                    "another server writes down there what it purges: what is purged here is not written down"
                );
                return None;
            }
            Err(error) => {
                unknown(&error);
                return None;
            }
        }
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                unknown(&error);
                return None;
            }
        };
        serde_json::from_slice(&text).inspect_err(|error| unknown(error)).ok()
    }

    /// Takes the folder over, unless it is taken.
    fn claim(&mut self, folder: &Path) -> io::Result<Claim> {
        if self.lock.is_some() {
            return Ok(Claim::Ours);
        }
        fs::create_dir_all(folder)?;
        let lock = File::options().create(true).write(true).truncate(false).open(folder.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {
                self.lock = Some(lock);
                Ok(Claim::Ours)
            }
            Err(TryLockError::WouldBlock) => Ok(Claim::Taken),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// The number of a new list: the time in milliseconds, and never the same twice.
fn number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(now.as_millis()).unwrap_or_default();
    let next = |last: u64| now.max(last + 1);
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
    next(last.unwrap_or_default())
}

fn replace(folder: &Path, list: &Purges) -> io::Result<()> {
    let new = folder.join(NEW);
    let mut file = File::create(&new)?;
    file.write_all(&serde_json::to_vec(list)?)?;
    file.sync_all()?;
    fs::rename(&new, folder.join(FILE))?;
    sync(folder)
}

/// Returns when the names of the files in a folder are on the disk.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use imgplane_config::{ObjectId, PurgeRequest};

    use super::*;

    fn purge(list: &mut Purges, book: &mut Book) -> io::Result<()> {
        let request = PurgeRequest {
            id: list.last().to_string(),
            endpoint: ObjectId::new("shop", "main"),
            url: "a.jpg".into(),
            resource: false,
            time: 0,
        };
        assert!(list.take_up([&request]));
        book.write(list)
    }

    fn open(folder: &Path) -> (Book, Purges) {
        Book::open(Some(folder.to_owned()))
    }

    #[test]
    fn a_list_goes_on_where_it_was_written_down_and_another_begins_where_it_was_not() {
        let folder = tempfile::tempdir().unwrap();
        let (mut book, mut list) = open(folder.path());
        assert_eq!(list.last(), list.list - 1, "it has begun");
        purge(&mut list, &mut book).unwrap();
        drop(book);
        let (book, again) = open(folder.path());
        assert_eq!(again, list);
        drop(book);
        fs::write(folder.path().join(FILE), "{").unwrap();
        let (book, new) = open(folder.path());
        assert!(new.list > list.list && new.records.is_empty(), "{new:?}");
        drop(book);
        assert_eq!(open(folder.path()).1, new, "a new one is written down at once");
        assert!(Book::open(None).1.list > 0);
    }

    #[test]
    fn a_list_that_cannot_be_written_is_taken_away_and_written_when_it_can_be() {
        let folder = tempfile::tempdir().unwrap();
        let (mut book, mut list) = open(folder.path());
        // Nobody can write a file where a folder lies.
        let obstacle = folder.path().join(NEW);
        fs::create_dir_all(obstacle.join("in the way")).unwrap();
        purge(&mut list, &mut book).unwrap();
        assert!(!folder.path().join(FILE).exists());
        purge(&mut list, &mut book).unwrap();
        fs::remove_dir_all(&obstacle).unwrap();
        purge(&mut list, &mut book).unwrap();
        drop(book);
        assert_eq!(open(folder.path()).1, list);

        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let (mut book, mut list) = open(&file);
        assert!(purge(&mut list, &mut book).is_err(), "nobody knows what is there");
    }

    #[test]
    fn of_two_servers_with_one_folder_only_the_first_writes() {
        let folder = tempfile::tempdir().unwrap();
        let (mut first, mut list) = open(folder.path());
        let (mut second, mut other) = open(folder.path());
        assert_ne!(list.list, other.list);
        purge(&mut list, &mut first).unwrap();
        purge(&mut other, &mut second).unwrap();
        drop(first);
        let (third, found) = open(folder.path());
        assert_eq!(found, list);
        drop(third);
        // What the second purges when it is alone must not come back.
        purge(&mut other, &mut second).unwrap();
        drop(second);
        assert_eq!(open(folder.path()).1, other);
    }
}
