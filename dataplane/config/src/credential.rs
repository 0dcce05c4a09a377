//! Credentials of origins. They live in records of their own, which only ever travel in Secrets.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Text that must not be shown. `Debug` prints a placeholder; only [`SecretText::expose`] gives the value.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// Wraps a secret value.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The value, for the one place that signs or sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

/// What an origin authenticates with. The record's id is the origin's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Credential {
    /// Keys of the S3 family.
    S3 {
        /// Access key id.
        access_key: SecretText,
        /// Secret access key.
        secret_key: SecretText,
        /// Session token of temporary credentials.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_token: Option<SecretText>,
    },
    /// A service account of Google Cloud.
    Gcs {
        /// Its address. It is an identifier and no secret: Google's refusals name it, and whoever grants the role has
        /// to read it. What proves that a request is of the account is the key alone.
        client_email: String,
        /// Its private key, PEM text of PKCS#8 or PKCS#1.
        private_key: SecretText,
        /// Id of the key, for the header of signed assertions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        private_key_id: Option<SecretText>,
        /// Where tokens are asked for; absent: Google's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token_uri: Option<SecretText>,
    },
    /// A shared access signature of Azure.
    AzureSas {
        /// The query text, without leading question mark.
        sas_token: SecretText,
    },
    /// The key of a storage account of Azure.
    AzureKey {
        /// Base64 text.
        account_key: SecretText,
    },
    /// A connection of Akeneo.
    Akeneo {
        /// Client id.
        client_id: SecretText,
        /// Client secret.
        client_secret: SecretText,
        /// User.
        username: SecretText,
        /// Password.
        password: SecretText,
    },
    /// What requests to a web server carry.
    Web {
        /// Headers whose values are secret, in order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        headers: Vec<SecretHeader>,
        /// Who we are in TLS.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_certificate: Option<ClientCertificate>,
    },
}

/// A header whose value is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretHeader {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: SecretText,
}

/// A certificate with its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientCertificate {
    /// The chain, PEM text.
    pub certificate: SecretText,
    /// The private key, PEM text.
    pub key: SecretText,
}
