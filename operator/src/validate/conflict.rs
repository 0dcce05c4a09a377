//! Who gets an address that several endpoints claim: the oldest, then the first by name.

use std::collections::BTreeMap;

use imgplane_config::ObjectId;
use imgplane_crds::Kind;

use super::{
    Fault,
    data_plane::Planes,
    endpoint::{Candidate, Claims, domain_field},
};
use crate::{Problem, ValidEndpoint};

/// What is taken on one DataPlane.
#[derive(Default)]
struct Taken {
    addresses: BTreeMap<(String, String), ObjectId>,
    domains: BTreeMap<String, ObjectId>,
}

/// Accepts endpoints in the order of their age. Who loses a claim is refused as a whole and holds no other claim; who
/// cannot be used and loses none keeps others from what it claims.
pub(super) fn settle(
    mut candidates: Vec<Candidate>,
    planes: &Planes<'_>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<ObjectId, ValidEndpoint> {
    candidates.sort_by(|a, b| a.seniority.cmp(&b.seniority));
    let mut taken: BTreeMap<ObjectId, Taken> = BTreeMap::new();
    let mut accepted = BTreeMap::new();
    for Candidate { seniority: (_, id), data_plane, claims, endpoint } in candidates {
        let taken = taken.entry(data_plane.clone()).or_default();
        let faults = faults(&claims, &data_plane, taken, planes);
        if faults.is_empty() {
            let Claims { address, domains } = claims;
            taken.addresses.extend(address.map(|address| (address, id.clone())));
            taken.domains.extend(domains.into_iter().map(|(_, host)| (host, id.clone())));
            accepted.extend(endpoint.map(|endpoint| (id, endpoint)));
        } else {
            problems.extend(
                faults.into_iter().map(|(field, fault)| Problem::new(Kind::UrlEndpoint, &id, field, &fault)),
            );
        }
    }
    accepted
}

fn faults(
    claims: &Claims,
    data_plane: &ObjectId,
    taken: &Taken,
    planes: &Planes<'_>,
) -> Vec<(String, Fault)> {
    let mut faults = Vec::new();
    if let Some(claim) = &claims.address
        && let Some(winner) = taken.addresses.get(claim)
    {
        let address = address(&claim.0, &claim.1);
        let fault = Fault::AddressTaken { address, data_plane: data_plane.clone(), winner: winner.clone() };
        faults.push(("spec.urlPrefix".to_owned(), fault));
    }
    let own_hosts = planes.by_id.get(data_plane).map(|plane| &plane.own_hosts);
    for (index, host) in &claims.domains {
        let field = domain_field(*index);
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
