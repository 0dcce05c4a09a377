//! Status of a DataPlane.

use imgplane_config::ObjectId;
use imgplane_crds::{ConditionStatus, ConditionType, DataPlane, DataPlaneStatus, Kind};

use super::{
    DesiredStatus, Known, StatusBody,
    condition::{Conditions, find},
    index::Index,
    judged, message,
    programmed::{self, Asked},
};
use crate::{acknowledge::Acknowledged, id_of, render::url_of_data_plane};

pub(super) fn status(known: &Known<'_>, index: &Index<'_>, data_plane: &DataPlane) -> DesiredStatus {
    let id = id_of(data_plane);
    let generation = data_plane.metadata.generation.unwrap_or_default();
    let current = data_plane.status.as_ref();
    let before = current.map(|status| status.conditions.as_slice()).unwrap_or_default();
    let mut findings = judged::of(index.problems(Kind::DataPlane, &id));
    let programmed = if known.validated.data_planes.contains_key(&id) {
        let asked = Asked {
            kind: Kind::DataPlane,
            id: &id,
            generation,
            current: find(before, ConditionType::Programmed),
            trouble: index.plane(&id).and_then(|plane| plane.state.trouble.as_deref()),
        };
        programmed::programmed(known, index, &asked, &[&id])
    } else {
        programmed::not_accepted(generation, &findings)
    };
    let was = programmed.status == ConditionStatus::True;
    findings.push(programmed);
    let body = DataPlaneStatus {
        observed_generation: Some(generation),
        conditions: Conditions::new(generation, before, known.now).of(findings, message::READY),
        url: url_of_data_plane(&id, &data_plane.spec),
        pods: Some(pods(index, &id, generation, was)),
        endpoints: Some(index.served(&id)),
        egress_ips: data_plane.spec.egress_ips.iter().map(ToString::to_string).collect(),
    };
    DesiredStatus::new(
        Kind::DataPlane,
        id,
        data_plane.metadata.uid.clone().unwrap_or_default(),
        generation,
        StatusBody::DataPlane(body),
        current.cloned().map(StatusBody::DataPlane),
    )
}

/// Pods that run this generation, of all that are ready. While it is programmed, one that has just become ready and was
/// not asked yet counts: it mounts the newest config.
fn pods(index: &Index<'_>, id: &ObjectId, generation: i64, programmed: bool) -> String {
    let Some(plane) = index.plane(id) else { return "0/0".to_owned() };
    let ready = plane.state.pods.len();
    let running = match plane.acks.state(imgplane_config::Kind::DataPlane, id, generation) {
        Acknowledged::Programmed { pods } => pods,
        Acknowledged::Pending { running, waiting, .. } => {
            running + waiting.iter().filter(|pod| programmed && plane.is_newcomer(pod)).count()
        }
        Acknowledged::Rejected { pods, .. } => ready.saturating_sub(pods),
        Acknowledged::NoPods => 0,
    };
    format!("{running}/{ready}")
}
