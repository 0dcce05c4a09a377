//! The servers: imgplane itself, the Kubernetes API, nginx, versitygw (S3) and toxiproxy (faults).

pub mod imgplane;
pub mod kubernetes;
pub mod nginx;
pub mod toxiproxy;
pub mod versitygw;
