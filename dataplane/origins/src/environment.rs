//! What the pod's environment says of the identity that the cloud lends it.

use std::collections::BTreeMap;

/// Variables that are read, as the SDKs of the clouds name them.
const NAMES: [&str; 17] = [
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_ENDPOINT_URL_STS",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "AZURE_TENANT_ID",
    "GCE_METADATA_HOST",
];

/// The variables that speak of a cloud identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodEnvironment(BTreeMap<String, String>);

impl PodEnvironment {
    /// Those of this process. Empty ones count as absent.
    pub fn of_process() -> Self {
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self(NAMES.iter().filter_map(|name| Some(((*name).to_owned(), read(name)?))).collect())
    }

    /// Those that a test wants.
    pub fn of<'a>(variables: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}
