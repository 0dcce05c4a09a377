//! The folders of the set-ups themselves.

use imgplane_crds::Reason;
use imgplane_tests::broken::setup::{Condition, Setup};
use libtest_mimic::Failed;

/// Set-ups that there are at least.
const FEWEST: usize = 32;
/// Those of them that run on a real cluster, too.
const FEWEST_ON_CLUSTER: usize = 12;

/// The folders can be served by one program, and say what the cluster would say.
pub(crate) fn judge(setups: &[Setup]) -> Result<(), Failed> {
    let mut problems = Vec::new();
    let on_cluster = setups.iter().filter(|setup| setup.expected.on_cluster).count();
    if setups.len() < FEWEST || on_cluster < FEWEST_ON_CLUSTER {
        problems.push(format!("{} set-ups, {on_cluster} of them on a cluster, are too few", setups.len()));
    }
    for setup in setups {
        let (name, expected) = (setup.name(), &setup.expected);
        // Placeholders are no YAML, but names stand in lines of their own kind.
        for line in setup.manifests.lines().filter(|line| line.starts_with("metadata:")) {
            if !line.contains("namespace: shop") || !line.contains(&format!("name: {name}")) {
                problems.push(format!("{}: {line:?} is not in shop, or not named {name}", setup.folder));
            }
        }
        if !expected.path.starts_with(&format!("/shop/{name}/")) {
            problems.push(format!("{}: the path {} is another endpoint's", setup.folder, expected.path));
        }
        let known = Reason::ALL.iter().find(|reason| reason.as_str() == expected.reason);
        let fits = match (expected.condition, known) {
            (None, None) => expected.reason.is_empty(),
            (Some(Condition::Reachable), None) => expected.reason.contains('_'),
            (Some(condition), Some(reason)) => reason.condition().as_str() == format!("{condition:?}"),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if !fits {
            problems.push(format!("{}: {} is no reason of its condition", setup.folder, expected.reason));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}
