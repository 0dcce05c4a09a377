//! Hands the number of pods over to an autoscaler without changing it.
//!
//! Who stops applying a field takes it away, and a Deployment without `replicas` has one pod: of five pods four would
//! go until the autoscaler notices. So another manager holds the present number first; the autoscaler overrides it.

use kube::{
    api::{Patch, PatchParams},
    core::DynamicObject,
};
use serde_json::{Value, json};

use super::{Applier, ApplyError, Desired, OwnedKind, Verb, call::Call, server_side::present};

/// Field manager that holds the number of pods until the autoscaler sets another one.
const REPLICAS_MANAGER: &str = "imgplane-replicas";

impl Applier {
    /// Hands over the number of pods where `desired` is about to let go of it.
    pub(super) async fn hand_over_replicas(&self, desired: &Desired) -> Result<(), ApplyError> {
        let Desired { kind, id, manager, object } = desired;
        if *kind != OwnedKind::Deployment || object.pointer("/spec/replicas").is_some() {
            return Ok(());
        }
        let api = self.api(*kind, &id.namespace);
        let call = Call { verb: Verb::Get, kind: *kind, id };
        let Some(found) = call.run(|| async { present(api.get(&id.name).await) }).await? else {
            return Ok(());
        };
        let Some(replicas) = found.data.pointer("/spec/replicas").filter(|_| holds_replicas(&found, manager))
        else {
            return Ok(());
        };
        let held = json!({
            "apiVersion": object["apiVersion"],
            "kind": object["kind"],
            "metadata": {"name": id.name, "namespace": id.namespace},
            "spec": {"replicas": replicas},
        });
        // Not by force: it is the number that is there.
        let (params, patch) = (PatchParams::apply(REPLICAS_MANAGER).validation_strict(), Patch::Apply(&held));
        let call = Call { verb: Verb::Patch, ..call };
        call.run(|| async { api.patch_metadata(&id.name, &params, &patch).await }).await.map(|_| ())
    }
}

/// Whether a manager applied the number of pods that is in force.
fn holds_replicas(deployment: &DynamicObject, manager: &str) -> bool {
    deployment.metadata.managed_fields.iter().flatten().any(|entry| {
        let fields = entry.fields_v1.as_ref().map(|fields| &fields.0);
        entry.manager.as_deref() == Some(manager)
            && entry.operation.as_deref() == Some("Apply")
            && fields.and_then(|fields: &Value| fields.pointer("/f:spec/f:replicas")).is_some()
    })
}
