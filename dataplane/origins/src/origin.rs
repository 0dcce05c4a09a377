//! One open origin.

use std::time::Duration;

use imgplane_config::{Credential, ObjectId, OriginConfig, report::OriginHealth};
use tokio::time::Instant;

use crate::{Code, Connector, Failure, Fetched, Request, SetupError};

/// One open origin: its own connections, its own bound of concurrent requests, its own window of outcomes.
#[derive(Debug)]
pub struct Origin {
    id: ObjectId,
    config: OriginConfig,
}

impl Origin {
    /// Opens an origin. Nothing is contacted.
    ///
    /// # Errors
    /// [`SetupError`] when a setting cannot be used.
    pub fn open(
        id: ObjectId,
        config: &OriginConfig,
        _credential: Option<&Credential>,
        _connector: &Connector,
    ) -> Result<Self, SetupError> {
        Ok(Self { id, config: config.clone() })
    }

    /// The object's namespace and name.
    pub fn id(&self) -> &ObjectId {
        &self.id
    }

    /// The type's name as in the manifest.
    pub fn kind(&self) -> &'static str {
        self.config.kind.name()
    }

    /// Value of the `Link` header for a file of this origin, if one is configured.
    pub fn canonical(&self, resource: &str) -> Option<String> {
        let base = self.config.canonical_base_url.as_ref()?;
        Some(format!("<{base}/{resource}>; rel=\"canonical\""))
    }

    /// How the origin fared in the last 60 seconds.
    pub fn health(&self) -> OriginHealth {
        OriginHealth { id: self.id.clone(), requests: 0, successes: 0, errors: Vec::new() }
    }

    /// Fetches a file.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn fetch(&self, request: &Request) -> Result<Fetched, Failure> {
        self.fetch_before(request, Instant::now() + self.patience()).await
    }

    pub(crate) fn patience(&self) -> Duration {
        let fetch = &self.config.fetch;
        2 * fetch.connect_timeout + fetch.headers_timeout
    }

    pub(crate) async fn fetch_before(
        &self,
        _request: &Request,
        _deadline: Instant,
    ) -> Result<Fetched, Failure> {
        std::future::ready(Err(Failure::new(Code::Unidentified, "not connected", ""))).await
    }

    pub(crate) fn decoded_if_possible(&self, fetched: Fetched) -> Fetched {
        fetched
    }

    pub(crate) fn settle(&self, fetched: Fetched, _max: u64, _started: Instant) -> Result<Fetched, Failure> {
        Ok(fetched)
    }
}
