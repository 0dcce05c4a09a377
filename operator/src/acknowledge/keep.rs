//! Last known good, per record: which records outlive a mistake in their object.
//!
//! An object that exists and cannot be used, because this version cannot read it or a value in it is wrong, keeps the
//! version that pods run; so does a credential or a signing key whose Secret is missing or malformed. A record is not kept where its
//! object is gone, lost a conflict, is not allowed any more or belongs to another DataPlane, and an address that the
//! manifest gave up, or a right, is not kept once it is somebody else's: whoever breaks a manifest on purpose must not
//! gain by it. Nor does anybody else: while a manifest does not tell what it claims, the address that pods run is held
//! against who is younger, and a younger endpoint that wants it is left out.

mod faults;
mod origins;
mod rights;
mod signing_keys;
mod stores;

use std::collections::{BTreeMap, BTreeSet};

use imgplane_config::{Bundle, EndpointConfig, Loaded, ObjectId, Record};
use imgplane_crds::{Kind, UrlEndpoint};

use self::{
    faults::Faults,
    origins::{Origins, with_origins},
    rights::Rights,
};
pub use self::{signing_keys::keep_signing_keys, stores::keep_store_credentials};
use crate::{IMPLICIT_ENDPOINT, Snapshot, Validated, id_of, validate::seniority};

/// Gives back to a bundle the records of `previous` whose objects cannot be used at the moment.
///
/// `bundle` is what was rendered from `validated`, which was judged from `snapshot`; `previous` is what pods run. An
/// endpoint that is served as it was keeps only the origins that still can be used, and an endpoint that is fine gets
/// back, in its place, an origin that is kept.
pub fn keep_last_good(
    previous: &Loaded,
    mut bundle: Bundle,
    snapshot: &Snapshot,
    validated: &Validated,
) -> Bundle {
    let Some(rights) = Rights::of(&bundle.data_plane.id, snapshot, validated) else { return bundle };
    let faults = Faults::of(snapshot, validated);
    let written: BTreeMap<ObjectId, &UrlEndpoint> =
        snapshot.endpoints.iter().map(|endpoint| (id_of(endpoint), endpoint)).collect();

    let endpoints =
        Endpoints { previous, bundle: &bundle, written: &written, rights: &rights, faults: &faults };
    let mut kept = endpoints.kept();
    kept.extend(endpoints.implicit());
    // Whoever clashes with what is kept waits for it.
    bundle.endpoints.retain(|record| {
        !kept.iter().any(|kept| kept.id == record.id || Clash::of(&kept.body, &record.body).is_any())
    });

    let mut origins = Origins::new(previous, validated, &rights, &faults);
    for record in &bundle.endpoints {
        for id in listed(record, written.get(&record.id).copied()) {
            origins.want(id, &bundle);
        }
    }
    for record in &kept {
        for id in record.body.media_library.iter().chain(&record.body.origins) {
            origins.want(id.clone(), &bundle);
        }
    }

    let here: BTreeSet<ObjectId> =
        bundle.origins.iter().map(|record| record.id.clone()).chain(origins.ids().cloned()).collect();
    for record in &mut bundle.endpoints {
        let listed = listed(record, written.get(&record.id).copied());
        // Only what was kept is put back: an origin that is here and was left out was left out for a reason.
        if listed.iter().any(|id| origins.has(id)) {
            let library = written
                .get(&record.id)
                .and_then(|endpoint| endpoint.spec.media_library.as_ref())
                .map(|library| ObjectId::new(&record.id.namespace, library.origin_ref.name.as_str()));
            let used = |id: &ObjectId| {
                origins.has(id)
                    || record.body.media_library.as_ref() == Some(id)
                    || record.body.origins.contains(id)
            };
            *record = with_origins(record, library.as_ref(), &listed, used);
        }
    }
    for record in kept {
        let listed: Vec<_> = record.body.media_library.iter().chain(&record.body.origins).cloned().collect();
        let library = record.body.media_library.clone();
        bundle.endpoints.push(with_origins(&record, library.as_ref(), &listed, |id| here.contains(id)));
    }
    bundle.endpoints.sort_by(|a, b| a.id.cmp(&b.id));
    origins.join(&mut bundle);
    keep_signing_keys(&previous.signing_keys, &mut bundle);
    if let Some(before) = &previous.data_plane {
        stores::keep_bundles(&before.body, &mut bundle, &faults);
        keep_store_credentials(&before.body, &previous.credentials, &mut bundle);
    }
    bundle
}

