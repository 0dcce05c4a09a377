//! The access log: one event per request, written when its body ended. Nothing in it can sign a URL or reveals what
//! is forwarded to an origin.

use std::time::{Duration, Instant};

use http::{Method, Uri};

/// The `tracing` target of access events, so that they can be filtered apart.
const TARGET: &str = "imgplane::access";

/// Whether anybody reads it.
pub(crate) fn is_on() -> bool {
    tracing::enabled!(target: TARGET, tracing::Level::INFO)
}

/// What is known of a request when its headers are sent.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Method.
    pub(crate) method: Method,
    /// Path and query, redacted.
    pub(crate) url: String,
    /// Status.
    pub(crate) status: u16,
    /// `namespace/name`; empty where none matched.
    pub(crate) endpoint: String,
    /// `namespace/name` of the origin that served or failed.
    pub(crate) origin: Option<String>,
    /// The `ik-error` header.
    pub(crate) ik_error: Option<String>,
    /// What the operator should know beside it.
    pub(crate) detail: Option<String>,
    /// Time at the origins.
    pub(crate) download: Option<Duration>,
    /// Time in the queue.
    pub(crate) queue: Option<Duration>,
    /// Time on a worker.
    pub(crate) transformation: Option<Duration>,
    /// What the cache did: `hit`, `miss`, `refresh`, `stale`, or empty.
    pub(crate) cache: &'static str,
    /// When the request's head was read.
    pub(crate) arrived: Instant,
    /// Its id.
    pub(crate) request_id: String,
}

impl Entry {
    /// Writes the event. `broken`: why the body ended before its end.
    pub(crate) fn write(self, bytes: u64, broken: Option<&str>) {
        let detail = broken.or(self.detail.as_deref());
        tracing::info!(
            target: TARGET,
            method = self.method.as_str(),
            url = self.url,
            status = self.status,
            bytes,
            endpoint = self.endpoint,
            origin = self.origin,
            ik_error = self.ik_error,
            detail,
            broken_off = broken.is_some().then_some(true),
            download_ms = self.download.map(millis),
            queue_ms = self.queue.map(millis),
            transformation_ms = self.transformation.map(millis),
            cache = Some(self.cache).filter(|cache| !cache.is_empty()),
            total_ms = millis(self.arrived.elapsed()),
            request_id = self.request_id,
            "answered"
        );
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What stands in place of a value.
const REDACTED: &str = "***";

/// Path and query as they may be shown: the signature and every value that goes to an origin are replaced.
pub(crate) fn redacted(uri: &Uri) -> String {
    let mut text = uri.path().to_owned();
    for (index, pair) in uri.query().into_iter().flat_map(|query| query.split('&')).enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, value)) if is_shown(name) => {
                text.push_str(name);
                text.push('=');
                text.push_str(value);
            }
            Some((name, _)) => {
                text.push_str(name);
                text.push('=');
                text.push_str(REDACTED);
            }
            // A parameter without a value may be a token all the same.
            None if is_shown(pair) || pair.is_empty() => text.push_str(pair),
            None => text.push_str(REDACTED),
        }
    }
    text
}

/// Our own parameters, without the signature. A name in another encoding is not recognised and so not shown.
fn is_shown(name: &str) -> bool {
    name == "tr" || name == "sdk-version" || (name.starts_with("ik-") && name != "ik-s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_and_forwarded_values_are_not_shown() {
        for (url, shown) in [
            ("/shop/tr:w-300/cat.jpg", "/shop/tr:w-300/cat.jpg"),
            ("/a.jpg?tr=w-300&ik-t=17&ik-s=abc", "/a.jpg?tr=w-300&ik-t=17&ik-s=***"),
            ("/a.jpg?token=secret&v=2", "/a.jpg?token=***&v=***"),
            ("/a.jpg?secret", "/a.jpg?***"),
            ("/a.jpg?ik%2Ds=abc&=x", "/a.jpg?ik%2Ds=***&=***"),
            ("/a.jpg?ik-attachment=true&&tr", "/a.jpg?ik-attachment=true&&tr"),
            ("/a.jpg?ik-s", "/a.jpg?***"),
            ("/a.jpg?", "/a.jpg?"),
        ] {
            assert_eq!(redacted(&url.parse().unwrap()), shown, "{url}");
        }
    }
}
