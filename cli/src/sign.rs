//! `imgplane sign`: a signed URL, as the SDKs make it.

use std::{
    io::{self, Read as _},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use imgplane_urls::SigningKey;

use crate::{
    args::Sign,
    exit::{Exit, print},
};

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
enum KeyError {
    #[error("the key file {place} cannot be read: {error}")]
    Unreadable { place: String, error: io::Error },
    #[error("the key file {place} is no text: give the key as text, in UTF-8")]
    NoText { place: String },
    #[error("the key file {place} is empty")]
    Empty { place: String },
}

/// Runs the command.
pub(crate) fn run(args: &Sign) -> anyhow::Result<Exit> {
    let Some(base) = args.endpoint.as_deref().or_else(|| account(&args.url)) else {
        return Ok(Exit::usage(
            &"where the signed text starts cannot be seen from this URL: give its endpoint, \
              e.g. --endpoint https://img.example.com",
        ));
    };
    let key = match read(&args.key_file) {
        Ok(text) => SigningKey::new(&text),
        Err(error) => return Ok(Exit::usage(&error)),
    };
    let expiry = match args.expires_in {
        Some(seconds) => Some(now()?.saturating_add(seconds)),
        None => args.timestamp,
    };
    let signed = imgplane_urls::sign(&args.url, base, &key, expiry)?;
    print(&format!("{signed}\n"))?;
    Ok(Exit::Fine)
}

/// Unix seconds.
fn now() -> anyhow::Result<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Ok(now.context("this machine's clock stands before 1970: set it")?.as_secs())
}

/// Scheme, host and first segment of a URL that has more behind it.
fn account(url: &str) -> Option<&str> {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    // Behind the two of `https://` and the one that the host ends with.
    let (at, _) = url.get(..end)?.match_indices('/').nth(3).filter(|_| url.contains("://"))?;
    url.get(..at)
}

/// The key in a file, `-` being standard input. Editors end a file with a line break, which belongs to no key.
fn read(path: &Path) -> Result<String, KeyError> {
    let stdin = path == Path::new("-");
    let place = if stdin { "on standard input".to_owned() } else { path.display().to_string() };
    let mut bytes = Vec::new();
    let outcome = if stdin {
        io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|file| bytes = file)
    };
    if let Err(error) = outcome {
        return Err(KeyError::Unreadable { place, error });
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(KeyError::NoText { place });
    };
    match without_line_break(&text) {
        "" => Err(KeyError::Empty { place }),
        key => Ok(key.to_owned()),
    }
}

fn without_line_break(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_ends_with_the_first_segment() {
        for (url, expected) in [
            ("https://img.example.com/shop/a.jpg", Some("https://img.example.com/shop")),
            ("http://127.0.0.1:8080/default/tr:w-1/a.jpg?x=/", Some("http://127.0.0.1:8080/default")),
            ("https://img.example.com/shop//a.jpg", Some("https://img.example.com/shop")),
            ("https://img.example.com/a.jpg", None),
            ("https://img.example.com/a.jpg?x=/b/c", None),
            ("https://img.example.com/a.jpg#/b/c", None),
            ("https://img.example.com", None),
            ("/shop/a/b/c/d.jpg", None),
            ("", None),
        ] {
            assert_eq!(account(url), expected, "{url}");
        }
    }

    #[test]
    fn one_line_break_at_the_end_is_no_part_of_the_key() {
        for (text, key) in [
            ("private_a=", "private_a="),
            ("private_a=\n", "private_a="),
            ("private_a=\r\n", "private_a="),
            ("private_a=\n\n", "private_a=\n"),
            (" private_a= \n", " private_a= "),
            ("\n", ""),
        ] {
            assert_eq!(without_line_break(text), key, "{text:?}");
        }
    }
}
