//! One byte range of a file, as it is asked for and as an answer names it.

use std::fmt;

/// A single range of bytes, as in a `Range` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteRange {
    /// From one position to another, both included; to the end where the second is absent.
    From(u64, Option<u64>),
    /// The last so many bytes.
    Last(u64),
}

impl ByteRange {
    /// The first byte.
    pub(crate) const FIRST: Self = Self::From(0, Some(0));

    /// Reads a header value. `None` for anything but one range of bytes: the whole file is then delivered.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let (first, last) = header.trim().strip_prefix("bytes=")?.trim().split_once('-')?;
        match (first, last) {
            ("", last) => Some(Self::Last(number(last)?)),
            (first, "") => Some(Self::From(number(first)?, None)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From(first, Some(last)))
            }
        }
    }

    /// First byte and number of bytes within a file of `size` bytes; `None` where the range lies outside.
    pub(crate) fn within(self, size: u64) -> Option<(u64, u64)> {
        match self {
            Self::From(first, last) => {
                let end = last.map_or(size, |last| size.min(last.saturating_add(1)));
                (first < size).then(|| (first, end - first))
            }
            Self::Last(count) => {
                let count = count.min(size);
                (count > 0).then(|| (size - count, count))
            }
        }
    }
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(first, Some(last)) => write!(f, "bytes={first}-{last}"),
            Self::From(first, None) => write!(f, "bytes={first}-"),
            Self::Last(count) => write!(f, "bytes=-{count}"),
        }
    }
}

/// What a `Content-Range` header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContentRange {
    /// From one position to another, both included, of a file of this size, where it is known.
    Part(u64, u64, Option<u64>),
    /// No part: the file has this size.
    Outside(u64),
}

impl ContentRange {
    /// Reads a header value. `None` for anything that is no part of a file.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let (unit, rest) = header.trim().split_once(' ')?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (part, size) = rest.trim().split_once('/')?;
        if part == "*" {
            return number(size).map(Self::Outside);
        }
        let (first, last) = part.split_once('-')?;
        let (first, last) = (number(first)?, number(last)?);
        let size = if size == "*" { None } else { Some(number(size)?) };
        (first <= last && size.is_none_or(|size| last < size)).then_some(Self::Part(first, last, size))
    }

    /// The size of the whole file.
    pub(crate) const fn size(self) -> Option<u64> {
        match self {
            Self::Part(_, _, size) => size,
            Self::Outside(size) => Some(size),
        }
    }

    /// Whether it is the part that was asked for or the beginning of it, and as long as the body that comes with it, where that is known.
    /// Where the size of the file is not, it is believed that the file ends where the part does.
    pub(crate) fn answers(self, asked: ByteRange, length: Option<u64>) -> bool {
        let Self::Part(first, last, size) = self else { return false };
        let Some(count) = (last - first).checked_add(1) else { return false };
        if length.is_some_and(|length| length != count) {
            return false;
        }
        match (size, asked) {
            // A server may give less than was asked for, from its beginning on (RFC 9110, 15.3.7).
            (Some(size), asked) => {
                asked.within(size).is_some_and(|(wanted, most)| first == wanted && count <= most)
            }
            (None, ByteRange::From(wanted, end)) => first == wanted && end.is_none_or(|end| last <= end),
            (None, ByteRange::Last(wanted)) => count <= wanted,
        }
    }
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_well_formed_range_of_bytes_is_a_range() {
        let cases = [
            ("bytes=0-3", Some("bytes=0-3")),
            ("bytes=2000-", Some("bytes=2000-")),
            ("bytes=-4", Some("bytes=-4")),
            (" bytes= 5-5 ", Some("bytes=5-5")),
            ("bytes=3-2", None),
            ("bytes=0-1,4-5", None),
            ("bytes=-", None),
            ("bytes=a-b", None),
            ("bytes=+1-2", None),
            ("items=0-3", None),
            ("bytes=0-99999999999999999999", None),
            ("", None),
        ];
        for (header, expected) in cases {
            let seen = ByteRange::parse(header).map(|range| range.to_string());
            assert_eq!(seen.as_deref(), expected, "{header}");
        }
    }

    #[test]
    fn a_part_is_taken_where_it_begins_what_was_asked_for_and_is_as_long_as_its_body() {
        for (asked, header, length, expected) in [
            ("bytes=0-3", "bytes 0-3/10", Some(4), true),
            ("bytes=0-3", "Bytes 0-3/10", None, true),
            ("bytes=8-99", "bytes 8-9/10", Some(2), true),
            ("bytes=4-", "bytes 4-9/10", Some(6), true),
            ("bytes=-4", "bytes 6-9/10", Some(4), true),
            ("bytes=-40", "bytes 0-9/10", Some(10), true),
            ("bytes=0-3", "bytes 0-3/*", Some(4), true),
            ("bytes=4-", "bytes 4-9/*", Some(6), true),
            ("bytes=-4", "bytes 6-9/*", Some(4), true),
            ("bytes=0-3", "bytes 0-3/10", Some(5), false),
            ("bytes=0-3", "bytes 1-4/10", Some(4), false),
            ("bytes=0-3", "bytes 0-2/10", Some(3), true),
            ("bytes=0-3", "bytes 0-9/10", Some(10), false),
            ("bytes=4-", "bytes 4-6/10", Some(3), true),
            ("bytes=-4", "bytes 0-3/10", Some(4), false),
            ("bytes=0-3", "bytes 0-9/*", Some(10), false),
            ("bytes=-4", "bytes 0-9/*", Some(10), false),
            ("bytes=0-3", "bytes 0-3/2", Some(4), false),
            ("bytes=0-3", "bytes 3-0/10", Some(4), false),
            ("bytes=0-3", "bytes */10", Some(4), false),
            ("bytes=0-3", "bytes 0-3", Some(4), false),
            ("bytes=0-3", "bytes=0-3/10", Some(4), false),
            ("bytes=0-3", "bytes 0-x/10", Some(4), false),
            ("bytes=0-3", "items 0-3/10", Some(4), false),
            ("bytes=0-", "bytes 0-18446744073709551615/*", None, false),
            ("bytes=0-3", "", Some(4), false),
        ] {
            let asked = ByteRange::parse(asked).unwrap();
            let taken = ContentRange::parse(header).is_some_and(|told| told.answers(asked, length));
            assert_eq!(taken, expected, "{asked}: {header:?} with {length:?} bytes");
        }
    }

    #[test]
    fn the_whole_size_stands_after_the_slash() {
        for (header, expected) in
            [("bytes 0-3/10", Some(10)), ("bytes */10", Some(10)), ("bytes 0-3/*", None), ("junk", None)]
        {
            assert_eq!(ContentRange::parse(header).and_then(ContentRange::size), expected, "{header}");
        }
    }

    #[test]
    fn a_range_is_cut_to_the_file_or_lies_outside() {
        let cases = [
            ("bytes=0-3", 10, Some((0, 4))),
            ("bytes=8-99", 10, Some((8, 2))),
            ("bytes=9-", 10, Some((9, 1))),
            ("bytes=10-", 10, None),
            ("bytes=-4", 10, Some((6, 4))),
            ("bytes=-40", 10, Some((0, 10))),
            ("bytes=-0", 10, None),
            ("bytes=0-0", 0, None),
            ("bytes=-1", 0, None),
        ];
        for (header, size, expected) in cases {
            assert_eq!(ByteRange::parse(header).unwrap().within(size), expected, "{header} of {size}");
        }
    }
}
