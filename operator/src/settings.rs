//! What the operator is started with.

use std::net::SocketAddr;

/// Start-up settings of the operator.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The operator's own namespace, where its Lease lies.
    pub namespace: String,
    /// Name by which this replica holds the Lease: the pod's name.
    pub identity: String,
    /// Name of the operator's own Deployment, to which the Lease belongs; absent: the Lease belongs to nobody.
    pub deployment: Option<String>,
    /// Namespaces that are watched besides the operator's own; empty: all.
    pub watch_namespaces: Vec<String>,
    /// Image of managed pods where the DataPlane names none.
    pub dataplane_image: String,
    /// `imagePullPolicy` of managed pods: `Always`, `IfNotPresent`, `Never`.
    pub image_pull_policy: String,
    /// Names of Secrets of type `kubernetes.io/dockerconfigjson` that managed pods pull with.
    pub image_pull_secrets: Vec<String>,
    /// Namespaces from which managed pods' metrics may be scraped besides the operator's own.
    pub scraper_namespaces: Vec<String>,
    /// Address of the operator's own admin port; port 0 takes a free one.
    pub admin_listen: SocketAddr,
}
