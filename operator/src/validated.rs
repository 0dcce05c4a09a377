//! What came out of validation: settings that can be rendered, and what is wrong with the rest.

use std::collections::{BTreeMap, BTreeSet};

use imgplane_config::{
    Credential, DataPlaneConfig, EndpointConfig, ObjectId, OriginConfig, SigningKeys, StoreRole,
};

use jiff::Timestamp;

use crate::{Hour, Problem, validate::next_look};

/// Settings of every object that can be used, and every problem.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Validated {
    /// All problems, ordered by object and field.
    pub problems: Vec<Problem>,
    /// Origins whose settings are valid.
    pub origins: BTreeMap<ObjectId, ValidOrigin>,
    /// Endpoints that are accepted: valid, attached to a DataPlane, and winners of their conflicts.
    pub endpoints: BTreeMap<ObjectId, ValidEndpoint>,
    /// DataPlanes whose settings are valid.
    pub data_planes: BTreeMap<ObjectId, ValidDataPlane>,
}

impl Validated {
    /// The next hour at which the same objects would be judged otherwise, if there is one.
    pub fn outdated_at(&self, judged: Hour) -> Option<Hour> {
        let origins = self.origins.values().filter_map(|origin| origin.credential_expiry);
        let stores = self.data_planes.values().flat_map(|plane| plane.store_credentials.values());
        let expiries = origins.chain(stores.filter_map(|credential| credential.expiry));
        expiries.filter_map(|expiry| next_look(expiry, judged)).min()
    }
}

/// An Origin whose settings are valid.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidOrigin {
    /// `metadata.generation`.
    pub generation: i64,
    /// What pods run.
    pub config: OriginConfig,
    /// What it authenticates with. Absent for anonymous access, and where the Secret cannot be used: then pods
    /// answer that credentials are not configured.
    pub credential: Option<Credential>,
    /// When the credential expires, if it tells.
    pub credential_expiry: Option<Timestamp>,
    /// DataPlanes that run it.
    pub data_planes: BTreeSet<ObjectId>,
    /// UrlEndpoints that list it, accepted or not.
    pub listed_by: BTreeSet<ObjectId>,
}

/// An accepted UrlEndpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidEndpoint {
    /// `metadata.generation`.
    pub generation: i64,
    /// The DataPlane that serves it.
    pub data_plane: ObjectId,
    /// What pods run; lists only origins that can be used.
    pub config: EndpointConfig,
    /// Keys that verify its signatures, as far as their Secrets can be used.
    pub signing_keys: SigningKeys,
    /// How many origins the manifest lists, the media library included.
    pub listed_origins: usize,
}

impl ValidEndpoint {
    /// How many of the listed origins can be used.
    pub fn usable_origins(&self) -> usize {
        self.config.origins.len() + usize::from(self.config.media_library.is_some())
    }
}

/// A DataPlane whose settings are valid.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidDataPlane {
    /// `metadata.generation`.
    pub generation: i64,
    /// Whether endpoints that name no DataPlane come here.
    pub default: bool,
    /// What pods run.
    pub config: DataPlaneConfig,
    /// What opens its stores. Absent for those that need no Secret, and where the Secret cannot be used.
    pub store_credentials: BTreeMap<StoreRole, StoreCredential>,
    /// Origins that are served as the default endpoint of their namespace, by that namespace.
    pub implicit: BTreeMap<String, ObjectId>,
}

/// What opens a store.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreCredential {
    /// The values.
    pub credential: Credential,
    /// When they expire, if they tell.
    pub expiry: Option<Timestamp>,
}
