//! What the pods run as. It is given no right, and its token is mounted nowhere.

use k8s_openapi::api::core::v1::ServiceAccount;

use super::metadata::{desired, metadata};
use crate::{
    apply::{Desired, OwnedKind, Owner},
    labels::{WORKLOAD_MANAGER, object_name},
};

pub(super) fn service_account(owner: &Owner) -> Desired {
    let name = object_name(&owner.id);
    let account = ServiceAccount {
        metadata: metadata(owner, &name),
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    };
    desired(OwnedKind::ServiceAccount, owner, &name, WORKLOAD_MANAGER, &account)
}
