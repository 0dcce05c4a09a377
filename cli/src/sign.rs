//! `imgplane sign`: a signed URL, as the SDKs make it.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use imgplane_urls::SigningKey;

use crate::{
    args::Sign,
    exit::{Exit, print},
    key,
};

/// Runs the command.
pub(crate) fn run(args: &Sign) -> anyhow::Result<Exit> {
    let Some(base) = args.endpoint.as_deref().or_else(|| account(&args.url)) else {
        return Ok(Exit::usage(
            &"where the signed text starts cannot be seen from this URL: give its endpoint, \
              e.g. --endpoint https://img.example.com",
        ));
    };
    let key = match key::read(&args.key_file) {
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
}
