//! Tries one origin of a config, without a server: for the command line.

use imgplane_config::{
    Bundle, ObjectId,
    report::{ProbeOutcome, ProbeStep},
};
use imgplane_origins::{Origin, SetupError};

use crate::{options::Options, probe::absent_name, reload::Fixed};

/// What trying an origin found.
#[derive(Debug)]
pub struct Diagnosis {
    /// The origin's type, as in its manifest.
    pub kind: &'static str,
    /// The verdict.
    pub outcome: ProbeOutcome,
    /// What was done, up to the first step that failed.
    pub steps: Vec<ProbeStep>,
}

/// Why an origin cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum DiagnoseError {
    /// No record of it, because something in its manifest is wrong.
    #[error("no settings can be made of Origin {0}: see the problems above")]
    NoRecord(ObjectId),
    /// Its settings, or those of the network, cannot be used.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

/// Tries an origin as a pod would that runs this config, within 10 seconds. `path` is a file that should be there, as
/// in a URL; absent: the manifest's `probe.path`, else a name that no file has.
///
/// # Errors
/// [`DiagnoseError`] when there is nothing to try.
pub async fn diagnose(
    bundle: &Bundle,
    id: &ObjectId,
    path: Option<&str>,
    options: &Options,
) -> Result<Diagnosis, DiagnoseError> {
    let record = bundle.origins.iter().find(|record| record.id == *id);
    let record = record.ok_or_else(|| DiagnoseError::NoRecord(id.clone()))?;
    let credential = bundle.credentials.iter().find(|record| record.id == *id);
    let connector =
        Fixed::of(options, imgplane_origins::Waits::default()).connect(&bundle.data_plane.body.network)?;
    let origin = Origin::open(id.clone(), &record.body, credential.map(|record| &record.body), &connector)?;
    let probed = origin.probe(path, &absent_name()).await;
    Ok(Diagnosis { kind: origin.kind(), outcome: probed.outcome, steps: probed.steps })
}
