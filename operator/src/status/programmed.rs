//! `Programmed`: a measured fact. Every ready pod of every DataPlane that runs an object said that it runs this
//! generation of it.

use std::time::Duration;

use imgplane_config::ObjectId;
use imgplane_crds::{Condition, ConditionStatus, ConditionType, Kind, Reason};
use k8s_openapi::jiff::{SignedDuration, Timestamp};

use super::{
    ACK_TIMEOUT, Known, Publication, SILENCE,
    condition::Finding,
    index::{Index, Plane},
    message::{self, Wait},
};
use crate::acknowledge::{Acknowledged, PodAck};

/// The object that is asked about.
pub(super) struct Asked<'a> {
    pub(super) kind: Kind,
    pub(super) id: &'a ObjectId,
    pub(super) generation: i64,
    /// The condition that it has.
    pub(super) current: Option<&'a Condition>,
    /// Told beside good news.
    pub(super) trouble: Option<&'a str>,
}

/// Of an object that is refused: nothing of this generation is published.
pub(super) fn not_accepted(generation: i64, judged: &[Finding]) -> Finding {
    let invalid = judged.iter().any(|finding| finding.reason == Reason::Invalid.as_str());
    Finding::because(Reason::NoDataPlane, message::not_accepted(generation, invalid))
}

/// Whether these conditions let an object be published.
pub(super) fn is_refused(judged: &[Finding]) -> bool {
    judged
        .iter()
        .any(|finding| finding.kind == ConditionType::Accepted && finding.status == ConditionStatus::False)
}

/// What the pods of these DataPlanes say. The worst that one of them says counts.
pub(super) fn programmed(
    known: &Known<'_>,
    index: &Index<'_>,
    asked: &Asked<'_>,
    data_planes: &[&ObjectId],
) -> Finding {
    let worst = data_planes
        .iter()
        .filter_map(|data_plane| on(known, index, asked, data_plane))
        .min_by_key(|(rank, _)| *rank);
    if let Some((_, finding)) = worst {
        return finding;
    }
    let fine = message::programmed(data_planes, asked.generation, asked.trouble);
    without_cache(index, asked, &fine).unwrap_or_else(|| Finding::fine(ConditionType::Programmed, fine))
}

/// Of a DataPlane some of whose pods do not keep everything that they should, though they run its config.
fn without_cache(index: &Index<'_>, asked: &Asked<'_>, fine: &str) -> Option<Finding> {
    let plane = index.plane(asked.id).filter(|_| asked.kind == Kind::DataPlane)?;
    let pods = &plane.state.pods;
    let told = |error: fn(&PodAck) -> Option<&String>, tell: fn(usize, usize, &ObjectId, &str) -> String| {
        let without: Vec<_> = pods.iter().filter_map(|pod| Some((&pod.pod, error(pod)?))).collect();
        let (pod, error) = without.iter().min()?;
        Some(tell(without.len(), pods.len(), pod, error))
    };
    let folder = told(|pod| pod.cache_error.as_ref(), message::cache_unavailable);
    let store = told(|pod| pod.store_error.as_ref(), message::store_unavailable);
    let told: Vec<_> = folder.into_iter().chain(store).collect();
    if told.is_empty() {
        return None;
    }
    Some(Finding::because(Reason::CacheUnavailable, format!("{fine}; {}", told.join("; "))))
}

/// What is wrong on one DataPlane, if anything, and how bad it is.
fn on(
    known: &Known<'_>,
    index: &Index<'_>,
    asked: &Asked<'_>,
    data_plane: &ObjectId,
) -> Option<(u8, Finding)> {
    let generation = asked.generation;
    let Some(plane) = index.plane(data_plane) else {
        return Some(wait(known, asked, data_plane, &Wait::Unwritten));
    };
    let state = plane.acks.state(record_kind(asked.kind), asked.id, generation);
    if let Acknowledged::Rejected { pod, pods, reason } = &state {
        let ready = plane.state.pods.len();
        let text = message::rejected(data_plane, generation, pod, *pods, ready, reason);
        return Some((0, Finding::because(Reason::Rejected, text)));
    }
    if asked.kind == Kind::DataPlane
        && let Some(finding) = of_data_plane(known, asked, data_plane, plane)
    {
        return Some(finding);
    }
    if matches!(state, Acknowledged::Programmed { .. }) || still(asked, plane, &state) {
        return None;
    }
    if let Publication::TooLarge(text) = &plane.state.publication {
        let text = message::too_large(data_plane, generation, text);
        return Some((1, Finding::because(Reason::TooLarge, text)));
    }
    let blocked = match &plane.state.publication {
        Publication::Failed(error) => Wait::WriteFailed(error),
        Publication::NotYet => Wait::Unwritten,
        Publication::Published { .. } | Publication::TooLarge(_) => match &state {
            Acknowledged::Pending { running, ready, waiting } => Wait::Pods {
                running: *running,
                ready: *ready,
                waiting,
                hint: waiting.iter().find_map(|pod| hint(plane, pod)),
            },
            Acknowledged::NoPods | Acknowledged::Programmed { .. } | Acknowledged::Rejected { .. } => {
                match &plane.state.unapplied {
                    Some(error) => Wait::WriteFailed(error),
                    None => Wait::NoPods(plane.state.trouble.as_deref()),
                }
            }
        },
    };
    Some(wait(known, asked, data_plane, &blocked))
}

