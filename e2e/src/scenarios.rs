//! The scenarios in their order. The first installs what the others use, the last removes it.

mod a_bad_endpoint_never_hurts_its_neighbour;
mod a_changed_endpoint_reaches_every_pod;
mod a_client_that_retries_loses_nothing;
mod a_killed_leader_is_replaced;
mod a_killed_pod_costs_only_what_it_had_in_flight;
mod a_long_time_of_changes_loses_no_request_and_no_memory;
mod a_new_pod_finds_what_others_made;
mod a_purge_is_certain_on_every_pod;
mod a_purge_under_load_leaves_nothing_old;
mod a_rolling_image_update_loses_no_request;
mod a_rotated_secret_reaches_every_pod;
mod a_sidecar_serves_the_pictures_of_its_page;
mod a_signed_url_opens_what_is_closed;
mod a_slow_and_a_failing_origin_leave_a_healthy_one_alone;
mod argo_cd_stays_synced_and_shows_what_is_wrong;
mod autoscaling_follows_the_load_and_loses_no_request;
mod config_grows_by_a_shard_without_a_restart;
mod describe_explains_what_is_broken;
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
pub(crate) struct Scenario {
    /// Its name: a sentence.
    pub(crate) name: &'static str,
    /// When it runs.
    pub(crate) part: Part,
    /// Whether it stops parts of the node, which only `scripts/cluster` can.
    pub(crate) own_node: bool,
    /// What it does; the second argument is its name.
    pub(crate) run: fn(&Suite, &str) -> anyhow::Result<()>,
}

/// When a scenario runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Always: every change has to pass it.
    Core,
    /// With all the others.
    Everyday,
    /// With `--gitops`: it needs Argo CD beside the cluster, which `scripts/argocd` runs.
    Gitops,
    /// With `--hpa`: it takes long, and needs metrics-server, which it starts where there is none.
    Autoscaling,
    /// With `--soak`: it takes as long as one wants.
    Soak,
}

/// `scenario!(name, Part)` or `scenario!(name, Part, own_node)`: an entry of the table.
macro_rules! scenario {
    (@) => { false };
    (@ own_node) => { true };
    ($name:ident, $part:ident $(, $own_node:ident)?) => {
        Scenario {
            name: stringify!($name),
            part: Part::$part,
            own_node: scenario!(@ $($own_node)?),
            run: $name::run,
        }
    };
}

/// All of them, in order.
pub(crate) const ALL: &[Scenario] = &[
    scenario!(helm_install_and_two_manifests_serve_an_image, Core),
    scenario!(a_changed_endpoint_reaches_every_pod, Everyday),
    scenario!(a_bad_endpoint_never_hurts_its_neighbour, Core),
    scenario!(describe_names_a_wrong_key_and_clears, Core),
    scenario!(describe_explains_what_is_broken, Core),
    scenario!(a_rotated_secret_reaches_every_pod, Core),
    scenario!(a_signed_url_opens_what_is_closed, Core),
    scenario!(a_purge_is_certain_on_every_pod, Core, own_node),
    scenario!(a_purge_under_load_leaves_nothing_old, Everyday),
    scenario!(a_new_pod_finds_what_others_made, Everyday),
    scenario!(a_rolling_image_update_loses_no_request, Core),
    scenario!(scaling_up_and_down_loses_no_request, Everyday),
    scenario!(a_killed_pod_costs_only_what_it_had_in_flight, Everyday, own_node),
    scenario!(a_client_that_retries_loses_nothing, Everyday, own_node),
    scenario!(a_killed_leader_is_replaced, Core),
    scenario!(config_grows_by_a_shard_without_a_restart, Everyday),
    scenario!(a_sidecar_serves_the_pictures_of_its_page, Everyday),
    scenario!(upgrade_and_rollback_keep_serving, Everyday),
    scenario!(the_data_plane_serves_on_without_operator_and_api_server, Everyday, own_node),
    scenario!(the_operator_needs_no_more_than_its_roles, Core),
    scenario!(argo_cd_stays_synced_and_shows_what_is_wrong, Gitops),
    scenario!(autoscaling_follows_the_load_and_loses_no_request, Autoscaling),
    scenario!(a_slow_and_a_failing_origin_leave_a_healthy_one_alone, Soak),
    scenario!(a_long_time_of_changes_loses_no_request_and_no_memory, Soak),
    scenario!(uninstall_leaves_only_definitions_and_the_users_objects, Everyday),
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
