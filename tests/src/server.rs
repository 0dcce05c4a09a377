//! The servers: imgplane itself, the Kubernetes API, stores (versitygw for S3, fake-gcs-server, Azurite, a PIM), what
//! gives out credentials, nginx, dnsmasq, and faults (toxiproxy).

pub mod akeneo;
pub mod azurite;
mod curl;
pub mod dns;
pub mod egress_proxy;
pub mod fake_gcs;
pub mod gate;
pub mod imgplane;
pub mod kubernetes;
pub mod nginx;
pub mod pki;
pub mod scripted;
pub mod service_account;
pub mod silence;
pub mod token_endpoint;
pub mod toxiproxy;
pub mod versitygw;
