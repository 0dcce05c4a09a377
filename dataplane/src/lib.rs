//! The imgplane data plane: mounted config in, transformed files out.
//!
//! [`Server`] answers requests on its delivery port from records handed to [`Server::apply`], or followed in a
//! mounted folder with [`follow_config_dir`]. A request passes one phase after another, each in a file of its own
//! below `request`:
//!
//! ```text
//! route -> access -> plan -> (cache | fetch -> produce) -> respond
//! ```
//!
//! What it holds and never lets go: a request runs on one immutable snapshot of the config; pixels are touched only by
//! the threads of the pool; memory is reserved before it is used; a crafted file or a defect costs one request.

mod access_log;
mod admin;
mod admission;
mod api;
mod budget;
mod cache_control;
mod config_dir;
mod diagnose;
mod error;
mod folder;
mod metrics;
mod options;
mod peer;
mod permission;
mod pool;
mod probe;
mod purge;
mod recent;
mod records;
mod reload;
mod request;
mod results;
mod serve;
mod server;
mod socket;
mod state;
mod stores;
mod summary;
mod tls;
mod token;

pub use budget::default_memory_budget;
pub use config_dir::{follow_config_dir, read_config_dir};
pub use diagnose::{DiagnoseError, Diagnosis, diagnose};
pub use imgplane_origins::Volumes;
pub use imgplane_pixels::{JpegDecoder, Shrink};
pub use options::Options;
pub use permission::{Judge, Permission, Unauthorized, signing_keys};
pub use recent::RecentError;
pub use request::{
    TARGET_BYTES, asks_for_pixels, check_supported, draws_svg, frame_number, keeps_pixels, passes_by_name,
};
pub use server::{DrainError, Handle, Server, StartError};
pub use state::{named, rewriter, rules};
