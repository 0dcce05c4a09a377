//! Which resource paths are refused before any origin is asked.

use percent_encoding::percent_decode_str;

use crate::UrlError;

/// Refuses a raw resource path that would leave the configured folder (a segment that is `.` or `..`, raw or
/// encoded) or that holds control characters after decoding, with `EINVAL`; an empty one with `ENOENT`.
pub fn check_resource(raw: &str) -> Result<(), UrlError> {
    if raw.trim_start_matches('/').is_empty() {
        return Err(UrlError::not_found("The URL names no file"));
    }
    // Decoding can make a slash, so segments are judged raw and decoded: `a%2f..` leaves a folder on a file system.
    let decoded: Vec<u8> = percent_decode_str(raw).collect();
    if decoded.iter().any(u8::is_ascii_control) {
        return Err(UrlError::invalid("The path holds a control character"));
    }
    let is_dots = |segment: &[u8]| segment == b"." || segment == b"..";
    if decoded.split(|byte| matches!(byte, b'/' | b'\\')).any(is_dots) {
        return Err(UrlError::invalid("The path holds a \".\" or \"..\" segment"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UrlErrorCode::{Einval, Enoent};

    #[test]
    fn paths_that_leave_the_folder_or_hide_control_characters_are_refused() {
        let rows = [
            ("a/b.jpg", None),
            ("a//b.jpg", None),
            ("a/b/", None),
            ("..a/b..jpg/...", None),
            ("image+example.jpg", None),
            ("100%.jpg", None),
            ("caf%C3%A9.jpg", None),
            ("%ff.jpg", None),
            ("", Some(Enoent)),
            ("//", Some(Enoent)),
            ("../a.jpg", Some(Einval)),
            ("a/./b.jpg", Some(Einval)),
            ("a/..", Some(Einval)),
            ("a/%2e%2E/b.jpg", Some(Einval)),
            ("a/.%2e/b.jpg", Some(Einval)),
            ("a/%2E", Some(Einval)),
            ("a%2f..%2fb.jpg", Some(Einval)),
            ("a%5c..%5cb.jpg", Some(Einval)),
            ("a%00.jpg", Some(Einval)),
            ("a%0ab.jpg", Some(Einval)),
            ("a%7f.jpg", Some(Einval)),
        ];
        for (raw, code) in rows {
            assert_eq!(check_resource(raw).err().map(|error| error.code), code, "{raw}");
        }
    }
}
