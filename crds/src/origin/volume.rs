//! Folders of volumes that the DataPlane mounts.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::text::{Folder, LabelName};

/// A folder of a mounted volume. It is read only, and links that leave the volume are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Volume {
    /// Name of a volume in the DataPlane's `spec.volumes`; `imgplane dev DIR` reads `DIR/volumes/NAME`.
    /// Example: `photos`.
    pub name: LabelName,
    /// Folder of the volume that URLs start from. Default: the root. Example: `products/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Folder>,
}
