//! What is looked up for every object, gathered once.

use std::collections::{BTreeMap, HashMap};

use imgplane_config::ObjectId;
use imgplane_crds::{DataPlaneSpec, Kind};

use super::{Known, PlaneState, SILENCE};
use crate::{
    Problem,
    acknowledge::{Acks, PodAck},
    id_of,
};

/// What is looked up for every object.
pub(super) struct Index<'a> {
    problems: HashMap<&'static str, HashMap<&'a ObjectId, Vec<&'a Problem>>>,
    planes: BTreeMap<&'a ObjectId, Plane<'a>>,
    listed: HashMap<ObjectId, i32>,
    served: HashMap<&'a ObjectId, i32>,
    specs: HashMap<ObjectId, &'a DataPlaneSpec>,
}

/// One DataPlane and what its pods said.
pub(super) struct Plane<'a> {
    pub(super) state: &'a PlaneState<'a>,
    pub(super) acks: Acks<'a>,
}

impl Plane<'_> {
    /// What a ready pod last said.
    pub(super) fn pod(&self, id: &ObjectId) -> Option<&PodAck> {
        self.state.pods.iter().find(|pod| pod.pod == *id)
    }

    /// Whether a ready pod is so new that it has not been heard of, and may still be.
    pub(super) fn is_newcomer(&self, id: &ObjectId) -> bool {
        self.pod(id).is_some_and(|pod| {
            pod.config.is_none() && pod.silent_for.is_none_or(|silence| silence <= SILENCE)
        })
    }
}

/// What counts of what pods said: one that has been silent for too long says nothing.
pub(super) fn heard<'a>(
    planes: &'a BTreeMap<ObjectId, PlaneState<'a>>,
) -> BTreeMap<&'a ObjectId, Vec<PodAck>> {
    let counts = |pod: &PodAck| match pod.silent_for {
        Some(silence) if silence > SILENCE => PodAck { config: None, refused: Vec::new(), ..pod.clone() },
        Some(_) | None => pod.clone(),
    };
    planes.iter().map(|(id, plane)| (id, plane.pods.iter().map(counts).collect())).collect()
}

impl<'a> Index<'a> {
    pub(super) fn of(known: &Known<'a>, heard: &'a BTreeMap<&'a ObjectId, Vec<PodAck>>) -> Self {
        let mut problems: HashMap<_, HashMap<_, Vec<&Problem>>> = HashMap::new();
        for problem in &known.validated.problems {
            problems.entry(problem.kind).or_default().entry(&problem.id).or_default().push(problem);
        }
        let planes = known
            .planes
            .iter()
            .map(|(id, state)| {
                let pods = heard.get(id).map(Vec::as_slice).unwrap_or_default();
                (id, Plane { state, acks: state.ledger.acks(pods) })
            })
            .collect();
        let mut listed = HashMap::new();
        for endpoint in &known.snapshot.endpoints {
            let id = id_of(endpoint);
            let library = endpoint.spec.media_library.as_ref().map(|library| &library.origin_ref);
            for origin in library.into_iter().chain(&endpoint.spec.origins) {
                *listed.entry(ObjectId::new(&id.namespace, origin.name.as_str())).or_default() += 1;
            }
        }
        let mut served = HashMap::new();
        for endpoint in known.validated.endpoints.values() {
            *served.entry(&endpoint.data_plane).or_default() += 1;
        }
        let specs = known.snapshot.data_planes.iter().map(|plane| (id_of(plane), &plane.spec)).collect();
        Self { problems, planes, listed, served, specs }
    }

    /// The problems of an object.
    pub(super) fn problems(&self, kind: Kind, id: &ObjectId) -> &[&'a Problem] {
        let of_kind = self.problems.get(kind.as_str());
        of_kind.and_then(|of_kind| of_kind.get(id)).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn plane(&self, id: &ObjectId) -> Option<&Plane<'a>> {
        self.planes.get(id)
    }

    pub(super) fn spec(&self, data_plane: &ObjectId) -> Option<&'a DataPlaneSpec> {
        self.specs.get(data_plane).copied()
    }

    /// How many endpoints list an origin.
    pub(super) fn listed(&self, origin: &ObjectId) -> i32 {
        self.listed.get(origin).copied().unwrap_or_default()
    }

    /// How many endpoints a DataPlane serves.
    pub(super) fn served(&self, data_plane: &ObjectId) -> i32 {
        self.served.get(data_plane).copied().unwrap_or_default()
    }
}
