//! Origins and credentials that endpoints need and that the render left out.

use std::collections::BTreeMap;

use imgplane_config::{
    Auth, Bundle, Credential, EndpointConfig, Loaded, ObjectId, OriginConfig, OriginKind, Record,
};
use imgplane_crds::Kind;
use serde::{Serialize, de::DeserializeOwned};

use super::{Faults, Rights};
use crate::{Validated, validate::auth};

/// Collects the origins that are added to a bundle.
pub(super) struct Origins<'a> {
    previous: BTreeMap<&'a ObjectId, &'a Record<OriginConfig>>,
    credentials: BTreeMap<&'a ObjectId, &'a Record<Credential>>,
    validated: &'a Validated,
    rights: &'a Rights<'a>,
    faults: &'a Faults<'a>,
    added: BTreeMap<ObjectId, (Record<OriginConfig>, Option<Record<Credential>>)>,
}

impl<'a> Origins<'a> {
    pub(super) fn new(
        previous: &'a Loaded,
        validated: &'a Validated,
        rights: &'a Rights<'a>,
        faults: &'a Faults<'a>,
    ) -> Self {
        Self {
            previous: previous.origins.iter().map(|record| (&record.id, record)).collect(),
            credentials: previous.credentials.iter().map(|record| (&record.id, record)).collect(),
            validated,
            rights,
            faults,
            added: BTreeMap::new(),
        }
    }

    /// Adds an origin that an endpoint lists, if the bundle lacks it and it can be had: as it is where only an endpoint
    /// that is served as it was needs it, as it was where it cannot be used at the moment.
    pub(super) fn want(&mut self, id: ObjectId, bundle: &Bundle) {
        if self.has(&id) || bundle.origins.binary_search_by(|record| record.id.cmp(&id)).is_ok() {
            return;
        }
        let found = match self.validated.origins.get(&id) {
            Some(valid) => {
                let credential = valid.credential.clone();
                let record = Record::new(id.clone(), valid.generation, valid.config.clone()).ok();
                let credential =
                    credential.and_then(|body| Record::new(id.clone(), valid.generation, body).ok());
                record.map(|record| (record, credential))
            }
            None if self.faults.is_broken(Kind::Origin, &id) => self.previous.get(&id).map(|record| {
                let credential = self.credentials.get(&id).filter(|_| needs_credential(&record.body));
                ((*record).clone(), credential.map(|record| (*record).clone()))
            }),
            None => None,
        };
        if let Some((record, credential)) = found
            && self.rights.can_run(&id.namespace, &record.body)
        {
            self.added.insert(id, (record, credential));
        }
    }

    pub(super) fn has(&self, id: &ObjectId) -> bool {
        self.added.contains_key(id)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &ObjectId> {
        self.added.keys()
    }

    /// Puts everything into the bundle, and the credentials and certificates of authorities that went missing.
    pub(super) fn join(self, bundle: &mut Bundle) {
        for (record, credential) in self.added.into_values() {
            bundle.origins.push(record);
            bundle.credentials.extend(credential);
        }
        bundle.origins.sort_by(|a, b| a.id.cmp(&b.id));
        bundle.credentials.sort_by(|a, b| a.id.cmp(&b.id));

        for record in bundle.origins.iter_mut().filter(|record| self.faults.lacks_bundle(&record.id)) {
            let before = self.previous.get(&record.id);
            if let Some(kept) = before.and_then(|before| with_old_bundle(record, before)) {
                *record = kept;
            }
        }

        let mut missing = Vec::new();
        for record in bundle.origins.iter().filter(|record| needs_credential(&record.body)) {
            let here =
                bundle.credentials.binary_search_by(|credential| credential.id.cmp(&record.id)).is_ok();
            // A credential is for a place: it is not sent to another one.
            let same_place =
                self.previous.get(&record.id).is_some_and(|before| before.body.kind == record.body.kind);
            if !here && same_place && self.faults.lacks_secret(&record.id) {
                missing.extend(self.credentials.get(&record.id).map(|credential| (*credential).clone()));
            }
        }
        bundle.credentials.extend(missing);
        bundle.credentials.sort_by(|a, b| a.id.cmp(&b.id));
    }
}

fn needs_credential(origin: &OriginConfig) -> bool {
    auth(&origin.kind) == Auth::Secret
}

/// Certificates of authorities that a client trusts, where the type has some.
const fn ca_bundle(kind: &mut OriginKind) -> Option<&mut Option<String>> {
    match kind {
        OriginKind::S3Compatible(s3) => Some(&mut s3.tls.ca_bundle),
        OriginKind::WebFolder(web) => Some(&mut web.tls.ca_bundle),
        OriginKind::S3(_)
        | OriginKind::CloudinaryBackup(_)
        | OriginKind::Gcs(_)
        | OriginKind::AzureBlob(_)
        | OriginKind::WebProxy(_)
        | OriginKind::AkeneoPim(_)
        | OriginKind::Volume(_) => None,
    }
}

/// The same origin with the certificates that it had before; `None` where it had none, or is in another place.
fn with_old_bundle(
    record: &Record<OriginConfig>,
    before: &Record<OriginConfig>,
) -> Option<Record<OriginConfig>> {
    let mut old = before.body.kind.clone();
    let bundle = ca_bundle(&mut old)?.take()?;
    if old != record.body.kind {
        return None;
    }
    let mut body = record.body.clone();
    *ca_bundle(&mut body.kind)? = Some(bundle);
    Some(again(record, body))
}

/// The same endpoint with those of the listed origins that can be used.
pub(super) fn with_origins(
    record: &Record<EndpointConfig>,
    library: Option<&ObjectId>,
    listed: &[ObjectId],
    usable: impl Fn(&ObjectId) -> bool,
) -> Record<EndpointConfig> {
    let body = EndpointConfig {
        media_library: library.filter(|id| usable(id)).cloned(),
        origins: listed.iter().filter(|id| Some(*id) != library && usable(id)).cloned().collect(),
        ..record.body.clone()
    };
    again(record, body)
}

/// The same object with other settings.
pub(super) fn again<T: Serialize + DeserializeOwned + PartialEq + Clone>(
    record: &Record<T>,
    body: T,
) -> Record<T> {
    if body == record.body {
        return record.clone();
    }
    Record::new(record.id.clone(), record.generation, body).unwrap_or_else(|_| record.clone())
}
