//! The one EXIF tag that changes pixels: the orientation. Offsets are hostile until they lie inside the block.

use super::metadata::EXIF;

/// TIFF's number of the orientation tag.
const ORIENTATION: u16 = 0x0112;

/// The orientation of an EXIF block, 1 to 8; `None` when it is absent or nonsense.
///
/// Takes TIFF data in either byte order, with or without JPEG's `Exif` prefix.
pub fn orientation(exif: &[u8]) -> Option<u8> {
    let field = Field::find(exif)?;
    let value = field.read(exif)?;
    u8::try_from(value).ok().filter(|value| (1..=8).contains(value))
}

/// A copy of an EXIF block whose orientation says 1, upright. Everything else keeps its place and value.
///
/// A block without the tag is upright by definition and comes back unchanged. The orientation of the embedded
/// thumbnail is left alone, because its pixels are.
pub fn with_orientation_one(exif: &[u8]) -> Vec<u8> {
    let mut copy = exif.to_vec();
    if let Some(field) = Field::find(exif) {
        field.write(&mut copy, 1);
    }
    copy
}

/// Where a number of one or two or four bytes stands, and in which byte order.
#[derive(Debug, Clone, Copy)]
struct Field {
    at: usize,
    width: usize,
    big_endian: bool,
}

impl Field {
    /// Finds the value of the orientation tag in the first directory.
    fn find(exif: &[u8]) -> Option<Self> {
        let base = if exif.starts_with(EXIF) { EXIF.len() } else { 0 };
        let big_endian = match exif.get(base..base + 4)? {
            b"MM\0*" => true,
            b"II*\0" => false,
            _ => return None,
        };
        let number = |offset: usize, width: usize| {
            let at = base.checked_add(offset)?;
            Self { at, width, big_endian }.read(exif)
        };
        let directory = number(4, 4)? as usize;
        let entries = number(directory, 2)? as usize;
        for index in 0..entries {
            let entry = directory.checked_add(2 + index * 12)?;
            if number(entry, 2)? as u16 != ORIENTATION {
                continue;
            }
            // Values of up to four bytes stand in the entry itself. The standard says SHORT; BYTE and LONG occur.
            let width = match number(entry + 2, 2)? {
                1 => 1,
                3 => 2,
                4 => 4,
                _ => return None,
            };
            if number(entry + 4, 4)? == 0 {
                return None;
            }
            return Some(Self { at: base + entry + 8, width, big_endian });
        }
        None
    }

    fn read(self, data: &[u8]) -> Option<u32> {
        let bytes = data.get(self.at..self.at.checked_add(self.width)?)?;
        let append = |value: u32, &byte: &u8| value << 8 | u32::from(byte);
        Some(if self.big_endian { bytes.iter().fold(0, append) } else { bytes.iter().rev().fold(0, append) })
    }

    fn write(self, data: &mut [u8], value: u8) {
        let Some(bytes) = data.get_mut(self.at..self.at.saturating_add(self.width)) else { return };
        bytes.fill(0);
        let lowest = if self.big_endian { bytes.last_mut() } else { bytes.first_mut() };
        if let Some(lowest) = lowest {
            *lowest = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TIFF block with one tag before and one after the orientation, of the given type and value bytes.
    fn block(big_endian: bool, kind: u16, value: [u8; 4]) -> Vec<u8> {
        let two = |n: u16| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
        let four = |n: u32| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut block = if big_endian { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        block.extend(four(10));
        block.extend([0xaa, 0xaa]);
        block.extend(two(3));
        for (tag, kind, value) in
            [(0x010f, 2, [b'A', 0, 0, 0]), (0x0112, kind, value), (0x0128, 3, [0, 2, 0, 2])]
        {
            block.extend(two(tag));
            block.extend(two(kind));
            block.extend(four(1));
            block.extend(value);
        }
        block.extend(four(0));
        block
    }

    #[test]
    fn orientation_is_read_in_both_byte_orders_and_all_number_types() {
        for (name, block, expected) in [
            ("little short", block(false, 3, [6, 0, 0, 0]), Some(6)),
            ("big short", block(true, 3, [0, 8, 0, 0]), Some(8)),
            ("little long", block(false, 4, [3, 0, 0, 0]), Some(3)),
            ("big long", block(true, 4, [0, 0, 0, 5]), Some(5)),
            ("byte", block(true, 1, [2, 0, 0, 0]), Some(2)),
            ("zero", block(true, 3, [0, 0, 0, 0]), None),
            ("nine", block(true, 3, [0, 9, 0, 0]), None),
            ("text", block(true, 2, [b'6', 0, 0, 0]), None),
            ("prefixed", [EXIF, &block(false, 3, [7, 0, 0, 0])].concat(), Some(7)),
            ("empty", Vec::new(), None),
            ("other magic", b"XX\0*\0\0\0\x08".to_vec(), None),
        ] {
            assert_eq!(orientation(&block), expected, "{name}");
        }
    }

    #[test]
    fn offsets_outside_the_block_are_not_followed() {
        let mut huge = block(false, 3, [6, 0, 0, 0]);
        huge[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(orientation(&huge), None);
        let mut many = b"II*\0\x08\0\0\0".to_vec();
        many.extend([0xff, 0xff]);
        assert_eq!(orientation(&many), None);
        let whole = block(true, 3, [0, 6, 0, 0]);
        for length in 0..whole.len() {
            let cut = &whole[..length];
            assert_eq!(with_orientation_one(cut).len(), length);
            assert!(matches!(orientation(cut), None | Some(6)), "{length}");
        }
    }

    #[test]
    fn only_the_orientation_changes_when_it_is_set_to_one() {
        for (big_endian, kind, value) in [
            (false, 3, [6, 0, 0xee, 0xee]),
            (true, 3, [0, 6, 0xee, 0xee]),
            (false, 4, [6, 0, 0, 0]),
            (true, 4, [0, 0, 0, 6]),
        ] {
            let before = block(big_endian, kind, value);
            let after = with_orientation_one(&before);
            assert_eq!(orientation(&after), Some(1));
            let changed: Vec<usize> = (0..before.len()).filter(|&i| before[i] != after[i]).collect();
            assert_eq!(changed.len(), 1, "{big_endian} {kind}");
        }
        let without = b"II*\0\x08\0\0\0\0\0\0\0\0\0".to_vec();
        assert_eq!(with_orientation_one(&without), without);
    }
}
