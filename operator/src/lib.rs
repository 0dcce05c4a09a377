//! From manifests to running pods: watch, validate, render, apply, acknowledge, status.
//!
//! [`validate`] and [`render`] are pure functions of a [`Snapshot`] of what is watched (in a cluster) or read (from a
//! folder): no client, no clock, no randomness. The operator and the command line run the same code, so that
//! `imgplane check` says before a change what the cluster would say after it.
//!
//! [`validate`] turns manifests into settings and [`Problem`]s; one bad object never hurts a neighbour.
//! [`render`] gives the records that one DataPlane's pods run. Everything else talks to the cluster, one stage per
//! folder; data goes one way and never back.

pub mod acknowledge;
pub mod admin;
mod app;
pub mod apply;
mod clock;
pub mod health;
pub mod labels;
pub mod lease;
pub mod metrics;
mod problem;
mod reconcile;
mod references;
pub mod render;
mod settings;
mod snapshot;
pub mod status;
mod validate;
mod validated;
pub mod watch;
pub mod write;

pub use app::{RunError, run};
pub use imgplane_crds::Severity;
pub use problem::Problem;
pub use references::{Holder, Reference, References, references};
pub use render::{IMPLICIT_ENDPOINT, RenderError, render};
pub use settings::Settings;
pub use snapshot::{
    DEFAULT_DATA_PLANE, Hour, SecretData, Snapshot, Unreadable, Withheld, default_data_plane, id_of,
};
pub use validate::validate;
pub use validated::{StoreCredential, ValidDataPlane, ValidEndpoint, ValidOrigin, Validated};
