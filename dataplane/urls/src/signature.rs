//! Signed URLs: whether a URL was made by somebody who has the key, and still holds.
//!
//! ```text
//! ik-s = lower-case hex( HMAC-SHA1( key, text behind the signer's base + expiry ) )
//! ```
//!
//! The text is signed raw, as it travels: path and query without `ik-s` and `ik-t`, then the expiry in decimal. Nothing
//! is decoded here, so that `%2C`, `%2c` and `,` are three different texts. The signer's base is not part of it, and
//! only the signer knows it; [`text`] says which ones are tried.

mod claim;
mod key;
mod sign;
mod text;

use claim::{Claim, Signed};
use text::SignedText;

use crate::Route;

pub use claim::MalformedSignature;
pub use key::SigningKey;
pub use sign::{SignError, sign};

/// Expiry that is signed when a URL carries none, in Unix seconds: the year 2286.
const NEVER: &str = "9999999999";

/// What time it is, and how exactly that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Unix seconds.
    pub now: u64,
    /// Seconds that an expired URL is still good for, because clocks differ.
    pub skew: u64,
}

/// What is thought of a URL's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The URL does not claim to be signed. Whether it has to be is for the caller to say.
    Absent,
    /// The URL claims to be signed, but in no way in which one is.
    Malformed(MalformedSignature),
    /// No key made this signature for this URL.
    Invalid,
    /// The signature is right, the time is over.
    Expired {
        /// `ik-t`: the last second in which the URL was good.
        at: u64,
    },
    /// The signature is right.
    Valid {
        /// `ik-t`: the last second in which the URL is good, tolerance for clocks apart. `None`: it has none.
        expires: Option<u64>,
    },
}

/// A verdict, and the text that it is about.
#[derive(Debug, Clone, Copy)]
pub struct Verification<'a> {
    /// What is thought of the signature.
    pub verdict: Verdict,
    text: Option<SignedText<'a>>,
}

/// Judges the signature of a request: `route` as the router found it, `query` raw and without `?`, `None` where the
/// target has none. Every key is as good as another; without one nothing is valid.
pub fn verify<'a>(
    route: &Route<'a>,
    query: Option<&'a str>,
    keys: &[SigningKey],
    clock: Clock,
) -> Verification<'a> {
    let signed = match Claim::read(query) {
        Claim::Absent => return Verification { verdict: Verdict::Absent, text: None },
        Claim::Malformed(why) => return Verification { verdict: Verdict::Malformed(why), text: None },
        Claim::Signed(signed) => signed,
    };
    let authentic = text::candidates(route, query, signed.expiry)
        .find(|text| keys.iter().any(|key| key.has_made(&signed.digest, text.pieces())));
    // The expiry counts only once it is known to be the signer's: else it would tell that a signature was right.
    let verdict = match authentic {
        None => Verdict::Invalid,
        Some(_) => within(&signed, clock),
    };
    Verification { verdict, text: authentic.or_else(|| text::candidates(route, query, signed.expiry).next()) }
}

fn within(signed: &Signed<'_>, clock: Clock) -> Verdict {
    match signed.expires {
        Some(at) if clock.now > at.saturating_add(clock.skew) => Verdict::Expired { at },
        expires => Verdict::Valid { expires },
    }
}

// === impl Verdict ===

impl Verdict {
    /// One word for logs and metrics: `absent`, `malformed`, `invalid`, `expired` or `valid`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Malformed(_) => "malformed",
            Self::Invalid => "invalid",
            Self::Expired { .. } => "expired",
            Self::Valid { .. } => "valid",
        }
    }

    /// Why the URL is refused where it has to be signed: one sentence in ASCII without a full stop. It says nothing of
    /// keys, nor of what was tried. `None`: there is no reason, the signature is right.
    pub fn message(self) -> Option<&'static str> {
        match self {
            Self::Absent => Some("The URL needs a signature (ik-s) and has none"),
            Self::Malformed(why) => Some(why.message()),
            Self::Invalid => Some("The signature (ik-s) does not match this URL"),
            Self::Expired { .. } => Some("The URL has expired (ik-t)"),
            Self::Valid { .. } => None,
        }
    }
}

// === impl Verification ===

