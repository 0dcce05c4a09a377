//! `imgplane-e2e`: the scenarios on a real cluster (`run`), and the client that they use inside it (the other commands).
//!
//! Outside, it does what a person does: kubectl, helm and the manifests of this repository. Inside, in a pod, it asks
//! for pictures and says what came.

mod admin;
mod args;
mod broken;
mod client;
mod cluster;
mod commands;
mod install;
mod manifests;
mod memory;
mod metrics_server;
mod pod;
mod results;
mod run;
mod scenarios;
mod store;
mod suite;
mod wait;
mod web_server;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Args, Command};

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Run(options) => run::run(&options),
        Command::Get(options) => pod::get::get(&options),
        Command::Load(options) => pod::load::load(&options),
        Command::Churn(options) => pod::churn::churn(&options),
        Command::Pictures(options) => pod::pictures::write(&options),
        Command::Hold => pod::hold::hold(),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the last word of a command-line program")]
            {
                eprintln!("imgplane-e2e: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
