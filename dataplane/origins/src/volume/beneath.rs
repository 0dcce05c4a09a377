//! Opens files that lie beneath a folder, whatever links lie on the way.

use std::{
    fs::File,
    os::fd::OwnedFd,
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

use rustix::{
    fs::{FileType, Mode, OFlags, ResolveFlags, Stat, fstat, open as open_path, openat2},
    io::Errno,
};

use super::{barred, walk};

/// The first second, since 1970, that is too late for a header: of the year 10000.
const TOO_LATE: u64 = 253_402_300_800;
/// How often the kernel may be asked again after a rename elsewhere disturbed it.
const TRIES: usize = 8;

/// Why a file cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Error {
    /// The folder itself.
    Root(Errno),
    /// The path below it. `XDEV`: it leads out of the folder.
    Path(Errno),
    /// An absolute link stands on the path.
    AbsoluteLink,
    /// This folder on the path may not be entered.
    ClosedFolder(String),
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) size: u64,
    modified_seconds: u64,
    modified_nanoseconds: u64,
    inode: u64,
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// A device, socket or pipe.
    Other,
}

impl Found {
    /// A strong validator: another file, or a change of this one, gives another text.
    pub(super) fn etag(&self) -> String {
        let Self { inode, size, modified_seconds, modified_nanoseconds, .. } = self;
        format!("\"{inode:x}-{size:x}-{modified_seconds:x}.{modified_nanoseconds:x}\"")
    }

    /// The time of the last change as a header says it; `None` for one that no header can say.
    pub(super) fn last_modified(&self) -> Option<String> {
        let seconds = Some(self.modified_seconds).filter(|seconds| *seconds < TOO_LATE)?;
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).map(httpdate::fmt_http_date)
    }
}

/// Opens a file for reading and says what it is. Only a regular file is opened as such; whatever else stands there
/// is only looked at, because opening a device or a pipe may already have an effect.
pub(super) fn open(root: &Path, path: &str) -> Result<(File, Found), Error> {
    let root = open_path(root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .map_err(Error::Root)?;
    let seen = resolve(&root, path, OFlags::PATH).map_err(|errno| why(&root, path, errno))?;
    let found = found(&seen).map_err(Error::Path)?;
    if found.kind != Kind::File {
        return Ok((File::from(seen), found));
    }
    let file = resolve(&root, path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY)
        .map_err(|errno| why(&root, path, errno))?;
    // The path may lead elsewhere by now; what was opened is what counts.
    let found = self::found(&file).map_err(Error::Path)?;
    Ok((File::from(file), found))
}

/// What an error means, as far as the path tells more than the error.
fn why(root: &OwnedFd, path: &str, errno: Errno) -> Error {
    match errno {
        Errno::XDEV if walk::meets_absolute_link(root, path) => Error::AbsoluteLink,
        Errno::ACCESS | Errno::PERM => {
            let look = |part: &str| resolve(root, part, OFlags::PATH).map(drop);
            barred::closed_folder(path, look).map_or(Error::Path(errno), Error::ClosedFolder)
        }
        _ => Error::Path(errno),
    }
}

/// Opens a path beneath a folder: by the kernel, or step by step where the kernel, or what filters its calls, does
/// not know how.
fn resolve(root: &OwnedFd, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    let how = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    for _ in 0..TRIES {
        match openat2(root, relative(path), flags | OFlags::CLOEXEC, Mode::empty(), how) {
            Err(Errno::AGAIN) => {}
            // Filters of system calls answer PERM for calls they do not know. If it is the file's own answer, the
            // walk gives it too.
            Err(Errno::NOSYS | Errno::PERM) => return walk::open(root, path, flags),
            opened => return opened,
        }
    }
    walk::open(root, path, flags)
}

/// A path that starts with a slash would start at the root of the file system.
fn relative(path: &str) -> &str {
    path.trim_start_matches('/')
}

fn found(file: &OwnedFd) -> Result<Found, Errno> {
    let stat: Stat = fstat(file)?;
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        _ => Kind::Other,
    };
    Ok(Found {
        kind,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        modified_seconds: u64::try_from(stat.st_mtime).unwrap_or(0),
        modified_nanoseconds: stat.st_mtime_nsec,
        inode: stat.st_ino,
    })
}
