//! What an origin is opened from.

use imgplane_config::{Credential, FetchPolicy, ObjectId, OriginConfig};

use crate::{
    Connector, SetupError,
    client::{Client, TlsWish},
};

/// Everything that opening an origin of any type may need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opening<'a> {
    pub(crate) id: &'a ObjectId,
    pub(crate) config: &'a OriginConfig,
    pub(crate) credential: Option<&'a Credential>,
    pub(crate) connector: &'a Connector,
}

impl Opening<'_> {
    pub(crate) const fn policy(&self) -> &FetchPolicy {
        &self.config.fetch
    }

    /// A client of the origin's own.
    pub(crate) fn client(&self) -> Result<Client, SetupError> {
        self.connector.client(self.policy())
    }

    /// A client with wishes for TLS; `member` is the origin's member in the manifest.
    pub(crate) fn client_wishing(
        &self,
        member: &'static str,
        wish: TlsWish<'_>,
    ) -> Result<Client, SetupError> {
        self.connector.client_wishing(self.policy(), member, wish)
    }

    /// What messages call the Secret with the credentials, e.g. `Secret shop/s3-media`.
    pub(crate) fn secret(&self) -> Option<String> {
        let name = self.config.secret_name.as_ref()?;
        Some(format!("Secret {}/{name}", self.id.namespace))
    }
}
