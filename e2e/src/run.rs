//! The scenarios one after another, the table of what they measured, and what a failed one leaves to read.

use std::{path::Path, process::ExitCode, sync::Arc, time::Instant};

use anyhow::Result;
use libtest_mimic::{Failed, Trial};

use crate::{
    args::RunOptions,
    install,
    scenarios::{ALL, Part, Scenario},
    suite::Suite,
};

/// File with all numbers, below the repository.
const RESULTS: &str = "target/e2e-results.json";
/// Folder of what a failed scenario leaves, below the repository.
const FAILURES: &str = "target/e2e-failures";

/// Runs them.
pub(crate) fn run(options: &RunOptions) -> Result<ExitCode> {
    let mut arguments = options.tests.clone();
    // They share one cluster, and the order is part of the plan: the first installs, the last removes.
    arguments.test_threads = Some(1);
    if arguments.list {
        let trials = chosen(options).map(|scenario| Trial::test(scenario.name, || Ok(()))).collect();
        return Ok(libtest_mimic::run(&arguments, trials).exit_code());
    }
    let suite = Arc::new(Suite::new(options)?);
    let own = suite.cluster.is_own();
    let trials = chosen(options)
        .map(|scenario| {
            let suite = Arc::clone(&suite);
            Trial::test(scenario.name, move || one(&suite, scenario))
                .with_ignored_flag(scenario.own_node && !own)
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    tell(&suite);
    suite.results.write(&suite.cluster.file(RESULTS))?;
    if !options.leave {
        suite.clean_up()?;
    }
    Ok(conclusion.exit_code())
}

fn chosen(options: &RunOptions) -> impl Iterator<Item = &'static Scenario> {
    let wanted: &[Part] = match options {
        RunOptions { gitops: true, .. } => &[Part::Gitops],
        RunOptions { hpa: true, .. } => &[Part::Autoscaling],
        RunOptions { soak: Some(_), .. } => &[Part::Soak],
        RunOptions { core: true, .. } => &[Part::Core],
        RunOptions { .. } => &[Part::Core, Part::Everyday],
    };
    ALL.iter().filter(move |scenario| wanted.contains(&scenario.part))
}

fn one(suite: &Suite, scenario: &Scenario) -> Result<(), Failed> {
    let begun = Instant::now();
    let outcome = (scenario.run)(suite, scenario.name);
    suite.seconds(scenario.name, "the whole scenario", begun.elapsed().as_secs_f64(), None);
    outcome.map_err(|error| {
        let folder = suite.cluster.file(FAILURES).join(scenario.name);
        let left = match leave(suite, &folder) {
            Ok(()) => format!("what the cluster said lies in {}", folder.display()),
            Err(trouble) => format!("and what the cluster said could not be written: {trouble:#}"),
        };
        Failed::from(format!("{error:#}\n{left}"))
    })
}

#[expect(clippy::print_stdout, reason = "the table is the program's answer")]
fn tell(suite: &Suite) {
    println!("{}", suite.results.table());
}

/// Writes what helps to understand a failure.
fn leave(suite: &Suite, folder: &Path) -> Result<()> {
    const QUESTIONS: [(&str, &[&str]); 5] = [
        ("pods.txt", &["get", "pods", "--all-namespaces", "--output", "wide"]),
        (
            "objects.yaml",
            &["get", "dataplanes,origins,urlendpoints,hpa", "--all-namespaces", "--output", "yaml"],
        ),
        ("events.txt", &["get", "events", "--all-namespaces", "--sort-by=.metadata.creationTimestamp"]),
        ("described.txt", &["describe", "pods", "--namespace", install::NAMESPACE]),
        ("leases.yaml", &["get", "leases", "--namespace", install::NAMESPACE, "--output", "yaml"]),
    ];
    const LOGS: [(&str, &str); 2] = [
        ("operator.log", "app.kubernetes.io/name=imgplane-operator"),
        ("dataplane.log", "imgplane.dev/dataplane"),
    ];
    std::fs::create_dir_all(folder)?;
    let mut questions: Vec<(String, Vec<&str>)> =
        QUESTIONS.iter().map(|(file, arguments)| ((*file).to_owned(), arguments.to_vec())).collect();
    for (file, selector) in LOGS {
        let logs =
            ["logs", "--namespace", install::NAMESPACE, "--prefix", "--tail=4000", "--selector", selector];
        questions.push((file.to_owned(), logs.to_vec()));
        questions.push((format!("previous-{file}"), [&logs[..], &["--previous"]].concat()));
    }
    for (file, arguments) in questions {
        let finished = suite.cluster.try_kubectl(&arguments)?;
        std::fs::write(folder.join(file), finished.stdout + &finished.stderr)?;
    }
    Ok(())
}
