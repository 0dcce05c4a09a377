//! Fetches against servers that misbehave on purpose: silence, resets, cut and slow answers, redirects. What a well
//! behaved real server answers is tested elsewhere, against real servers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod chain;
mod conditions;
mod faults;
mod limits;
mod names;
mod probe;
mod redirects;
mod s3;
mod server;
mod set_up;
mod stores;
mod tls;
mod volume;
mod web_folder;
mod web_proxy;
