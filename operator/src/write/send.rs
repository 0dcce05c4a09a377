//! One status on its way to the API server.

use std::time::Duration;

use imgplane_crds::{API_VERSION, DataPlane, Kind, Origin, UrlEndpoint};
use kube::{
    Api, Client,
    api::{DynamicObject, Patch, PatchParams},
    core::Status,
    discovery::ApiResource,
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    labels::STATUS_MANAGER,
    status::{DesiredStatus, StatusBody},
};

/// How long one write may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Why a status was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// The object is gone.
    #[error("the object does not exist any more")]
    Gone,
    /// The role lacks a right.
    #[error("the operator may not patch {resource}/status: give its role the verb patch on it: {message}")]
    Forbidden {
        /// Plural of the kind.
        resource: String,
        /// What the API server said.
        message: String,
    },
    /// What it says cannot be taken (400, 422), now and as often as it is sent.
    #[error("the API server does not take what it says: {0}")]
    Unacceptable(kube::Error),
    /// The API server did not take it.
    #[error("the API server did not take it: {0}")]
    Refused(kube::Error),
    /// No answer came.
    #[error("the API server did not answer within {} s", DEADLINE.as_secs())]
    Late,
    /// It cannot be written as JSON.
    #[error("it could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Applies a status. Only the fields of the status are sent, and the uid of the object, which no other has: none comes
/// into being for it. One of the same name that is there already takes the status, and gets its own with the next turn.
pub(super) async fn send(client: &Client, status: &DesiredStatus) -> Result<(), SendError> {
    let resource = resource(status.kind);
    let object = json!({
        "apiVersion": API_VERSION,
        "kind": status.kind.as_str(),
        "metadata": { "namespace": status.id.namespace, "name": status.id.name, "uid": status.uid },
        "status": body(&status.body)?,
    });
    // Objects that this version cannot decode get a status too, so the answer is not decoded.
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), &status.id.namespace, &resource);
    let parameters = PatchParams::apply(STATUS_MANAGER).force();
    let patch = Patch::Apply(&object);
    match timeout(DEADLINE, api.patch_status(&status.id.name, &parameters, &patch)).await {
        Err(_) => Err(SendError::Late),
        Ok(Ok(_)) => Ok(()),
        Ok(Err(kube::Error::Api(answer))) => Err(match answer.code {
            404 => SendError::Gone,
            409 if is_of_uid(&answer) => SendError::Gone,
            403 => SendError::Forbidden { resource: resource.plural, message: answer.message.clone() },
            400 | 422 => SendError::Unacceptable(kube::Error::Api(answer)),
            _ => SendError::Refused(kube::Error::Api(answer)),
        }),
        Ok(Err(error)) => Err(SendError::Refused(error)),
    }
}

/// Whether the object is gone: to a status with the uid of an object that is not there, the API server answers with a
/// conflict. Other conflicts are between two who write at once.
fn is_of_uid(answer: &Status) -> bool {
    ["uid mismatch", "UID in precondition"].iter().any(|text| answer.message.contains(text))
}

fn body(status: &StatusBody) -> Result<Value, serde_json::Error> {
    match status {
        StatusBody::Origin(status) => serde_json::to_value(status),
        StatusBody::UrlEndpoint(status) => serde_json::to_value(status),
        StatusBody::DataPlane(status) => serde_json::to_value(status),
    }
}

fn resource(kind: Kind) -> ApiResource {
    match kind {
        Kind::Origin => ApiResource::erase::<Origin>(&()),
        Kind::UrlEndpoint => ApiResource::erase::<UrlEndpoint>(&()),
        Kind::DataPlane => ApiResource::erase::<DataPlane>(&()),
    }
}
