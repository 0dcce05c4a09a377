//! What a raw query says of a signature, before anything is computed.

/// Hex digits of a signature; a digest has half as many bytes.
const DIGITS: usize = 40;

/// Most decimal digits of an expiry.
pub(super) const EXPIRY_DIGITS: usize = 16;

/// What a query claims.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Claim<'a> {
    /// Neither `ik-s` nor `ik-t` is there.
    Absent,
    /// They are there, but not as a signed URL has them.
    Malformed(MalformedSignature),
    /// They are there, and may be right.
    Signed(Signed<'a>),
}

/// The claim of a signed URL.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signed<'a> {
    /// `ik-s` as bytes.
    pub(super) digest: [u8; DIGITS / 2],
    /// The expiry that was signed, digit for digit.
    pub(super) expiry: &'a str,
    /// `ik-t`, when there is one.
    pub(super) expires: Option<u64>,
}

/// In which way a signature is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MalformedSignature {
    /// More than one `ik-s`.
    Repeated,
    /// More than one `ik-t`.
    ExpiryRepeated,
    /// `ik-t` without `ik-s`.
    Missing,
    /// `ik-s` is something else than 40 lower-case hex digits.
    Digits,
    /// `ik-t` is something else than 1 to 16 decimal digits.
    ExpiryDigits,
}

/// Whether a piece of a query, the text between two `&`, belongs to the signature and not to what is signed. Names are
/// compared raw.
pub(super) fn is_signature(piece: &str) -> bool {
    matches!(name(piece), "ik-s" | "ik-t")
}

fn name(piece: &str) -> &str {
    piece.split_once('=').map_or(piece, |(name, _)| name)
}

// === impl Claim ===

impl<'a> Claim<'a> {
    /// Reads a raw query without `?`.
    pub(super) fn read(query: Option<&'a str>) -> Self {
        match Self::signed(query) {
            Ok(Some(signed)) => Self::Signed(signed),
            Ok(None) => Self::Absent,
            Err(why) => Self::Malformed(why),
        }
    }

    fn signed(query: Option<&'a str>) -> Result<Option<Signed<'a>>, MalformedSignature> {
        let (mut signature, mut expiry) = (None, None);
        for piece in query.into_iter().flat_map(|query| query.split('&')) {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            if name == "ik-s" && signature.replace(value).is_some() {
                return Err(MalformedSignature::Repeated);
            }
            if name == "ik-t" && expiry.replace(value).is_some() {
                return Err(MalformedSignature::ExpiryRepeated);
            }
        }
        match (signature, expiry) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(MalformedSignature::Missing),
            (Some(signature), expiry) => Ok(Some(Signed {
                digest: digest(signature).ok_or(MalformedSignature::Digits)?,
                expiry: expiry.unwrap_or(super::NEVER),
                expires: expiry
                    .map(|digits| seconds(digits).ok_or(MalformedSignature::ExpiryDigits))
                    .transpose()?,
            })),
        }
    }
}

fn digest(text: &str) -> Option<[u8; DIGITS / 2]> {
    let mut digest = [0; DIGITS / 2];
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != digest.len() || !odd.is_empty() {
        return None;
    }
    for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
        *byte = hex(*high)? << 4 | hex(*low)?;
    }
    Some(digest)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn seconds(digits: &str) -> Option<u64> {
    // `parse` alone would take a sign.
    let decimal = digits.len() <= EXPIRY_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    decimal.then(|| digits.parse().ok()).flatten()
}

// === impl MalformedSignature ===

