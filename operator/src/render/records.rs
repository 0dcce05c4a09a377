//! From settings to the records that the pods of one DataPlane run.

use imgplane_config::{Bundle, EndpointConfig, ObjectId, Record, SigningKeys};

use crate::{ValidDataPlane, Validated};

/// Name under which an implicit default endpoint appears in records, logs and metrics. No object can have it.
pub const IMPLICIT_ENDPOINT: &str = "(default)";

/// The records cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The DataPlane does not exist or has settings that cannot be used.
    #[error("DataPlane {0} does not exist or is not accepted: look at its own problems")]
    NoDataPlane(ObjectId),
    /// Settings cannot be written as JSON.
    #[error("a record could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// The records that the pods of one DataPlane run, each list sorted by id. The same settings give the same records.
///
/// # Errors
/// [`RenderError::NoDataPlane`] unless [`Validated::data_planes`] has it.
pub fn render(validated: &Validated, data_plane: &ObjectId) -> Result<Bundle, RenderError> {
    let plane =
        validated.data_planes.get(data_plane).ok_or_else(|| RenderError::NoDataPlane(data_plane.clone()))?;

    let mut endpoints = implicit(validated, plane)?;
    let mut signing_keys = Vec::new();
    for (id, endpoint) in
        validated.endpoints.iter().filter(|(_, endpoint)| endpoint.data_plane == *data_plane)
    {
        endpoints.push(Record::new(id.clone(), endpoint.generation, endpoint.config.clone())?);
        if endpoint.signing_keys != SigningKeys::default() {
            signing_keys.push(Record::new(id.clone(), endpoint.generation, endpoint.signing_keys.clone())?);
        }
    }
    endpoints.sort_by(|a, b| a.id.cmp(&b.id));

    let mut origins = Vec::new();
    let mut credentials = Vec::new();
    for (id, origin) in validated.origins.iter().filter(|(_, origin)| origin.data_planes.contains(data_plane))
    {
        origins.push(Record::new(id.clone(), origin.generation, origin.config.clone())?);
        if let Some(credential) = &origin.credential {
            credentials.push(Record::new(id.clone(), origin.generation, credential.clone())?);
        }
    }
    for (role, found) in &plane.store_credentials {
        credentials.push(Record::new(
            role.credential(data_plane),
            plane.generation,
            found.credential.clone(),
        )?);
    }
    credentials.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Bundle {
        data_plane: Record::new(data_plane.clone(), plane.generation, plane.config.clone())?,
        endpoints,
        origins,
        credentials,
        signing_keys,
    })
}

/// Endpoints that no object describes: the namespace's oldest origin at the namespace's own account.
fn implicit(
    validated: &Validated,
    plane: &ValidDataPlane,
) -> Result<Vec<Record<EndpointConfig>>, serde_json::Error> {
    plane
        .implicit
        .iter()
        .map(|(namespace, origin)| {
            let generation = validated.origins.get(origin).map_or(0, |origin| origin.generation);
            let config = EndpointConfig { origins: vec![origin.clone()], ..EndpointConfig::new(namespace) };
            Record::new(ObjectId::new(namespace, IMPLICIT_ENDPOINT), generation, config)
        })
        .collect()
}
