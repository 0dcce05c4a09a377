//! How a URL is signed: what every SDK of the language does, with the mistakes refused that would only show up as a
//! signature that never matches.

use std::fmt::Write as _;

use super::{
    NEVER, SigningKey,
    claim::{EXPIRY_DIGITS, is_signature},
    text::SignedText,
};

/// Why a URL is not signed, and what to do. The text of a URL is repeated as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The URL does not start with the base.
    #[error(
        "the URL does not start with {base}: give the endpoint as it stands in the URL, scheme and host included"
    )]
    OtherBase {
        /// The base, with its one slash at the end.
        base: String,
    },
    /// The URL has a fragment.
    #[error(
        "the URL has a fragment (#), which no client sends: remove it, or write %23 if it belongs to a name"
    )]
    Fragment,
    /// The URL carries `ik-s` or `ik-t`.
    #[error("the URL has ik-s or ik-t already: remove both, they are made anew")]
    Signed,
    /// The URL holds text that clients encode before they send it.
    #[error("the URL holds {character:?}, which clients send percent-encoded: encode it first, as UTF-8")]
    Unencoded {
        /// The first such character.
        character: char,
    },
    /// The query has an apostrophe, which browsers encode there, though not in a path.
    #[error("the query has an apostrophe ('), which browsers send as %27: write %27")]
    Apostrophe,
    /// The path has a segment that clients resolve before they send it.
    #[error(
        "the path has the segment {segment:?}, which clients resolve before sending: write the path that it leads to"
    )]
    DotSegment {
        /// The first such segment.
        segment: String,
    },
    /// The expiry has more digits than a server reads.
    #[error("the expiry {expiry} has more than 16 digits: give Unix seconds")]
    Expiry {
        /// The expiry, in Unix seconds.
        expiry: u64,
    },
}

/// Signs a URL as it will be requested, percent-encoded: the same text with `ik-s` at its end, and `ik-t` before that
/// where it expires.
///
/// `base` is what stands before the signed text, such as `https://img.example.com/shop`; slashes at its end count for
/// nothing. `expiry` is the last second in which the URL is good, in Unix seconds; `None` and 9999999999 are no expiry.
///
/// ```
/// use imgplane_urls::{SigningKey, sign};
///
/// let key = SigningKey::new("private_Qm3vT9xW1exampleA=");
/// let url = sign("https://ik.example.test/acme/default-image.jpg", "https://ik.example.test/acme", &key, None)?;
/// assert_eq!(
///     url,
///     "https://ik.example.test/acme/default-image.jpg?ik-s=4176ba7b8b95eac9951afcc70cc16443f3654aab"
/// );
/// # Ok::<(), imgplane_urls::SignError>(())
/// ```
pub fn sign(url: &str, base: &str, key: &SigningKey, expiry: Option<u64>) -> Result<String, SignError> {
    let base = format!("{}/", base.trim_end_matches('/'));
    if url.contains('#') {
        return Err(SignError::Fragment);
    }
    if let Some(character) = url.chars().find(|character| is_encoded_by_clients(*character)) {
        return Err(SignError::Unencoded { character });
    }
    let Some(rest) = url.strip_prefix(&base) else {
        return Err(SignError::OtherBase { base });
    };
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    if query.is_some_and(|query| query.contains('\'')) {
        return Err(SignError::Apostrophe);
    }
    // Those of the base are resolved as well.
    let before_query = url.split_once('?').map_or(url, |(before, _)| before);
    if let Some(segment) = before_query.split('/').find(|segment| is_dots(segment)) {
        return Err(SignError::DotSegment { segment: segment.to_owned() });
    }
    if query.is_some_and(|query| query.split('&').any(is_signature)) {
        return Err(SignError::Signed);
    }
    let digits = match expiry {
        Some(expiry) if expiry.to_string().len() > EXPIRY_DIGITS => return Err(SignError::Expiry { expiry }),
        Some(expiry) => expiry.to_string(),
        None => NEVER.to_owned(),
    };

    let signature = key.make(SignedText::new(path, query, &digits).pieces());
    let mut signed = url.to_owned();
    signed.push(if query.is_some() { '&' } else { '?' });
    if digits != NEVER {
        signed.extend(["ik-t=", &digits, "&"]);
    }
    signed.push_str("ik-s=");
    for byte in signature {
        // Writing to a string does not fail.
        let _ = write!(signed, "{byte:02x}");
    }
    Ok(signed)
}

/// What browsers and HTTP libraries encode on their own, or, as the backslash, turn into something else: signed as it
/// is, it would never match what the server gets.
fn is_encoded_by_clients(character: char) -> bool {
    !character.is_ascii_graphic() || matches!(character, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '}')
}

