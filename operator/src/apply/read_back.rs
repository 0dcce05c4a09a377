//! What the cluster keeps for the operator across its restarts: the config that was published last, and the admin
//! token.

use imgplane_config::{FileSet, ObjectId, SHARDS};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{Api, api::PostParams};

use super::{
    Applier, ApplyError, OwnedKind, Owner, Verb,
    call::Call,
    server_side::{is_ours, present},
};
use crate::{acknowledge::AdminToken, labels, render::token_object};

impl Applier {
    /// The config that was published last, as files; `None` when there is none, or none of the operator's.
    ///
    /// A writer that stopped between two shards leaves a set whose index does not fit: reading it says so.
    ///
    /// # Errors
    /// [`ApplyError`] when the API server does not tell.
    pub async fn published(&self, data_plane: &ObjectId) -> Result<Option<FileSet>, ApplyError> {
        let mut files = FileSet::default();
        let config_maps: Api<ConfigMap> = Api::namespaced(self.client.clone(), &data_plane.namespace);
        for shard in 0..SHARDS {
            let id = ObjectId::new(&data_plane.namespace, labels::config_map_name(data_plane, shard));
            let call = Call { verb: Verb::Get, kind: OwnedKind::ConfigMap, id: &id };
            let found = call.run(|| async { present(config_maps.get(&id.name).await) }).await?;
            let Some(found) = found.filter(|found| made_here(found.metadata.labels.as_ref())) else { break };
            let texts = found.data.into_iter().flatten().map(|(name, text)| (name, text.into_bytes()));
            let bytes = found.binary_data.into_iter().flatten().map(|(name, bytes)| (name, bytes.0));
            files.config.extend(texts.chain(bytes));
        }
        if files.config.is_empty() {
            return Ok(None);
        }
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), &data_plane.namespace);
        for shard in 0..SHARDS {
            let id = ObjectId::new(&data_plane.namespace, labels::credentials_name(data_plane, shard));
            let call = Call { verb: Verb::Get, kind: OwnedKind::Secret, id: &id };
            let found = call.run(|| async { present(secrets.get(&id.name).await) }).await?;
            let Some(found) = found.filter(|found| made_here(found.metadata.labels.as_ref())) else { break };
            files.secret.extend(found.data.into_iter().flatten().map(|(name, bytes)| (name, bytes.0)));
        }
        Ok(Some(files))
    }

    /// The admin token of a DataPlane's pods, if it was made: for a DataPlane for which nothing is written now, and whose
    /// pods are asked all the same.
    ///
    /// # Errors
    /// [`ApplyError`] when the API server does not tell, [`ApplyError::Token`] when the Secret's value is no token.
    pub async fn token_of(&self, data_plane: &ObjectId) -> Result<Option<AdminToken>, ApplyError> {
        let id = ObjectId::new(&data_plane.namespace, labels::token_secret_name(data_plane));
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), &id.namespace);
        let call = Call { verb: Verb::Get, kind: OwnedKind::Secret, id: &id };
        let found = call.run(|| async { present(secrets.get(&id.name).await) }).await?;
        let bytes = found.and_then(|secret| secret.data?.remove(labels::TOKEN_KEY));
        bytes
            .map(|bytes| AdminToken::parse(&bytes.0))
            .transpose()
            .map_err(|error| ApplyError::Token { subject: call.subject(), reason: error.to_string() })
    }

    /// The admin token of a DataPlane's pods. Where there is none, one is made and written; of two operators that do
    /// so at once, both end with the same.
    ///
    /// # Errors
    /// [`ApplyError::Token`] when the Secret's value is no token; it is not replaced, because pods may use it.
    pub async fn token(&self, owner: &Owner) -> Result<AdminToken, ApplyError> {
        let id = ObjectId::new(&owner.id.namespace, labels::token_secret_name(&owner.id));
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), &id.namespace);
        let unusable = |reason: String| {
            let call = Call { verb: Verb::Get, kind: OwnedKind::Secret, id: &id };
            ApplyError::Token { subject: call.subject(), reason }
        };
        let get = Call { verb: Verb::Get, kind: OwnedKind::Secret, id: &id };
        let read = || async {
            let found = get.run(|| async { present(secrets.get(&id.name).await) }).await?;
            let Some(secret) = found else { return Ok(Found::Nothing) };
            let ours = is_ours(&secret.metadata, owner);
            match secret.data.and_then(|mut data| data.remove(labels::TOKEN_KEY)) {
                Some(bytes) => {
                    AdminToken::parse(&bytes.0).map(Found::Token).map_err(|error| unusable(error.to_string()))
                }
                None if ours => Ok(Found::Empty),
                None => Err(unusable("the key is missing".to_owned())),
            }
        };
        let found = read().await?;
        if let Found::Token(token) = found {
            return Ok(token);
        }

        let token = AdminToken::generate().map_err(|error| unusable(error.to_string()))?;
        let desired = token_object(owner, token.expose());
        if let Found::Empty = found {
            self.send(&desired).await?;
            return Ok(token);
        }
        let params = PostParams { field_manager: Some(desired.manager.to_owned()), ..PostParams::default() };
        let object = serde_json::from_value(desired.object).map_err(|error| unusable(error.to_string()))?;
        let create = Call { verb: Verb::Create, kind: OwnedKind::Secret, id: &id };
        let created = create
            .run(|| async {
                match secrets.create(&params, &object).await {
                    Ok(_) => Ok(true),
                    Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
                    Err(error) => Err(error),
                }
            })
            .await?;
        if created {
            tracing::info!(object = %id, "made an admin token");
            return Ok(token);
        }
        // Somebody was faster, or an answer got lost on its way here: what is written counts.
        match read().await? {
            Found::Token(token) => Ok(token),
            Found::Nothing | Found::Empty => Err(unusable("the key is missing".to_owned())),
        }
    }
}

enum Found {
    Token(AdminToken),
    /// Our Secret without its key.
    Empty,
    Nothing,
}

fn made_here(labels: Option<&std::collections::BTreeMap<String, String>>) -> bool {
    labels.and_then(|labels| labels.get(labels::MANAGED_BY)).is_some_and(|by| by == labels::OPERATOR)
}
