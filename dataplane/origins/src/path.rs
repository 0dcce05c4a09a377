//! From the raw resource path of a URL to what an origin calls the file: cleaning, keys, encoding. Pure.

use std::fmt::Write as _;

use percent_encoding::percent_decode_str;

use crate::Failure;

/// A resource path without leading slashes, still encoded, that stays inside whatever prefix is put before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resource<'a>(&'a str);

impl<'a> Resource<'a> {
    /// Checks a raw resource path. `label` names the origin in messages.
    ///
    /// # Errors
    /// A bad request for dot segments and control characters, a miss for an empty path.
    pub(crate) fn parse(raw: &'a str, label: &str) -> Result<Self, Failure> {
        let raw = raw.trim_start_matches('/');
        if raw.is_empty() {
            return Err(Failure::not_a_name(label, "the URL names no file"));
        }
        check(raw)?;
        Ok(Self(raw))
    }

    /// The path as received.
    pub(crate) fn raw(self) -> &'a str {
        self.0
    }

    /// The name of the file in a store below `prefix`, which is literal text: decoded once, a plus sign stays one.
    ///
    /// `None` where no store can hold such a name: it is not UTF-8, or it ends with a slash.
    pub(crate) fn key(self, prefix: &str) -> Option<String> {
        let name = percent_decode_str(self.0).decode_utf8().ok()?;
        if name.ends_with('/') {
            return None;
        }
        let prefix = prefix.trim_matches('/');
        Some(if prefix.is_empty() { name.into_owned() } else { format!("{prefix}/{name}") })
    }
}

/// Whether a path, still encoded, stays below where it begins, and holds nothing that is no text.
///
/// # Errors
/// A bad request for dot segments and control characters.
pub(crate) fn check(raw: &str) -> Result<(), Failure> {
    let decoded: Vec<u8> = percent_decode_str(raw).collect();
    if decoded.iter().any(u8::is_ascii_control) {
        return Err(Failure::bad_request("The path must not contain control characters"));
    }
    if decoded.split(|byte| *byte == b'/').any(|segment| matches!(segment, b"." | b"..")) {
        return Err(Failure::bad_request("The path must not contain . or .. segments"));
    }
    Ok(())
}

/// A key as it goes on the wire, and as SigV4 signs it: every byte that is not plain is percent-encoded, slashes stay.
pub(crate) fn encode_key(key: &str) -> String {
    encode(key, |byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte))
}

/// A raw path as it may stand in a URI: what may stand there stays as it is, escapes included.
pub(crate) fn encode_path(raw: &str) -> String {
    encode_stray_percents(raw, |byte| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=:@".contains(&byte))
}

/// A raw query as it may stand in a URI. More stays as it is than the grammar of URIs has, because servers are
/// used to what browsers send.
pub(crate) fn encode_query(raw: &str) -> String {
    encode_stray_percents(raw, |byte| byte.is_ascii_graphic() && !b"\"#<>".contains(&byte))
}

fn encode_stray_percents(raw: &str, stays: impl Fn(u8) -> bool) -> String {
    let bytes = raw.as_bytes();
    let is_hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut encoded = String::with_capacity(raw.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let is_escape = byte == b'%' && is_hex(at + 1) && is_hex(at + 2);
        push(&mut encoded, byte, is_escape || (byte != b'%' && stays(byte)));
    }
    encoded
}

fn encode(text: &str, stays: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        push(&mut encoded, byte, stays(byte));
    }
    encoded
}