impl Verification<'_> {
    /// The text that was signed; for an invalid signature the text that most signers would have signed. `None` where
    /// the verdict is absent or malformed.
    ///
    /// It is what the owner of a URL needs to find a mistake, and for nobody else: it is made anew on each call.
    pub fn signed_text(&self) -> Option<String> {
        self.text.map(|text| text.pieces().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "private_Qm3vT9xW1exampleA=";

    fn keys(texts: &[&str]) -> Vec<SigningKey> {
        texts.iter().map(|text| SigningKey::new(text)).collect()
    }

    fn route<'a>(rest: &'a str, account_rest: &'a str) -> Route<'a> {
        Route { endpoint: 0, rest, account_rest }
    }

    fn at(now: u64) -> Clock {
        Clock { now, skew: 0 }
    }

    #[test]
    fn every_key_of_a_rotation_verifies_until_it_is_removed() {
        let query = Some("ik-s=4176ba7b8b95eac9951afcc70cc16443f3654aab");
        let route = route("default-image.jpg", "default-image.jpg");
        for (texts, verdict) in [
            (&[KEY][..], Verdict::Valid { expires: None }),
            (&["new", KEY], Verdict::Valid { expires: None }),
            (&[KEY, "new"], Verdict::Valid { expires: None }),
            (&["a", "b", "c", "d", KEY], Verdict::Valid { expires: None }),
            (&["new"], Verdict::Invalid),
            (&[], Verdict::Invalid),
        ] {
            assert_eq!(verify(&route, query, &keys(texts), at(0)).verdict, verdict, "{texts:?}");
        }
    }

    #[test]
    fn a_url_holds_through_its_last_second_and_the_tolerance() {
        let query = Some("ik-t=1700000300&ik-s=6dc0c51162d71fdc6e0e2d1023b802c63186ddfe");
        let route = route("default-image.jpg", "default-image.jpg");
        let valid = Verdict::Valid { expires: Some(1_700_000_300) };
        let expired = Verdict::Expired { at: 1_700_000_300 };
        for (now, skew, verdict) in [
            (0, 0, valid),
            (1_700_000_299, 0, valid),
            (1_700_000_300, 0, valid),
            (1_700_000_301, 0, expired),
            (1_700_000_301, 1, valid),
            (1_700_000_360, 60, valid),
            (1_700_000_361, 60, expired),
            (u64::MAX, 0, expired),
            (u64::MAX, u64::MAX, valid),
        ] {
            let found = verify(&route, query, &keys(&[KEY]), Clock { now, skew }).verdict;
            assert_eq!(found, verdict, "now {now}, skew {skew}");
        }
    }

    #[test]
    fn an_expired_url_with_a_wrong_signature_is_invalid_and_not_expired() {
        let query = Some("ik-t=1&ik-s=6dc0c51162d71fdc6e0e2d1023b802c63186ddfe");
        let route = route("default-image.jpg", "default-image.jpg");
        assert_eq!(verify(&route, query, &keys(&[KEY]), at(2_000_000_000)).verdict, Verdict::Invalid);
    }

    #[test]
    fn one_url_has_a_signature_for_each_base_that_its_signer_may_have_meant() {
        let route = route("shoes/a1.webp", "product-images/shoes/a1.webp");
        for (query, text) in [
            ("ik-s=f7fdf8724de1389ddcc3b045670684c549a067ce", "shoes/a1.webp9999999999"),
            ("ik-s=854c7b978860588db3342411cecd5d6b76021a3e", "product-images/shoes/a1.webp9999999999"),
        ] {
            let found = verify(&route, Some(query), &keys(&[KEY]), at(0));
            assert_eq!(found.verdict, Verdict::Valid { expires: None }, "{query}");
            assert_eq!(found.signed_text().as_deref(), Some(text));
        }
    }

    #[test]
    fn an_invalid_signature_is_explained_by_the_text_behind_the_endpoint() {
        let query = format!("v=1&ik-t=0017&&ik-s={}", "0".repeat(40));
        let found = verify(&route("a.jpg", "p/a.jpg"), Some(&query), &keys(&[KEY]), at(0));
        assert_eq!(found.verdict, Verdict::Invalid);
        assert_eq!(found.signed_text().as_deref(), Some("a.jpg?v=1&0017"));
    }

    #[test]
    fn what_is_absent_or_malformed_was_never_a_signed_text() {
        for (query, word) in [(None, "absent"), (Some("tr=w-1"), "absent"), (Some("ik-s="), "malformed")] {
            let found = verify(&route("a.jpg", "a.jpg"), query, &keys(&[KEY]), at(0));
            assert_eq!((found.verdict.word(), found.signed_text()), (word, None), "{query:?}");
        }
    }

    #[test]
    fn every_verdict_but_a_valid_one_has_a_message_for_a_header() {
        let verdicts = [
            (Verdict::Absent, "absent"),
            (Verdict::Malformed(MalformedSignature::Digits), "malformed"),
            (Verdict::Invalid, "invalid"),
            (Verdict::Expired { at: 1 }, "expired"),
        ];
        for (verdict, word) in verdicts {
            let message = verdict.message().unwrap();
            assert!(message.is_ascii() && message.contains("ik-"), "{message}");
            assert_eq!(verdict.word(), word);
        }
        let valid = Verdict::Valid { expires: None };
        assert_eq!((valid.word(), valid.message()), ("valid", None));
    }
}
