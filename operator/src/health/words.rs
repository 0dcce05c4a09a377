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

impl Share {
    /// In percent, at least 1.
    fn percent(self) -> u64 {
        let all = self.failed.saturating_add(self.succeeded).max(1);
        (self.failed.saturating_mul(100) / all).max(1)
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Some(share) => {
                let Share { pods, asking, .. } = share;
                let percent = share.percent();
                write!(
                    f,
                    "{percent} % of the requests in the last minute failed, on {pods} of {}",
                    these(*asking)
                )
            }
            Self::All(Share { failed, pods, asking, .. }) => {
                let requests = requests(*failed);
                write!(f, "{requests} in the last minute failed, on {pods} of {}", these(*asking))
            }
            Self::FewBesideProbe(Share { failed, .. }) => {
                write!(f, "probes succeed, and {} in the last minute failed", requests(*failed))
            }
            Self::Probes { failed, asked, step } => {
                write!(f, "{failed} of {asked} pods that probed it failed")?;
                match step {
                    Some(step) => write!(f, " at the step {step}"),
                    None => Ok(()),
                }
            }
            Self::ProbeBesideTraffic => f.write_str("requests succeed, and probes fail"),
        }
    }
}

fn requests(count: u64) -> String {
    if count == 1 { "the only request".to_owned() } else { format!("all {count} requests") }
}

fn these(asking: usize) -> String {
    if asking == 1 { "1 pod that asked".to_owned() } else { format!("{asking} pods that asked") }
}

/// A finding with what one pod saw.
pub(super) fn finding(basis: &Basis, sample: &str) -> String {
    format!("{basis}: {sample}")
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
