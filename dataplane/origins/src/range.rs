//! One byte range of a file.

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
    /// Reads a header value. `None` for anything but one range of bytes: the whole file is then delivered.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let (first, last) = header.trim().strip_prefix("bytes=")?.trim().split_once('-')?;
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten()
        };
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
