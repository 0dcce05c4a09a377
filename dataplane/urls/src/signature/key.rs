//! The key of signatures. It is text, whatever it looks like: it is never decoded.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _, digest::common::Key};
use sha1::{Digest as _, Sha1};

/// A key that URLs are signed with. The text itself is not kept, and `Debug` shows nothing of it.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha1>);

/// Bytes of a signature.
pub(super) type SignatureBytes = [u8; 20];

impl SigningKey {
    /// A key from its text, which is used as it is: in UTF-8, with no space removed and no base64 decoded.
    pub fn new(text: &str) -> Self {
        // What is longer than a block of the hash is hashed first, what is shorter is padded: this is how the code
        // that takes a whole block, and thus cannot fail, is given keys of any length.
        let mut block = Key::<Hmac<Sha1>>::default();
        let hashed;
        let bytes = if text.len() > block.len() {
            hashed = Sha1::digest(text);
            hashed.as_slice()
        } else {
            text.as_bytes()
        };
        for (slot, byte) in block.iter_mut().zip(bytes) {
            *slot = *byte;
        }
        Self(Hmac::new(&block))
    }

    /// Whether this key was made from `text`, in constant time: two keys that make the same signature are one.
    pub fn is(&self, text: &str) -> bool {
        let probe = || std::iter::once("imgplane");
        self.has_made(&Self::new(text).make(probe()), probe())
    }

    /// Whether `signature` is what this key makes of the text in `pieces`, in constant time.
    pub(super) fn has_made<'a>(
        &self,
        signature: &SignatureBytes,
        pieces: impl Iterator<Item = &'a str>,
    ) -> bool {
        self.fed(pieces).verify(&(*signature).into()).is_ok()
    }

    /// What this key makes of the text in `pieces`.
    pub(super) fn make<'a>(&self, pieces: impl Iterator<Item = &'a str>) -> SignatureBytes {
        self.fed(pieces).finalize().into_bytes().into()
    }

    fn fed<'a>(&self, pieces: impl Iterator<Item = &'a str>) -> Hmac<Sha1> {
        let mut mac = self.0.clone();
        for piece in pieces {
            mac.update(piece.as_bytes());
        }
        mac
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const LONGER: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0";
    const LONGEST: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
                           0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /// Made with Python's `hmac`: short, of one block exactly, one byte more, two blocks; the first is one of an
    /// official SDK's own tests.
    const KNOWN: &[(&str, &str)] = &[
        ("dummy-key", "32dbbbfc5f945c0403c71b54c38e76896ef2d6b0"),
        ("", "032635f6cafb4c2f981ac8d6ff95bd8cc9d52ab5"),
        (BLOCK, "f6d8daef781d542c0b9eb82a89be7f46b0b1ed3c"),
        (LONGER, "37a86a1de4116d73e4f0200ac405b0209707763e"),
        (LONGEST, "602b25aca07d93cf33abc8cea759e55ca485f7f9"),
    ];

    #[test]
    fn keys_of_every_length_are_used_as_text() {
        for (key, signature) in KNOWN {
            let made =
                SigningKey::new(key).make(["sdk-testing-files/", "future-search.png9999999999"].into_iter());
            let hex = made.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            assert_eq!(hex, *signature, "{key}");
        }
    }

    #[test]
    fn a_key_knows_its_text() {
        for (key, text, same) in [
            ("a", "a", true),
            ("a", "b", false),
            ("a", "", false),
            (LONGER, LONGER, true),
            (BLOCK, LONGER, false),
        ] {
            assert_eq!(SigningKey::new(key).is(text), same, "{key} {text}");
        }
    }

    #[test]
    fn a_key_shows_nothing_of_itself() {
        assert_eq!(format!("{:?}", SigningKey::new("private_secret")), "SigningKey(..)");
    }
}
