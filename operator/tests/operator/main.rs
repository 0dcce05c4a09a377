//! Validation and rendering as a whole: manifests in, problems and records out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod budget;
mod examples;
mod health;
mod problems;
mod records;
mod scale;
mod scene;
mod statuses;
mod stores;
mod workloads;
mod world;
