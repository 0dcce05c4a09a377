//! Walks a JPEG from marker to marker, also over entropy-coded data, as tolerantly as libjpeg does.

use super::{EOI, SOI, SOS};

/// One marker with what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// The second byte of the marker, for example [`SOS`].
    pub marker: u8,
    /// Where the marker's `0xff` stands in the file.
    pub start: usize,
    /// The segment's content without its length; empty for markers that stand alone.
    pub payload: &'a [u8],
}

/// Iterates over the segments of a JPEG: see [`segments`].
#[derive(Debug, Clone)]
pub struct Segments<'a> {
    data: &'a [u8],
    /// Where to look next; `None` once the walk is over.
    position: Option<usize>,
    in_scan: bool,
}

/// The segments after the start of image, in order, through every scan up to and including the end of image.
///
/// Stray bytes between segments are skipped. The walk ends early where a segment reaches beyond the data. Walking
/// past the first [`SOS`] reads the entropy-coded data, so stop there when only the header matters.
pub fn segments(jpeg: &[u8]) -> Segments<'_> {
    let position = jpeg.starts_with(&[0xff, SOI]).then_some(2);
    Segments { data: jpeg, position, in_scan: false }
}

impl<'a> Segments<'a> {
    /// The next marker byte at or after `from`, as (position of its `0xff`, marker).
    fn marker(&self, from: usize) -> Option<(usize, u8)> {
        let mut from = from;
        loop {
            let found = from + memchr::memchr(0xff, self.data.get(from..)?)?;
            let mut at = found + 1;
            // Any number of 0xff may fill the space before a marker.
            while *self.data.get(at)? == 0xff {
                at += 1;
            }
            let marker = self.data[at];
            let stuffed = marker == 0;
            let restart = (0xd0..=0xd7).contains(&marker);
            if stuffed || (self.in_scan && restart) {
                from = at + 1;
                continue;
            }
            return Some((at - 1, marker));
        }
    }

    fn step(&mut self) -> Option<Segment<'a>> {
        let (start, marker) = self.marker(self.position?)?;
        self.in_scan = marker == SOS;
        let body = start + 2;
        if stands_alone(marker) {
            self.position = (marker != EOI).then_some(body);
            return Some(Segment { marker, start, payload: &[] });
        }
        let &[high, low] = self.data.get(body..body + 2)? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        // The length counts its own two bytes.
        let payload = self.data.get(body + 2..body + length)?;
        self.position = Some(body + length);
        Some(Segment { marker, start, payload })
    }
}

fn stands_alone(marker: u8) -> bool {
    // TEM, RST0 to RST7, SOI, EOI
    matches!(marker, 0x01 | 0xd0..=0xd9)
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        let segment = self.step();
        if segment.is_none() {
            self.position = None;
        }
        segment
    }
}

#[cfg(test)]
mod tests {
    use super::super::{APP0, DQT};
    use super::*;

    fn walk(data: &[u8]) -> Vec<(u8, usize, usize)> {
        segments(data).map(|segment| (segment.marker, segment.start, segment.payload.len())).collect()
    }

    #[test]
    fn segments_scans_restarts_and_fill_bytes_are_told_apart() {
        let data = [
            &[0xff, SOI][..],
            &[0xff, APP0, 0, 4, 1, 2],
            &[9, 9, 0xff, 0xff, DQT, 0, 3, 7], // stray bytes and a fill byte
            &[0xff, SOS, 0, 2],
            &[1, 0xff, 0, 2, 0xff, 0xd3, 3, 0xff, 0xff], // stuffing, a restart, a fill byte
            &[EOI, 5, 5],
        ]
        .concat();
        assert_eq!(walk(&data), [(APP0, 2, 2), (DQT, 11, 1), (SOS, 16, 0), (EOI, 28, 0)]);
    }

    #[test]
    fn a_segment_beyond_the_data_or_with_an_impossible_length_ends_the_walk() {
        assert_eq!(walk(&[0xff, SOI, 0xff, APP0, 0, 9, 1]), []);
        assert_eq!(walk(&[0xff, SOI, 0xff, APP0, 0, 1, 1, 0xff, EOI]), []);
        assert_eq!(walk(&[0xff, SOI, 0xff, APP0, 0]), []);
        assert_eq!(walk(&[0xff, SOI, 0xff]), []);
        assert_eq!(walk(b"GIF89a"), []);
        assert_eq!(walk(b""), []);
    }
}
