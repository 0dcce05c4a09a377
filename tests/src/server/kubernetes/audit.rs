//! The API server's own notes of what a user asked of it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

/// A request that the API server noted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`.
    pub verb: String,
    /// API group; empty for the core one.
    pub group: String,
    /// Plural of the kind, with its subresource as roles write it: `pods/status`.
    pub resource: String,
    /// Namespace, or empty.
    pub namespace: String,
    /// Name, or empty.
    pub name: String,
    /// Status code of the answer.
    pub code: u16,
}

impl Request {
    /// Whether it may change something.
    pub fn is_write(&self) -> bool {
        ["create", "update", "patch", "delete", "deletecollection"].contains(&self.verb.as_str())
    }
}

/// Writes the policy that notes one user's requests; gives its file.
pub(super) fn write_policy(folder: &Path, user: &str) -> PathBuf {
    let policy = json!({
        "apiVersion": "audit.k8s.io/v1", "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [{ "level": "Metadata", "users": [user] }, { "level": "None" }],
    });
    let path = folder.join("audit-policy.json");
    fs::write(&path, policy.to_string()).expect("the policy is written");
    path
}

/// Flags by which the API server notes.
pub(super) fn server_flags(policy: &Path) -> [String; 3] {
    [
        format!("--audit-policy-file={}", policy.display()),
        format!("--audit-log-path={}", log(policy).display()),
        // A request is noted before it is answered.
        "--audit-log-mode=blocking".to_owned(),
    ]
}

fn log(policy: &Path) -> PathBuf {
    policy.with_file_name("audit.log")
}

/// Everything that was noted.
pub(super) fn read(policy: &Path) -> Vec<Request> {
    let text = fs::read_to_string(log(policy)).unwrap_or_default();
    // The last line may be under way.
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter_map(|event| request(&event))
        .collect()
}

fn request(event: &Value) -> Option<Request> {
    // A watch is noted when it begins and again when it ends.
    if event["stage"] == "ResponseComplete" && event["verb"] == "watch" {
        return None;
    }
    let object = &event["objectRef"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let resource = match object["subresource"].as_str() {
        Some(subresource) => format!("{}/{subresource}", text(&object["resource"])),
        None => text(&object["resource"]),
    };
    (!resource.is_empty()).then(|| Request {
        verb: text(&event["verb"]),
        group: text(&object["apiGroup"]),
        resource,
        namespace: text(&object["namespace"]),
        name: text(&object["name"]),
        code: u16::try_from(event["responseStatus"]["code"].as_u64().unwrap_or(0)).unwrap_or(0),
    })
}