impl MalformedSignature {
    /// One sentence in ASCII, without a full stop.
    pub fn message(self) -> &'static str {
        match self {
            Self::Repeated => "The URL has more than one signature (ik-s)",
            Self::ExpiryRepeated => "The URL has more than one expiry (ik-t)",
            Self::Missing => "The URL has an expiry (ik-t) without a signature (ik-s)",
            Self::Digits => "The signature (ik-s) must be 40 lower-case hexadecimal digits",
            Self::ExpiryDigits => "The expiry (ik-t) must be Unix seconds, 1 to 16 decimal digits",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: &str = "ik-s=4176ba7b8b95eac9951afcc70cc16443f3654aab";

    #[test]
    fn a_claim_is_read_wherever_it_stands() {
        for (query, expiry, expires) in [
            (S.to_owned(), "9999999999", None),
            (format!("ik-t=1700000300&{S}"), "1700000300", Some(1_700_000_300)),
            (format!("a=1&{S}&b=2&ik-t=0017"), "0017", Some(17)),
            (format!("&&{S}&ik-t=9999999999999999&="), "9999999999999999", Some(9_999_999_999_999_999)),
            (format!("{S}&ik-t=0"), "0", Some(0)),
            // Other names, though much like ours, are signed text.
            (format!("{S}&ik-S=1&ik%2Ds=2&xik-s=3&ik-s2=4&ik-t%3D5"), "9999999999", None),
        ] {
            let Claim::Signed(signed) = Claim::read(Some(&query)) else { panic!("{query}") };
            assert_eq!((signed.expiry, signed.expires), (expiry, expires), "{query}");
            assert_eq!(signed.digest.first_chunk(), Some(&[0x41, 0x76, 0xba]), "{query}");
        }
    }

    #[test]
    fn a_query_without_our_parameters_claims_nothing() {
        for query in [None, Some(""), Some("&"), Some("tr=w-1&s=ik-s"), Some("IK-S=1&ik-x=2")] {
            assert_eq!(Claim::read(query), Claim::Absent, "{query:?}");
        }
    }

    #[test]
    fn whatever_else_claims_to_be_signed_is_malformed_and_says_why() {
        use MalformedSignature::{Digits, ExpiryDigits, ExpiryRepeated, Missing, Repeated};
        for (query, why) in [
            ("ik-t=1700000300".to_owned(), Missing),
            ("ik-t".to_owned(), Missing),
            (format!("{S}&{S}"), Repeated),
            (format!("{S}&ik-s"), Repeated),
            ("ik-s=&ik-s=".to_owned(), Repeated),
            (format!("{S}&ik-t=1&ik-t=1"), ExpiryRepeated),
            ("ik-t=1&ik-t=1".to_owned(), ExpiryRepeated),
            ("ik-s".to_owned(), Digits),
            ("ik-s=".to_owned(), Digits),
            (S.to_uppercase().replace("IK-S", "ik-s"), Digits),
            (S.replace("4aab", "4aa"), Digits),
            (S.replace("4aab", "4aab0"), Digits),
            (S.replace("4aab", "4aab00"), Digits),
            (S.replace("4aab", "4aag"), Digits),
            (S.replace("4aab", "4a%61"), Digits),
            (S.replace("4aab", "4é"), Digits),
            (format!("{S}="), Digits),
            (format!("{S}&ik-t"), ExpiryDigits),
            (format!("{S}&ik-t="), ExpiryDigits),
            (format!("{S}&ik-t=soon"), ExpiryDigits),
            (format!("{S}&ik-t=+1"), ExpiryDigits),
            (format!("{S}&ik-t=-1"), ExpiryDigits),
            (format!("{S}&ik-t=1.5"), ExpiryDigits),
            (format!("{S}&ik-t=%31"), ExpiryDigits),
            (format!("{S}&ik-t=\u{661}"), ExpiryDigits),
            (format!("{S}&ik-t=00000000000000001"), ExpiryDigits),
        ] {
            assert_eq!(Claim::read(Some(&query)), Claim::Malformed(why), "{query}");
        }
        for why in [Repeated, ExpiryRepeated, Missing, Digits, ExpiryDigits] {
            assert!(why.message().is_ascii() && why.message().contains("ik-"), "{why:?}");
        }
    }
}