/// Origins that an endpoint lists, the media library first, each once. An endpoint that no object describes lists
/// what its record says.
fn listed(record: &Record<EndpointConfig>, written: Option<&UrlEndpoint>) -> Vec<ObjectId> {
    let Some(written) = written else { return record.body.origins.clone() };
    let library = written.spec.media_library.iter().map(|library| &library.origin_ref);
    let mut listed: Vec<ObjectId> = Vec::new();
    for origin in library.chain(&written.spec.origins) {
        let id = ObjectId::new(&record.id.namespace, origin.name.as_str());
        if !listed.contains(&id) {
            listed.push(id);
        }
    }
    listed
}

/// Decides which endpoints are served as they were.
struct Endpoints<'a> {
    previous: &'a Loaded,
    bundle: &'a Bundle,
    written: &'a BTreeMap<ObjectId, &'a UrlEndpoint>,
    rights: &'a Rights<'a>,
    faults: &'a Faults<'a>,
}

impl Endpoints<'_> {
    fn kept(&self) -> Vec<Record<EndpointConfig>> {
        let here: BTreeSet<&ObjectId> = self.bundle.endpoints.iter().map(|record| &record.id).collect();
        let explicit = self.previous.endpoints.iter().filter(|record| record.id.name != IMPLICIT_ENDPOINT);
        explicit
            .filter(|record| {
                !here.contains(&record.id) && self.is_broken(&record.id) && self.may_stay(record)
            })
            .cloned()
            .collect()
    }

    fn is_broken(&self, id: &ObjectId) -> bool {
        match self.written.get(id) {
            Some(endpoint) => {
                self.faults.is_invalid(Kind::UrlEndpoint, id)
                    && self.rights.serves(&id.namespace, endpoint.spec.data_plane_ref.as_ref())
            }
            None => self.faults.is_unreadable(Kind::UrlEndpoint, id),
        }
    }

    /// Whether the namespace may still have the address, and nobody has a better claim to it.
    fn may_stay(&self, record: &Record<EndpointConfig>) -> bool {
        let config = &record.body;
        self.rights.admits(&record.id.namespace)
            && self.rights.grants(&record.id.namespace, &config.account)
            && !config.custom_domains.iter().any(|host| self.rights.owns_host(host))
            && self.bundle.endpoints.iter().filter(|other| other.id != record.id).all(|other| {
                let clash = Clash::of(config, &other.body);
                !clash.is_any() || self.is_held(record, other, &clash)
            })
    }

    /// Whether what a record has is held against another endpoint, which is accepted and wants it.
    fn is_held(
        &self,
        record: &Record<EndpointConfig>,
        other: &Record<EndpointConfig>,
        clash: &Clash,
    ) -> bool {
        if record.id.name == IMPLICIT_ENDPOINT {
            return false;
        }
        match (self.written.get(&record.id), self.written.get(&other.id)) {
            // Of what cannot be read nothing is known but what pods run, its age neither. And an endpoint that nobody
            // wrote yields to those that somebody did.
            (None, _) | (Some(_), None) => true,
            // What the manifest can tell was judged already: it claims something else now.
            (Some(endpoint), Some(rival)) => {
                let is_wrong = |field: &str| self.faults.is_wrong(Kind::UrlEndpoint, &record.id, field);
                let address_is_told = !is_wrong("spec.accountId") && !is_wrong("spec.urlPrefix");
                let domains_are_told = !is_wrong("spec.customDomains[");
                let gave_it_up = (clash.address && address_is_told) || (clash.domain && domains_are_told);
                !gave_it_up && seniority(*endpoint) < seniority(*rival)
            }
        }
    }

    /// Default endpoints that no object describes stay with their origin while that one cannot be used.
    fn implicit(&self) -> Vec<Record<EndpointConfig>> {
        if !self.rights.has_implicit_endpoints() {
            return Vec::new();
        }
        let implicit = self.previous.endpoints.iter().filter(|record| record.id.name == IMPLICIT_ENDPOINT);
        implicit
            .filter(|record| {
                let broken = |id| self.faults.is_broken(Kind::Origin, id);
                record.body.origins.iter().any(broken)
                    && !self.declares_default(&record.id.namespace)
                    && self.may_stay(record)
            })
            .cloned()
            .collect()
    }

    /// Whether somebody wrote a default endpoint, even a wrong one.
    fn declares_default(&self, namespace: &str) -> bool {
        self.written.iter().any(|(id, endpoint)| {
            id.namespace == namespace && endpoint.spec.url_prefix.as_deref().unwrap_or_default().is_empty()
        })
    }
}

/// Why two endpoints cannot both be served.
struct Clash {
    address: bool,
    domain: bool,
}

impl Clash {
    fn of(a: &EndpointConfig, b: &EndpointConfig) -> Self {
        Self {
            address: a.account == b.account && a.prefix == b.prefix,
            domain: a.custom_domains.iter().any(|host| b.custom_domains.contains(host)),
        }
    }

    fn is_any(&self) -> bool {
        self.address || self.domain
    }
}

#[cfg(test)]
mod tests;
