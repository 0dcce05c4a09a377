//! Decides which files of a folder are manifests, and how much of them is read.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use crate::finding::{Finding, Severity};

use super::VOLUMES;

/// Largest manifest file in bytes. The API server stores no object above 1.5 MiB; exported lists may hold several.
const MAX_FILE: u64 = 8 << 20;
/// A file that was not written for so long is whole. A write takes microseconds, unless the machine is very busy.
const SETTLED: Duration = Duration::from_millis(25);
/// How often it is looked whether a file is whole.
const READS: u32 = 50;
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(4);
/// Most files that are read, so that a folder named by mistake (`/`) ends with a message.
const MAX_FILES: usize = 10_000;
/// Most folders that are entered, for the same reason.
const MAX_FOLDERS: usize = 10_000;

/// The folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WalkError {
    /// It does not exist, or may not be read.
    #[error("{}: cannot be read: {source}", .dir.display())]
    Unreadable {
        /// The folder.
        dir: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is something else.
    #[error("{}: is not a folder; name the folder that holds the manifests", .dir.display())]
    NotAFolder {
        /// What was named.
        dir: PathBuf,
    },
    /// It holds too much to be a folder of manifests.
    #[error(
        "{}: holds more than {MAX_FILES} manifest files or {MAX_FOLDERS} folders; name the folder that holds the manifests",
        .dir.display()
    )]
    TooMany {
        /// The folder.
        dir: PathBuf,
    },
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Manifest files in order of their paths.
    pub(super) files: Vec<PathBuf>,
    /// Folders that were entered, and those that links led to.
    pub(super) folders: Vec<PathBuf>,
    /// Sub-folders that could not be read.
    pub(super) findings: Vec<Finding>,
}

/// Lists `*.yaml` and `*.yml` below a folder, in a stable order.
///
/// Not entered: `DIR/volumes`, names that start with a dot (editors' and version control's own), and whatever
/// was visited before under another name.
pub(super) fn files(dir: &Path) -> Result<Walked, WalkError> {
    let unreadable = |source| WalkError::Unreadable { dir: dir.to_owned(), source };
    if !fs::metadata(dir).map_err(unreadable)?.is_dir() {
        return Err(WalkError::NotAFolder { dir: dir.to_owned() });
    }
    fs::read_dir(dir).map_err(unreadable)?;

    let mut walked = Walked::default();
    let mut visited: BTreeSet<PathBuf> = dir.join(VOLUMES).canonicalize().into_iter().collect();
    let mut folders = 0;
    let mut pending = vec![dir.to_owned()];
    while let Some(folder) = pending.pop() {
        let Some(entries) = enter(&folder, &mut visited, &mut walked.findings) else { continue };
        folders += 1;
        walked.folders.push(folder);
        for path in entries {
            if path.is_dir() {
                pending.push(path);
            } else if is_manifest(&path) {
                // A dangling link stays in the list: reading it then says what is wrong with it.
                let real = path.canonicalize().unwrap_or_else(|_| path.clone());
                if path.is_symlink() {
                    walked.folders.extend(real.parent().map(Path::to_owned));
                }
                if visited.insert(real) {
                    walked.files.push(path);
                }
            }
        }
        if walked.files.len() > MAX_FILES || folders > MAX_FOLDERS {
            return Err(WalkError::TooMany { dir: dir.to_owned() });
        }
    }
    walked.files.sort();
    Ok(walked)
}

/// The entries of a folder that was not visited yet, sorted, so that of two links to a file the same one wins.
fn enter(
    folder: &Path,
    visited: &mut BTreeSet<PathBuf>,
    findings: &mut Vec<Finding>,
) -> Option<Vec<PathBuf>> {
    let listed = folder.canonicalize().and_then(|real| {
        if visited.insert(real) {
            fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()
        } else {
            Ok(Vec::new())
        }
    });
    match listed {
        Ok(entries) => {
            let mut paths: Vec<_> = entries
                .into_iter()
                .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
                .map(|entry| entry.path())
                .collect();
            paths.sort();
            Some(paths)
        }
        Err(error) => {
            findings.push(Finding {
                file: Some(folder.to_owned()),
                position: None,
                severity: Severity::Error,
                object: None,
                field: String::new(),
                reason: "Unreadable".to_owned(),
                message: format!("the folder cannot be read: {error}"),
            });
            None
        }
    }
}

/// Whether a file is read because of its name.
pub(crate) fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// The text of a file, or what is wrong with it.
pub(super) fn text(file: &Path) -> Result<String, String> {
    let bytes = settled(file).map_err(|error| format!("the file cannot be read: {error}"))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("the file is larger than {} MiB; split it", MAX_FILE >> 20));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        format!("byte {} is not UTF-8; save the file as UTF-8", error.utf8_error().valid_up_to())
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// What is in a file that nobody is writing just now. A read in the middle of a write gives bytes of neither version, and
/// a writer that has to wait in its middle gives the same ones twice.
fn settled(file: &Path) -> io::Result<Vec<u8>> {
    for _ in 0..READS {
        let (before, bytes, after) = (written(file)?, bytes(file)?, written(file)?);
        // A time that lies ahead is that of another clock, and says nothing of how long ago it was.
        let is_old = after.elapsed().map_or(true, |age| age >= SETTLED);
        if is_old && before == after {
            return Ok(bytes);
        }
        thread::sleep(PAUSE);
    }
    Err(io::Error::other("it changes all the time"))
}

/// When it was written last.
fn written(file: &Path) -> io::Result<SystemTime> {
    fs::metadata(file)?.modified()
}

fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    let opened = File::open(file)?;
    // A pipe or device would block or never end.
    if !opened.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    opened.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_being_written_is_read_as_one_of_its_versions_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("site.yaml");
        let versions = ["a: 1\n".repeat(100), "b: 22\n".repeat(90)];
        fs::write(&file, &versions[0]).unwrap();
        let written = file.clone();
        let texts = versions.clone();
        let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let over = std::sync::Arc::clone(&done);
        let writer = thread::spawn(move || {
            for text in texts.iter().cycle().take(5_000) {
                fs::write(&written, text).unwrap();
            }
            over.store(true, std::sync::atomic::Ordering::SeqCst);
        });
        while !done.load(std::sync::atomic::Ordering::SeqCst) {
            // Empty is what a save looks like between its two steps; whoever reads knows that.
            if let Ok(text) = text(&file)
                && !text.is_empty()
            {
                assert!(versions.contains(&text), "{text:?}");
            }
        }
        writer.join().unwrap();
        assert_eq!(text(&file).unwrap(), versions[1]);
    }

    #[test]
    fn files_that_are_too_large_or_no_text_are_refused_with_advice() {
        let dir = tempfile::tempdir().unwrap();
        let large = dir.path().join("large.yaml");
        File::create(&large).unwrap().set_len(MAX_FILE + 1).unwrap();
        assert!(text(&large).unwrap_err().contains("split it"));
        let latin = dir.path().join("latin.yaml");
        fs::write(&latin, b"name: caf\xe9").unwrap();
        assert_eq!(text(&latin).unwrap_err(), "byte 9 is not UTF-8; save the file as UTF-8");
    }

    #[test]
    fn a_byte_order_mark_is_no_content() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("bom.yaml");
        fs::write(&file, "\u{feff}kind: Origin").unwrap();
        assert_eq!(text(&file).unwrap(), "kind: Origin");
    }
}
