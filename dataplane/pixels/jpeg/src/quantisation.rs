//! Quantisation tables (T.81, B.2.4.1): by what each coefficient was divided.

use crate::{Error, error::damaged};

/// From the order of a scan to the order of rows: the zigzag of figure A.6.
pub(crate) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The divisors of a block in the order of rows. Samples are computed in 16 bits, so that those of more than 15 wrap,
/// as they do in libjpeg.
pub(crate) type Quantisation = [i16; 64];

/// The four tables that a file can hold at a time.
pub(crate) type Tables = [Option<Quantisation>; 4];

/// Reads all tables of a segment.
pub(crate) fn read(mut payload: &[u8], tables: &mut Tables) -> Result<(), Error> {
    while let Some((&name, rest)) = payload.split_first() {
        // Divisors take a byte each, or two.
        let wide = usize::from(name >> 4 != 0);
        let length = 64 << wide;
        let (Some(table), Some(bytes)) = (tables.get_mut(usize::from(name & 15)), rest.get(..length)) else {
            return damaged("a bad quantisation table");
        };
        let mut values = [0; 64];
        for (index, bytes) in bytes.chunks_exact(1 << wide).enumerate() {
            let value = bytes.iter().fold(0, |value, &byte| value << 8 | u16::from(byte));
            values[usize::from(ZIGZAG[index])] = value.cast_signed();
        }
        *table = Some(values);
        payload = &rest[length..];
    }
    Ok(())
}
