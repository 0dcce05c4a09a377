//! TIFF data: numbers in either byte order, the entries of directories, and what their bytes mean.

use super::Value;

/// Longest text that is told, in bytes.
const TEXT: usize = 512;
/// Longest list that is told; longer ones are tables for programs.
const LIST: usize = 64;
/// What stands before a comment and says how it is written.
const CHARSET: usize = 8;

/// Comment of the user, whose first bytes say how it is written.
const USER_COMMENT: u16 = 0x9286;
/// The same form.
const GPS_TEXTS: [u16; 2] = [0x001b, 0x001c];
/// Texts of Windows, in UTF-16.
const WINDOWS_TEXTS: std::ops::RangeInclusive<u16> = 0x9c9b..=0x9c9f;

/// A TIFF block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a> {
    data: &'a [u8],
    big_endian: bool,
}

impl<'a> Block<'a> {
    /// `None`: it is no TIFF.
    pub(super) fn open(data: &'a [u8]) -> Option<Self> {
        let big_endian = match data.get(..4)? {
            b"MM\0*" => true,
            b"II*\0" => false,
            _ => return None,
        };
        Some(Self { data, big_endian })
    }

    /// Where the first directory is.
    pub(super) fn first(&self) -> Option<usize> {
        self.long(4).map(|at| at as usize)
    }

    fn at<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        let mut bytes = *self.data.get(at..)?.first_chunk::<N>()?;
        if !self.big_endian {
            bytes.reverse();
        }
        Some(bytes)
    }

    pub(super) fn short(&self, at: usize) -> Option<u16> {
        self.at(at).map(u16::from_be_bytes)
    }

    pub(super) fn long(&self, at: usize) -> Option<u32> {
        self.at(at).map(u32::from_be_bytes)
    }
}

/// Types of values, by their numbers in TIFF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Byte,
    Ascii,
    Short,
    Long,
    Rational,
    SignedByte,
    Undefined,
    SignedShort,
    SignedLong,
    SignedRational,
    Float,
    Double,
}

impl Kind {
    fn of(number: u16) -> Option<Self> {
        Some(match number {
            1 => Self::Byte,
            2 | 129 => Self::Ascii,
            3 => Self::Short,
            // 13: a pointer.
            4 | 13 => Self::Long,
            5 => Self::Rational,
            6 => Self::SignedByte,
            7 => Self::Undefined,
            8 => Self::SignedShort,
            9 => Self::SignedLong,
            10 => Self::SignedRational,
            11 => Self::Float,
            12 => Self::Double,
            _ => return None,
        })
    }

    const fn width(self) -> usize {
        match self {
            Self::Byte | Self::Ascii | Self::SignedByte | Self::Undefined => 1,
            Self::Short | Self::SignedShort => 2,
            Self::Long | Self::SignedLong | Self::Float => 4,
            Self::Rational | Self::SignedRational | Self::Double => 8,
        }
    }
}

/// An entry of a directory, whose value lies inside of the block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Its number.
    pub(super) tag: u16,
    kind: Option<Kind>,
    count: usize,
    at: usize,
}

impl Entry {
    /// `None`: the block ends before it does.
    pub(super) fn read(block: &Block<'_>, at: usize) -> Option<Self> {
        let (tag, kind) = (block.short(at)?, Kind::of(block.short(at.checked_add(2)?)?));
        let (count, field) = (block.long(at.checked_add(4)?)? as usize, at.checked_add(8)?);
        let outside = block.long(field)? as usize;
        let length = kind.and_then(|kind| kind.width().checked_mul(count));
        let at = if length.is_some_and(|length| length <= 4) { field } else { outside };
        Some(Self { tag, kind, count, at })
    }

    /// What it says; `None` where that makes no sense, or is too long to be told.
    pub(super) fn value(&self, block: &Block<'_>) -> Option<Value> {
        let kind = self.kind?;
        let end = self.at.checked_add(kind.width().checked_mul(self.count)?)?;
        let bytes = block.data.get(self.at..end)?;
        match kind {
            Kind::Ascii => Some(text(bytes)),
            Kind::Byte if WINDOWS_TEXTS.contains(&self.tag) => Some(utf16(bytes, false)),
            Kind::Undefined if self.tag == USER_COMMENT || GPS_TEXTS.contains(&self.tag) => {
                comment(bytes, block.big_endian)
            }
            // Versions are written in digits.
            Kind::Undefined if bytes.len() > 1 && bytes.iter().all(u8::is_ascii_graphic) => Some(text(bytes)),
            // What a single one means is told as a text, as the hosted service's types have it.
            Kind::Undefined if self.count == 1 => Some(Value::Text(bytes.first()?.to_string())),
            _ if self.count == 1 => number(block, kind, self.at),
            _ if self.count > LIST || self.count == 0 => None,
            _ => {
                let one = |index: usize| number(block, kind, self.at + index * kind.width());
                (0..self.count).map(one).collect::<Option<_>>().map(Value::List)
            }
        }
    }
}

fn number(block: &Block<'_>, kind: Kind, at: usize) -> Option<Value> {
    let real = |number: f64| number.is_finite().then_some(Value::Real(number));
    // A fraction that is a whole number is told as one.
    let fraction = |above: i64, below: i64| {
        if below == 0 {
            None
        } else if above % below == 0 {
            Some(Value::Integer(above / below))
        } else {
            real(above as f64 / below as f64)
        }
    };
    let signed = |at: usize| block.long(at).map(|number| i64::from(number.cast_signed()));
    match kind {
        Kind::Byte | Kind::Undefined | Kind::Ascii => {
            block.at::<1>(at).map(|[byte]| Value::Integer(byte.into()))
        }
        Kind::SignedByte => block.at::<1>(at).map(|[byte]| Value::Integer(byte.cast_signed().into())),
        Kind::Short => block.short(at).map(|number| Value::Integer(number.into())),
        Kind::SignedShort => block.short(at).map(|number| Value::Integer(number.cast_signed().into())),
        Kind::Long => block.long(at).map(|number| Value::Integer(number.into())),
        Kind::SignedLong => signed(at).map(Value::Integer),
        Kind::Rational => fraction(block.long(at)?.into(), block.long(at + 4)?.into()),
        Kind::SignedRational => fraction(signed(at)?, signed(at + 4)?),
        Kind::Float => block.at(at).and_then(|bytes| real(f32::from_be_bytes(bytes).into())),
        Kind::Double => block.at(at).and_then(|bytes| real(f64::from_be_bytes(bytes))),
    }
}

/// A text up to its first NUL, without the space that fills fields.
fn text(bytes: &[u8]) -> Value {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()).min(TEXT);
    let text = String::from_utf8_lossy(&bytes[..end]);
    Value::Text(text.trim_end().to_owned())
}

fn utf16(bytes: &[u8], big_endian: bool) -> Value {
    let units = bytes.as_chunks::<2>().0.iter().take(TEXT);
    let units =
        units.map(|unit| if big_endian { u16::from_be_bytes(*unit) } else { u16::from_le_bytes(*unit) });
    let text: String = char::decode_utf16(units.take_while(|unit| *unit != 0))
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Value::Text(text.trim_end().to_owned())
}

fn comment(bytes: &[u8], big_endian: bool) -> Option<Value> {
    let (charset, rest) = bytes.split_at_checked(CHARSET)?;
    match charset {
        b"UNICODE\0" => Some(utf16(rest, big_endian)),
        b"ASCII\0\0\0" | b"\0\0\0\0\0\0\0\0" => Some(text(rest)),
        _ => None,
    }
}
