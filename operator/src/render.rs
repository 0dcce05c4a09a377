//! From settings to desired objects: the records that pods run, and everything that exists for a DataPlane.
//!
//! Pure: the same settings give the same objects, to the byte.

mod autoscaler;
mod cache_folder;
mod config_objects;
mod deployment;
mod disruption_budget;
mod http_route;
mod ingress;
mod metadata;
mod mount;
mod network_policy;
mod overlay;
mod pod;
mod purges;
mod records;
mod resources;
mod service;
mod service_account;
mod store_folder;
mod template;
mod token;
mod url;
mod workload;

pub use config_objects::config_objects;
pub use overlay::{OverlayError, OverlayFault};
pub use pod::{CONTAINER, PodOptions, PodParts, Ports, pod_parts, sidecar_parts};
pub use purges::with_purges;
pub use records::{IMPLICIT_ENDPOINT, RenderError, render};
pub use template::check_pod_template;
pub use token::token_object;
pub use url::{url_of_data_plane, url_of_endpoint};
pub use workload::workload_objects;

use workload::hosts;
