//! What is noted of a request while it runs: for `Server-Timing`, the access log and metrics.

use std::{
    fmt::Write as _,
    sync::Arc,
    time::{Duration, Instant},
};

use imgplane_config::ObjectId;
use imgplane_pixels::Format;

use crate::state::Endpoint;

/// The notes of one request.
#[derive(Debug)]
pub(crate) struct Trace {
    /// Unique id, in the answer and in the log.
    pub(super) id: String,
    /// When the request's head was read.
    pub(super) arrived: Instant,
    /// The endpoint that matched.
    pub(super) endpoint: Option<Arc<Endpoint>>,
    /// The origin that served the file.
    pub(super) origin: Option<ObjectId>,
    /// Time at the origins: until the last byte of what is decoded, until the headers of what is streamed.
    pub(super) download: Option<Duration>,
    /// Time spent waiting for a worker and memory.
    pub(super) queue: Option<Duration>,
    /// Time from decoding to the encoded result.
    pub(super) transformation: Option<Duration>,
    /// Format of the transformed picture.
    pub(super) format: Option<Format>,
    /// For the operator's log.
    pub(super) detail: Option<String>,
    /// Whether it came from the cache.
    pub(super) cache: CacheUse,
    /// Of all this the client is told nothing: it may not know whether the file is kept, or even there.
    pub(super) is_secret: bool,
}

/// What the cache did for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum CacheUse {
    /// Nothing: there is none, or it keeps no such files.
    #[default]
    Off,
    /// It had what was wanted.
    Hit,
    /// It had nothing, or nothing that is good any more.
    Miss,
    /// It had something that was past its time, and the origin said that it is still good.
    Refresh,
    /// It had something that is past its time, which is delivered all the same: a newer one is on its way, or the origins
    /// cannot be asked for one.
    Stale,
}

impl CacheUse {
    /// As it stands in the metric and the log; empty where the cache did nothing.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "",
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Refresh => "refresh",
            Self::Stale => "stale",
        }
    }

    /// As it stands in `Server-Timing`, in the words of Amazon's network, which has none for what is stale.
    const fn timing(self) -> &'static str {
        match self {
            Self::Off => "",
            Self::Hit | Self::Stale => "cdn-cache-hit,",
            Self::Miss => "cdn-cache-miss,",
            Self::Refresh => "cdn-cache-refresh,",
        }
    }
}

impl Trace {
    /// Begins with the request.
    pub(super) fn new() -> Self {
        Self {
            id: new_id(),
            arrived: Instant::now(),
            endpoint: None,
            origin: None,
            download: None,
            queue: None,
            transformation: None,
            format: None,
            detail: None,
            cache: CacheUse::Off,
            is_secret: false,
        }
    }

    /// Adds to the time at the origins.
    pub(super) fn downloaded(&mut self, time: Duration) {
        self.download = Some(self.download.unwrap_or_default() + time);
    }

    /// Takes over what was noted of work that this request shared with others.
    pub(super) fn take_over(&mut self, work: &Self) {
        self.origin.clone_from(&work.origin);
        self.detail.clone_from(&work.detail);
        (self.download, self.queue, self.transformation) = (work.download, work.queue, work.transformation);
        self.format = work.format;
        if work.cache == CacheUse::Refresh {
            self.cache = CacheUse::Refresh;
        }
    }

    /// The `Server-Timing` header: whole milliseconds, separated by bare commas, in this order.
    pub(super) fn server_timing(&self, first_byte: Duration) -> String {
        let mut text = String::with_capacity(128);
        if !self.is_secret {
            let timings = [("transformation", self.transformation), ("download", self.download)];
            for (name, duration) in timings {
                if let Some(duration) = duration {
                    // Writing to a String cannot fail.
                    let _ = write!(text, "{name};dur={},", duration.as_millis());
                }
            }
            text.push_str(self.cache.timing());
        }
        let _ =
            write!(text, "cdn-rid;desc=\"{}\",cdn-downstream-fbl;dur={}", self.id, first_byte.as_millis());
        text
    }
}

/// A random UUID. Its randomness need not be secret, and asking the kernel for it would be a good part of what a hit costs.
fn new_id() -> String {
    let random = fastrand::u128(..).to_ne_bytes();
    uuid::Builder::from_random_bytes(random).into_uuid().hyphenated().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_timing_has_exactly_the_documented_form() {
        let ms = Duration::from_millis;
        let trace =
            |transformation, download| Trace { id: "emLL".into(), transformation, download, ..Trace::new() };
        for (transformation, download, expected) in [
            (
                Some(ms(193)),
                Some(ms(35)),
                "transformation;dur=193,download;dur=35,cdn-rid;desc=\"emLL\",cdn-downstream-fbl;dur=470",
            ),
            (None, Some(ms(35)), "download;dur=35,cdn-rid;desc=\"emLL\",cdn-downstream-fbl;dur=470"),
            (None, None, "cdn-rid;desc=\"emLL\",cdn-downstream-fbl;dur=470"),
        ] {
            assert_eq!(trace(transformation, download).server_timing(ms(470)), expected);
        }
        let kept = Trace { cache: CacheUse::Hit, ..trace(None, Some(ms(35))) };
        assert!(kept.server_timing(ms(1)).starts_with("download;dur=35,cdn-cache-hit,cdn-rid"));
        let secret = Trace { is_secret: true, ..kept };
        assert_eq!(secret.server_timing(ms(1)), "cdn-rid;desc=\"emLL\",cdn-downstream-fbl;dur=1");
    }
}