/// A segment that stands for its folder or the one above. To clients a dot is one in either spelling.
fn is_dots(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://ik.example.test/acme";

    fn key() -> SigningKey {
        SigningKey::new("private_Qm3vT9xW1exampleA=")
    }

    #[test]
    fn signature_and_expiry_go_to_the_end_of_the_url() {
        for (path, expiry, tail) in [
            ("default-image.jpg", None, "?ik-s=4176ba7b8b95eac9951afcc70cc16443f3654aab"),
            ("default-image.jpg", Some(9_999_999_999), "?ik-s=4176ba7b8b95eac9951afcc70cc16443f3654aab"),
            (
                "default-image.jpg",
                Some(1_700_000_300),
                "?ik-t=1700000300&ik-s=6dc0c51162d71fdc6e0e2d1023b802c63186ddfe",
            ),
            ("default-image.jpg?v=123", None, "&ik-s=d8f236602694a4b16578ccc02a9543dd776abfc5"),
            (
                "default-image.jpg?v=9&tr=w-300",
                Some(1_720_003_599),
                "&ik-t=1720003599&ik-s=cf98e300599b760737ec9d5aa239d8bf09151ea6",
            ),
            ("/catalog/2024/red-dress.png", None, "?ik-s=be91b6394e3bf02ac5aaca50c6e12b197aac5683"),
        ] {
            let url = format!("{BASE}/{path}");
            assert_eq!(sign(&url, BASE, &key(), expiry), Ok(format!("{url}{tail}")));
        }
    }

    #[test]
    fn slashes_at_the_end_of_the_base_count_for_nothing() {
        let url = format!("{BASE}/default-image.jpg");
        for base in [BASE.to_owned(), format!("{BASE}/"), format!("{BASE}//")] {
            assert_eq!(sign(&url, &base, &key(), None), sign(&url, BASE, &key(), None), "{base}");
        }
    }

    #[test]
    fn what_would_never_verify_is_refused_with_what_to_do() {
        let other = SignError::OtherBase { base: format!("{BASE}/") };
        let far = 10_000_000_000_000_000;
        let dots = |segment: &str| SignError::DotSegment { segment: segment.to_owned() };
        for (url, expiry, error, advice) in [
            ("http://ik.example.test/acme/a.jpg", None, other.clone(), "give the endpoint"),
            ("https://IK.example.test/acme/a.jpg", None, other.clone(), "give the endpoint"),
            ("https://ik.example.test/acme", None, other.clone(), "give the endpoint"),
            ("https://ik.example.test/acme2/a.jpg", None, other.clone(), "give the endpoint"),
            ("https://ik.example.test/acme?a=/", None, other, "give the endpoint"),
            ("https://ik.example.test/acme/a.jpg#top", None, SignError::Fragment, "%23"),
            ("https://ik.example.test/acme/a.jpg?ik-s=", None, SignError::Signed, "remove both"),
            ("https://ik.example.test/acme/a.jpg?a=1&ik-t", None, SignError::Signed, "remove both"),
            (
                "https://ik.example.test/acme/a b.jpg",
                None,
                SignError::Unencoded { character: ' ' },
                "encode it",
            ),
            (
                "https://ik.example.test/acme/é.jpg",
                None,
                SignError::Unencoded { character: 'é' },
                "encode it",
            ),
            (
                "https://ik.example.test/acme/a\\b",
                None,
                SignError::Unencoded { character: '\\' },
                "encode it",
            ),
            ("https://ik.example.test/acme/a\n", None, SignError::Unencoded { character: '\n' }, "encode it"),
            ("https://ik.example.test/acme/a.jpg?x=it's", None, SignError::Apostrophe, "write %27"),
            ("https://ik.example.test/acme/x/../a.jpg", None, dots(".."), "the path that it leads to"),
            ("https://ik.example.test/acme/./a.jpg", None, dots("."), "the path that it leads to"),
            ("https://ik.example.test/acme/x/%2E./a.jpg", None, dots("%2E."), "the path that it leads to"),
            ("https://ik.example.test/acme/x/%2e%2E?y", None, dots("%2e%2E"), "the path that it leads to"),
            ("https://ik.example.test/acme/%2e/a.jpg", None, dots("%2e"), "the path that it leads to"),
            (
                "https://ik.example.test/acme/a.jpg",
                Some(far),
                SignError::Expiry { expiry: far },
                "Unix seconds",
            ),
        ] {
            let found = sign(url, BASE, &key(), expiry).unwrap_err();
            assert_eq!(found, error, "{url}");
            assert!(found.to_string().contains(advice), "{found}");
        }
    }

    #[test]
    fn apostrophes_and_dots_that_clients_leave_alone_are_signed() {
        for path in ["it's.jpg", "a..jpg", "...", "..a/.b", "%2e%2e%2e", "a.jpg?x=/../.", "a%2f..%2fb.jpg"] {
            assert!(sign(&format!("{BASE}/{path}"), BASE, &key(), None).is_ok(), "{path}");
        }
    }

    #[test]
    fn names_that_only_look_like_a_signature_are_signed() {
        for path in ["a.jpg&ik-s=1", "ik-s/ik-t=1", "a.jpg?x=ik-s", "a.jpg?ik-S=1&ik-s2=1"] {
            assert!(sign(&format!("{BASE}/{path}"), BASE, &key(), None).is_ok(), "{path}");
        }
    }
}
