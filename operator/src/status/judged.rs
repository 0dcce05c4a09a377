//! `Accepted` and `ResolvedRefs`, from what validation found.

use imgplane_crds::{ConditionStatus, ConditionType, Reason, Severity};

use super::condition::{Finding, Weight};
use crate::Problem;

/// Most problems that one message tells.
const TOLD: usize = 10;

/// The first two conditions of an object with these problems.
pub(super) fn of(problems: &[&Problem]) -> Vec<Finding> {
    let accepted = judge(ConditionType::Accepted, problems)
        .unwrap_or_else(|| Finding::fine(ConditionType::Accepted, "its settings are valid"));
    let resolved = judge(ConditionType::ResolvedRefs, problems).unwrap_or_else(|| {
        if problems.iter().any(|problem| is_of_all_fields(problem)) {
            unknown()
        } else {
            Finding::fine(ConditionType::ResolvedRefs, "everything that it names exists and can be used")
        }
    });
    vec![accepted, resolved]
}

/// Whether nothing can be read of an object but its name.
fn is_of_all_fields(problem: &Problem) -> bool {
    problem.field.is_empty() && problem.reason == Reason::Invalid.as_str()
}

/// What an object names whose fields nobody can read.
fn unknown() -> Finding {
    Finding {
        kind: ConditionType::ResolvedRefs,
        status: ConditionStatus::Unknown,
        reason: Reason::Invalid.as_str().to_owned(),
        message: "what it names is not known, because its fields cannot be read: see Accepted".to_owned(),
        // What is wrong is told by Accepted.
        weight: Weight::Notice,
    }
}

/// What the problems that belong to a condition make of it; nothing where there are none. Errors go before warnings.
pub(super) fn judge(kind: ConditionType, problems: &[&Problem]) -> Option<Finding> {
    let mut mine: Vec<&Problem> =
        problems.iter().copied().filter(|problem| problem.condition == kind.as_str()).collect();
    mine.sort_by_key(|problem| problem.severity);
    let worst = mine.first()?;
    let (status, weight) = match worst.severity {
        Severity::Error => (ConditionStatus::False, Weight::Error),
        Severity::Warning => (ConditionStatus::True, Weight::Notice),
    };
    Some(Finding { kind, status, reason: worst.reason.to_owned(), message: told(&mine), weight })
}

fn told(problems: &[&Problem]) -> String {
    let tell = |problem: &Problem| match problem.field.as_str() {
        "" => problem.message.clone(),
        field => format!("{field}: {}", problem.message),
    };
    match problems {
        [only] => tell(only),
        several => {
            let mut parts: Vec<_> = several
                .iter()
                .take(TOLD)
                .enumerate()
                .map(|(index, problem)| format!("({}) {}", index + 1, tell(problem)))
                .collect();
            if several.len() > TOLD {
                parts.push(format!("and {} more", several.len() - TOLD));
            }
            parts.join(" ")
        }
    }
}
