//! The `imgplane` command: serve, check and explain manifests without a cluster; ask a cluster how they fare.

mod args;
mod check;
mod cluster;
mod dev;
mod diagnose;
mod exit;
mod explain;
mod finding;
mod judge;
mod key;
mod manifests;
mod place;
mod purge;
mod sidecar;
mod sign;
mod start_page;
mod status;
mod volumes;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use exit::Exit;

fn main() -> ExitCode {
    match run() {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("error: {error:#}");
            Exit::Problems.into()
        }
    }
}

fn run() -> anyhow::Result<Exit> {
    // An HTTP client panics without one, so that it comes before everything else.
    let installed = rustls::crypto::ring::default_provider().install_default();
    anyhow::ensure!(installed.is_ok(), "the TLS provider could not be installed");
    match Cli::parse().command {
        Command::Dev(args) => dev::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Sign(args) => sign::run(&args),
        Command::Purge(args) => purge::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Diagnose(args) => diagnose::run(&args),
        Command::Sidecar(args) => sidecar::run(&args),
    }
}
