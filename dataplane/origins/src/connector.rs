//! What all origins of a pod share: settings, address guard, name resolution, trusted roots, clock.

use std::sync::Arc;

use http::{Uri, uri::Scheme};
use imgplane_config::FetchPolicy;

use crate::{
    Settings,
    client::{Client, Making, Names, Roots, Shared, TlsWish, agent},
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
        field: String,
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
        let proxy = settings.egress_proxy.as_deref().map(proxy).transpose()?;
        Ok(Self {
            settings: Arc::new(settings),
            shared: Arc::new(Shared { names, roots, agent, proxy }),
            clock: Clock::system(),
        })
    }

    /// An HTTP client whose connections the settings' guard judges.
    ///
    /// # Errors
    /// As [`Connector::client_wishing`].
    pub(crate) fn client(&self, policy: &FetchPolicy) -> Result<Client, SetupError> {
        self.client_with(self.guard(), policy)
    }

    /// As [`Connector::client`], with wishes for TLS; `member` is the origin's member in the manifest.
    ///
    /// # Errors
    /// [`SetupError::Field`] for wishes that cannot be met.
    pub(crate) fn client_wishing(
        &self,
        policy: &FetchPolicy,
        member: &'static str,
        wish: TlsWish<'_>,
    ) -> Result<Client, SetupError> {
        Client::new(
            &self.shared,
            Making { guard: self.guard(), policy, tls: Some((member, wish)), proxied: true },
        )
    }

    /// An HTTP client whose connections another guard judges.
    ///
    /// # Errors
    /// As [`Connector::client_wishing`].
    pub(crate) fn client_with(&self, guard: Guard, policy: &FetchPolicy) -> Result<Client, SetupError> {
        Client::new(&self.shared, Making { guard, policy, tls: None, proxied: true })
    }

    /// An HTTP client for services of the cloud whose addresses the pod's own environment names: neither judged nor
    /// sent through a proxy. No address of a tenant may get here.
    ///
    /// # Errors
    /// As [`Connector::client_wishing`].
    pub(crate) fn identity_client(&self, policy: &FetchPolicy) -> Result<Client, SetupError> {
        let guard = Guard::of_pod_environment();
        Client::new(&self.shared, Making { guard, policy, tls: None, proxied: false })
    }

    fn guard(&self) -> Guard {
        Guard::new(self.settings.allow_loopback, self.settings.allowed_cidrs.clone())
    }

    pub(crate) fn names(&self) -> &Names {
        &self.shared.names
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }
}

/// The address of the egress proxy.
fn proxy(text: &str) -> Result<Uri, SetupError> {
    let uri = text.parse::<Uri>().ok();
    uri.filter(|uri| uri.scheme() == Some(&Scheme::HTTP) && uri.host().is_some_and(|host| !host.is_empty()))
        .ok_or_else(|| SetupError::Field {
            field: "spec.network.egressProxy".to_owned(),
            what: "must be the address of a proxy: http://HOST:PORT".to_owned(),
        })
}
