//! How long an origin says that a file may be kept, and how: `Cache-Control`, else `Expires` (RFC 9111, 4.2 and 5.2.2).
//!
//! What is doubtful is read as the shorter time: a file that is asked for once more costs a request, one that is kept
//! for too long is wrong.

use std::{borrow::Cow, time::Duration};

use http::{
    HeaderMap, HeaderName,
    header::{AGE, CACHE_CONTROL, DATE, EXPIRES},
};

use crate::source::header_text;

/// Longest time that is believed.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// What an origin says of how long a file may be kept. Nothing at all by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lifetime {
    /// From now on, in whole seconds and at most a year: `s-maxage`, else `max-age`, else `Expires`, and less by what
    /// caches on the way have used up (`Age`). `None` where the origin does not say.
    pub max_age: Option<Duration>,
    /// Not to be stored (`no-store`), or by nobody but the client (`private`).
    pub no_store: bool,
    /// Not to be used again before the origin was asked: `no-cache`, or a time that is over already, such as
    /// `max-age=0` and `Expires: 0`.
    pub no_cache: bool,
}

impl Lifetime {
    /// Reads the headers of an answer.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let (mut shared, mut any) = (None, None);
        let mut lifetime = Self::default();
        for header in headers.get_all(CACHE_CONTROL) {
            // A byte that is no text may hide no other directive.
            let text = String::from_utf8_lossy(header.as_bytes());
            for (name, value) in directives(&text) {
                match name.to_ascii_lowercase().as_str() {
                    "s-maxage" => shorten(&mut shared, value.as_deref()),
                    "max-age" => shorten(&mut any, value.as_deref()),
                    // Also where they name single headers: what those hold is in what would be stored.
                    "no-store" | "private" => lifetime.no_store = true,
                    "no-cache" => lifetime.no_cache = true,
                    _ => {}
                }
            }
        }
        let age = header_text(headers, AGE).and_then(seconds).unwrap_or(0);
        lifetime.max_age = shared
            .or(any)
            .or_else(|| until_expiry(headers))
            .map(|seconds| Duration::from_secs(seconds.saturating_sub(age)).min(LONGEST));
        lifetime.no_cache |= lifetime.max_age.is_some_and(|max_age| max_age.is_zero());
        lifetime
    }
}

/// Takes the value of a directive. One that is no number of seconds, such as `-1`, counts as a time that is over, and
/// of several the shortest holds.
fn shorten(time: &mut Option<u64>, value: Option<&str>) {
    let told = value.and_then(seconds).unwrap_or(0);
    *time = Some(time.map_or(told, |time| time.min(told)));
}

/// Seconds between the answer and its end, if it names one. What is no time is over already, and so is what comes
/// without `Date`: a server without a clock may only name times that are past (RFC 9111, 5.3).
fn until_expiry(headers: &HeaderMap) -> Option<u64> {
    let time =
        |name: HeaderName| header_text(headers, name).and_then(|text| httpdate::parse_http_date(text).ok());
    headers.contains_key(EXPIRES).then(|| {
        let span = time(EXPIRES).zip(time(DATE)).and_then(|(end, date)| end.duration_since(date).ok());
        span.map_or(0, |span| span.as_secs())
    })
}

/// A whole number of seconds; one that is too large to be held is the largest.
fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// The directives of one header, with their values.
fn directives(text: &str) -> impl Iterator<Item = (&str, Option<Cow<'_, str>>)> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let all = rest?;
        let (first, more) = all.split_at(end_of_directive(all));
        rest = more.strip_prefix(',');
        Some(first)
    })
    .map(|directive| match directive.split_once('=') {
        Some((name, value)) => (name.trim(), Some(unquoted(value.trim()))),
        None => (directive.trim(), None),
    })
}

/// Where the first directive ends: at a comma that is not quoted. A quote that is never closed quotes nothing.
fn end_of_directive(text: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => return at,
            _ => {}
        }
    }
    text.find(',').filter(|_| quoted).unwrap_or(text.len())
}

