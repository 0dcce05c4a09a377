//! Where a store is, and the opening of it.

mod azure_blob;
mod folder;
mod gcs;
mod s3;

use std::path::PathBuf;

use imgplane_config::{Credential, StoreConfig, StoreKind, StoreRole};
use opendal::Operator;

use crate::transport::{self, Way};

/// Everything that it takes to open a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which of the stores.
    pub role: StoreRole,
    /// Its type and place.
    pub config: StoreConfig,
    /// What it authenticates with, where it needs something.
    pub credential: Option<Credential>,
    /// Proxy through which public addresses are reached.
    pub egress_proxy: Option<String>,
    /// The folder that is mounted for a volume.
    pub folder: Option<PathBuf>,
}

/// Why a store cannot be opened. Names no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// A setting cannot be used.
    #[error("{0} {1}")]
    Field(&'static str, &'static str),
    /// There is no credential, or one of another type.
    #[error("the Secret {0} has no credential for it")]
    Credential(String),
    /// The volume is not there.
    #[error("{0}")]
    Folder(String),
    /// Its address or its name cannot be used.
    #[error("{0}")]
    Settings(String),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Client,
}

impl From<opendal::Error> for OpenError {
    fn from(error: opendal::Error) -> Self {
        // What is wrong with settings is said in the message, and no setting that is secret is quoted there.
        Self::Settings(error.message().to_owned())
    }
}

impl Place {
    /// Opens it. Nothing is asked of it but, where the manifest does not tell, the region of a bucket.
    pub(crate) async fn open(&self) -> Result<Operator, OpenError> {
        let mut way = Way { proxy: self.egress_proxy.as_deref(), ..Way::default() };
        match &self.config.kind {
            StoreKind::Volume => folder::open(self.folder.clone()).await,
            StoreKind::S3(config) => {
                let client = transport::client(&way)?;
                let builder = s3::amazon(config, self, &client).await?;
                Ok(Operator::new(builder)?.with_context(transport::context(client)))
            }
            StoreKind::S3Compatible(config) => {
                (way.ca_bundle, way.insecure) =
                    (config.tls.ca_bundle.as_deref(), config.tls.insecure_skip_verify);
                let client = transport::client(&way)?;
                let builder = s3::compatible(config, self, &client).await?;
                Ok(Operator::new(builder)?.with_context(transport::context(client)))
            }
            StoreKind::Gcs(config) => {
                let context = transport::context(transport::client(&way)?);
                Ok(Operator::new(gcs::builder(config, self)?)?.with_context(context))
            }
            StoreKind::AzureBlob(config) => {
                let context = transport::context(transport::client(&way)?);
                Ok(Operator::new(azure_blob::builder(config, self)?)?.with_context(context))
            }
        }
    }

    /// Whether it is a folder, whose operations cannot be given up once they have begun.
    pub(crate) fn is_folder(&self) -> bool {
        matches!(self.config.kind, StoreKind::Volume)
    }

    /// For a credential that is not there, or of another type.
    fn no_credential(&self) -> OpenError {
        OpenError::Credential(self.config.secret_name.clone().unwrap_or_else(|| "(none)".to_owned()))
    }
}
