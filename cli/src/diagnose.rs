//! `imgplane diagnose`: tries an Origin step by step from this machine, and ends with what a status would say.

mod answer;
mod of_cluster;
mod of_manifests;

use imgplane_config::{Bundle, ObjectId, report::ProbeOutcome};
use imgplane_dataplane::{Diagnosis, Options};

use crate::{
    args::{Diagnose, Output},
    exit::{Exit, print},
    finding::Finding,
    volumes::VolumeFolders,
};

use answer::Answer;

/// What is tried.
struct Subject {
    origin: ObjectId,
    /// The config of a pod that runs it.
    bundle: Bundle,
    /// What is wrong with the manifests.
    findings: Vec<Finding>,
    /// What the cluster's pods say of it.
    pods: Option<String>,
    volumes: VolumeFolders,
    /// The volume that only pods mount, and of which this machine has no folder.
    elsewhere: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Diagnose) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let subject = match &args.manifests {
        Some(path) => of_manifests::read(path, args).map_err(of_cluster::Error::from),
        None => runtime.block_on(of_cluster::read(args)),
    };
    let subject = match subject {
        Ok(subject) => subject,
        Err(error) => return Ok(Exit::usage(&error)),
    };
    for finding in &subject.findings {
        eprintln!("{finding}");
    }
    let options = Options {
        resolver: args.resolver,
        allow_loopback: true,
        volumes: subject.volumes.for_server(),
        ..Options::default()
    };
    let tried = match &subject.elsewhere {
        Some(volume) => Ok(mounted_elsewhere(volume)),
        None => runtime.block_on(imgplane_dataplane::diagnose(
            &subject.bundle,
            &subject.origin,
            args.path.as_deref(),
            &options,
        )),
    };
    let diagnosis = match tried {
        Ok(diagnosis) => diagnosis,
        Err(error) => {
            eprintln!("error: {error}");
            return Ok(Exit::Problems);
        }
    };
    let answer = Answer::new(&subject.origin, &diagnosis, subject.pods.as_deref());
    match args.output {
        Output::Json => print(&format!("{}\n", serde_json::to_string_pretty(&answer)?))?,
        Output::Text => print(&answer.to_string())?,
    }
    Ok(if answer.is_fine() { Exit::Fine } else { Exit::Problems })
}

/// What can be said of a volume that is mounted in pods alone.
fn mounted_elsewhere(volume: &str) -> Diagnosis {
    let message = format!(
        "the volume {volume} is mounted in pods only; name a folder with the same files by --volume {volume}=PATH"
    );
    Diagnosis { kind: "Volume", outcome: ProbeOutcome::Unknown { message }, steps: Vec::new() }
}
