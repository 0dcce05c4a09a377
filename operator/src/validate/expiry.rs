//! When a credential expires, and from when on that is told.

use jiff::{Timestamp, civil};
use url::form_urlencoded;

use crate::Hour;

/// How long before its end a credential is spoken of: time enough for whoever has to ask somebody else for a new one.
const NOTICE_HOURS: i64 = 7 * 24;

/// How far a credential is from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Far.
    Good,
    /// Within [`NOTICE_HOURS`].
    Ending,
    /// Beyond it.
    Ended,
}

/// How far a credential is from its end in this hour.
pub(super) fn stage(expiry: Timestamp, hour: Hour) -> Stage {
    let end = Hour::at_or_after(expiry);
    if hour >= end {
        Stage::Ended
    } else if hour >= end.before(NOTICE_HOURS) {
        Stage::Ending
    } else {
        Stage::Good
    }
}

/// The next hour in which [`stage`] says something else.
pub(crate) fn next_look(expiry: Timestamp, judged: Hour) -> Option<Hour> {
    let end = Hour::at_or_after(expiry);
    [end.before(NOTICE_HOURS), end].into_iter().find(|hour| *hour > judged)
}

/// The end of a shared access signature, if it tells: the parameter `se`. One that goes by a stored access policy does
/// not.
pub(super) fn of_signature(sas: &str) -> Option<Timestamp> {
    let (_, end) = form_urlencoded::parse(sas.as_bytes()).find(|(name, _)| name == "se")?;
    time(&end)
}

/// A time as Azure writes it: a date, or a date and a time of day in UTC with or without seconds.
fn time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let local = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let civil = local.parse::<civil::DateTime>().ok()?;
    civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_end_of_a_signature_is_read_in_every_form_that_azure_writes() {
        for (sas, expected) in [
            ("sv=2022-11-02&se=2026-05-01T10%3A30%3A00Z&sig=x", Some("2026-05-01T10:30:00Z")),
            ("se=2026-05-01T10:30:00Z", Some("2026-05-01T10:30:00Z")),
            ("se=2026-05-01T10%3A30Z&sp=r", Some("2026-05-01T10:30:00Z")),
            ("se=2026-05-01T10%3A30%3A00.0000000Z", Some("2026-05-01T10:30:00Z")),
            ("se=2026-05-01", Some("2026-05-01T00:00:00Z")),
            ("sv=2022-11-02&si=policy&sig=x", None),
            ("se=soon", None),
            ("se=", None),
            ("use=2026-05-01", None),
        ] {
            assert_eq!(of_signature(sas), expected.map(at), "{sas}");
        }
    }

    #[test]
    fn an_end_is_told_from_a_week_before_it_and_looked_at_twice() {
        let expiry = at("2026-05-08T10:30:00Z");
        for (now, expected, next) in [
            ("2026-04-01T00:00:00Z", Stage::Good, Some("2026-05-01T11:00:00Z")),
            ("2026-05-01T10:59:59Z", Stage::Good, Some("2026-05-01T11:00:00Z")),
            ("2026-05-01T11:00:00Z", Stage::Ending, Some("2026-05-08T11:00:00Z")),
            ("2026-05-08T10:59:00Z", Stage::Ending, Some("2026-05-08T11:00:00Z")),
            ("2026-05-08T11:00:00Z", Stage::Ended, None),
        ] {
            let hour = Hour::of(at(now));
            assert_eq!(stage(expiry, hour), expected, "{now}");
            assert_eq!(next_look(expiry, hour), next.map(|next| Hour::of(at(next))), "{now}");
        }
    }
}
