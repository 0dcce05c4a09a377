//! What makes two statuses different enough to be told: not times and counts alone, and not the progress of a wait.

use std::{
    collections::{BTreeSet, hash_map::DefaultHasher},
    hash::{Hash as _, Hasher as _},
};

use imgplane_crds::{
    Condition, ConditionStatus, ConditionType, DataPlaneStatus, LastError, OriginStatus, Reason,
};

use super::{StatusBody, condition::find, message};

impl StatusBody {
    /// Whether a reader learns nothing from `self` that `other` did not say already.
    pub fn same_news(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Origin(one), Self::Origin(other)) => same_origin(one, other),
            (Self::UrlEndpoint(one), Self::UrlEndpoint(other)) => {
                same_conditions(&one.conditions, &other.conditions, Waiting::IsNoNews)
                    && one.observed_generation == other.observed_generation
                    && one.url == other.url
                    && one.origins == other.origins
            }
            (Self::DataPlane(one), Self::DataPlane(other)) => {
                same_conditions(&one.conditions, &other.conditions, Waiting::IsNews)
                    && one.observed_generation == other.observed_generation
                    && one.url == other.url
                    && one.pods == other.pods
                    && one.endpoints == other.endpoints
                    && one.egress_ips == other.egress_ips
            }
            (Self::Origin(_) | Self::UrlEndpoint(_) | Self::DataPlane(_), _) => false,
        }
    }

    /// Whether `other` says the same but for how many pods and endpoints there are.
    pub(crate) fn differs_in_counts_alone(&self, other: &Self) -> bool {
        let (Self::DataPlane(one), Self::DataPlane(two)) = (self, other) else { return false };
        let counted = DataPlaneStatus { pods: two.pods.clone(), endpoints: two.endpoints, ..one.clone() };
        Self::DataPlane(counted).same_news(other)
    }

    /// Takes over the transition times of conditions whose status is the same.
    pub(crate) fn keep_times(&mut self, before: &Self) {
        let conditions = match self {
            Self::Origin(status) => &mut status.conditions,
            Self::UrlEndpoint(status) => &mut status.conditions,
            Self::DataPlane(status) => &mut status.conditions,
        };
        for condition in conditions {
            let same = before
                .conditions()
                .iter()
                .find(|old| old.type_ == condition.type_ && old.status == condition.status);
            if let Some(old) = same {
                condition.last_transition_time = old.last_transition_time.clone();
            }
        }
    }
}

fn same_origin(one: &OriginStatus, other: &OriginStatus) -> bool {
    same_conditions(&one.conditions, &other.conditions, Waiting::IsNoNews)
        && one.observed_generation == other.observed_generation
        && one.endpoints == other.endpoints
        && one.health == other.health
        && one.credential_fingerprint == other.credential_fingerprint
        && one.credential_expiry == other.credential_expiry
        && classes(&one.last_errors) == classes(&other.last_errors)
}

fn classes(errors: &[LastError]) -> BTreeSet<(&str, Option<&str>)> {
    errors.iter().map(|error| (error.code.as_str(), error.reason.as_deref())).collect()
}

/// Whether it matters which pods are waited for, and why. In the DataPlane it does; ten thousand endpoints need not
/// repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    IsNews,
    IsNoNews,
}

fn same_conditions(one: &[Condition], other: &[Condition], waiting: Waiting) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| {
            one.type_ == other.type_
                && one.status == other.status
                && one.reason == other.reason
                && one.observed_generation == other.observed_generation
                && same_message(one, other, waiting)
        })
}

/// Whether two messages of the same condition with the same status and reason say the same.
fn same_message(one: &Condition, other: &Condition, waiting: Waiting) -> bool {
    let is = |kind: ConditionType| one.type_ == kind.as_str();
    if is(ConditionType::Ready) {
        // It repeats one of the others.
        true
    } else if is(ConditionType::Reachable) {
        // How many requests fail, and with which sample, changes with every look.
        one.status != ConditionStatus::Unknown.as_str() || without_numbers(one, other)
    } else if is(ConditionType::Programmed) {
        let pods = |condition: &Condition| {
            let waits = [Reason::AckPending, Reason::AckTimeout];
            waits.iter().any(|reason| reason.as_str() == condition.reason)
                && message::is_of_pods(&condition.message)
        };
        let progress = waiting == Waiting::IsNoNews && pods(one) && pods(other);
        progress || without_numbers(one, other)
    } else {
        one.message == other.message
    }
}

fn without_numbers(one: &Condition, other: &Condition) -> bool {
    let text = |condition: &Condition| -> String {
        condition.message.chars().filter(|c| !c.is_ascii_digit()).collect()
    };
    one.message == other.message || text(one) == text(other)
}

/// A number for what a status says of the spec and of what that names. While it stays, the rest is only weather; so
/// is the number of endpoints, which names the object and is not named by it.
pub(super) fn cause(body: &StatusBody) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.observed_generation().hash(&mut hasher);
    for kind in [ConditionType::Accepted, ConditionType::ResolvedRefs] {
        let told = find(body.conditions(), kind);
        told.map(|condition| (&condition.status, &condition.reason, &condition.message)).hash(&mut hasher);
    }
    match body {
        StatusBody::Origin(status) => {
            let expiry = status.credential_expiry.as_ref().map(|expiry| expiry.0);
            (&status.credential_fingerprint, expiry).hash(&mut hasher);
        }
        StatusBody::UrlEndpoint(status) => (&status.url, &status.origins).hash(&mut hasher),
        StatusBody::DataPlane(status) => (&status.url, &status.egress_ips).hash(&mut hasher),
    }
    hasher.finish()
}
