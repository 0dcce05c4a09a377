//! The `imgplane` command: serve, check and explain manifests without a cluster.

mod args;
mod check;
mod dev;
mod exit;
mod explain;
mod finding;
mod judge;
mod manifests;
mod start_page;
mod volumes;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use args::{Cli, Command};
use exit::Exit;

fn main() -> anyhow::Result<ExitCode> {
    // An HTTP client panics without one, so that it comes before everything else.
    let installed = rustls::crypto::ring::default_provider().install_default();
    if installed.is_err() {
        anyhow::bail!("the TLS provider could not be installed");
    }
    let exit: Exit = match Cli::parse().command {
        Command::Dev(args) => dev::run(&args).context("dev")?,
        Command::Check(args) => check::run(&args).context("check")?,
        Command::Explain(args) => explain::run(&args).context("explain")?,
    };
    Ok(exit.into())
}
