//! The servers: imgplane itself, nginx, versitygw (S3) and toxiproxy (faults).

pub mod imgplane;
pub mod nginx;
pub mod toxiproxy;
pub mod versitygw;
