//! From manifests to data-plane config: validate and render, as pure functions.
//!
//! Both work on a [`Snapshot`] of what is watched (in a cluster) or read (from a folder) and touch nothing else:
//! no client, no clock, no randomness. The operator and the command line run the same code, so that
//! `imgplane check` says before a change what the cluster would say after it.
//!
//! [`validate`] turns manifests into settings and [`Problem`]s; one bad object never hurts a neighbour.
//! [`render`] gives the records that one DataPlane's pods run.

mod problem;
mod render;
mod snapshot;
mod validate;
mod validated;

pub use imgplane_crds::Severity;
pub use problem::Problem;
pub use render::{IMPLICIT_ENDPOINT, RenderError, render};
pub use snapshot::{DEFAULT_DATA_PLANE, SecretData, Snapshot, default_data_plane, id_of};
pub use validate::validate;
pub use validated::{ValidDataPlane, ValidEndpoint, ValidOrigin, Validated};
