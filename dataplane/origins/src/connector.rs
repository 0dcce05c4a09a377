//! What all origins of a pod share: settings, address guard, name resolution, trusted roots, clock.

use std::sync::Arc;

use crate::Settings;

/// Why an origin or the connector cannot be set up. Says what to change; names no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// A value of the origin's settings cannot be used.
    #[error("{field}: {what}")]
    Field {
        /// The field as in the manifest, e.g. `webFolder.baseUrl`.
        field: &'static str,
        /// What is wrong with it and what to do.
        what: String,
    },
    /// The resolver cannot be set up.
    #[error("name resolution cannot be set up: {0}")]
    Resolver(String),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// What all origins of a pod share. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Connector {
    pub(crate) settings: Arc<Settings>,
}

impl Connector {
    /// Sets up name resolution and TLS.
    ///
    /// # Errors
    /// [`SetupError::Resolver`] and [`SetupError::Client`].
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        Ok(Self { settings: Arc::new(settings) })
    }
}
