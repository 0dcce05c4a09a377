//! The name of a namespaced object.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Namespace and name of a Kubernetes object, as it appears in records, logs, metrics and reports: `namespace/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectId {
    /// The namespace; also the account of endpoints that name no other.
    pub namespace: String,
    /// The object's name inside its namespace.
    pub name: String,
}

impl ObjectId {
    /// Joins the two parts.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
