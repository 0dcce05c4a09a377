//! The contract between whoever writes config (the operator, `imgplane dev`) and the data plane that runs it.
//!
//! One record per object, each with its own content hash, so that one bad record is refused alone and the last
//! good one of it keeps serving. Credentials and signing keys are records of their own and never share a file with anything else.
//! Records travel as compressed JSON shards small enough for a ConfigMap or Secret; [`report`] is what comes back.
//!
//! This crate knows nothing of Kubernetes, of HTTP, and of pixels.

mod bundle;
mod caching;
mod credential;
mod data_plane;
mod duration;
mod endpoint;
mod hash;
mod id;
mod origin;
mod purges;
pub mod report;
mod security;
mod shard;
mod store;
mod url_language;

pub use bundle::{Bundle, Kind, Loaded, Record, Refusal};
pub use caching::{Cache, Caching};
pub use credential::{ClientCertificate, Credential, SecretHeader, SecretText};
pub use data_plane::{DataPlaneConfig, DomainAccount, Network, PodLimits};
pub use endpoint::{
    AutoQuality, ChromaSubsampling, Compat, DataSaver, EndpointConfig, EndpointLimits, FormatSelection,
    InvalidValues, LegacyOverlays, MetadataPolicy, Optimization, PngCompression, UnknownParameters,
};
pub use hash::Hash;
pub use id::ObjectId;
pub use origin::{
    AkeneoPim, Auth, AzureBlob, CloudinaryBackup, FetchPolicy, Gcs, OriginConfig, OriginKind, Probe, S3,
    S3Compatible, Tls, Volume, WebFolder, WebHeader, WebProxy,
};
pub use purges::{Floor, Purge, PurgeRequest, Purges};
pub use security::{NamedKey, Referrers, RestrictUnsigned, Restriction, Security, SigningKeys};
pub use shard::{FileSet, ReadError, SCHEMA_VERSION, SHARDS, TooLarge};
pub use store::{StoreConfig, StoreKind, StoreRole, Stores};
pub use url_language::{AcceptOverride, NamedTransformation, UrlRewriter};