fn unquoted(value: &str) -> Cow<'_, str> {
    match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        Some(inner) if inner.contains('\\') => inner.replace('\\', "").into(),
        Some(inner) => inner.into(),
        None => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const YEAR: u64 = 31_536_000;

    /// Each line is a header.
    fn read(lines: &[&str]) -> Lifetime {
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        }
        Lifetime::of(&headers)
    }

    #[test]
    fn the_time_is_that_of_shared_caches_else_of_all_else_until_expiry_and_less_by_the_age() {
        let date = "date: Sun, 29 Nov 2026 10:00:00 GMT";
        let cases: [(&[&str], Option<u64>); 34] = [
            (&[], None),
            (&["cache-control: public, immutable"], None),
            (&["cache-control: max-age=60"], Some(60)),
            (&["cache-control: Max-Age=60"], Some(60)),
            (&["cache-control: max-age=\"60\""], Some(60)),
            (&["cache-control: max-age=\"6\\0\""], Some(60)),
            (&["cache-control: max-age = 60"], Some(60)),
            (&["cache-control: max-age=60, s-maxage=600"], Some(600)),
            (&["cache-control: s-maxage=10", "cache-control: max-age=60"], Some(10)),
            (&["cache-control: public", "cache-control: max-age=60"], Some(60)),
            (&["cache-control: max-age=60, max-age=30"], Some(30)),
            (&["cache-control: ,, max-age=60,"], Some(60)),
            // Directives that nobody knows, also with a comma in their values.
            (&["cache-control: community=\"UCI, max-age=1\", max-age=60"], Some(60)),
            (&["cache-control: a=\"\\\", max-age=1\", max-age=60"], Some(60)),
            (&["cache-control: stale-while-revalidate=5, max-age=60, x-max-age=1"], Some(60)),
            // A quote that is never closed.
            (&["cache-control: a=\"b, max-age=60"], Some(60)),
            // Bad numbers are times that are over.
            (&["cache-control: max-age=soon"], Some(0)),
            (&["cache-control: max-age=-1"], Some(0)),
            (&["cache-control: max-age=1.5"], Some(0)),
            (&["cache-control: max-age="], Some(0)),
            (&["cache-control: max-age"], Some(0)),
            (&["cache-control: s-maxage=x, max-age=60"], Some(0)),
            // No more than a year.
            (&["cache-control: max-age=31536001"], Some(YEAR)),
            (&["cache-control: max-age=99999999999999999999999"], Some(YEAR)),
            (&[date, "expires: Thu, 01 Jan 2037 00:00:00 GMT"], Some(YEAR)),
            // What was used up on the way.
            (&["cache-control: max-age=60", "age: 20"], Some(40)),
            (&["cache-control: max-age=60", "age: 100"], Some(0)),
            (&["cache-control: max-age=60", "age: old"], Some(60)),
            (&[date, "expires: Sun, 29 Nov 2026 10:01:00 GMT", "age: 20"], Some(40)),
            // Times of day.
            (&[date, "expires: Sun, 29 Nov 2026 10:01:00 GMT"], Some(60)),
            (&[date, "expires: Sun, 29 Nov 2026 10:01:00 GMT", "cache-control: max-age=5"], Some(5)),
            (&[date, "expires: Sun, 29 Nov 2026 09:59:00 GMT"], Some(0)),
            (&[date, "expires: 0"], Some(0)),
            (&["expires: Sun, 29 Nov 2026 10:01:00 GMT"], Some(0)),
        ];
        for (lines, expected) in cases {
            let lifetime = read(lines);
            assert_eq!(lifetime.max_age.map(|age| age.as_secs()), expected, "{lines:?}");
            // A time that is over is no time.
            assert_eq!((lifetime.no_store, lifetime.no_cache), (false, expected == Some(0)), "{lines:?}");
        }
    }

    #[test]
    fn what_may_not_be_stored_and_what_must_be_asked_for_again_is_found_wherever_it_stands() {
        for (lines, no_store, no_cache) in [
            (&["cache-control: no-store"][..], true, false),
            (&["cache-control: Private, max-age=60"], true, false),
            (&["cache-control: private=\"set-cookie\", max-age=60"], true, false),
            (&["cache-control: max-age=60", "cache-control: NO-STORE"], true, false),
            (&["cache-control: a=\"b, no-store"], true, false),
            (&["cache-control: no-cache"], false, true),
            (&["cache-control: no-cache=\"x, y\", max-age=60"], false, true),
            (&["cache-control: no-cache, no-store, must-revalidate"], true, true),
            (&["cache-control: max-age=0"], false, true),
            (&["cache-control: max-age=60, must-revalidate"], false, false),
            (&["cache-control: a=\"no-store, no-cache\", max-age=60"], false, false),
            (&["cache-control: x-no-store, not-private"], false, false),
        ] {
            let lifetime = read(lines);
            assert_eq!((lifetime.no_store, lifetime.no_cache), (no_store, no_cache), "{lines:?}");
        }
        let text = HeaderValue::from_bytes(b"x=\xff, no-store").unwrap();
        assert!(Lifetime::of(&HeaderMap::from_iter([(CACHE_CONTROL, text)])).no_store);
    }
}