fn push(encoded: &mut String, byte: u8, stays: bool) {
    if stays {
        encoded.push(char::from(byte));
    } else {
        // Writing to a String cannot fail.
        let _ = write!(encoded, "%{byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    fn key(prefix: &str, raw: &str) -> Option<String> {
        Resource::parse(raw, "S3").unwrap().key(prefix)
    }

    #[test]
    fn a_key_is_the_prefix_and_the_path_decoded_once() {
        let cases = [
            ("/", "dir/a.jpg", "dir/a.jpg"),
            ("", "dir/a.jpg", "dir/a.jpg"),
            ("/raw-assets/", "a.jpg", "raw-assets/a.jpg"),
            ("raw-assets", "my%20pic.jpg", "raw-assets/my pic.jpg"),
            ("", "a+b.jpg", "a+b.jpg"),
            ("", "a%2Bb.jpg", "a+b.jpg"),
            ("", "image%252Bexample.jpg", "image%2Bexample.jpg"),
            ("", "a%2Fb.jpg", "a/b.jpg"),
            ("", "%E7%94%BB.png", "\u{753b}.png"),
            ("50%", "x.jpg", "50%/x.jpg"),
            // Cleaning: leading slashes go, inner ones stay, a stray percent sign stands for itself.
            ("", "//dir//a.jpg", "dir//a.jpg"),
            ("", "100%.jpg", "100%.jpg"),
            ("", "50%zz.jpg", "50%zz.jpg"),
            ("", "e%CC%81.png", "e\u{301}.png"),
            ("", "%C3%A9.png", "\u{e9}.png"),
            ("", "A.JPG", "A.JPG"),
        ];
        for (prefix, raw, expected) in cases {
            assert_eq!(key(prefix, raw).as_deref(), Some(expected), "{prefix} + {raw}");
        }
    }

    #[test]
    fn no_store_holds_a_name_that_is_not_utf8_or_ends_with_a_slash() {
        for raw in ["%FF.jpg", "%E7%94.png", "dir/", "dir%2F"] {
            assert_eq!(key("", raw), None, "{raw}");
        }
    }

    #[test]
    fn paths_that_leave_the_prefix_or_carry_control_characters_are_bad_requests() {
        let dots = [
            "..",
            ".",
            "../a.jpg",
            "a/../b.jpg",
            "a/./b.jpg",
            "a/..",
            "%2e%2E/a.jpg",
            ".%2e/a.jpg",
            "a%2F..%2Fb.jpg",
            "a/%2E/b",
        ];
        let controls = ["a%00.jpg", "a%0d%0aX.jpg", "a\nb", "a%7F.jpg", "%1f"];
        for raw in dots.into_iter().chain(controls) {
            let failure = Resource::parse(raw, "S3").unwrap_err();
            assert!(failure.bad_request, "{raw}: {failure}");
        }
        for raw in ["...", "a..b", "..a/b", "a/b..", ".hidden", "%252e%252e/a.jpg"] {
            assert!(Resource::parse(raw, "S3").is_ok(), "{raw}");
        }
    }

    #[test]
    fn an_empty_path_is_a_miss() {
        for raw in ["", "/", "//"] {
            let failure = Resource::parse(raw, "the web server").unwrap_err();
            assert_eq!((failure.code, failure.bad_request), (Code::Enoent, false), "{raw}");
        }
    }

    #[test]
    fn a_key_is_encoded_byte_by_byte_and_once() {
        let cases = [
            ("dir/a.jpg", "dir/a.jpg"),
            ("my pic.jpg", "my%20pic.jpg"),
            ("a+b.jpg", "a%2Bb.jpg"),
            ("image%2Bexample.jpg", "image%252Bexample.jpg"),
            ("\u{753b}.png", "%E7%94%BB.png"),
            ("-._~!$&'()*,;=:@", "-._~%21%24%26%27%28%29%2A%2C%3B%3D%3A%40"),
        ];
        for (key, expected) in cases {
            assert_eq!(encode_key(key), expected);
        }
    }

    #[test]
    fn a_web_path_is_sent_as_received_but_for_what_no_uri_may_hold() {
        let cases = [
            ("hats/h1.jpg", "hats/h1.jpg"),
            ("a%20b.jpg", "a%20b.jpg"),
            ("images%2Fstars.jpg", "images%2Fstars.jpg"),
            ("a%2fb.jpg", "a%2fb.jpg"),
            ("a+b@2x,(1).jpg", "a+b@2x,(1).jpg"),
            ("100%.jpg", "100%25.jpg"),
            ("50%zz", "50%25zz"),
            ("a b\"<>\\^`{|}.jpg", "a%20b%22%3C%3E%5C%5E%60%7B%7C%7D.jpg"),
            ("\u{e9}.png", "%C3%A9.png"),
            ("dir//a.jpg", "dir//a.jpg"),
        ];
        for (raw, expected) in cases {
            assert_eq!(encode_path(raw), expected);
        }
        assert_eq!(
            encode_query("alt=media&token=T'x&a[]=1|2&p=%zz&q=\"#"),
            "alt=media&token=T'x&a[]=1|2&p=%25zz&q=%22%23"
        );
    }
}
