//! Manifests with what has become of them: written configs, pods and what these say.

use std::{collections::BTreeMap, time::Duration};

use imgplane_config::{Hash, ObjectId};
use imgplane_crds::{Health, Kind};
use imgplane_operator::{
    Snapshot, Validated,
    acknowledge::{Ledger, PodAck},
    health::{Reachable, Verdict},
    render,
    status::{DesiredStatus, Known, PlaneState, Publication, StatusBody, Waits, statuses},
    validate,
};
use jiff::{SignedDuration, Timestamp};

use crate::world::{id, snapshot};

/// A shop with one of each kind.
pub(crate) const SHOP: &str = "
kind: DataPlane
metadata: {name: default, namespace: imgplane-system, uid: d-1, generation: 1}
spec: {default: true, egressIPs: [203.0.113.7]}
---
kind: Secret
metadata: {name: s3-media, namespace: shop}
stringData: {accessKey: AKIAEXAMPLE, secretKey: hush}
---
kind: Origin
metadata: {name: photos, namespace: shop, uid: o-1, generation: 1}
spec: {type: S3, s3: {bucket: shop-media, region: eu-west-1, auth: {type: Secret, secretRef: {name: s3-media}}}}
---
kind: UrlEndpoint
metadata: {name: products, namespace: shop, uid: e-1, generation: 1}
spec: {urlPrefix: products, origins: [{name: photos}]}
";

pub(crate) const START: i64 = 1_800_000_000;

pub(crate) fn plane() -> ObjectId {
    id("imgplane-system/default")
}

/// Everything that a status depends on.
pub(crate) struct Scene {
    pub(crate) snapshot: Snapshot,
    pub(crate) validated: Validated,
    pub(crate) ledgers: BTreeMap<ObjectId, Ledger>,
    pub(crate) publication: Publication,
    pub(crate) pods: Vec<PodAck>,
    pub(crate) trouble: Option<String>,
    pub(crate) unapplied: Option<String>,
    pub(crate) verdict: Verdict,
    pub(crate) waits: Waits,
    pub(crate) now: Timestamp,
    hashes: usize,
}

impl Scene {
    /// Everything is written, and three pods run it.
    pub(crate) fn new(yaml: &str) -> Self {
        let mut scene = Self {
            snapshot: snapshot(yaml),
            validated: Validated::default(),
            ledgers: BTreeMap::new(),
            publication: Publication::NotYet,
            pods: Vec::new(),
            trouble: None,
            unapplied: None,
            verdict: healthy(),
            waits: Waits::default(),
            now: Timestamp::from_second(START).unwrap(),
            hashes: 0,
        };
        scene.publish();
        scene.pods = ["a", "b", "c"].map(|name| scene.pod(name)).to_vec();
        scene
    }

    /// Judges the manifests, and writes what came of them under another hash.
    pub(crate) fn publish(&mut self) {
        self.judge();
        self.hashes += 1;
        let hash = self.hash();
        for id in self.validated.data_planes.keys() {
            let bundle = render(&self.validated, id).unwrap();
            self.ledgers.entry(id.clone()).or_default().published(&bundle, &hash);
        }
        self.publication = Publication::Published { hash };
    }

    pub(crate) fn judge(&mut self) {
        self.validated = validate(&self.snapshot);
    }

    pub(crate) fn hash(&self) -> Hash {
        Hash::of(format!("config {}", self.hashes).as_bytes())
    }

    /// A pod that runs what was written last.
    pub(crate) fn pod(&self, name: &str) -> PodAck {
        PodAck {
            pod: ObjectId::new("imgplane-system", name),
            config: Some(self.hash()),
            refused: Vec::new(),
            config_error: None,
            tls_error: None,
            cache_error: None,
            store_error: None,
            store_purged: None,
            silent_for: None,
        }
    }

    /// All pods load what was written last.
    pub(crate) fn load(&mut self) {
        let hash = self.hash();
        for pod in &mut self.pods {
            pod.config = Some(hash.clone());
        }
    }

