//! Compares what was told of a set-up with what must be told.

use imgplane_config::report::{ErrorSample, ProbeOutcome};
use imgplane_tests::broken::setup::{Condition, Setup};
use libtest_mimic::Failed;

use crate::observe::Observed;

pub(crate) fn judge(setup: &Setup, observed: &Observed, log: &str) -> Result<(), Failed> {
    let mut problems = Vec::new();
    let (expected, answer) = (&setup.expected, &observed.answer);
    if answer.status != expected.status || answer.header("ik-error") != expected.ik_error {
        problems.push(format!(
            "the response: {} {:?}, expected {} {:?}",
            answer.status,
            answer.header("ik-error"),
            expected.status,
            expected.ik_error
        ));
    }
    match expected.condition {
        Some(Condition::Reachable) => reachable(setup, observed, &mut problems),
        Some(Condition::Accepted | Condition::ResolvedRefs) => found(setup, observed, &mut problems),
        None => logged(setup, observed, log, &mut problems),
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

/// The report names the failure, or a probe where requests cannot tell; and the manifests are right.
fn reachable(setup: &Setup, observed: &Observed, problems: &mut Vec<String>) {
    let expected = &setup.expected;
    let reported = observed.health.as_ref().and_then(|health| health.errors.first());
    let probe = match &observed.probed {
        Ok(ProbeOutcome::Failed(error)) => Some(error),
        Ok(ProbeOutcome::Reachable | ProbeOutcome::Unknown { .. }) | Err(_) => None,
    };
    match reported.or(probe) {
        Some(error) => {
            if reason_of(error) != expected.reason {
                problems.push(format!("the report: {}, expected {}", reason_of(error), expected.reason));
            }
            holds("the report's message", &error.message, &expected.message, problems);
            holds("the report's remedy", &error.remedy, &expected.remedy, problems);
        }
        None => problems.push(format!("neither the report nor a probe has an error of it: {observed:?}")),
    }
    probed(setup, observed, &expected.reason, problems);
    no_errors(observed, problems);
}

/// `imgplane check` names the field that is wrong.
fn found(setup: &Setup, observed: &Observed, problems: &mut Vec<String>) {
    let expected = &setup.expected;
    let of_origin = |kind: &Option<String>| kind.as_deref() == Some("Origin");
    let mut errors = observed.findings.iter().filter(|finding| finding.severity == "error");
    match errors.find(|finding| of_origin(&finding.kind) && finding.reason == expected.reason) {
        Some(finding) => {
            if finding.field != expected.field {
                problems.push(format!("the check: field {:?}, expected {:?}", finding.field, expected.field));
            }
            holds("the check's message", &finding.message, &expected.message, problems);
            holds("the check's message", &finding.message, &expected.remedy, problems);
        }
        None => problems.push(format!("the check: {:?}, expected {}", observed.findings, expected.reason)),
    }
}

/// Nothing is held against the origin; what is wrong stands in the log.
fn logged(setup: &Setup, observed: &Observed, log: &str, problems: &mut Vec<String>) {
    let expected = &setup.expected;
    // That a file is too large is the file's matter, and no condition takes it for trouble.
    let errors = observed.health.iter().flat_map(|health| &health.errors);
    let errors = errors.filter(|error| error.code != "ELIMIT");
    problems.extend(errors.map(|error| format!("the report: {error:?}, expected no error")));
    let told = |line: &&str| line.contains(&expected.path) && line.contains(&expected.message);
    match log.lines().find(told) {
        Some(line) => holds("the log", line, &expected.remedy, problems),
        None => {
            problems.push(format!("the log has no line of {} with {:?}", expected.path, expected.message));
        }
    }
    probed(setup, observed, "Reachable", problems);
    no_errors(observed, problems);
}

fn probed(setup: &Setup, observed: &Observed, otherwise: &str, problems: &mut Vec<String>) {
    let verdict = match setup.expected.probe.as_str() {
        "" => otherwise,
        verdict => verdict,
    };
    let found = match &observed.probed {
        Ok(ProbeOutcome::Reachable) => "Reachable".to_owned(),
        Ok(ProbeOutcome::Unknown { .. }) => "Unknown".to_owned(),
        Ok(ProbeOutcome::Failed(error)) => reason_of(error),
        Err(said) => said.clone(),
    };
    if found != verdict {
        problems.push(format!("the probe: {found}, expected {verdict}"));
    }
}

fn reason_of(error: &ErrorSample) -> String {
    format!("{}_{}", error.code, error.reason)
}

fn no_errors(observed: &Observed, problems: &mut Vec<String>) {
    let errors = observed.findings.iter().filter(|finding| finding.severity == "error");
    problems.extend(errors.map(|finding| format!("the check: {finding:?}, expected no error")));
}

fn holds(what: &str, text: &str, part: &str, problems: &mut Vec<String>) {
    if !text.contains(part) {
        problems.push(format!("{what}: {text:?}, expected {part:?} in it"));
    }
}
