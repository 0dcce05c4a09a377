//! What is wrong with an object, as it stands in its status and in the output of `imgplane check`.

use std::fmt;

use imgplane_config::ObjectId;
use imgplane_crds::{Kind, Severity};

use crate::validate::Fault;

/// One thing that is wrong with one object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The object.
    pub id: ObjectId,
    /// Its kind, such as `Origin`.
    pub kind: &'static str,
    /// Where in the object, such as `spec.origins[0].name`; empty for the object as a whole.
    pub field: String,
    /// Whether something is not served because of it.
    pub severity: Severity,
    /// The condition that it decides, such as `ResolvedRefs`.
    pub condition: &'static str,
    /// The condition's reason, such as `OriginNotFound`.
    pub reason: &'static str,
    /// What happened, where, how widely, and what to do next.
    pub message: String,
}

impl Problem {
    /// Says of one field of an object what is wrong with it.
    pub(crate) fn new(kind: Kind, id: &ObjectId, field: impl Into<String>, fault: &Fault) -> Self {
        let reason = fault.reason();
        Self {
            id: id.clone(),
            kind: kind.as_str(),
            field: field.into(),
            severity: reason.severity(),
            condition: reason.condition().as_str(),
            reason: reason.as_str(),
            message: fault.to_string(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, kind, field, severity, reason, message, condition: _ } = self;
        write!(f, "{severity}: {kind} {id}: ")?;
        if !field.is_empty() {
            write!(f, "{field}: ")?;
        }
        write!(f, "{message} ({reason})")
    }
}
