//! The operator against a real API server: manifests in, acknowledged pods and true statuses out.
//!
//! The operator runs in this process, under exactly the roles of the chart. Pods are real `imgplane-dataplane`
//! processes; what a kubelet would do for them (files, readiness) is done by [`node`], because there is none here.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test code fails by panicking")]

#[path = "operator/addresses.rs"]
mod addresses;
#[path = "operator/budget.rs"]
mod budget;
#[path = "operator/change.rs"]
mod change;
#[path = "operator/gone.rs"]
mod gone;
#[path = "operator/measure.rs"]
mod measure;
#[path = "operator/node.rs"]
mod node;
#[path = "operator/outage.rs"]
mod outage;
#[path = "operator/owned.rs"]
mod owned;
#[path = "operator/purges.rs"]
mod purges;
#[path = "operator/quickstart.rs"]
mod quickstart;
#[path = "operator/reachable.rs"]
mod reachable;
#[path = "operator/roles.rs"]
mod roles;
#[path = "operator/secrets.rs"]
mod secrets;
#[path = "operator/signing.rs"]
mod signing;
#[path = "operator/stage.rs"]
mod stage;
#[path = "operator/types.rs"]
mod types;
