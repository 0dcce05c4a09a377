//! How an origin is fetched from and tried, within bounds.

use imgplane_config::{FetchPolicy, Probe};
use imgplane_crds::origin;

use crate::validate::{
    Findings,
    bound::{FETCH_TIMEOUT, FILE_SIZE, PROBE_INTERVAL},
};

/// Timeouts, retries and limits.
pub(super) fn fetch(spec: Option<&origin::Fetch>, findings: &mut Findings) -> FetchPolicy {
    let default = FetchPolicy::default();
    let Some(spec) = spec else { return default };
    let mut timeout = |field: &str, value, default| findings.duration(field, value, default, &FETCH_TIMEOUT);
    let connect_timeout = timeout("spec.fetch.connectTimeout", spec.connect_timeout, default.connect_timeout);
    let headers_timeout = timeout("spec.fetch.headersTimeout", spec.headers_timeout, default.headers_timeout);
    let body_stall_timeout =
        timeout("spec.fetch.bodyStallTimeout", spec.body_stall_timeout, default.body_stall_timeout);
    let total_timeout = timeout("spec.fetch.totalTimeout", spec.total_timeout, default.total_timeout);
    FetchPolicy {
        connect_timeout,
        headers_timeout,
        body_stall_timeout,
        total_timeout,
        retries: findings.number("spec.fetch.retries", spec.retries, default.retries, &(0..=1)),
        max_object_size: findings.size(
            "spec.fetch.maxObjectSize",
            spec.max_object_size,
            default.max_object_size,
            &FILE_SIZE,
        ),
        max_concurrency: findings.number(
            "spec.fetch.maxConcurrency",
            spec.max_concurrency,
            default.max_concurrency,
            &(1..=10_000),
        ),
    }
}

/// How it is tried.
pub(super) fn probe(spec: Option<&origin::Probe>, findings: &mut Findings) -> Probe {
    let default = Probe::default();
    let Some(spec) = spec else { return default };
    Probe {
        enabled: spec.enabled.unwrap_or(default.enabled),
        path: findings.file_path("spec.probe.path", spec.path.as_deref()),
        interval: findings.duration("spec.probe.interval", spec.interval, default.interval, &PROBE_INTERVAL),
    }
}
