//! Conditions: when their transition time moves, and what `Ready` sums up.

use imgplane_crds::{Condition, ConditionStatus, ConditionType, Reason};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

/// Longest message, in characters: a quarter of what the API allows, and more than anybody reads.
const MESSAGE: usize = 8 << 10;

/// What was found of one condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) kind: ConditionType,
    pub(super) status: ConditionStatus,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) weight: Weight,
}

/// What a finding does to `Ready`; the heaviest decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// It is not ready.
    Error,
    /// It is being worked on.
    Working,
    /// It is ready, and something should be looked at.
    Notice,
    /// All is well.
    Fine,
}

impl Finding {
    /// A True condition's reason is its own name.
    pub(super) fn fine(kind: ConditionType, message: impl Into<String>) -> Self {
        let (status, reason) = (ConditionStatus::True, kind.as_str().to_owned());
        Self { kind, status, reason, message: message.into(), weight: Weight::Fine }
    }

    /// A reason of the list, which knows its condition and what that is because of it.
    pub(super) fn because(reason: Reason, message: impl Into<String>) -> Self {
        let status = reason.status();
        let weight = match status {
            ConditionStatus::False => Weight::Error,
            ConditionStatus::Unknown => Weight::Working,
            ConditionStatus::True => Weight::Notice,
        };
        let reason_text = reason.as_str().to_owned();
        Self { kind: reason.condition(), status, reason: reason_text, message: message.into(), weight }
    }
}

/// Makes the conditions of one object.
pub(super) struct Conditions<'a> {
    generation: i64,
    previous: &'a [Condition],
    now: Timestamp,
}

impl<'a> Conditions<'a> {
    /// `previous` are those that the object has.
    pub(super) const fn new(generation: i64, previous: &'a [Condition], now: Timestamp) -> Self {
        Self { generation, previous, now }
    }

    /// One condition for each finding, in their order, and `Ready`, whose message is `fine` where all is well.
    pub(super) fn of(&self, findings: Vec<Finding>, fine: &str) -> Vec<Condition> {
        let ready = ready(&findings, fine);
        findings.into_iter().chain([ready]).map(|finding| self.condition(finding)).collect()
    }

    fn condition(&self, finding: Finding) -> Condition {
        let Finding { kind, status, reason, message, weight: _ } = finding;
        let unmoved = find(self.previous, kind).filter(|condition| condition.status == status.as_str());
        Condition {
            last_transition_time: unmoved
                .map_or(Time(self.now), |condition| condition.last_transition_time.clone()),
            message: message.chars().take(MESSAGE).collect(),
            observed_generation: Some(self.generation),
            reason,
            status: status.as_str().to_owned(),
            type_: kind.as_str().to_owned(),
        }
    }
}

/// The condition of a type.
pub(super) fn find(conditions: &[Condition], kind: ConditionType) -> Option<&Condition> {
    conditions.iter().find(|condition| condition.type_ == kind.as_str())
}

/// The heaviest finding, and of several the first.
fn ready(findings: &[Finding], fine: &str) -> Finding {
    let kind = ConditionType::Ready;
    match findings.iter().min_by_key(|finding| finding.weight) {
        None => Finding::fine(kind, fine),
        Some(finding) => {
            let status = match finding.weight {
                Weight::Error => ConditionStatus::False,
                Weight::Working => ConditionStatus::Unknown,
                Weight::Notice => ConditionStatus::True,
                Weight::Fine => return Finding::fine(kind, fine),
            };
            Finding { kind, status, ..finding.clone() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_transition_time_moves_only_with_the_status_value() {
        let accepted = Finding::fine(ConditionType::Accepted, "fine");
        let first = Conditions::new(1, &[], at(10)).of(vec![accepted.clone()], "");
        assert!(first.iter().all(|condition| condition.last_transition_time.0 == at(10)));

        let warned = Finding::because(Reason::ManyOrigins, "many");
        let second = Conditions::new(2, &first, at(20)).of(vec![warned], "");
        assert_eq!(second[0].reason, "ManyOrigins");
        assert_eq!(second[0].observed_generation, Some(2));
        assert_eq!(second[0].last_transition_time.0, at(10), "still True");

        let refused = Finding::because(Reason::Invalid, "no");
        let third = Conditions::new(3, &second, at(30)).of(vec![refused], "");
        assert_eq!(third[0].last_transition_time.0, at(30));
        assert_eq!(third[1].last_transition_time.0, at(30), "Ready went with it");
    }

    #[test]
    fn ready_is_the_most_severe_of_the_others_and_of_equals_the_first() {
        let fine = |kind| Finding::fine(kind, "fine");
        let rows = [
            (vec![fine(ConditionType::Accepted), fine(ConditionType::ResolvedRefs)], "True", "Ready"),
            (vec![Finding::because(Reason::ManyOrigins, "")], "True", "ManyOrigins"),
            (
                vec![Finding::because(Reason::ManyOrigins, ""), Finding::because(Reason::AckPending, "")],
                "Unknown",
                "AckPending",
            ),
            (
                vec![
                    fine(ConditionType::Accepted),
                    Finding::because(Reason::SecretNotFound, ""),
                    Finding::because(Reason::AckTimeout, ""),
                ],
                "False",
                "SecretNotFound",
            ),
            (
                vec![Finding::because(Reason::AckPending, ""), Finding::because(Reason::AckTimeout, "")],
                "False",
                "AckTimeout",
            ),
        ];
        for (findings, status, reason) in rows {
            let all = Conditions::new(1, &[], at(0)).of(findings, "all is well");
            let ready = all.last().unwrap();
            assert_eq!((ready.type_.as_str(), &*ready.status, &*ready.reason), ("Ready", status, reason));
        }
    }
}
