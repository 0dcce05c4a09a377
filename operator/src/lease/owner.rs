//! Whose the Lease is: the operator's own Deployment's, so that garbage collection removes the one with the other.

use std::fmt;

use k8s_openapi::{api::apps::v1::Deployment, apimachinery::pkg::apis::meta::v1::OwnerReference};
use kube::{Api, Client};
use tokio::time::timeout;

use super::REQUEST;

/// The operator's Deployment, as far as it is known.
pub(super) struct Owner {
    api: Api<Deployment>,
    /// Absent where nobody said which Deployment it is.
    name: Option<String>,
    /// Whether the API server has answered once, with the Deployment or with a refusal.
    asked: bool,
    /// As it was read last.
    known: Option<OwnerReference>,
    failing: bool,
}

impl Owner {
    pub(super) fn new(client: Client, namespace: &str, name: Option<&str>) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            name: name.map(str::to_owned),
            asked: false,
            known: None,
            failing: false,
        }
    }

    /// Reads the Deployment while it exists, for the time when it does not: who is uninstalled may make the Lease once
    /// more before its pod ends, and that one must not stay either.
    pub(super) async fn meet(&mut self) {
        if !self.asked {
            let _known_now = self.read().await;
        }
    }

    /// As it was read last, whether it still exists or not.
    pub(super) fn known(&self) -> Option<OwnerReference> {
        self.known.clone()
    }

    /// The Deployment as it is now; `None` where it cannot be read, which is said once.
    pub(super) async fn read(&mut self) -> Option<OwnerReference> {
        let name = self.name.clone()?;
        match timeout(REQUEST, self.api.get_metadata_opt(&name)).await {
            Ok(Ok(Some(deployment))) => {
                (self.asked, self.failing) = (true, false);
                self.known = deployment.metadata.uid.map(|uid| reference(name, uid));
                return self.known.clone();
            }
            Ok(Ok(None)) => {
                self.asked = true;
                self.failed(&"it does not exist in the operator's namespace");
            }
            Ok(Err(error)) => {
                self.asked |= matches!(&error, kube::Error::Api(status) if status.code == 403);
                self.failed(&error);
            }
            Err(_) => self.failed(&format_args!("no answer within {} s", REQUEST.as_secs())),
        }
        None
    }

    fn failed(&mut self, error: &dyn fmt::Display) {
        if !std::mem::replace(&mut self.failing, true) {
            tracing::warn!(
                %error,
                deployment = self.name,
                "the operator's Deployment could not be read; a Lease that is made without it stays behind an uninstall"
            );
        }
    }
}

fn reference(name: String, uid: String) -> OwnerReference {
    OwnerReference {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        name,
        uid,
        ..OwnerReference::default()
    }
}
