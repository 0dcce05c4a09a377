//! Stores that all pods of a DataPlane share, and that outlive them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AzureBlob, Gcs, ObjectId, S3, S3Compatible};

/// The stores of a DataPlane. The default is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stores {
    /// Where results are kept behind memory and disk; absent: nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<StoreConfig>,
    /// Where saved originals are kept; absent: in `shared`, else beside the results on the pod's own disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub originals: Option<StoreConfig>,
}

impl Stores {
    /// The one in this role.
    pub const fn of(&self, role: StoreRole) -> Option<&StoreConfig> {
        match role {
            StoreRole::Shared => self.shared.as_ref(),
            StoreRole::Originals => self.originals.as_ref(),
        }
    }

    /// The same, to be changed.
    pub const fn of_mut(&mut self, role: StoreRole) -> &mut Option<StoreConfig> {
        match role {
            StoreRole::Shared => &mut self.shared,
            StoreRole::Originals => &mut self.originals,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One store: a bucket that may be written to, or a volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoreConfig {
    /// Its type and place.
    pub kind: StoreKind,
    /// Name of the Secret that its credential comes from, for messages; absent where it needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_name: Option<String>,
}

/// Types of stores and what each needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "place")]
pub enum StoreKind {
    /// A bucket of Amazon S3.
    S3(S3),
    /// A bucket of a store that speaks the S3 API.
    S3Compatible(S3Compatible),
    /// A bucket of Google Cloud Storage.
    #[serde(rename = "GCS")]
    Gcs(Gcs),
    /// A container of Azure Blob Storage.
    AzureBlob(AzureBlob),
    /// The folder of a volume that every pod mounts: `ROLE` of [`StoreRole::folder`] below the pod's `--store-dir`.
    Volume,
}

impl StoreKind {
    /// The type's name as in the manifest, for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::S3(_) => "S3",
            Self::S3Compatible(_) => "S3Compatible",
            Self::Gcs(_) => "GCS",
            Self::AzureBlob(_) => "AzureBlob",
            Self::Volume => "Volume",
        }
    }
}

/// Which of the two stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoreRole {
    /// `cache.shared`.
    Shared,
    /// `originalsStore`.
    Originals,
}

impl StoreRole {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Shared, Self::Originals];

    /// The field of the DataPlane, which is also its name in metrics and logs.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Shared => "cache.shared",
            Self::Originals => "originalsStore",
        }
    }

    /// Name of the folder at which a volume for it is mounted, below the pod's `--store-dir`.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Originals => "originals",
        }
    }

    /// Id of the credential's record. No object can have it, because names of objects have no parentheses.
    pub fn credential(self, data_plane: &ObjectId) -> ObjectId {
        ObjectId::new(data_plane.namespace.clone(), format!("{}({self})", data_plane.name))
    }
}

impl fmt::Display for StoreRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stores_are_nothing_on_the_wire_and_a_volume_is_named() {
        assert_eq!(serde_json::to_string(&Stores::default()).unwrap(), "{}");
        let stores = Stores {
            shared: Some(StoreConfig { kind: StoreKind::Volume, secret_name: None }),
            originals: None,
        };
        let text = serde_json::to_string(&stores).unwrap();
        assert_eq!(text, r#"{"shared":{"kind":{"type":"Volume"}}}"#);
        assert_eq!(serde_json::from_str::<Stores>(&text).unwrap(), stores);
    }

    #[test]
    fn the_credentials_of_both_stores_have_ids_of_their_own() {
        let plane = ObjectId::new("imgplane-system", "default");
        let ids = StoreRole::ALL.map(|role| role.credential(&plane).to_string());
        assert_eq!(ids, ["imgplane-system/default(cache.shared)", "imgplane-system/default(originalsStore)"]);
    }
}
