//! Folders of web servers.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::text::WebAddress;

/// A folder of a web server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebFolder {
    /// Address of the folder; the path of the file is added. Example: `https://static.example.com/media`.
    pub base_url: WebAddress,
}
