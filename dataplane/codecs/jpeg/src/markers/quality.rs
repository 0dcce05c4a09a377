//! Guesses the quality a JPEG was saved with, by comparing its quantisation tables with libjpeg's.

use super::{DQT, SOS, segments};

/// libjpeg's luma table at quality 50, in natural order.
#[rustfmt::skip]
const LUMA: [u16; 64] = [
    16,  11,  10,  16,  24,  40,  51,  61,
    12,  12,  14,  19,  26,  58,  60,  55,
    14,  13,  16,  24,  40,  57,  69,  56,
    14,  17,  22,  29,  51,  87,  80,  62,
    18,  22,  37,  56,  68, 109, 103,  77,
    24,  35,  55,  64,  81, 104, 113,  92,
    49,  64,  78,  87, 103, 121, 120, 101,
    72,  92,  95,  98, 112, 100, 103,  99,
];

/// libjpeg's chroma table at quality 50, in natural order.
#[rustfmt::skip]
const CHROMA: [u16; 64] = [
    17,  18,  24,  47,  99,  99,  99,  99,
    18,  21,  26,  66,  99,  99,  99,  99,
    24,  26,  56,  99,  99,  99,  99,  99,
    47,  66,  99,  99,  99,  99,  99,  99,
    99,  99,  99,  99,  99,  99,  99,  99,
    99,  99,  99,  99,  99,  99,  99,  99,
    99,  99,  99,  99,  99,  99,  99,  99,
    99,  99,  99,  99,  99,  99,  99,  99,
];

/// The natural position of each entry in the zigzag order that files use.
#[rustfmt::skip]
const ZIGZAG: [usize; 64] = [
     0,  1,  8, 16,  9,  2,  3, 10,
    17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34,
    27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36,
    29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46,
    53, 60, 61, 54, 47, 55, 62, 63,
];

/// The quality, 1 to 100 on libjpeg's scale, whose tables are nearest to the file's.
///
/// Exact for files written by libjpeg and its many descendants; an estimate for encoders with tables of their own.
/// `None` when the header has no luma table.
pub fn quality(jpeg: &[u8]) -> Option<u8> {
    let tables = tables(jpeg);
    let luma = tables[0].as_ref()?;
    let distance = |quality: u16| {
        let chroma = tables[1].as_ref().map_or(0, |chroma| difference(chroma, &CHROMA, quality));
        difference(luma, &LUMA, quality) + chroma
    };
    // From the top: where neighbours are equally near, the better one loses less.
    (1..=100u8).rev().min_by_key(|&quality| distance(u16::from(quality)))
}

/// Tables 0 and 1 of the header, in zigzag order. By convention they are luma and chroma.
fn tables(jpeg: &[u8]) -> [Option<[u16; 64]>; 2] {
    let mut tables = [None; 2];
    for segment in segments(jpeg).take_while(|segment| segment.marker != SOS) {
        if segment.marker != DQT {
            continue;
        }
        let mut rest = segment.payload;
        while let [kind, body @ ..] = rest {
            let width = if kind >> 4 == 0 { 1 } else { 2 };
            let Some((entries, next)) = body.split_at_checked(64 * width) else { break };
            rest = next;
            let Some(table) = tables.get_mut(usize::from(kind & 15)) else { continue };
            let mut values = [0; 64];
            for (value, bytes) in values.iter_mut().zip(entries.chunks_exact(width)) {
                *value = bytes.iter().fold(0, |value, &byte| value << 8 | u16::from(byte));
            }
            *table = Some(values);
        }
    }
    tables
}

/// How far a table is from libjpeg's table at a quality.
fn difference(table: &[u16; 64], base: &[u16; 64], quality: u16) -> u32 {
    let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    let scaled = |base: u16| ((u32::from(base) * u32::from(scale) + 50) / 100).clamp(1, 255);
    table.iter().zip(ZIGZAG).map(|(&value, natural)| u32::from(value).abs_diff(scaled(base[natural]))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zigzag_order_visits_every_entry_once() {
        let mut seen = ZIGZAG;
        seen.sort_unstable();
        assert!(seen.iter().enumerate().all(|(index, &entry)| index == entry));
    }

    #[test]
    fn a_file_without_tables_has_no_quality() {
        assert_eq!(quality(&[0xff, 0xd8, 0xff, 0xd9]), None);
        assert_eq!(quality(b""), None);
        // a table that is cut short
        assert_eq!(quality(&[0xff, 0xd8, 0xff, DQT, 0, 5, 0, 1, 2, 0xff, 0xd9]), None);
    }
}
