//! The Secret with the bearer token of the pods' admin port.

use std::collections::BTreeMap;

use k8s_openapi::{ByteString, api::core::v1::Secret};

use super::metadata::{desired, metadata};
use crate::{
    apply::{Desired, OwnedKind, Owner},
    labels::{CONFIG_MANAGER, TOKEN_KEY, token_secret_name},
};

/// The Secret that holds this token.
pub fn token_object(owner: &Owner, token: &str) -> Desired {
    let name = token_secret_name(&owner.id);
    let secret = Secret {
        metadata: metadata(owner, &name),
        type_: Some("Opaque".to_owned()),
        data: Some(BTreeMap::from([(TOKEN_KEY.to_owned(), ByteString(token.as_bytes().to_vec()))])),
        ..Secret::default()
    };
    desired(OwnedKind::Secret, owner, &name, CONFIG_MANAGER, &secret)
}
