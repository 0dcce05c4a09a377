//! The Kubernetes API of imgplane: kinds, rules, conditions and generated YAML.
//!
//! Three namespaced kinds of `imgplane.dev/v1alpha1`: [`Origin`] says where files are, [`UrlEndpoint`] gives them
//! URLs, [`DataPlane`] serves them. Their rules are part of the schema, so that the API server, the operator and
//! the command line judge alike: [`check_schema`] and [`check_rules`] give the API server's verdict in process.
//!
//! What a rule of one object cannot see (other objects, parsed sizes) is judged by the operator's `validate`.

#![allow(
    clippy::doc_markdown,
    reason = "field documentation is what `kubectl explain` shows, where kinds are plain words"
)]
#![expect(
    unreachable_pub,
    reason = "the schema derive repeats each struct, with its `pub`, inside a function body"
)]
#![expect(clippy::duplicated_attributes, reason = "printer columns of the same type are no duplicates")]

mod check;
mod condition;
pub mod data_plane;
mod duration;
mod kind;
pub mod origin;
mod page;
mod reference;
mod schema;
mod size;
mod status;
pub mod text;
pub mod url_endpoint;

pub use check::{SchemaProblem, check_rules, check_rules_update, check_schema};
pub use condition::{ConditionStatus, ConditionType, Reason, Severity};
pub use data_plane::{DataPlane, DataPlaneSpec};
pub use duration::{Duration, DurationError};
pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
pub use kind::{API_VERSION, GROUP, Kind, UnknownKind};
pub use origin::{Origin, OriginSpec, OriginType};
pub use page::reference_page;
pub use reference::{DataPlaneRef, OriginRef, SecretKeyRef, SecretRef};
pub use schema::{crd, crd_yaml};
pub use size::{OptionalSize, Size, SizeError};
pub use status::{DataPlaneStatus, Health, LastError, OriginStatus, UrlEndpointStatus};
pub use url_endpoint::{UrlEndpoint, UrlEndpointSpec};
