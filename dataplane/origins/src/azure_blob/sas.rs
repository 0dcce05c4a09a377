//! A shared access signature: a query that authorises whoever has it, for a while.

use http::Uri;
use imgplane_config::SecretText;

/// A shared access signature.
#[derive(Debug)]
pub(super) struct Sas {
    query: SecretText,
    start: Option<String>,
    expiry: Option<String>,
}

/// Whether a signature is valid at a moment, as far as its own text tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Validity {
    NotYet,
    Now,
    Over,
}

impl Sas {
    /// The query text as Azure gives it, with or without question mark.
    pub(super) fn new(text: &SecretText) -> Self {
        let query = text.expose().trim_start_matches('?');
        let value = |name: &str| {
            let found = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned()).filter(|value| seconds(value).is_some())
        };
        let (start, expiry) = (value("st"), value("se"));
        Self { query: SecretText::new(query), start, expiry }
    }

    /// From when on it is valid, as written in it.
    pub(super) fn start(&self) -> Option<&str> {
        self.start.as_deref()
    }

    /// Until when it is valid, as written in it.
    pub(super) fn expiry(&self) -> Option<&str> {
        self.expiry.as_deref()
    }

    /// Whether it is valid at a moment, in Unix seconds.
    pub(super) fn validity(&self, now: u64) -> Validity {
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let at = |text: &Option<String>| text.as_deref().and_then(seconds);
        if at(&self.expiry).is_some_and(|end| end <= now) {
            Validity::Over
        } else if at(&self.start).is_some_and(|start| start > now) {
            Validity::NotYet
        } else {
            Validity::Now
        }
    }

    /// An address with the signature, byte for byte as it was given.
    pub(super) fn added_to(&self, place: &Uri) -> Result<Uri, ()> {
        format!("{place}?{}", self.query.expose()).parse().map_err(|_| ())
    }
}

/// Unix seconds of a time as signatures have it: a date, or date and time, in UTC.
fn seconds(text: &str) -> Option<i64> {
    let time = text.parse::<jiff::Timestamp>();
    let time = time.or_else(|_| {
        text.trim_end_matches('Z')
            .parse::<jiff::civil::DateTime>()
            .and_then(|time| time.to_zoned(jiff::tz::TimeZone::UTC).map(|zoned| zoned.timestamp()))
    });
    time.ok().map(jiff::Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_says_itself_when_it_is_valid() {
        let (before, during, after) = (1_700_000_000, 1_750_000_000, 1_800_000_000);
        for (text, expected) in [
            (
                "?sv=2021-12-02&st=2024-01-01T00%3A00%3A00Z&se=2026-01-01T00%3A00%3A00Z&sig=x",
                [Validity::NotYet, Validity::Now, Validity::Over],
            ),
            ("se=2026-01-01&sig=x", [Validity::Now, Validity::Now, Validity::Over]),
            ("se=2026-01-01T00:00Z&sig=x", [Validity::Now, Validity::Now, Validity::Over]),
            ("si=policy&sig=x", [Validity::Now; 3]),
            ("se=soon&sig=x", [Validity::Now; 3]),
        ] {
            let sas = Sas::new(&SecretText::new(text));
            let seen = [before, during, after].map(|now| sas.validity(now));
            assert_eq!(seen, expected, "{text}");
        }
    }

    #[test]
    fn it_is_added_as_it_was_given_and_shown_nowhere() {
        let sas = Sas::new(&SecretText::new("?sp=r&sig=a%2Bb%3D"));
        let place = "https://shop.blob.core.windows.net/media/a%20b.jpg".parse().unwrap();
        assert_eq!(
            sas.added_to(&place).unwrap().to_string(),
            "https://shop.blob.core.windows.net/media/a%20b.jpg?sp=r&sig=a%2Bb%3D"
        );
        assert!(!format!("{sas:?}").contains("sig="));
    }
}
