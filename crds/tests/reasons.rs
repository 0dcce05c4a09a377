//! Reasons are API: their spelling, their condition and their severity.

use std::collections::BTreeSet;

use imgplane_crds::{ConditionType, Reason, Severity};

#[test]
fn reasons_are_distinct_and_only_warnings_leave_their_condition_true() {
    let names: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(names.len(), Reason::ALL.len());
    let warnings: Vec<_> =
        Reason::ALL.into_iter().filter(|reason| reason.severity() == Severity::Warning).collect();
    assert_eq!(warnings, [Reason::ManyOrigins, Reason::PrefixShadowed]);
    assert!(warnings.iter().all(|reason| reason.condition() == ConditionType::Accepted));
}

#[test]
fn a_reason_belongs_to_the_condition_that_it_decides() {
    for (reason, condition) in [
        (Reason::Invalid, "Accepted"),
        (Reason::Conflicted, "Accepted"),
        (Reason::DataPlaneNotFound, "Accepted"),
        (Reason::NotAllowedByDataPlane, "Accepted"),
        (Reason::SecretNotFound, "ResolvedRefs"),
        (Reason::SecretKeyMissing, "ResolvedRefs"),
        (Reason::SecretMalformed, "ResolvedRefs"),
        (Reason::VolumeNotFound, "ResolvedRefs"),
        (Reason::OriginNotFound, "ResolvedRefs"),
        (Reason::OriginNotAccepted, "ResolvedRefs"),
        (Reason::NoDataPlane, "Programmed"),
    ] {
        assert_eq!(reason.condition().as_str(), condition, "{reason}");
    }
}
