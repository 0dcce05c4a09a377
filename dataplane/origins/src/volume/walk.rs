//! Opens a path beneath a folder step by step, for kernels without `openat2`.
//!
//! Every step opens one name in a folder that is held open, and never follows a link by itself: links are read and
//! their steps taken in the same way. Going up leaves the innermost held folder and never asks the file system for
//! `..`, so renames meanwhile cannot lead out.

use std::{
    collections::VecDeque,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use rustix::{
    fs::{FileType, Mode, OFlags, fstat, openat, readlinkat},
    io::Errno,
};

/// Most links on one path, as the kernel has it.
const LINKS: usize = 40;

/// Opens `path` beneath `root`. `XDEV` where it leads out, `LOOP` for too many links.
pub(super) fn open(root: &OwnedFd, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    let mut folders: Vec<OwnedFd> = Vec::new();
    let mut steps: VecDeque<Vec<u8>> = split(path.as_bytes()).collect();
    let mut links = 0;
    while let Some(step) = steps.pop_front() {
        match step.as_slice() {
            b".." => {
                folders.pop().ok_or(Errno::XDEV)?;
                continue;
            }
            b"" | b"." => continue,
            _ => {}
        }
        let folder: BorrowedFd<'_> = folders.last().map_or(root.as_fd(), AsFd::as_fd);
        let look = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let seen = openat(folder, step.as_slice(), look, Mode::empty())?;
        match FileType::from_raw_mode(fstat(&seen)?.st_mode) {
            FileType::Symlink => {
                links += 1;
                if links > LINKS {
                    return Err(Errno::LOOP);
                }
                // Of the very link that was looked at.
                let target = readlinkat(&seen, "", Vec::new())?.into_bytes();
                if target.first() == Some(&b'/') {
                    return Err(Errno::XDEV);
                }
                for step in split(&target).collect::<Vec<_>>().into_iter().rev() {
                    steps.push_front(step);
                }
            }
            FileType::Directory => folders.push(seen),
            _ if !steps.is_empty() => return Err(Errno::NOTDIR),
            _ if flags.contains(OFlags::PATH) => return Ok(seen),
            _ => {
                // A link that took the name's place meanwhile is refused, not followed.
                return openat(folder, step.as_slice(), flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty());
            }
        }
    }
    // The path ended at a folder.
    match folders.pop() {
        Some(folder) => Ok(folder),
        None => root.try_clone().map_err(|_| Errno::MFILE),
    }
}

fn split(path: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    path.split(|byte| *byte == b'/').map(<[u8]>::to_vec)
}
