//! What one object says of itself: its condition Ready, or what its absence means.

use imgplane_crds::Kind;
use serde::Serialize;
use serde_json::Value;

/// State of an object: the status of its condition Ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Ready {
    /// It is served as written.
    True,
    /// Something is wrong with it.
    False,
    /// The operator is at work, or has not looked at it.
    Unknown,
}

impl Ready {
    /// The text that stands in `status`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "True" => Self::True,
            "False" => Self::False,
            _ => Self::Unknown,
        }
    }
}

/// One line of the answer. Its fields in JSON are part of the command's interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    /// Kind.
    kind: &'static str,
    /// Namespace.
    namespace: String,
    /// Name.
    name: String,
    /// Status of the condition Ready.
    pub(super) ready: Ready,
    /// Its reason.
    pub(super) reason: String,
    /// Its message.
    pub(super) message: String,
    /// All conditions, as the object carries them.
    conditions: Vec<Value>,
}

/// Reason where the operator has not spoken. No condition has it.
const NOT_OBSERVED: &str = "NotSeen";

impl Row {
    /// Reads the object's status.
    pub(super) fn new(kind: Kind, object: &Value) -> Self {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let conditions =
            object.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default();
        let (ready, reason, message) = verdict(object, &conditions);
        Self {
            kind: kind.as_str(),
            namespace: text("/metadata/namespace").to_owned(),
            name: text("/metadata/name").to_owned(),
            ready,
            reason,
            message,
            conditions,
        }
    }

    /// By what rows are ordered: objects that belong together stand together.
    pub(super) fn place(&self) -> (&str, &str, &str) {
        (&self.namespace, self.kind, &self.name)
    }

    /// The columns of the table.
    pub(super) fn columns(&self) -> [String; 5] {
        [
            self.kind.to_owned(),
            format!("{}/{}", self.namespace, self.name),
            self.ready.as_str().to_owned(),
            self.reason.clone(),
            self.message.clone(),
        ]
    }
}

fn verdict(object: &Value, conditions: &[Value]) -> (Ready, String, String) {
    let of = |condition: &Value, field: &str| {
        condition.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let unseen = |message: &str| (Ready::Unknown, NOT_OBSERVED.to_owned(), message.to_owned());
    let Some(ready) = conditions.iter().find(|condition| of(condition, "type") == "Ready") else {
        return unseen("the operator has not looked at it: check that it runs and watches this namespace");
    };
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
    // A verdict on an older generation says nothing of what was just applied.
    if let (Some(now), Some(seen)) = (number("/metadata/generation"), number("/status/observedGeneration"))
        && seen < now
    {
        return unseen(&format!("the operator has seen generation {seen}, not yet generation {now}"));
    }
    (Ready::parse(&of(ready, "status")), of(ready, "reason"), of(ready, "message"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn origin(status: &Value) -> Value {
        json!({"metadata": {"namespace": "shop", "name": "media", "generation": 3}, "status": status})
    }

    fn ready(status: &str) -> Value {
        json!({"type": "Ready", "status": status, "reason": "Because", "message": "do this"})
    }

    #[test]
    fn an_object_is_as_ready_as_its_condition_says_of_the_newest_generation() {
        let accepted = json!({"type": "Accepted", "status": "True", "reason": "Accepted"});
        for (name, status, expected, reason, word) in [
            (
                "ready",
                json!({"observedGeneration": 3, "conditions": [accepted, ready("True")]}),
                Ready::True,
                "Because",
                "do this",
            ),
            (
                "not ready",
                json!({"observedGeneration": 3, "conditions": [ready("False")]}),
                Ready::False,
                "Because",
                "do this",
            ),
            ("at work", json!({"conditions": [ready("Unknown")]}), Ready::Unknown, "Because", "do this"),
            (
                "older",
                json!({"observedGeneration": 2, "conditions": [ready("True")]}),
                Ready::Unknown,
                "NotSeen",
                "generation 2, not yet generation 3",
            ),
            ("half", json!({"conditions": [accepted]}), Ready::Unknown, "NotSeen", "check that it runs"),
            ("none", json!(null), Ready::Unknown, "NotSeen", "check that it runs"),
        ] {
            let row = Row::new(Kind::Origin, &origin(&status));
            assert_eq!((row.ready, row.reason.as_str()), (expected, reason), "{name}");
            assert!(row.message.contains(word), "{name}: {}", row.message);
        }
    }

    #[test]
    fn json_names_every_part() {
        let row = Row::new(Kind::Origin, &origin(&json!({"conditions": [ready("False")]})));
        assert_eq!(
            serde_json::to_value(row).unwrap(),
            json!({
                "kind": "Origin", "namespace": "shop", "name": "media", "ready": "False", "reason": "Because",
                "message": "do this", "conditions": [ready("False")]
            })
        );
    }
}
