//! Reasons are API: their spelling, their condition and their severity.

use std::collections::BTreeSet;

use imgplane_crds::{ConditionStatus, ConditionType, Reason, Severity};

#[test]
fn reasons_are_distinct_and_only_warnings_leave_their_condition_true() {
    let names: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(names.len(), Reason::ALL.len());
    let with = |status| {
        let all = Reason::ALL.into_iter();
        all.filter(move |reason| reason.status() == status).collect::<Vec<_>>()
    };
    let warnings = with(ConditionStatus::True);
    assert_eq!(
        warnings,
        [
            Reason::ManyOrigins,
            Reason::PrefixShadowed,
            Reason::UnsignedProxy,
            Reason::OriginalsNotSaved,
            Reason::CredentialExpiring,
            Reason::CacheUnavailable
        ]
    );
    let of_what_it_names: Vec<_> =
        warnings.iter().filter(|reason| reason.condition() == ConditionType::ResolvedRefs).collect();
    assert_eq!(of_what_it_names, [&Reason::CredentialExpiring]);
    assert_eq!(with(ConditionStatus::Unknown), [Reason::AckPending, Reason::NotObserved]);
    for reason in Reason::ALL {
        let error = reason.severity() == Severity::Error;
        assert_eq!(error, reason.status() == ConditionStatus::False, "{reason}");
    }
}

#[test]
fn a_reason_belongs_to_the_condition_that_it_decides() {
    for (reason, condition) in [
        (Reason::Invalid, "Accepted"),
        (Reason::Conflicted, "Accepted"),
        (Reason::OpenProxy, "Accepted"),
        (Reason::DataPlaneNotFound, "Accepted"),
        (Reason::NotAllowedByDataPlane, "Accepted"),
        (Reason::SecretNotFound, "ResolvedRefs"),
        (Reason::SecretKeyMissing, "ResolvedRefs"),
        (Reason::SecretMalformed, "ResolvedRefs"),
        (Reason::ConfigMapNotFound, "ResolvedRefs"),
        (Reason::CredentialExpiring, "ResolvedRefs"),
        (Reason::UnsignedProxy, "Accepted"),
        (Reason::OriginalsNotSaved, "Accepted"),
        (Reason::VolumeNotFound, "ResolvedRefs"),
        (Reason::OriginNotFound, "ResolvedRefs"),
        (Reason::OriginNotAccepted, "ResolvedRefs"),
        (Reason::NoDataPlane, "Programmed"),
        (Reason::Rejected, "Programmed"),
        (Reason::AckTimeout, "Programmed"),
        (Reason::TooLarge, "Programmed"),
        (Reason::AckPending, "Programmed"),
        (Reason::CacheUnavailable, "Programmed"),
        (Reason::NotObserved, "Reachable"),
    ] {
        assert_eq!(reason.condition().as_str(), condition, "{reason}");
    }
}
