//! Who gets an address that several endpoints claim: the oldest, then the first by name.

use std::collections::BTreeMap;

use imgplane_config::ObjectId;
use imgplane_crds::Kind;

use super::{Fault, data_plane::Planes, endpoint::Candidate};
use crate::{Problem, ValidEndpoint};

/// What is taken on one DataPlane.
#[derive(Default)]
struct Taken {
    addresses: BTreeMap<(String, String), ObjectId>,
    domains: BTreeMap<String, ObjectId>,
}

/// Accepts endpoints in the order of their age. Who loses a claim is refused as a whole and holds no other claim.
pub(super) fn settle(
    mut candidates: Vec<Candidate>,
    planes: &Planes<'_>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<ObjectId, ValidEndpoint> {
    candidates.sort_by(|a, b| a.seniority.cmp(&b.seniority));
    let mut taken: BTreeMap<ObjectId, Taken> = BTreeMap::new();
    let mut accepted = BTreeMap::new();
    for Candidate { seniority: (_, id), endpoint } in candidates {
        let taken = taken.entry(endpoint.data_plane.clone()).or_default();
        let faults = faults(&endpoint, taken, planes);
        if faults.is_empty() {
            let config = &endpoint.config;
            taken.addresses.insert((config.account.clone(), config.prefix.clone()), id.clone());
            for host in &config.custom_domains {
                taken.domains.insert(host.clone(), id.clone());
            }
            accepted.insert(id, endpoint);
        } else {
            problems.extend(
                faults.into_iter().map(|(field, fault)| Problem::new(Kind::UrlEndpoint, &id, field, &fault)),
            );
        }
    }
    accepted
}

fn faults(endpoint: &ValidEndpoint, taken: &Taken, planes: &Planes<'_>) -> Vec<(String, Fault)> {
    let config = &endpoint.config;
    let data_plane = &endpoint.data_plane;
    let mut faults = Vec::new();
    if let Some(winner) = taken.addresses.get(&(config.account.clone(), config.prefix.clone())) {
        let address = address(&config.account, &config.prefix);
        let fault = Fault::AddressTaken { address, data_plane: data_plane.clone(), winner: winner.clone() };
        faults.push(("spec.urlPrefix".to_owned(), fault));
    }
    let own_hosts = planes.by_id.get(data_plane).map(|plane| &plane.own_hosts);
    for (index, host) in config.custom_domains.iter().enumerate() {
        let field = format!("spec.customDomains[{index}]");
        if let Some(winner) = taken.domains.get(host) {
            faults.push((field, Fault::DomainTaken { host: host.clone(), winner: winner.clone() }));
        } else if own_hosts.is_some_and(|hosts| hosts.contains(host)) {
            let data_plane = data_plane.clone();
            faults.push((field, Fault::HostOfDataPlane { host: host.clone(), data_plane }));
        }
    }
    faults
}

/// Where URLs begin on a shared host.
pub(super) fn address(account: &str, prefix: &str) -> String {
    if prefix.is_empty() { format!("/{account}") } else { format!("/{account}/{prefix}") }
}
