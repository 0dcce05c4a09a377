//! Bytes from anywhere: one file per origin type, chain, failure classes, address guard, limits.
//!
//! [`Connector`] holds what all origins of a pod share, [`Origin`] is one of them, opened. [`fetch_chain`] asks
//! several in order. Whatever goes wrong ends as a [`Failure`] with two texts: one for the response, one for the
//! operator.
//!
//! This crate reads only; it never writes to, lists or deletes from an origin. It decodes no pictures and knows
//! nothing of the requests of clients: none of their headers reaches an origin.

mod akeneo_pim;
mod azure_blob;
mod bearer;
mod body;
mod chain;
mod client;
mod clock;
mod cloudinary_backup;
mod coding;
mod condition;
mod connector;
mod environment;
mod failure;
mod fetched;
mod gcs;
mod guard;
mod lifetime;
mod marks;
mod opening;
mod origin;
mod path;
mod probe;
mod range;
mod renewed;
mod request;
mod s3;
mod s3_compatible;
mod sender;
mod settings;
mod source;
mod steps;
mod told;
mod volume;
mod web;
mod web_folder;
mod web_proxy;
mod window;
mod wish;

pub use body::Body;
pub use chain::{ChainFailure, Opened, Walk, fetch_chain, fetch_chain_noting};
pub use condition::Condition;
pub use connector::{Connector, SetupError};
pub use environment::PodEnvironment;
pub use failure::{Cause, Code, Failure, Row, Table, tables};
pub use fetched::{Fetched, FetchedStatus, Meta};
pub use lifetime::Lifetime;
pub use marks::CustomCoordinates;
pub use origin::Origin;
pub use probe::Probed;
pub use request::{Purpose, Request};
pub use s3::{amazon_host, region_of_host, respelled, stands_in_path};
pub use settings::{Settings, Volumes, Waits};
