//! Undoes content codings that an origin applied although none was asked for.

use std::io::Write as _;

use bytes::Bytes;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use futures::{StreamExt as _, stream};

use crate::{Failure, body::Chunks, sender::Sender};

/// How many encoded bytes are decoded at a time: a thousandfold expansion of them is still a small buffer, and the
/// reader's limit is checked after each.
const STEP: usize = 4 << 10;

/// A coding that can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Deflate,
}

impl Coding {
    /// The coding that a `Content-Encoding` header names, if it is one of these.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        match header.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            _ => None,
        }
    }

    /// The decoded pieces. Ends with an error where the encoded data is broken or ends early.
    pub(crate) fn undo(self, chunks: Chunks, sender: Sender) -> Chunks {
        let decoding = Decoding { chunks, rest: Bytes::new(), decoder: Decoder::of(self), sender };
        stream::unfold(Some(decoding), next).boxed()
    }
}

struct Decoding {
    chunks: Chunks,
    /// Encoded bytes that were received and not yet decoded.
    rest: Bytes,
    decoder: Decoder,
    sender: Sender,
}

enum Decoder {
    Gzip(MultiGzDecoder<Vec<u8>>),
    /// What `deflate` means is known after the first byte: zlib by the standard, raw by some servers.
    Undecided,
    Zlib(ZlibDecoder<Vec<u8>>),
    Raw(DeflateDecoder<Vec<u8>>),
}

impl Decoder {
    fn of(coding: Coding) -> Self {
        match coding {
            Coding::Gzip => Self::Gzip(MultiGzDecoder::new(Vec::new())),
            Coding::Deflate => Self::Undecided,
        }
    }

    fn write(&mut self, encoded: &[u8]) -> std::io::Result<Vec<u8>> {
        if let (Self::Undecided, Some(first)) = (&self, encoded.first()) {
            // The low half of a zlib stream's first byte is 8; a raw stream of that kind does not start so.
            *self = if first & 0x0f == 8 {
                Self::Zlib(ZlibDecoder::new(Vec::new()))
            } else {
                Self::Raw(DeflateDecoder::new(Vec::new()))
            };
        }
        match self {
            Self::Gzip(decoder) => decoder.write_all(encoded).map(|()| std::mem::take(decoder.get_mut())),
            Self::Zlib(decoder) => decoder.write_all(encoded).map(|()| std::mem::take(decoder.get_mut())),
            Self::Raw(decoder) => decoder.write_all(encoded).map(|()| std::mem::take(decoder.get_mut())),
            Self::Undecided => Ok(Vec::new()),
        }
    }

    fn finish(self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Gzip(decoder) => decoder.finish(),
            Self::Zlib(decoder) => decoder.finish(),
            Self::Raw(decoder) => decoder.finish(),
            Self::Undecided => Ok(Vec::new()),
        }
    }
}

/// The next decoded piece; the state is gone after the last one.
async fn next(state: Option<Decoding>) -> Option<(Result<Bytes, Failure>, Option<Decoding>)> {
    let mut state = state?;
    let broken = |sender: &Sender, error: std::io::Error| {
        sender.broke_off(&format!("its content encoding is broken: {error}"))
    };
    loop {
        while !state.rest.is_empty() {
            let step = state.rest.split_to(STEP.min(state.rest.len()));
            match state.decoder.write(&step) {
                Ok(decoded) if decoded.is_empty() => {}
                Ok(decoded) => return Some((Ok(Bytes::from(decoded)), Some(state))),
                Err(error) => return Some((Err(broken(&state.sender, error)), None)),
            }
        }
        match state.chunks.next().await {
            Some(Ok(piece)) => state.rest = piece,
            Some(Err(failure)) => return Some((Err(failure), None)),
            None => {
                return match state.decoder.finish() {
                    Ok(decoded) if decoded.is_empty() => None,
                    Ok(decoded) => Some((Ok(Bytes::from(decoded)), None)),
                    Err(error) => Some((Err(broken(&state.sender, error)), None)),
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };

    use super::*;
    use crate::{Body, Code};

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(data: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn raw(data: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn body(coding: &str, encoded: &[u8], piece: usize) -> Body {
        let pieces: Vec<_> = encoded.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let coding = Coding::parse(coding).unwrap();
        let sender = Sender::new("the web server", "h.example");
        Body::new(coding.undo(stream::iter(pieces).boxed(), sender.clone()), None, sender)
    }

    #[tokio::test]
    async fn every_coding_is_undone_whatever_the_pieces_are() {
        let data: Vec<u8> = (0..100_000_u32).map(|n| (n / 7) as u8).collect();
        for (coding, encoded) in [
            ("gzip", gzip(&data)),
            ("X-GZIP", gzip(&data)),
            ("deflate", zlib(&data)),
            ("deflate", raw(&data)),
        ] {
            for piece in [1, 7, 5_000, usize::MAX >> 1] {
                let decoded = body(coding, &encoded, piece).collect(1 << 20).await.unwrap();
                assert!(decoded == data, "{coding} in pieces of {piece}");
            }
        }
        assert_eq!(Coding::parse("br"), None);
        assert_eq!(Coding::parse("gzip, gzip"), None);
    }

    #[tokio::test]
    async fn data_that_ends_early_is_an_error() {
        let encoded = gzip(&[7; 10_000]);
        for cut in [1, 5, encoded.len() - 9, encoded.len() - 1] {
            let failure = body("gzip", &encoded[..cut], 100).collect(1 << 20).await.unwrap_err();
            assert_eq!(
                failure.to_string(),
                "UNIDENTIFIED - the transfer from the web server broke off",
                "{cut}"
            );
        }
        let failure = body("gzip", b"no gzip at all", 100).collect(1 << 20).await.unwrap_err();
        assert_eq!(failure.code, Code::Unidentified);
        let expected = "h.example: the file ended early: its content encoding is broken: ";
        assert!(failure.detail.starts_with(expected), "{}", failure.detail);
    }

    #[tokio::test]
    async fn the_limit_holds_for_what_comes_out() {
        let bomb = gzip(&vec![0; 50 << 20]);
        assert!(bomb.len() < 100_000);
        let failure = body("gzip", &bomb, 1 << 20).collect(1 << 20).await.unwrap_err();
        assert_eq!(failure.code, Code::Elimit);
    }
}
