//! One thing that is kept, and its form on a disk.
//!
//! ```text
//! "IKC1"   length of the head (u32)   length of the body (u64)   first half of the SHA-256 of both   head (JSON)   body
//! ```
//!
//! All numbers are little-endian. The hash makes sure that nothing half-written or damaged is ever taken for what was
//! kept, whatever stores it.

use std::{
    io::{Read, Write},
    sync::Arc,
};

use bytes::Bytes;
use foyer::{Code, Error, ErrorKind};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

/// Largest body that is kept, in bytes. A block of the disk is twice as large, so that any two of them fit one.
pub const LARGEST_BODY: usize = 8 << 20;
/// Longest head in bytes.
const LARGEST_HEAD: usize = 64 << 10;
const MAGIC: [u8; 4] = *b"IKC1";
/// Bytes before the head.
const PREFIX: usize = 32;

/// Something that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<H> {
    /// What is known of the bytes.
    pub head: H,
    /// The bytes.
    pub body: Bytes,
}

/// An entry as it is shared with whoever reads it.
pub(crate) struct Shared<H>(pub(crate) Arc<Entry<H>>);

impl<H: Serialize + DeserializeOwned> Code for Shared<H> {
    fn encode(&self, writer: &mut impl Write) -> foyer::Result<()> {
        let head = serde_json::to_vec(&self.0.head).map_err(parse)?;
        let body = &self.0.body;
        if head.len() > LARGEST_HEAD || body.len() > LARGEST_BODY {
            return Err(Error::new(ErrorKind::BufferSizeLimit, "too large to be kept"));
        }
        let mut prefix = [0; PREFIX];
        let hash = hash(&head, body);
        let parts: [&[u8]; 4] =
            [&MAGIC, &(head.len() as u32).to_le_bytes(), &(body.len() as u64).to_le_bytes(), &hash];
        let mut rest = prefix.as_mut_slice();
        for part in parts {
            rest.write_all(part).map_err(Error::io_error)?;
        }
        [&prefix, head.as_slice(), body]
            .iter()
            .try_for_each(|part| writer.write_all(part))
            .map_err(Error::io_error)
    }

    fn decode(reader: &mut impl Read) -> foyer::Result<Self> {
        let mut magic = [0; 4];
        let mut head_length = [0; 4];
        let mut body_length = [0; 8];
        let mut expected = [0; 16];
        for part in [magic.as_mut_slice(), &mut head_length, &mut body_length, &mut expected] {
            reader.read_exact(part).map_err(Error::io_error)?;
        }
        let head_length = u32::from_le_bytes(head_length) as usize;
        let body_length = usize::try_from(u64::from_le_bytes(body_length)).unwrap_or(usize::MAX);
        if magic != MAGIC || head_length > LARGEST_HEAD || body_length > LARGEST_BODY {
            return Err(Error::new(ErrorKind::MagicMismatch, "not what this version keeps"));
        }
        let mut head = vec![0; head_length];
        reader.read_exact(&mut head).map_err(Error::io_error)?;
        let mut body = vec![0; body_length];
        reader.read_exact(&mut body).map_err(Error::io_error)?;
        if hash(&head, &body) != expected {
            return Err(Error::new(ErrorKind::ChecksumMismatch, "not what was kept"));
        }
        let head = serde_json::from_slice(&head).map_err(parse)?;
        Ok(Self(Arc::new(Entry { head, body: body.into() })))
    }

    fn estimated_size(&self) -> usize {
        // Heads are a few hundred bytes of JSON; this only steers where room is looked for.
        PREFIX + 1024 + self.0.body.len()
    }
}

fn parse(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Parse, "the head cannot be read or written").with_source(error)
}

fn hash(head: &[u8], body: &[u8]) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::new().chain_update(head).chain_update(body).finalize().into();
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(body: &[u8]) -> Vec<u8> {
        let entry = Entry { head: "head".to_owned(), body: Bytes::copy_from_slice(body) };
        let mut bytes = Vec::new();
        Shared(Arc::new(entry)).encode(&mut bytes).unwrap();
        bytes
    }

    fn decoded(mut bytes: &[u8]) -> Option<Entry<String>> {
        Shared::<String>::decode(&mut bytes).ok().map(|shared| Arc::unwrap_or_clone(shared.0))
    }

    #[test]
    fn an_entry_comes_back_as_it_was() {
        for body in [b"".as_slice(), b"body", &[7; 5000]] {
            let entry = Entry { head: "head".to_owned(), body: Bytes::copy_from_slice(body) };
            assert_eq!(decoded(&encoded(body)), Some(entry));
        }
    }

    #[test]
    fn whatever_is_cut_or_changed_is_no_entry() {
        let whole = encoded(b"some body");
        for end in 0..whole.len() {
            assert_eq!(decoded(&whole[..end]), None, "cut at {end}");
        }
        for index in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[index] ^= 0x10;
            assert_eq!(decoded(&bytes), None, "changed at {index}");
        }
    }

    #[test]
    fn a_length_that_lies_costs_no_memory() {
        let mut bytes = encoded(b"body");
        bytes[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(decoded(&bytes), None);
        bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(decoded(&bytes), None);
    }

    #[test]
    fn what_is_too_large_is_not_written() {
        let entry = Entry { head: (), body: vec![0; LARGEST_BODY + 1].into() };
        assert!(Shared(Arc::new(entry)).encode(&mut Vec::new()).is_err());
    }
}
