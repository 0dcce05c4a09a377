//! Marker segments (T.81, B.1.1): two bytes that name the segment, two for its length, and what it says.

use crate::{Error, error::damaged};

pub(crate) const SOF0: u8 = 0xc0;
pub(crate) const SOF1: u8 = 0xc1;
pub(crate) const SOF2: u8 = 0xc2;
pub(crate) const DHT: u8 = 0xc4;
pub(crate) const RST0: u8 = 0xd0;
pub(crate) const SOI: u8 = 0xd8;
pub(crate) const EOI: u8 = 0xd9;
pub(crate) const SOS: u8 = 0xda;
pub(crate) const DQT: u8 = 0xdb;
pub(crate) const DRI: u8 = 0xdd;
pub(crate) const COM: u8 = 0xfe;

/// The first of the sixteen application segments.
pub(crate) const APP0: u8 = 0xe0;
pub(crate) const APP15: u8 = 0xef;

/// A marker with what belongs to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<'a> {
    pub(crate) marker: u8,
    /// What follows the length; nothing for the end of the image.
    pub(crate) payload: &'a [u8],
}

/// Reads one segment after the other. Bytes between segments, and markers that have no business there, are damage.
#[derive(Debug, Clone)]
pub(crate) struct Segments<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Segments<'a> {
    /// The segments after the start of the image.
    pub(crate) fn new(data: &'a [u8]) -> Result<Self, Error> {
        if data.starts_with(&[0xff, SOI]) { Ok(Self { data, at: 2 }) } else { damaged("no start of image") }
    }

    /// The whole file.
    pub(crate) fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Where the next segment begins, or the data of a scan whose header was read last.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Goes on behind the data of a scan.
    pub(crate) fn skip_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The next segment.
    pub(crate) fn next(&mut self) -> Result<Segment<'a>, Error> {
        let (marker, body) = marker(self.data, self.at)?;
        if marker == EOI {
            self.at = body;
            return Ok(Segment { marker, payload: &[] });
        }
        let segment = || {
            let &[high, low] = self.data.get(body..body + 2)? else { return None };
            // The length counts its own two bytes.
            let end = body + usize::from(u16::from_be_bytes([high, low]));
            Some((self.data.get(body + 2..end)?, end))
        };
        let Some((payload, end)) = segment() else { return damaged("a segment reaches beyond the data") };
        self.at = end;
        Ok(Segment { marker, payload })
    }
}

/// The marker that stands here, and where what belongs to it begins. Any number of 0xff may come first (B.1.1.2).
pub(crate) fn marker(data: &[u8], at: usize) -> Result<(u8, usize), Error> {
    let mut body = at;
    while data.get(body) == Some(&0xff) {
        body += 1;
    }
    match data.get(body) {
        Some(&marker) if body > at && marker != 0 => Ok((marker, body + 1)),
        Some(_) => damaged("no marker where one belongs"),
        None => damaged("the data ends before the picture does"),
    }
}

/// The position of the first marker that ends a scan: neither a stuffed byte nor a restart marker.
pub(crate) fn scan_end(data: &[u8], from: usize) -> Result<usize, Error> {
    let mut at = from;
    loop {
        let rest = data.get(at..).unwrap_or_default();
        let Some(plain) = memchr::memchr(0xff, rest) else {
            return damaged("the data ends before the picture does");
        };
        match rest.get(plain + 1) {
            Some(0) => at += plain + 2,
            Some(marker) if (RST0..RST0 + 8).contains(marker) => at += plain + 2,
            _ => return Ok(at + plain),
        }
    }
}
