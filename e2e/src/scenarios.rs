//! The scenarios in their order. The first installs what the others use, the last removes it.

mod a_bad_endpoint_never_hurts_its_neighbour;
mod a_changed_endpoint_reaches_every_pod;
mod a_client_that_retries_loses_nothing;
mod a_killed_leader_is_replaced;
mod a_killed_pod_costs_only_what_it_had_in_flight;
mod a_rolling_image_update_loses_no_request;
mod a_rotated_secret_reaches_every_pod;
mod a_sidecar_serves_the_pictures_of_its_page;
mod argo_cd_stays_synced_and_shows_what_is_wrong;
mod autoscaling_follows_the_load_and_loses_no_request;
mod config_grows_by_a_shard_without_a_restart;
mod describe_names_a_wrong_key_and_clears;
mod helm_install_and_two_manifests_serve_an_image;
mod scaling_up_and_down_loses_no_request;
mod the_data_plane_serves_on_without_operator_and_api_server;
mod the_operator_needs_no_more_than_its_roles;
mod uninstall_leaves_only_definitions_and_the_users_objects;
mod upgrade_and_rollback_keep_serving;

use crate::suite::Suite;

/// One scenario.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own in the table")]
pub(crate) struct Scenario {
    /// Its name: a sentence.
    pub(crate) name: &'static str,
    /// Whether every change has to pass it.
    pub(crate) core: bool,
    /// Whether it stops parts of the node, which only `scripts/cluster` can.
    pub(crate) own_node: bool,
    /// Whether it needs Argo CD beside the cluster, which `scripts/argocd` runs.
    pub(crate) argo_cd: bool,
    /// Whether it needs metrics-server, which it starts where there is none.
    pub(crate) metrics: bool,
    /// What it does; the second argument is its name.
    pub(crate) run: fn(&Suite, &str) -> anyhow::Result<()>,
}

/// `scenario!(name)`, or with flags, `scenario!(name, core)`: an entry of the table.
macro_rules! scenario {
    ($name:ident $(, $flag:ident)*) => {
        Scenario {
            name: stringify!($name),
            run: $name::run,
            $($flag: true,)*
            ..Scenario {
                name: "",
                core: false,
                own_node: false,
                argo_cd: false,
                metrics: false,
                run: $name::run,
            }
        }
    };
}

/// All of them, in order.
pub(crate) const ALL: &[Scenario] = &[
    scenario!(helm_install_and_two_manifests_serve_an_image, core),
    scenario!(a_changed_endpoint_reaches_every_pod),
    scenario!(a_bad_endpoint_never_hurts_its_neighbour, core),
    scenario!(describe_names_a_wrong_key_and_clears, core),
    scenario!(a_rotated_secret_reaches_every_pod, core),
    scenario!(a_rolling_image_update_loses_no_request, core),
    scenario!(scaling_up_and_down_loses_no_request),
    scenario!(a_killed_pod_costs_only_what_it_had_in_flight, own_node),
    scenario!(a_client_that_retries_loses_nothing, own_node),
    scenario!(a_killed_leader_is_replaced, core),
    scenario!(config_grows_by_a_shard_without_a_restart),
    scenario!(a_sidecar_serves_the_pictures_of_its_page),
    scenario!(upgrade_and_rollback_keep_serving),
    scenario!(the_data_plane_serves_on_without_operator_and_api_server, own_node),
    scenario!(the_operator_needs_no_more_than_its_roles, core),
    scenario!(argo_cd_stays_synced_and_shows_what_is_wrong, argo_cd),
    scenario!(autoscaling_follows_the_load_and_loses_no_request, metrics),
    scenario!(uninstall_leaves_only_definitions_and_the_users_objects),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_a_scenario_is_in_the_table() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenarios");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        let mut names: Vec<String> = ALL.iter().map(|scenario| scenario.name.to_owned()).collect();
        files.sort();
        names.sort();
        assert_eq!(files, names);
    }
}
