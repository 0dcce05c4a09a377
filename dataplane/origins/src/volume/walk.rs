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

/// Why the walk ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// At an absolute link, wherever it leads.
    AbsoluteLink,
    Error(Errno),
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Self {
        Self::Error(errno)
    }
}

/// Opens `path` beneath `root`. `XDEV` where it leads out, `LOOP` for too many links.
pub(super) fn open(root: &OwnedFd, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    walk(root, path, flags).map_err(|stop| match stop {
        Stop::AbsoluteLink => Errno::XDEV,
        Stop::Error(errno) => errno,
    })
}

/// Whether `path` ends at an absolute link. The kernel gives one error for these and for links that lead out.
pub(super) fn meets_absolute_link(root: &OwnedFd, path: &str) -> bool {
    matches!(walk(root, path, OFlags::PATH), Err(Stop::AbsoluteLink))
}

fn walk(root: &OwnedFd, path: &str, flags: OFlags) -> Result<OwnedFd, Stop> {
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
                    return Err(Errno::LOOP.into());
                }
                // Of the very link that was looked at.
                let target = readlinkat(&seen, "", Vec::new())?.into_bytes();
                if target.first() == Some(&b'/') {
                    return Err(Stop::AbsoluteLink);
                }
                for step in split(&target).collect::<Vec<_>>().into_iter().rev() {
                    steps.push_front(step);
                }
            }
            FileType::Directory => folders.push(seen),
            _ if !steps.is_empty() => return Err(Errno::NOTDIR.into()),
            _ if flags.contains(OFlags::PATH) => return Ok(seen),
            _ => {
                // A link that took the name's place meanwhile is refused, not followed.
                let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                return Ok(openat(folder, step.as_slice(), flags, Mode::empty())?);
            }
        }
    }
    // The path ended at a folder.
    match folders.pop() {
        Some(folder) => Ok(folder),
        None => root.try_clone().map_err(|_| Errno::MFILE.into()),
    }
}

fn split(path: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    path.split(|byte| *byte == b'/').map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Read as _, os::unix::fs::symlink};

    use rustix::fs::{CWD, ResolveFlags, openat2};

    use super::*;

    const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK);

    fn kernel(root: &OwnedFd, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
        let how = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), how)
    }

    fn content(opened: Result<OwnedFd, Errno>) -> Result<String, Errno> {
        let mut text = String::new();
        let mut file = fs::File::from(opened?);
        file.read_to_string(&mut text).map_err(|error| Errno::from_io_error(&error).unwrap())?;
        Ok(text)
    }

    #[test]
    fn the_walk_opens_and_refuses_what_the_kernel_does() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("root");
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(temp.path().join("secret"), "secret").unwrap();
        fs::write(root.join("top"), "top").unwrap();
        fs::write(root.join("a/b/deep"), "deep").unwrap();
        let links = [
            ("to-top", "top"),
            ("a/up-to-top", "../top"),
            ("a/b/up-up", "../../top"),
            ("to-folder", "a/b"),
            ("a/through", "../to-folder/deep"),
            ("out", "../secret"),
            ("a/out", "../../secret"),
            ("a/b/out-and-in", "../../../root/top"),
            ("absolute", "/etc/hostname"),
            ("itself", "itself"),
            ("ping", "pong"),
            ("pong", "ping"),
            ("dangling", "nothing"),
            ("a/here", "."),
            ("up", ".."),
        ];
        for (name, target) in links {
            symlink(target, root.join(name)).unwrap();
        }
        let folder =
            openat(CWD, &root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let others = [
            "top",
            "a/b/deep",
            "a//b/./deep",
            "nothing",
            "a/nothing",
            "top/x",
            "to-top/x",
            "to-folder/deep",
            "a/here/here/b/deep",
            "up/root/top",
            "a/../top",
            "../secret",
            "a/../../secret",
            "to-folder/../b/deep",
            "dangling/x",
        ];
        let paths = links.iter().map(|(name, _)| *name).chain(others);
        let mut opened = 0;
        for path in paths {
            // A folder is opened for looking only: reading one is another error.
            let flags = if ["to-folder", "a/here"].contains(&path) { OFlags::PATH } else { READ };
            let (walked, expected) = (open(&folder, path, flags), kernel(&folder, path, flags));
            if flags == READ {
                let (walked, expected) = (content(walked), content(expected));
                opened += usize::from(expected.is_ok());
                assert_eq!(walked, expected, "{path}");
                assert_ne!(walked.as_deref(), Ok("secret"), "{path}");
            } else {
                let inode = |file: OwnedFd| fstat(&file).unwrap().st_ino;
                assert_eq!(walked.map(inode), expected.map(inode), "{path}");
            }
        }
        assert!(opened > 8, "only {opened} paths could be read");
        for (path, expected) in [("absolute", true), ("out", false), ("top", false), ("nothing", false)] {
            assert_eq!(meets_absolute_link(&folder, path), expected, "{path}");
        }
    }
}
