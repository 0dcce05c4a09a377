//! All records that one DataPlane needs, before and after their trip through files.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Credential, DataPlaneConfig, EndpointConfig, Hash, ObjectId, OriginConfig, SigningKeys};

/// Which kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Settings of the whole pool.
    DataPlane,
    /// A UrlEndpoint.
    UrlEndpoint,
    /// An Origin.
    Origin,
    /// The credential of an Origin.
    Credential,
    /// The keys that verify the signatures of a UrlEndpoint.
    SigningKeys,
}

impl Kind {
    /// The kind's name, as in reports and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataPlane => "DataPlane",
            Self::UrlEndpoint => "UrlEndpoint",
            Self::Origin => "Origin",
            Self::Credential => "Credential",
            Self::SigningKeys => "SigningKeys",
        }
    }

    /// Whether records of this kind hold secret values and travel in Secrets alone.
    pub const fn is_secret(self) -> bool {
        match self {
            Self::DataPlane | Self::UrlEndpoint | Self::Origin => false,
            Self::Credential | Self::SigningKeys => true,
        }
    }
}

/// One object's settings with the generation and the hash by which pods acknowledge it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<T> {
    /// The object.
    pub id: ObjectId,
    /// `metadata.generation` of the object the settings were made from; 0 outside a cluster.
    pub generation: i64,
    /// Hash of the settings' JSON.
    pub hash: Hash,
    /// The settings.
    pub body: T,
}

impl<T: Serialize + DeserializeOwned> Record<T> {
    /// Makes a record and computes its hash.
    ///
    /// # Errors
    /// Only where the settings cannot be written as JSON, which none of this crate's types can cause.
    pub fn new(id: ObjectId, generation: i64, body: T) -> Result<Self, serde_json::Error> {
        let hash = Hash::of(&serde_json::to_vec(&body)?);
        Ok(Self { id, generation, hash, body })
    }
}

/// Everything that the pods of one DataPlane run.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// Settings of the pool.
    pub data_plane: Record<DataPlaneConfig>,
    /// Endpoints, sorted by id.
    pub endpoints: Vec<Record<EndpointConfig>>,
    /// Origins, sorted by id.
    pub origins: Vec<Record<OriginConfig>>,
    /// Credentials, sorted by the id of their origin.
    pub credentials: Vec<Record<Credential>>,
    /// Keys that verify signatures, sorted by the id of their endpoint.
    pub signing_keys: Vec<Record<SigningKeys>>,
}

/// What came out of the files: every record that could be read, and what was refused and why.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loaded {
    /// Settings of the pool, unless their record was refused.
    pub data_plane: Option<Record<DataPlaneConfig>>,
    /// Readable endpoints.
    pub endpoints: Vec<Record<EndpointConfig>>,
    /// Readable origins.
    pub origins: Vec<Record<OriginConfig>>,
    /// Readable credentials.
    pub credentials: Vec<Record<Credential>>,
    /// Readable keys.
    pub signing_keys: Vec<Record<SigningKeys>>,
    /// Records that could not be read; the reader keeps the last good one of each.
    pub refused: Vec<Refusal>,
    /// Hash over the hashes of all shards, as the index names it.
    pub hash: Option<Hash>,
}

impl From<Bundle> for Loaded {
    fn from(bundle: Bundle) -> Self {
        let Bundle { data_plane, endpoints, origins, credentials, signing_keys } = bundle;
        Self {
            data_plane: Some(data_plane),
            endpoints,
            origins,
            credentials,
            signing_keys,
            refused: Vec::new(),
            hash: None,
        }
    }
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its kind.
    pub kind: Kind,
    /// The object.
    pub id: ObjectId,
    /// Its generation.
    pub generation: i64,
    /// Its hash as written.
    pub hash: Hash,
    /// What is wrong with it, without any secret value.
    pub reason: String,
}
