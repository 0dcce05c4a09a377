//! What all origins of a pod share: settings, address guard, name resolution, trusted roots, clock.

use std::sync::Arc;

use imgplane_config::FetchPolicy;

use crate::{
    Settings,
    client::{Client, Names, Roots, Shared, agent},
    clock::Clock,
    guard::Guard,
};

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
    shared: Arc<Shared>,
    clock: Clock,
}

impl Connector {
    /// Sets up name resolution and TLS. Trusted roots are read once, here.
    ///
    /// # Errors
    /// [`SetupError::Resolver`] and [`SetupError::Client`].
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        // For whatever else in the process speaks TLS without naming a provider. Somebody else's choice stands.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let roots = Roots::of_system()?;
        Self::with_roots(settings, roots)
    }

    /// Trusts `roots` and no others.
    pub(crate) fn with_roots(settings: Settings, roots: Roots) -> Result<Self, SetupError> {
        let names = Names::new(settings.resolver)?;
        let agent = agent(&settings.user_agent)?;
        Ok(Self {
            settings: Arc::new(settings),
            shared: Arc::new(Shared { names, roots, agent }),
            clock: Clock::system(),
        })
    }

    /// An HTTP client whose connections the settings' guard judges.
    pub(crate) fn client(&self, policy: &FetchPolicy) -> Client {
        let guard = Guard::new(self.settings.allow_loopback, self.settings.allowed_cidrs.clone());
        self.client_with(guard, policy)
    }

    /// An HTTP client whose connections another guard judges.
    pub(crate) fn client_with(&self, guard: Guard, policy: &FetchPolicy) -> Client {
        Client::new(&self.shared, guard, policy)
    }

    pub(crate) fn names(&self) -> &Names {
        &self.shared.names
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }
}
