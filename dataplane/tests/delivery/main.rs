//! The real server on a free port of this machine, with folders and small web servers as origins.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

mod admin;
mod animations;
mod cache;
mod chain;
mod compression;
mod drain;
mod failures;
mod fairness;
mod files;
mod harness;
mod layers;
mod overload;
mod pictures;
mod probe;
mod program;
mod protocol;
mod reload;
mod scale;
mod tls;
mod web;
