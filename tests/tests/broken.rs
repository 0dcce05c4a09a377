//! Set-ups that users get wrong: manifests as they write them, real servers, and what is then told to the client and
//! to the operator. One trial per folder of `tests/broken`; no secret of any of them may be told to anybody.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test code fails by panicking")]

#[path = "broken/faults.rs"]
mod faults;
#[path = "broken/folders.rs"]
mod folders;
#[path = "broken/guide.rs"]
mod guide;
#[path = "broken/judge.rs"]
mod judge;
#[path = "broken/observe.rs"]
mod observe;
#[path = "broken/places.rs"]
mod places;

use std::{path::Path, process::ExitCode, sync::Arc};

use imgplane_tests::{
    broken::{
        leaks,
        setup::{self, Setup},
    },
    server::imgplane::Imgplane,
};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

use crate::{observe::Observed, places::Places};

/// Trials that need no server.
type OfTheFolders = (&'static str, fn(&[Setup]) -> Result<(), Failed>);

const OF_THE_FOLDERS: [OfTheFolders; 3] = [
    ("the_guide_shows_every_set_up", guide::judge),
    ("set_ups_live_side_by_side", folders::judge),
    ("the_search_finds_a_secret_in_every_form", |_| leaks::judge_the_search()),
];
const NO_LEAKS: &str = "secrets_never_leak";
/// What must have been searched for secrets.
const READ: [&str; 5] =
    ["the log", "/v1/report", "/dev/state", "imgplane check", "the probe of s3-access-key-is-unknown"];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let setups = setup::all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("broken"));
    if arguments.list {
        // Listing starts no servers.
        let names = setups.iter().map(|setup| setup.folder.as_str());
        let names = names.chain(OF_THE_FOLDERS.iter().map(|(name, _)| *name)).chain([NO_LEAKS]);
        let trials = names.map(|name| Trial::test(name, || Ok(()))).collect();
        return libtest_mimic::run(&arguments, trials).exit_code();
    }
    let all = Arc::new(setups);
    let mut trials: Vec<_> = OF_THE_FOLDERS
        .iter()
        .map(|(name, judge)| {
            let all = Arc::clone(&all);
            Trial::test(*name, move || judge(&all))
        })
        .collect();

    let runtime = Runtime::new().unwrap();
    let places = runtime.block_on(Places::start(&all));
    let filled: Vec<Setup> = all.iter().map(|setup| places.fill(setup)).collect();
    let manifests: Vec<&str> = filled.iter().map(|setup| setup.manifests.as_str()).collect();
    // Everything that a program of ours and its libraries log for developers is searched for secrets, too.
    let server = Imgplane::start_in(
        &manifests.join("---\n"),
        places::fill_volumes,
        &["--resolver", &places.resolver()],
        &[("RUST_LOG", "debug")],
    );
    let seen = runtime.block_on(observe::all(&server, &filled));
    let needles = leaks::needles(&filled, &places.tokens());
    let told = seen.told;
    trials.push(Trial::test(NO_LEAKS, move || leaks::judge(&needles, &told, &READ)));
    let log: Arc<str> = server.process.output().into();
    trials.extend(filled.into_iter().zip(seen.of_setups).map(|(setup, observed): (Setup, Observed)| {
        let log = Arc::clone(&log);
        Trial::test(setup.folder.clone(), move || judge::judge(&setup, &observed, &log))
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let (true, Some(path)) = (conclusion.has_failed(), std::env::var_os("BROKEN_LOG")) {
        std::fs::write(path, log.as_bytes()).unwrap();
    }
    conclusion.exit_code()
}
