//! Containers of Azure Blob Storage.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::Auth;
use crate::text::{AzureAccount, AzureContainer, Folder, OptionalAddress};

/// A container of Azure Blob Storage. The permission to read blobs is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AzureBlob {
    /// Name of the storage account. Example: `shopmedia`.
    pub account_name: AzureAccount,
    /// Name of the container. Example: `media`.
    pub container: AzureContainer,
    /// Folder inside the container that paths start from, as literal text. Default: the root. Example: `raw/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Folder>,
    /// Address of the account that replaces Azure's own, without the container, for other clouds and emulators.
    /// Default: `https://ACCOUNT.blob.core.windows.net`. Example: `https://shopmedia.blob.core.chinacloudapi.cn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<OptionalAddress>,
    /// How requests are authenticated. The Secret has the key `sasToken`, a shared access signature with the
    /// permissions that are needed, or `accountKey`. Example: `{type: Secret, secretRef: {name: azure-media}}`.
    pub auth: Auth,
}
