//! What is said of an origin: one template per finding.

use std::fmt;

use imgplane_config::ObjectId;

use super::traffic::Failures;

/// Of an origin that no pod runs.
pub(super) const NOT_RUN: &str = "it was never asked, because no pod runs it";
/// Before the first probe.
pub(super) const AWAITED: &str = "it has not been asked yet: ready pods are about to probe it";
/// Where nobody asked and nobody will before the first request.
pub(super) const UNPROBED: &str = "nobody has asked it for a file yet, and spec.probe.enabled is false: request a \
                                   file through a UrlEndpoint, or let it be probed";
/// Where a probe should have been made and was not.
pub(super) const NO_ANSWER: &str =
    "no ready pod has managed to probe it yet: look at the DataPlane that runs it";
/// Long after the last sign of life.
pub(super) const STALE: &str = "nothing was heard of it for a while: no request, and no probe";
/// Where everything is fine.
pub(super) const HEALTHY: &str = "it answers, and the files that it has arrive";

/// What a finding rests on.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Basis {
    /// Some requests of the last minute failed.
    Some(Share),
    /// All requests of the last minute failed.
    All(Share),
    /// The few requests of the last minute failed, and probes succeed.
    FewBesideProbe(Share),
    /// Probes failed, on this many pods of those that probed.
    Probes {
        /// Pods whose probe failed.
        failed: usize,
        /// Pods that probed.
        asked: usize,
        /// The step at which one failed.
        step: Option<String>,
    },
    /// Requests succeed and probes fail.
    ProbeBesideTraffic,
}

/// How widely requests fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    failed: u64,
    succeeded: u64,
    pods: usize,
    asking: usize,
}

impl From<&Failures> for Share {
    fn from(failures: &Failures) -> Self {
        let Failures { failed, succeeded, pods, asking, worst: _, others: _ } = *failures;
        Self { failed, succeeded, pods, asking }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Some(share) | Self::All(share) => {
                let Share { failed, succeeded, pods, asking } = share;
                let all = failed.saturating_add(*succeeded);
                write!(f, "{failed} of {all} requests in the last 60 s failed on {pods} of {asking} pods")
            }
            Self::FewBesideProbe(Share { failed, .. }) => {
                write!(f, "Probes succeed, and {} in the last 60 s failed", requests(*failed))
            }
            Self::Probes { failed, asked, step } => {
                write!(f, "{failed} of {asked} pods that probed it failed")?;
                match step {
                    Some(step) => write!(f, " at the step {step}"),
                    None => Ok(()),
                }
            }
            Self::ProbeBesideTraffic => f.write_str("Requests succeed, and probes fail"),
        }
    }
}

fn requests(count: u64) -> String {
    if count == 1 { "the only request".to_owned() } else { format!("all {count} requests") }
}

/// A finding: what one pod saw, how widely, and what to do. Each part is a sentence without its full stop.
pub(super) fn finding(basis: &Basis, seen: &str, remedy: &str) -> String {
    let seen = seen.trim_end_matches('.');
    match (seen, remedy) {
        ("", _) => basis.to_string(),
        (seen, "") => format!("{seen}. {basis}"),
        (seen, remedy) => format!("{seen}. {basis}. {}", remedy.trim_end_matches('.')),
    }
}

/// What a probe answered that could not decide.
pub(super) fn undecided(pod: &ObjectId, message: &str) -> String {
    let advice = if message.contains("probe.path") {
        ""
    } else {
        "; set spec.probe.path to a file that is there, so that it can be told"
    };
    format!("the probe by pod {pod} decides nothing: {message}{advice}")
}
