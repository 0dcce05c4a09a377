//! The text that was signed, in pieces that are never joined on the way.
//!
//! It starts behind a base that only the signer knows. Tried are, in this order: the endpoint, the root of the
//! account, and both followed by `ik-seo/`, because the way to SEO addresses with an SDK is a base that ends so. One
//! URL thus has up to four right signatures, and a signature made under one endpoint of an account is right under
//! another of the same key where the path is the same: whoever must keep endpoints apart gives each a key of its own.
//!
//! Nothing stands between the text and its expiry, which every signer does so and no server can mend: digits at the
//! end of the text can be moved to the front of the expiry, and `?v=12&ik-t=1700000300` is signed like
//! `?v=1&ik-t=21700000300`.

use std::iter;

use super::claim::is_signature;
use crate::Route;

/// A text that may have been signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SignedText<'a> {
    /// Raw path behind the base.
    rest: &'a str,
    /// Raw query, signature included.
    query: Option<&'a str>,
    /// Decimal digits.
    expiry: &'a str,
}

/// Every text that may have been signed, the likeliest one first; at least one.
pub(super) fn candidates<'a>(
    route: &Route<'a>,
    query: Option<&'a str>,
    expiry: &'a str,
) -> impl Iterator<Item = SignedText<'a>> {
    // An account's root that is the endpoint's own base would be tried twice.
    let account_rest = Some(route.account_rest).filter(|account_rest| *account_rest != route.rest);
    let bases = [Some(route.rest), account_rest];
    let seo = bases.map(|rest| rest.and_then(|rest| rest.strip_prefix("ik-seo/")));
    // The endpoint may have `ik-seo` as its prefix, or stand behind it.
    let seo = seo.into_iter().filter(move |rest| !bases.contains(rest));
    bases.into_iter().chain(seo).flatten().map(move |rest| SignedText { rest, query, expiry })
}

impl<'a> SignedText<'a> {
    /// The text behind a base, with the query in it.
    pub(super) fn new(rest: &'a str, query: Option<&'a str>, expiry: &'a str) -> Self {
        Self { rest, query, expiry }
    }

    /// The text from start to end: path, query without the signature's own pieces, expiry.
    pub(super) fn pieces(self) -> impl Iterator<Item = &'a str> {
        let kept =
            self.query.into_iter().flat_map(|query| query.split('&')).filter(|piece| !is_signature(piece));
        let separators = iter::once("?").chain(iter::repeat("&"));
        let query = separators.zip(kept).flat_map(|(separator, piece)| [separator, piece]);
        iter::once(self.rest).chain(query).chain(iter::once(self.expiry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(rest: &str, account_rest: &str) -> Vec<String> {
        let route = Route { endpoint: 0, rest, account_rest };
        candidates(&route, None, "").map(|text| text.pieces().collect()).collect()
    }

    #[test]
    fn bases_are_tried_in_order_and_each_once() {
        for (rest, account_rest, expected) in [
            ("a.jpg", "a.jpg", &["a.jpg"][..]),
            ("a.jpg", "p/a.jpg", &["a.jpg", "p/a.jpg"]),
            ("ik-seo/a/b.jpg", "ik-seo/a/b.jpg", &["ik-seo/a/b.jpg", "a/b.jpg"]),
            ("ik-seo/a/b.jpg", "p/ik-seo/a/b.jpg", &["ik-seo/a/b.jpg", "p/ik-seo/a/b.jpg", "a/b.jpg"]),
            // An endpoint with that very prefix.
            ("a.jpg", "ik-seo/a.jpg", &["a.jpg", "ik-seo/a.jpg"]),
            ("ik-seo/a", "ik-seo/ik-seo/a", &["ik-seo/a", "ik-seo/ik-seo/a", "a"]),
            // Only a whole first segment is the form.
            ("ik-seo", "ik-seo", &["ik-seo"]),
            ("/ik-seo/a", "/ik-seo/a", &["/ik-seo/a"]),
            ("ik-seo-2/a", "ik-seo-2/a", &["ik-seo-2/a"]),
            ("", "", &[""]),
        ] {
            assert_eq!(texts(rest, account_rest), expected, "{rest} {account_rest}");
        }
    }

    #[test]
    fn the_query_keeps_everything_but_the_signature_byte_for_byte() {
        for (query, expected) in [
            (None, "a9"),
            (Some("ik-s=1"), "a9"),
            (Some("ik-t=1&ik-s=1"), "a9"),
            (Some(""), "a?9"),
            (Some("&ik-s=1"), "a?9"),
            (Some("ik-s=1&"), "a?9"),
            (Some("&ik-s=1&"), "a?&9"),
            (Some("z=1&a=2&ik-s=1"), "a?z=1&a=29"),
            (Some("ik-t=1&z=%2C+&ik-s=1&&tr=w-1,h-2:rt-90"), "a?z=%2C+&&tr=w-1,h-2:rt-909"),
            (Some("ik-attachment=true&x=ik-s=1&ik-s=1"), "a?ik-attachment=true&x=ik-s=19"),
            (Some("a?b?ik-s=1"), "a?a?b?ik-s=19"),
        ] {
            assert_eq!(SignedText::new("a", query, "9").pieces().collect::<String>(), expected, "{query:?}");
        }
    }
}
