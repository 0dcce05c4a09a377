//! Reads just enough of the encoder's OBUs to describe them in an `av1C` box.

use crate::Error;

const SEQUENCE_HEADER: u8 = 1;
const TEMPORAL_DELIMITER: u8 = 2;

/// An AV1 still without temporal delimiters, which AVIF leaves out.
#[derive(Debug)]
pub(crate) struct Payload {
    /// The OBUs.
    pub(crate) data: Vec<u8>,
    /// `seq_profile`: 0 main, 1 high.
    pub(crate) profile: u8,
    /// `seq_level_idx_0`.
    pub(crate) level: u8,
}

impl Payload {
    /// Takes what libaom wrote for one frame.
    pub(crate) fn new(stream: &[u8]) -> Result<Self, Error> {
        let mut data = Vec::with_capacity(stream.len());
        let mut sequence = None;
        let mut rest = stream;
        while let Some((unit, after)) = split(rest) {
            if unit.kind == SEQUENCE_HEADER {
                sequence = sequence.or(Some(unit.body));
            }
            if unit.kind != TEMPORAL_DELIMITER {
                data.extend_from_slice(unit.whole);
            }
            rest = after;
        }
        if !rest.is_empty() {
            return Err(Error::Payload { what: "an OBU without a usable size" });
        }
        let Some([first, second, ..]) = sequence else {
            return Err(Error::Payload { what: "no sequence header" });
        };
        // seq_profile (3 bits), still_picture, reduced_still_picture_header, seq_level_idx (5 bits).
        if first & 0b0001_1000 != 0b0001_1000 {
            return Err(Error::Payload { what: "a sequence header that is not that of a still picture" });
        }
        Ok(Self { data, profile: first >> 5, level: (first & 0b111) << 2 | second >> 6 })
    }
}

struct Unit<'a> {
    kind: u8,
    body: &'a [u8],
    /// Header, size and body.
    whole: &'a [u8],
}

/// The first OBU and what follows it; None at the end or where no size can be read.
fn split(data: &[u8]) -> Option<(Unit<'_>, &[u8])> {
    let header = *data.first()?;
    let (extended, sized) = (header & 0b100 != 0, header & 0b10 != 0);
    let start = 1 + usize::from(extended);
    if !sized {
        return None;
    }
    let mut size = 0_u64;
    for (index, byte) in data.get(start..)?.iter().take(8).enumerate() {
        size |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let body = start + index + 1;
            let end = body.checked_add(usize::try_from(size).ok()?)?;
            let (kind, whole) = ((header >> 3) & 0xf, data.get(..end)?);
            return Some((Unit { kind, body: data.get(body..end)?, whole }, data.get(end..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_go_and_profile_and_level_are_read() {
        let stream = [0x12, 0, 0x0a, 3, 0b0011_1001, 0b0100_0000, 7, 0x32, 2, 1, 2];
        let payload = Payload::new(&stream).unwrap();
        assert_eq!(payload.data, &stream[2..]);
        assert_eq!((payload.profile, payload.level), (1, 5));
    }

    #[test]
    fn streams_that_are_no_still_picture_are_refused() {
        let cases: [(&str, &[u8]); 5] = [
            ("empty", &[]),
            ("no sequence header", &[0x12, 0]),
            ("video", &[0x0a, 2, 0, 0]),
            ("size beyond the end", &[0x0a, 9, 0x18, 0]),
            ("no size", &[0x08, 0x18, 0]),
        ];
        for (name, stream) in cases {
            assert!(matches!(Payload::new(stream), Err(Error::Payload { .. })), "{name}");
        }
    }
}
