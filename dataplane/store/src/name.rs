//! Names of what is stored, below the prefix of the bucket.

use std::fmt;

/// What sort of thing is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shelf {
    /// What was made of originals.
    Results,
    /// Originals, untouched.
    Originals,
}

impl Shelf {
    const fn folder(self) -> &'static str {
        match self {
            Self::Results => "results",
            Self::Originals => "originals",
        }
    }
}

/// The name of one thing: its shelf, and the hash of everything that it depends on.
///
/// `results/` or `originals/`, two hexadecimal digits, a slash, and the other 62: no folder of a volume gets so many
/// entries that finding one takes long, and the prefixes of a bucket are evenly used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name {
    /// What sort of thing.
    pub shelf: Shelf,
    /// Its hash.
    pub key: [u8; 32],
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shelf.folder())?;
        for (index, byte) in self.key.iter().enumerate() {
            if index < 2 {
                f.write_str("/")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_folder_of_two_digits() {
        let mut key = [0; 32];
        (key[0], key[1], key[31]) = (0xAB, 0x01, 0xFF);
        let zeros = "0".repeat(58);
        assert_eq!(Name { shelf: Shelf::Results, key }.to_string(), format!("results/ab/01{zeros}ff"));
        assert!(Name { shelf: Shelf::Originals, key }.to_string().starts_with("originals/ab/"));
    }
}
