//! The real `imgplane` binary: what it prints, what it answers, how it exits.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test code fails by panicking")]

mod check;
mod dev;
mod diagnose;
mod explain;
mod folder;
mod purge;
mod sidecar;
mod sign;
mod start_page;
mod status;
