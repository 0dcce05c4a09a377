//! What a request answers when its origin fails, and what a probe says of it, one named trial per kind of failure,
//! against real servers:
//! nginx for web origins, versitygw for S3, toxiproxy and a full backlog for the network in between.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

#[path = "origin_failures/chain.rs"]
mod chain;
#[path = "origin_failures/network.rs"]
mod network;
#[path = "origin_failures/probe.rs"]
mod probe;
#[path = "origin_failures/s3.rs"]
mod s3;
#[path = "origin_failures/web.rs"]
mod web;

use std::{process::ExitCode, sync::Arc};

use imgplane_tests::{answer::Answer, server::imgplane::Imgplane};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

/// What a request must answer.
pub(crate) struct Expected {
    /// A sentence: the trial's name.
    pub(crate) name: &'static str,
    /// Path and query of the request.
    pub(crate) path: &'static str,
    /// Status.
    pub(crate) status: u16,
    /// `ik-error`: its code, a hyphen, and a part of its message; empty: no such header.
    pub(crate) error: &'static str,
}

/// Shorthand for a row of a table.
pub(crate) const fn row(
    name: &'static str,
    path: &'static str,
    status: u16,
    error: &'static str,
) -> Expected {
    Expected { name, path, status, error }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if arguments.list {
        // Listing starts no servers.
        let rows = web::ROWS.iter().chain(s3::ROWS).chain(network::ROWS).chain(chain::ROWS);
        let mut trials: Vec<_> = rows.map(|row| Trial::test(row.name, || Ok(()))).collect();
        trials.extend(probe::ROWS.iter().map(|row| Trial::test(row.name, || Ok(()))));
        return libtest_mimic::run(&arguments, trials).exit_code();
    }
    let runtime = Arc::new(Runtime::new().unwrap());
    let (web, s3) = (web::Servers::start(), s3::Servers::start());
    let network = runtime.block_on(network::Servers::start(web.plain(), s3.address()));
    let hidden = probe::Servers::start(&s3);
    let manifests = [
        web.manifests(),
        s3.manifests(),
        network.manifests(),
        chain::manifests(&s3, web.plain()),
        hidden.manifests(),
    ];
    let server = Arc::new(Imgplane::start_with(
        &manifests.join("\n---\n"),
        |_| {},
        &["--resolver", &network.resolver()],
    ));

    let rows = web::ROWS.iter().chain(s3::ROWS).chain(network::ROWS).chain(chain::ROWS);
    let probes = probe::ROWS.iter().map(|row| {
        let (server, runtime) = (Arc::clone(&server), Arc::clone(&runtime));
        Trial::test(row.name, move || {
            let answer = runtime.block_on(probe::ask(&server, row));
            probe::judge(row, &answer)
        })
    });
    let trials = rows
        .map(|row| {
            let (server, runtime) = (Arc::clone(&server), Arc::clone(&runtime));
            Trial::test(row.name, move || {
                let answer = runtime.block_on(server.get_as_is(row.path));
                judge(row, &answer)
            })
        })
        .chain(probes)
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if conclusion.has_failed() {
        eprintln!("--- imgplane printed:\n{}", server.process.output());
    }
    conclusion.exit_code()
}

/// Compares an answer with its row: status, generic body, explanation, and where the time went.
fn judge(row: &Expected, answer: &Answer) -> Result<(), Failed> {
    let seen = format!(
        "{}: status {}, ik-error {:?}, server-timing {:?}, body {:?}",
        row.path,
        answer.status,
        answer.header("ik-error"),
        answer.header("server-timing"),
        String::from_utf8_lossy(answer.body.get(..answer.body.len().min(60)).unwrap_or_default()),
    );
    let (code, message) = row.error.split_once(" - ").unwrap_or((row.error, ""));
    let explained = answer.error_code() == code && answer.header("ik-error").contains(message);
    if answer.status != row.status || !explained {
        return Err(format!("{seen}; expected {} and {:?}", row.status, row.error).into());
    }
    let body = match row.status {
        404 => Some("Not Found"),
        400 if code == "ELIMIT" || code == "EINVAL" => Some("Bad Request"),
        _ => None,
    };
    if body.is_some_and(|body| answer.body != body && answer.body != "Bad Image Transformation Request") {
        return Err(format!("{seen}; expected the generic body").into());
    }
    let header = answer.header("ik-error");
    if !header.is_ascii() || header.len() > 220 {
        return Err(format!("{seen}; the message is not short ASCII").into());
    }
    for leak in ["127.0.0.1", "169.254", "ROOTSECRET", "localhost"] {
        if header.contains(leak) {
            return Err(format!("{seen}; the message shows {leak}").into());
        }
    }
    if answer.timing("download").is_none() && !row.name.contains("without_asking") {
        return Err(format!("{seen}; Server-Timing has no download").into());
    }
    if answer.timing("cdn-downstream-fbl").is_none() || answer.header("x-request-id").is_empty() {
        return Err(format!("{seen}; a header that every answer has is missing").into());
    }
    Ok(())
}
