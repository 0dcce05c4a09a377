//! One status on its way to the API server.

use std::time::Duration;

use imgplane_crds::{API_VERSION, DataPlane, Kind, Origin, UrlEndpoint};
use kube::{
    Api, Client,
    api::{DynamicObject, Patch, PatchParams},
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
    /// The object is gone, or is another one of the same name.
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
    /// The API server did not take it.
    #[error("the API server did not take it: {0}")]
    Refused(#[from] kube::Error),
    /// No answer came.
    #[error("the API server did not answer within {} s", DEADLINE.as_secs())]
    Late,
    /// It cannot be written as JSON.
    #[error("it could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Applies a status. Only the fields of the status are sent; the uid keeps it from another object of the same name.
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
            404 | 409 => SendError::Gone,
            403 => SendError::Forbidden { resource: resource.plural, message: answer.message },
            _ => SendError::Refused(kube::Error::Api(answer)),
        }),
        Ok(Err(error)) => Err(SendError::Refused(error)),
    }
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
