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

impl<H: Serialize + DeserializeOwned> Entry<H> {
    /// Its form for whatever stores bytes, in two parts that belong behind each other, so that the body is not copied.
    ///
    /// # Errors
    /// [`Damaged`] where the head cannot be written or is too long.
    pub fn to_bytes(&self) -> Result<[Bytes; 2], Damaged> {
        let head = serde_json::to_vec(&self.head).map_err(|_| Damaged)?;
        if head.len() > LARGEST_HEAD {
            return Err(Damaged);
        }
        let mut start = prefix(&head, &self.body).to_vec();
        start.extend_from_slice(&head);
        Ok([start.into(), self.body.clone()])
    }

    /// Reads that form. `largest`: what the body may have. The body is a part of `bytes`, and no copy.
    ///
    /// # Errors
    /// [`Damaged`] for everything that is not whole, not as it was written, or larger.
    pub fn from_bytes(bytes: &Bytes, largest: usize) -> Result<Self, Damaged> {
        let start = bytes.get(..PREFIX).and_then(|start| <&[u8; PREFIX]>::try_from(start).ok());
        let lengths = Lengths::of(start.ok_or(Damaged)?, largest).ok_or(Damaged)?;
        let head_end = PREFIX + lengths.head;
        // The largest body is far from the end of the address space.
        if bytes.len() != head_end + lengths.body {
            return Err(Damaged);
        }
        let head = bytes.get(PREFIX..head_end).ok_or(Damaged)?;
        let body = bytes.slice(head_end..);
        if hash(head, &body) != lengths.hash {
            return Err(Damaged);
        }
        Ok(Self { head: serde_json::from_slice(head).map_err(|_| Damaged)?, body })
    }
}

/// Bytes that are no entry, or none any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not what was kept")]
pub struct Damaged;

/// What stands before the head.
struct Lengths {
    head: usize,
    body: usize,
    hash: [u8; 16],
}

impl Lengths {
    fn of(prefix: &[u8; PREFIX], largest: usize) -> Option<Self> {
        let (magic, rest) = prefix.split_first_chunk::<4>()?;
        let (head, rest) = rest.split_first_chunk::<4>()?;
        let (body, rest) = rest.split_first_chunk::<8>()?;
        let head = u32::from_le_bytes(*head) as usize;
        let body = usize::try_from(u64::from_le_bytes(*body)).ok()?;
        let fits = *magic == MAGIC && head <= LARGEST_HEAD && body <= largest;
        fits.then_some(Self { head, body, hash: *rest.first_chunk()? })
    }
}

fn prefix(head: &[u8], body: &[u8]) -> [u8; PREFIX] {
    let mut prefix = [0; PREFIX];
    let hash = hash(head, body);
    let parts: [&[u8]; 4] =
        [&MAGIC, &(head.len() as u32).to_le_bytes(), &(body.len() as u64).to_le_bytes(), &hash];
    let bytes = parts.into_iter().flatten();
    prefix.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    prefix
}

impl<H: Serialize + DeserializeOwned> Code for Shared<H> {
    fn encode(&self, writer: &mut impl Write) -> foyer::Result<()> {
        let head = serde_json::to_vec(&self.0.head).map_err(parse)?;
        let body = &self.0.body;
        if head.len() > LARGEST_HEAD || body.len() > LARGEST_BODY {
            return Err(Error::new(ErrorKind::BufferSizeLimit, "too large to be kept"));
        }
        [&prefix(&head, body), head.as_slice(), body]
            .iter()
            .try_for_each(|part| writer.write_all(part))
            .map_err(Error::io_error)
    }

    fn decode(reader: &mut impl Read) -> foyer::Result<Self> {
        let mut prefix = [0; PREFIX];
        reader.read_exact(&mut prefix).map_err(Error::io_error)?;
        let Some(lengths) = Lengths::of(&prefix, LARGEST_BODY) else {
            return Err(Error::new(ErrorKind::MagicMismatch, "not what this version keeps"));
        };
        let mut head = vec![0; lengths.head];
        reader.read_exact(&mut head).map_err(Error::io_error)?;
        let mut body = vec![0; lengths.body];
        reader.read_exact(&mut body).map_err(Error::io_error)?;
        if hash(&head, &body) != lengths.hash {
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
    fn an_entry_comes_back_as_it_was_and_has_one_form_everywhere() {
        for body in [b"".as_slice(), b"body", &[7; 5000]] {
            let entry = Entry { head: "head".to_owned(), body: Bytes::copy_from_slice(body) };
            let bytes = Bytes::from(encoded(body));
            assert_eq!(decoded(&bytes), Some(entry.clone()));
            assert_eq!(entry.to_bytes().unwrap().concat(), bytes);
            assert_eq!(Entry::from_bytes(&bytes, body.len()), Ok(entry));
            if !body.is_empty() {
                assert_eq!(Entry::<String>::from_bytes(&bytes, body.len() - 1), Err(Damaged), "too large");
            }
        }
    }

    #[test]
    fn whatever_is_cut_or_changed_is_no_entry() {
        let whole = encoded(b"some body");
        for end in 0..whole.len() {
            assert_eq!(decoded(&whole[..end]), None, "cut at {end}");
            assert!(
                Entry::<String>::from_bytes(&Bytes::copy_from_slice(&whole[..end]), 9).is_err(),
                "cut at {end}"
            );
        }
        for index in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[index] ^= 0x10;
            assert_eq!(decoded(&bytes), None, "changed at {index}");
            assert!(Entry::<String>::from_bytes(&bytes.into(), 99).is_err(), "changed at {index}");
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
