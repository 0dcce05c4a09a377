//! The annotation whose new text purges an endpoint.

use imgplane_config::Hash;
use imgplane_crds::UrlEndpoint;

use crate::labels::PURGE;

/// Longest text that stands in a record as it is, in bytes.
const LONGEST: usize = 256;

/// The text of the annotation without the space around it; nothing where it is absent or empty. A long text is
/// represented by its hash: all that matters of it is whether it is another one, so that any text will do.
pub(super) fn purge(endpoint: &UrlEndpoint) -> Option<String> {
    let text = endpoint.metadata.annotations.as_ref()?.get(PURGE)?.trim();
    match text.len() {
        0 => None,
        1..=LONGEST => Some(text.to_owned()),
        _ => Some(Hash::of(text.as_bytes()).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_trimmed_and_a_long_one_is_its_hash() {
        let of = |text: &str| {
            let mut endpoint = UrlEndpoint::default();
            endpoint.metadata.annotations = Some([(PURGE.to_owned(), text.to_owned())].into());
            purge(&endpoint)
        };
        let (longest, longer) = ("ü".repeat(LONGEST / 2), "x".repeat(LONGEST + 1));
        for (text, expected) in [
            ("2026-11-29", Some("2026-11-29".to_owned())),
            (" release 7\n", Some("release 7".to_owned())),
            ("", None),
            (" \t", None),
            (&longest, Some(longest.clone())),
            (&longer, Some(Hash::of(longer.as_bytes()).to_string())),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
        assert_ne!(of(&longer), of(&format!("{longer}x")));
        assert_eq!(purge(&UrlEndpoint::default()), None);
    }
}