    pub(crate) fn pass(&mut self, duration: Duration) {
        self.now += SignedDuration::try_from(duration).unwrap();
    }

    /// What statuses should say; waiting is noted.
    pub(crate) fn statuses(&mut self) -> Vec<DesiredStatus> {
        let planes: BTreeMap<_, _> = self
            .ledgers
            .iter()
            .map(|(id, ledger)| {
                let state = PlaneState {
                    publication: self.publication.clone(),
                    ledger,
                    pods: self.pods.clone(),
                    trouble: self.trouble.clone(),
                    unapplied: self.unapplied.clone(),
                };
                (id.clone(), state)
            })
            .collect();
        let known = Known {
            snapshot: &self.snapshot,
            validated: &self.validated,
            planes: &planes,
            verdicts: &|_| self.verdict.clone(),
            waits: &self.waits,
            now: self.now,
        };
        let statuses = statuses(&known);
        let mut waits = self.waits.clone();
        for status in &statuses {
            waits.note(status, self.now);
        }
        self.waits = waits;
        statuses
    }

    /// What the status of one object should say.
    pub(crate) fn status(&mut self, kind: Kind) -> DesiredStatus {
        self.statuses().into_iter().find(|status| status.kind == kind).unwrap()
    }

    /// Writes a status into its object, as the API server would.
    pub(crate) fn write(&mut self, kind: Kind, id: &ObjectId, body: &StatusBody) {
        let same = |object: &kube::core::ObjectMeta| {
            object.name.as_ref() == Some(&id.name) && object.namespace.as_ref() == Some(&id.namespace)
        };
        match (kind, body) {
            (Kind::Origin, StatusBody::Origin(body)) => {
                let mut objects = self.snapshot.origins.iter_mut();
                objects.find(|object| same(&object.metadata)).unwrap().status = Some(body.clone());
            }
            (Kind::UrlEndpoint, StatusBody::UrlEndpoint(body)) => {
                let mut objects = self.snapshot.endpoints.iter_mut();
                objects.find(|object| same(&object.metadata)).unwrap().status = Some(body.clone());
            }
            (Kind::DataPlane, StatusBody::DataPlane(body)) => {
                let mut objects = self.snapshot.data_planes.iter_mut();
                objects.find(|object| same(&object.metadata)).unwrap().status = Some(body.clone());
            }
            (kind, body) => panic!("{kind} does not have the status {body:?}"),
        }
    }

    /// Writes all statuses.
    pub(crate) fn write_all(&mut self) {
        for status in self.statuses() {
            self.write(status.kind, &status.id, &status.body);
        }
    }
}

pub(crate) fn healthy() -> Verdict {
    Verdict {
        health: Health::Healthy,
        reachable: Reachable::Yes { message: "it answers, and the files that it has arrive".to_owned() },
        last_errors: Vec::new(),
        settled: true,
    }
}

pub(crate) fn failing() -> Verdict {
    let at = k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(Timestamp::from_second(START).unwrap());
    let error = imgplane_crds::LastError {
        code: "EACCES".to_owned(),
        reason: Some("CredentialsInvalid".to_owned()),
        message: "S3 does not know the access key".to_owned(),
        http_status: Some(403),
        provider_code: Some("InvalidAccessKeyId".to_owned()),
        sample_path: Some("a.jpg".to_owned()),
        first_seen: at.clone(),
        last_seen: at,
        count: 12,
        pods: 3,
    };
    Verdict {
        health: Health::Failing,
        reachable: Reachable::No {
            reason: "EACCES_CredentialsInvalid".to_owned(),
            message:
                "S3 does not know the access key. 12 of 12 requests in the last 60 s failed on 3 of 3 pods"
                    .to_owned(),
        },
        last_errors: vec![error],
        settled: true,
    }
}

pub(crate) fn unknown(message: &str, settled: bool) -> Verdict {
    Verdict {
        health: Health::Unknown,
        reachable: Reachable::Unknown { message: message.to_owned() },
        last_errors: Vec::new(),
        settled,
    }
}