/// What concerns the DataPlane alone: its config is not all that its spec asks for, so that pods which run it do not
/// make it programmed.
fn of_data_plane(
    known: &Known<'_>,
    asked: &Asked<'_>,
    data_plane: &ObjectId,
    plane: &Plane<'_>,
) -> Option<(u8, Finding)> {
    let refusing: Vec<_> =
        plane.state.pods.iter().filter_map(|pod| Some((&pod.pod, pod.tls_error.as_ref()?))).collect();
    if let Some((pod, error)) = refusing.iter().min() {
        let ready = plane.state.pods.len();
        let text = message::certificate_refused(refusing.len(), ready, pod, error);
        return Some((0, Finding::because(Reason::Rejected, text)));
    }
    let error = plane.state.unapplied.as_deref()?;
    Some(wait(known, asked, data_plane, &Wait::WriteFailed(error)))
}

/// A pod that has just become ready mounts the newest config, and will say so. Until it was asked, what was known
/// stands: else each new pod would make every object's status flicker.
fn still(asked: &Asked<'_>, plane: &Plane<'_>, state: &Acknowledged) -> bool {
    let was = asked.current.is_some_and(|condition| {
        condition.status == ConditionStatus::True.as_str()
            && condition.observed_generation == Some(asked.generation)
    });
    match state {
        Acknowledged::Pending { waiting, .. } => was && waiting.iter().all(|pod| plane.is_newcomer(pod)),
        Acknowledged::Programmed { .. } | Acknowledged::Rejected { .. } | Acknowledged::NoPods => false,
    }
}

/// Why a pod does not load, as far as it is known.
fn hint(plane: &Plane<'_>, pod: &ObjectId) -> Option<String> {
    let ack = plane.pod(pod)?;
    match (ack.silent_for, &ack.config_error) {
        (Some(silence), _) if silence > SILENCE => Some(message::silent(pod, silence.as_secs())),
        (_, Some(error)) => Some(message::unreadable(pod, error)),
        _ => None,
    }
}

fn wait(known: &Known<'_>, asked: &Asked<'_>, data_plane: &ObjectId, wait: &Wait<'_>) -> (u8, Finding) {
    if waited(known, asked) >= ACK_TIMEOUT {
        let text = message::timed_out(data_plane, asked.generation, wait);
        (2, Finding::because(Reason::AckTimeout, text))
    } else {
        let text = message::pending(data_plane, asked.generation, wait);
        (3, Finding::because(Reason::AckPending, text))
    }
}

/// How long this generation has been waited for, by this program or by the one that wrote the present status.
fn waited(known: &Known<'_>, asked: &Asked<'_>) -> Duration {
    let here = known.waits.since(asked.kind, asked.id, asked.generation);
    let since = here.or_else(|| {
        let before =
            asked.current.filter(|condition| condition.observed_generation == Some(asked.generation))?;
        if before.reason == Reason::AckTimeout.as_str() {
            Some(Timestamp::UNIX_EPOCH)
        } else {
            (before.reason == Reason::AckPending.as_str()).then_some(before.last_transition_time.0)
        }
    });
    let waited = since.map_or(SignedDuration::ZERO, |since| known.now.duration_since(since));
    Duration::try_from(waited).unwrap_or_default()
}

const fn record_kind(kind: Kind) -> imgplane_config::Kind {
    match kind {
        Kind::Origin => imgplane_config::Kind::Origin,
        Kind::UrlEndpoint => imgplane_config::Kind::UrlEndpoint,
        Kind::DataPlane => imgplane_config::Kind::DataPlane,
    }
}
