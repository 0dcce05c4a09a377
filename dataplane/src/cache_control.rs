//! `Cache-Control` and `CDN-Cache-Control` of a file: how long browsers and CDNs may keep it.
//!
//! A CDN that knows the second one (RFC 9213) reads it instead of the first: it says of freshness exactly the same, and
//! adds how long what is past its time may stand in, which is as long as it does here.

use std::{fmt::Write as _, time::Duration};

use http::HeaderValue;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// What everybody is told, and what CDNs are told instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CacheControl {
    /// `Cache-Control`.
    pub(crate) all: HeaderValue,
    /// `CDN-Cache-Control`; absent where the first one says it all.
    pub(crate) cdn: Option<HeaderValue>,
}

/// How long what is past its time may stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Stale {
    /// While a newer one is fetched.
    pub(crate) while_revalidate: Duration,
    /// Where a newer one cannot be had.
    pub(crate) if_error: Duration,
}

impl CacheControl {
    /// Nobody keeps it.
    pub(crate) const fn nobody() -> Self {
        Self { all: NO_STORE, cdn: None }
    }

    /// Everybody may keep it for `ttl`.
    pub(crate) fn public(ttl: Duration, stale: Stale) -> Self {
        let seconds = ttl.as_secs();
        let all = format!("public, s-maxage={seconds}, max-age={seconds}, must-revalidate");
        let mut cdn = String::with_capacity(80);
        // Writing to a String cannot fail.
        let _ = write!(cdn, "max-age={seconds}");
        match (stale.while_revalidate.as_secs(), stale.if_error.as_secs()) {
            (0, 0) => cdn.push_str(", must-revalidate"),
            (revalidate, error) => {
                for (name, seconds) in [("stale-while-revalidate", revalidate), ("stale-if-error", error)] {
                    if seconds > 0 {
                        let _ = write!(cdn, ", {name}={seconds}");
                    }
                }
            }
        }
        Self { all: value(all), cdn: Some(value(cdn)) }
    }

    /// Its client alone may keep it for `ttl`.
    pub(crate) fn private(ttl: Duration) -> Self {
        let all = format!("private, max-age={}, must-revalidate", ttl.as_secs());
        Self { all: value(all), cdn: Some(NO_STORE) }
    }
}

/// Words and numbers, which every header can hold.
fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(NO_STORE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cdns_are_told_the_same_lifetime_and_what_may_stand_in_after_it() {
        let s = Duration::from_secs;
        let stale = |revalidate, error| Stale { while_revalidate: s(revalidate), if_error: s(error) };
        for (ttl, stale, cdn) in [
            (
                31_536_000,
                stale(3600, 86_400),
                "max-age=31536000, stale-while-revalidate=3600, stale-if-error=86400",
            ),
            (60, stale(6, 0), "max-age=60, stale-while-revalidate=6"),
            (5, stale(0, 60), "max-age=5, stale-if-error=60"),
            (60, Stale::default(), "max-age=60, must-revalidate"),
            (0, Stale::default(), "max-age=0, must-revalidate"),
        ] {
            let told = CacheControl::public(s(ttl), stale);
            assert_eq!(told.all, format!("public, s-maxage={ttl}, max-age={ttl}, must-revalidate"));
            assert_eq!(told.cdn.unwrap(), cdn);
        }
    }

    #[test]
    fn no_cdn_keeps_what_is_for_one_client() {
        let told = CacheControl::private(Duration::from_mins(1));
        assert_eq!(told.all, "private, max-age=60, must-revalidate");
        assert_eq!(told.cdn.unwrap(), "no-store");
    }
}
