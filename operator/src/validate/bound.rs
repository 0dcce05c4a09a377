//! Values with a meaning: durations and sizes within bounds, hosts, addresses.

use std::{ops::RangeInclusive, time::Duration};

use imgplane_crds::Size;
use url::Url;

use super::Findings;

/// Bounds of timeouts on the way to an origin: an hour is longer than any client waits.
pub(super) const FETCH_TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_hours(1);
/// Bounds of the time between two probes: often enough to be of use, seldom enough to cost nobody anything.
pub(super) const PROBE_INTERVAL: RangeInclusive<Duration> =
    Duration::from_secs(10)..=Duration::from_hours(24);
/// Bounds of a file's size: nothing below a byte, and no store takes more in one object than some TiB.
pub(super) const FILE_SIZE: RangeInclusive<u64> = 1..=1 << 50;
/// No account: what begins with it on the delivery port is the API.
pub(super) const RESERVED_ACCOUNT: &str = "v1";

impl Findings {
    /// A duration within bounds, or its default.
    pub(super) fn duration(
        &mut self,
        field: &str,
        value: Option<imgplane_crds::Duration>,
        default: Duration,
        bounds: &RangeInclusive<Duration>,
    ) -> Duration {
        let Some(value) = value else { return default };
        if !bounds.contains(&value.get()) {
            let (low, high) = (bounds.start(), bounds.end());
            self.invalid(
                field,
                format!(
                    "is {value}, but must be from {} to {}",
                    imgplane_crds::Duration::new(*low),
                    imgplane_crds::Duration::new(*high)
                ),
            );
        }
        value.get()
    }

    /// A size in bytes within bounds, or its default.
    pub(super) fn size(
        &mut self,
        field: &str,
        value: Option<Size>,
        default: u64,
        bounds: &RangeInclusive<u64>,
    ) -> u64 {
        let Some(value) = value else { return default };
        if !bounds.contains(&value.bytes()) {
            let (low, high) = (Size::new(*bounds.start()), Size::new(*bounds.end()));
            // A size beyond what can be counted is held at the largest number, which nobody wrote.
            let found = if value.bytes() == u64::MAX { "too large".to_owned() } else { value.to_string() };
            self.invalid(field, format!("is {found}, but must be from {low} to {high} bytes"));
        }
        value.bytes()
    }

    /// A number within bounds, or its default.
    pub(super) fn number<N: PartialOrd + Copy + std::fmt::Display>(
        &mut self,
        field: &str,
        value: Option<N>,
        default: N,
        bounds: &RangeInclusive<N>,
    ) -> N {
        let Some(value) = value else { return default };
        if !bounds.contains(&value) {
            self.invalid(
                field,
                format!("is {value}, but must be from {} to {}", bounds.start(), bounds.end()),
            );
        }
        value
    }

    /// An absolute web address without trailing slash, as it was written otherwise.
    pub(super) fn address(&mut self, field: &str, text: &str) -> String {
        if let Err(what) = check_address(text) {
            self.invalid(field, what);
        }
        text.trim_end_matches('/').to_owned()
    }

    /// A folder without leading and trailing slashes.
    pub(super) fn folder(&mut self, field: &str, text: Option<&str>) -> String {
        let folder = text.unwrap_or_default().trim_matches('/');
        if folder.split('/').any(|segment| matches!(segment, "." | "..")) {
            self.invalid(field, "must not have . or .. as a path segment");
        }
        if folder.chars().any(char::is_control) {
            self.invalid(field, "must not have line breaks or other control characters");
        }
        folder.to_owned()
    }

    /// A path of a file as in a URL, with or without a query.
    pub(super) fn file_path(&mut self, field: &str, text: Option<&str>) -> String {
        let text = text.unwrap_or_default();
        let path = text.split_once('?').map_or(text, |(path, _)| path);
        let is_dots =
            |segment: &str| matches!(segment.replace("%2e", ".").replace("%2E", ".").as_str(), "." | "..");
        if path.split('/').any(is_dots) {
            self.invalid(field, "must not have . or .. as a path segment");
        }
        if text.chars().any(char::is_control) {
            self.invalid(field, "must not have line breaks or other control characters");
        }
        text.to_owned()
    }

    /// A host name in lower case.
    pub(super) fn host(&mut self, field: &str, text: &str) -> String {
        if !is_host(text) {
            self.invalid(
                field,
                format!("{text:?} must be a host name such as img.example.com, without scheme, port or path"),
            );
        }
        text.to_ascii_lowercase()
    }

    /// One path segment of letters, digits, hyphens and underscores.
    pub(super) fn segment(&mut self, field: &str, text: &str) -> String {
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            self.invalid(field, format!("{text:?} must be letters, digits, hyphens and underscores"));
        }
        text.to_owned()
    }

    /// An account id: a path segment, and not the one of the API.
    pub(super) fn account(&mut self, field: &str, text: &str) -> String {
        if text == RESERVED_ACCOUNT {
            self.invalid(
                field,
                format!("must not be {RESERVED_ACCOUNT}, because /{RESERVED_ACCOUNT}/ is the API's"),
            );
        }
        self.segment(field, text)
    }
}

/// Whether a text is an absolute web address.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check_address(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("{text:?} is no address: {error}"))?;
    let whats = [
        (!matches!(url.scheme(), "http" | "https"), "must start with http:// or https://"),
        (url.host_str().is_none_or(str::is_empty), "must name a host"),
        (!url.username().is_empty() || url.password().is_some(), "must not have a user or password"),
        (url.query().is_some(), "must not have a query"),
        (url.fragment().is_some(), "must not have a fragment"),
        (text.contains(|c: char| c.is_whitespace() || c.is_control()), "must not have spaces or line breaks"),
    ];
    match whats.into_iter().find(|(broken, _)| *broken) {
        Some((_, what)) => Err(what.to_owned()),
        None => Ok(()),
    }
}

/// Whether a text is a host name.
pub(super) fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (1..=253).contains(&text.len()) && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_absolute_and_bare() {
        for good in
            ["https://a.example", "http://a.example:8080/x/y", "http://[fd00::1]:9000", "http://10.0.0.1/"]
        {
            assert_eq!(check_address(good), Ok(()), "{good}");
        }
        for (bad, what) in [
            ("a.example/x", "is no address"),
            ("ftp://a.example", "must start with http"),
            ("https://user@a.example", "must not have a user"),
            ("https://u:p@a.example", "must not have a user"),
            ("https://a.example/?x=1", "must not have a query"),
            ("https://a.example/#x", "must not have a fragment"),
            ("https://a.example:99999", "invalid port"),
            ("https://", "is no address"),
            ("https://a.example/x y", "must not have spaces"),
        ] {
            let error = check_address(bad).unwrap_err();
            assert!(error.contains(what), "{bad}: {error}");
        }
    }

    #[test]
    fn a_host_is_labels_and_dots() {
        for good in ["a", "img.example.com", "127.0.0.1", "x-1.y"] {
            assert!(is_host(good), "{good}");
        }
        for bad in ["", ".", "a..b", "-a.b", "a-.b", "a b", "a:80", "a/b", "https://a", "*.a", "ä.de"] {
            assert!(!is_host(bad), "{bad}");
        }
        assert!(!is_host(&"a".repeat(64)));
    }
}
