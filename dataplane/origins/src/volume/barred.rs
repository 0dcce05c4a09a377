//! Which folder on a path may not be entered: the file system says of the whole path only that access was denied.

use rustix::io::Errno;

/// The folder on `path` that may not be entered, as a path below the volume's root; `.` is the root. `None` where the
/// file itself may not be read. `look` looks at what stands at a path without opening it, for which all folders
/// before it must be entered.
pub(super) fn closed_folder(path: &str, mut look: impl FnMut(&str) -> Result<(), Errno>) -> Option<String> {
    let path = path.trim_matches('/');
    let mut before = ".";
    let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
    for end in ends {
        let part = path.get(..end)?;
        match look(part) {
            Err(Errno::ACCESS | Errno::PERM) => return Some(before.to_owned()),
            Ok(()) => before = part,
            Err(_) => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_folder_that_can_be_looked_at_is_the_one_that_may_not_be_entered() {
        for (path, closed, expected) in [
            ("a/b/c.jpg", "a", Some("a")),
            ("/a//b/c.jpg", "a//b", Some("a//b")),
            ("a/b/c.jpg", "", Some(".")),
            ("a/b/c.jpg", "a/b/c.jpg", None),
            ("c.jpg", "", Some(".")),
        ] {
            // What lies below the closed folder cannot be looked at.
            let look = |part: &str| match part.strip_prefix(closed) {
                Some(rest) if closed.is_empty() || !rest.trim_matches('/').is_empty() => Err(Errno::ACCESS),
                _ => Ok(()),
            };
            assert_eq!(closed_folder(path, look).as_deref(), expected, "{path} {closed}");
        }
        assert_eq!(closed_folder("a/b", |_| Err(Errno::NOENT)), None);
    }
}
