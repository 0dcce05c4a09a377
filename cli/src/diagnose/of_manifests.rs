//! An Origin in a file or folder of manifests.

use std::path::Path;

use imgplane_config::ObjectId;
use imgplane_crds::Kind;

use super::Subject;
use crate::{
    args::Diagnose,
    finding::Severity,
    judge::{self, Typed},
    manifests::{self, WalkError},
    volumes::VolumeFolders,
};

/// Why nothing can be tried.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Walk(#[from] WalkError),
    #[error("{path} holds no Origin{}", .name.as_ref().map(|name| format!(" named {name}")).unwrap_or_default())]
    None { path: String, name: Option<String> },
    #[error("{path} holds several Origins: name one of {choices}")]
    Several { path: String, choices: String },
    #[error("the config of a pod cannot be made: {0}")]
    Render(String),
}

/// Reads manifests and judges them as the cluster would.
pub(super) fn read(path: &Path, args: &Diagnose) -> Result<Subject, Error> {
    let dir = if path.is_file() { path.parent().unwrap_or(path) } else { path };
    let volumes = VolumeFolders::new(dir, &args.volumes);
    let folder = judge::objects(manifests::read_path(path)?);
    let named = folder.accepted.keys().chain(&folder.refused).filter(|(kind, _)| *kind == Kind::Origin);
    let wanted = |id: &&ObjectId| {
        args.origin.as_ref().is_none_or(|name| id.name == *name)
            && args.namespace.as_ref().is_none_or(|namespace| id.namespace == *namespace)
    };
    let mut found: Vec<_> = named.map(|(_, id)| id).filter(wanted).cloned().collect();
    found.dedup();
    let path = path.display().to_string();
    let origin = match found.as_slice() {
        [] => return Err(Error::None { path, name: args.origin.clone() }),
        [one] => one.clone(),
        several => {
            let choices = several.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return Err(Error::Several { path, choices });
        }
    };
    // An origin alone lies at the DataPlane that this machine plays, whoever lists it.
    let mut objects = folder.accepted.clone();
    objects.retain(|_, typed| !matches!(typed, Typed::UrlEndpoint(_)));
    let snapshot = folder.snapshot(&objects, &volumes);
    let validated = imgplane_operator::validate(&snapshot);
    let data_plane = judge::data_plane(&snapshot);
    let bundle = imgplane_operator::render(&validated, &data_plane)
        .map_err(|error| Error::Render(error.to_string()))?;
    let mut findings = folder.findings.clone();
    findings.extend(folder.locate(&validated.problems));
    findings.retain(|finding| {
        finding.severity != Severity::Note
            && finding.object.as_ref().is_none_or(|(kind, id)| kind == Kind::Origin.as_str() && *id == origin)
    });
    judge::sort(&mut findings);
    Ok(Subject { origin, bundle, findings, pods: None, volumes, elsewhere: None })
}
