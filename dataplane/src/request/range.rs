//! Byte ranges: what a `Range` header asks of a file of known size.

/// What to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it: no range, one that cannot be read, or several.
    Whole,
    /// From `first` to `last`, both inside.
    Part {
        /// First byte.
        first: u64,
        /// Last byte.
        last: u64,
    },
    /// Nothing of it lies inside the file.
    Outside,
}

/// One range as written.
enum Spec {
    From(u64, Option<u64>),
    Last(u64),
}

/// Judges a `Range` header against a size in bytes.
pub(super) fn wanted(range: Option<&str>, size: u64) -> Wanted {
    match range.and_then(parse) {
        None => Wanted::Whole,
        Some(Spec::From(first, last)) if first < size => {
            let last = last.unwrap_or(u64::MAX).min(size - 1);
            Wanted::Part { first, last }
        }
        Some(Spec::Last(count)) if count > 0 && size > 0 => {
            Wanted::Part { first: size.saturating_sub(count), last: size - 1 }
        }
        Some(Spec::From(..) | Spec::Last(_)) => Wanted::Outside,
    }
}

/// Whether a header holds one range, so that an origin may be asked for it.
pub(super) fn is_single(range: &str) -> bool {
    parse(range).is_some()
}

fn parse(range: &str) -> Option<Spec> {
    let (unit, ranges) = range.split_once('=')?;
    let (first, last) = ranges.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let number = |text: &str| -> Option<u64> {
        let text = text.trim();
        // `parse` would also take a sign.
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
    };
    match (first.trim(), last.trim()) {
        ("", count) => Some(Spec::Last(number(count)?)),
        (first, "") => Some(Spec::From(number(first)?, None)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Spec::From(first, Some(last)))
        }
    }
}

/// The size at the end of a `Content-Range`, e.g. 1234 in `bytes 0-9/1234`.
pub(super) fn total(content_range: &str) -> Option<u64> {
    content_range.rsplit_once('/')?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_cut_out_and_everything_unreadable_is_ignored() {
        let part = |first, last| Wanted::Part { first, last };
        for (range, expected) in [
            (None, Wanted::Whole),
            (Some("bytes=0-4"), part(0, 4)),
            (Some("bytes=5-"), part(5, 9)),
            (Some("bytes=-3"), part(7, 9)),
            (Some("bytes=-30"), part(0, 9)),
            (Some("bytes=8-99"), part(8, 9)),
            (Some("Bytes = 0 - 4"), part(0, 4)),
            (Some("bytes=10-"), Wanted::Outside),
            (Some("bytes=10-12"), Wanted::Outside),
            (Some("bytes=-0"), Wanted::Outside),
            (Some("bytes=4-2"), Wanted::Whole),
            (Some("bytes=0-1,4-5"), Wanted::Whole),
            (Some("bytes=+1-2"), Wanted::Whole),
            (Some("bytes=-"), Wanted::Whole),
            (Some("bytes="), Wanted::Whole),
            (Some("items=0-4"), Wanted::Whole),
            (Some("bytes=a-b"), Wanted::Whole),
        ] {
            assert_eq!(wanted(range, 10), expected, "{range:?}");
        }
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Outside);
    }

    #[test]
    fn the_total_stands_behind_the_slash() {
        for (header, size) in [("bytes 0-9/1234", Some(1234)), ("bytes */7", Some(7)), ("bytes 0-9/*", None)]
        {
            assert_eq!(total(header), size, "{header}");
        }
    }
}
