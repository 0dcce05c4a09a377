//! What stands in the Lease, and what is written into it.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::{MicroTime, OwnerReference},
};

use super::{DURATION, LEASE};
use crate::{clock, labels};

/// Longest time that a Lease of others is respected: a wrong number in it must not stop the operator for good.
const LONGEST: Duration = Duration::from_mins(1);

/// The part of a Lease by which its changes are noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    holder: String,
    renewed: Option<Timestamp>,
    transitions: i32,
    duration: Option<i32>,
}

impl Record {
    pub(super) fn of(lease: &Lease) -> Self {
        let spec = lease.spec.clone().unwrap_or_default();
        Self {
            holder: spec.holder_identity.unwrap_or_default(),
            renewed: spec.renew_time.map(|time| time.0),
            transitions: spec.lease_transitions.unwrap_or(0),
            duration: spec.lease_duration_seconds,
        }
    }

    /// Whether nobody holds it.
    pub(super) fn is_free(&self) -> bool {
        self.holder.is_empty()
    }

    /// How long it is its holder's without a change. Another version of the operator may say another time.
    pub(super) fn duration(&self) -> Duration {
        let seconds = self.duration.and_then(|seconds| u64::try_from(seconds).ok());
        seconds.map_or(DURATION, Duration::from_secs).min(LONGEST)
    }
}

/// The Lease where there is none.
pub(super) fn first(identity: &str, owner: Option<OwnerReference>) -> Lease {
    let mut lease = Lease::default();
    lease.metadata.name = Some(LEASE.to_owned());
    lease.metadata.labels = Some([(labels::APP_NAME.to_owned(), labels::OPERATOR.to_owned())].into());
    lease.metadata.owner_references = owner.map(|owner| vec![owner]);
    lease.spec = Some(held(identity, MicroTime(clock::now()), 0));
    lease
}

/// The Lease of somebody who holds it no more, taken over.
pub(super) fn succession(lease: &Lease, identity: &str) -> Lease {
    let mut lease = lease.clone();
    let before = Record::of(&lease);
    let transitions = before.transitions.saturating_add(i32::from(before.holder != identity));
    lease.spec = Some(held(identity, MicroTime(clock::now()), transitions));
    lease
}

/// The Lease one holds, renewed.
pub(super) fn renewal(lease: &Lease, identity: &str) -> Lease {
    let mut lease = lease.clone();
    let spec = lease.spec.clone().unwrap_or_default();
    let acquired = spec.acquire_time.unwrap_or(MicroTime(clock::now()));
    lease.spec = Some(held(identity, acquired, spec.lease_transitions.unwrap_or(0)));
    lease
}

/// The Lease one holds, given back.
pub(super) fn released(lease: &Lease) -> Lease {
    let mut lease = renewal(lease, "");
    if let Some(spec) = &mut lease.spec {
        spec.holder_identity = None;
    }
    lease
}

fn held(identity: &str, acquired: MicroTime, transitions: i32) -> LeaseSpec {
    LeaseSpec {
        holder_identity: Some(identity.to_owned()),
        lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
        acquire_time: Some(acquired),
        renew_time: Some(MicroTime(clock::now())),
        lease_transitions: Some(transitions),
        ..LeaseSpec::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_changes_hands_and_counts_it() {
        let first = first("a", None);
        assert_eq!(Record::of(&first).transitions, 0);
        let kept = succession(&first, "a");
        assert_eq!(Record::of(&kept).transitions, 0, "the same holder again is no transition");
        let taken = succession(&first, "b");
        assert_eq!((Record::of(&taken).holder.as_str(), Record::of(&taken).transitions), ("b", 1));
        let free = released(&taken);
        assert!(Record::of(&free).is_free());
        assert_eq!(Record::of(&free).transitions, 1);
    }

    #[test]
    fn the_duration_of_others_is_respected_within_reason() {
        let mut lease = first("a", None);
        for (said, expected) in [(None, 15), (Some(30), 30), (Some(86_400), 60), (Some(-1), 15)] {
            lease.spec.as_mut().unwrap().lease_duration_seconds = said;
            assert_eq!(Record::of(&lease).duration().as_secs(), expected, "{said:?}");
        }
    }
}
