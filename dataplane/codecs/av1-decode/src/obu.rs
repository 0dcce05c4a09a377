//! Lets through to the decoder only the parts of a stream that a still picture needs.
//!
//! Metadata, padding and unknown units are left out, and a stream with more than a handful of frames is refused: it
//! would cost a full decode for every few bytes, and a still has one (up to four when it has layers).

use crate::{
    Error,
    error::{malformed, unsupported},
};

/// Most frame headers in one picture: four spatial layers, or a first frame with its hidden references.
const MAX_FRAMES: usize = 8;

const SEQUENCE_HEADER: u8 = 1;
const TEMPORAL_DELIMITER: u8 = 2;
const FRAME_HEADER: u8 = 3;
const TILE_GROUP: u8 = 4;
const FRAME: u8 = 6;
const REDUNDANT_FRAME_HEADER: u8 = 7;
const TILE_LIST: u8 = 8;

/// Copies the units of one picture, each with its size.
pub(crate) fn still(payload: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(payload.len() + 8);
    let (mut rest, mut frames, mut described) = (payload, 0, false);
    while !rest.is_empty() {
        let (unit, after) = split(rest)?;
        rest = after;
        match unit.kind {
            SEQUENCE_HEADER => described = true,
            FRAME | FRAME_HEADER => frames += 1,
            TEMPORAL_DELIMITER | TILE_GROUP | REDUNDANT_FRAME_HEADER => {}
            TILE_LIST => return Err(unsupported("large-scale tile lists")),
            _ => continue,
        }
        if frames > MAX_FRAMES {
            return Err(unsupported("more frames than a still picture has"));
        }
        unit.write(&mut out);
    }
    if described && frames > 0 { Ok(out) } else { Err(malformed("a picture has no AV1 frame")) }
}

struct Unit<'a> {
    kind: u8,
    /// One or two bytes.
    header: &'a [u8],
    body: &'a [u8],
}

impl Unit<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        for (index, byte) in self.header.iter().enumerate() {
            out.push(if index == 0 { byte | 0b10 } else { *byte });
        }
        let mut size = self.body.len();
        while size > 0x7f {
            out.push(size as u8 & 0x7f | 0x80);
            size >>= 7;
        }
        out.push(size as u8);
        out.extend_from_slice(self.body);
    }
}

fn split(data: &[u8]) -> Result<(Unit<'_>, &[u8]), Error> {
    let short = malformed("an AV1 unit is cut off");
    let first = *data.first().ok_or(short.clone())?;
    if first & 0x80 != 0 {
        return Err(malformed("an AV1 unit has no valid header"));
    }
    let length = if first & 0b100 == 0 { 1 } else { 2 };
    let (header, rest) = data.split_at_checked(length).ok_or(short.clone())?;
    let kind = (first >> 3) & 0xf;
    if first & 0b10 == 0 {
        return Ok((Unit { kind, header, body: rest }, &[])); // to the end
    }
    let mut size = 0_u64;
    for (index, byte) in rest.iter().take(8).enumerate() {
        size |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let size = usize::try_from(size).map_err(|_| short.clone())?;
            let (body, after) = rest[index + 1..].split_at_checked(size).ok_or(short)?;
            return Ok((Unit { kind, header, body }, after));
        }
    }
    Err(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_and_padding_are_dropped_and_sizes_are_added() {
        // Delimiter, sequence header, metadata, padding, and a frame with an extension and without a size.
        let stream =
            [&[0x12, 0, 0x0a, 2, 1, 2, 0x2a, 1, 9, 0x7a, 1, 0][..], &[0x34, 0x08], &[7; 200]].concat();
        let expected = [&[0x12, 0, 0x0a, 2, 1, 2][..], &[0x36, 0x08, 0xc8, 0x01], &[7; 200]].concat();
        assert_eq!(still(&stream).unwrap(), expected);
    }

    #[test]
    fn streams_that_are_no_still_are_refused() {
        let sequence = &[0x0a, 1, 0][..];
        let cases: [(&str, Vec<u8>); 7] = [
            ("empty", Vec::new()),
            ("no frame", sequence.to_vec()),
            ("no sequence header", vec![0x32, 1, 0]),
            ("size beyond the end", [sequence, &[0x32, 9, 0]].concat()),
            ("endless size", [sequence, &[0x32, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]].concat()),
            ("forbidden bit", [sequence, &[0xb2, 1, 0]].concat()),
            ("film", [sequence, &[0x32, 1, 0].repeat(9)].concat()),
        ];
        for (name, stream) in cases {
            assert!(still(&stream).is_err(), "{name}");
        }
    }
}
