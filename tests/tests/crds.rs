//! What a real API server makes of our kinds: it takes the definitions, judges every object as the checks in process
//! do, and explains and lists them with kubectl as the golden files show.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test code fails by panicking")]

#[path = "crds/shown.rs"]
mod shown;
#[path = "../../crds/tests/rules/table.rs"]
mod table;
#[path = "crds/verdicts.rs"]
mod verdicts;

use std::{process::ExitCode, sync::Arc};

use imgplane_tests::server::kubernetes::Kubernetes;
use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

type Scenario = fn(&Kubernetes, &Runtime);

const SCENARIOS: &[(&str, Scenario)] = &[
    ("the_api_server_takes_the_definitions_and_warns_of_nothing", verdicts::definitions),
    ("every_object_that_breaks_a_rule_is_refused_with_the_same_field_and_words", verdicts::broken),
    ("every_object_at_the_edge_of_the_rules_is_accepted", verdicts::kept),
    ("an_origin_never_changes_its_type", verdicts::immutable),
    ("a_misspelt_field_is_refused", verdicts::misspelt),
    ("every_example_is_accepted_with_strict_validation", verdicts::examples),
    ("kubectl_explain_documents_every_field", shown::explain),
    ("kubectl_get_shows_the_columns", shown::columns),
    ("objects_are_selected_by_the_fields_that_are_selectable", shown::selectable),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if arguments.list {
        let trials = SCENARIOS.iter().map(|(name, _)| Trial::test(*name, || Ok(()))).collect();
        return libtest_mimic::run(&arguments, trials).exit_code();
    }
    let runtime = Arc::new(Runtime::new().unwrap());
    let cluster = Arc::new(Kubernetes::start());
    cluster.create_namespace("shop");
    cluster.apply_crds();
    let trials = SCENARIOS
        .iter()
        .map(|(name, scenario)| {
            let (cluster, runtime) = (Arc::clone(&cluster), Arc::clone(&runtime));
            Trial::test(*name, move || {
                scenario(&cluster, &runtime);
                Ok(())
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
