//! What is told of the set-ups, to clients and operators: answers, the report, probes, `imgplane check`.

use std::{path::Path, process::Command, time::Duration};

use imgplane_config::{
    ObjectId,
    report::{OriginHealth, ProbeOutcome, ProbeResult, Report},
};
use imgplane_tests::{
    answer::{Answer, client, send},
    broken::{leaks::Told, setup::Setup},
    process::program,
    server::imgplane::Imgplane,
};
use serde::Deserialize;
use serde_json::json;

use crate::places;

/// What was told of one set-up.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) answer: Answer,
    /// How its Origin fared; absent where the server has none.
    pub(crate) health: Option<OriginHealth>,
    /// What a probe found, or what the server said instead.
    pub(crate) probed: Result<ProbeOutcome, String>,
    /// What `imgplane check` says.
    pub(crate) findings: Vec<Finding>,
}

/// A finding of `imgplane check`.
#[derive(Debug, Deserialize)]
pub(crate) struct Finding {
    pub(crate) severity: String,
    pub(crate) kind: Option<String>,
    pub(crate) field: String,
    pub(crate) reason: String,
    pub(crate) message: String,
}

/// All that was told.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) of_setups: Vec<Observed>,
    /// Every byte of it, for the search for secrets.
    pub(crate) told: Vec<Told>,
}

/// Asks for the file of every set-up, then for everything that operators can see.
pub(crate) async fn all(server: &Imgplane, setups: &[Setup]) -> Seen {
    let mut told = Vec::new();
    let asked = setups.iter().map(|setup| server.get_as_is(&setup.expected.path));
    let answers = futures::future::join_all(asked).await;
    let report = server.admin_get("/v1/report").await;
    let health: Report = serde_json::from_slice(&report.body).unwrap();
    let probes = futures::future::join_all(setups.iter().map(|setup| probe(server, setup))).await;
    let mut of_setups = Vec::new();
    for ((setup, answer), (probe, probed)) in setups.iter().zip(answers).zip(probes) {
        let (findings, printed) = check(setup);
        told.push(Told::answer(format!("the response to {}", setup.expected.path), &answer));
        told.push(Told::answer(format!("the probe of {}", setup.name()), &probe));
        told.push(Told { name: format!("imgplane check of {}", setup.folder), bytes: printed });
        let id = ObjectId::new("shop", setup.name());
        let health = health.origins.iter().find(|health| health.id == id).cloned();
        of_setups.push(Observed { answer, health, probed, findings });
    }
    told.push(Told::answer("/v1/report".to_owned(), &report));
    for path in ["/metrics", "/dev/state", "/"] {
        told.push(Told::answer(path.to_owned(), &server.admin_get(path).await));
    }
    told.push(Told { name: "imgplane check".to_owned(), bytes: run_check(&server.folder(), &[]) });
    told.push(Told { name: "the log".to_owned(), bytes: server.process.output().into_bytes() });
    Seen { of_setups, told }
}

/// Tries an origin as the operator does, without a path.
async fn probe(server: &Imgplane, setup: &Setup) -> (Answer, Result<ProbeOutcome, String>) {
    let question = json!({"origin": {"namespace": "shop", "name": setup.name()}}).to_string();
    let url = format!("http://{}/v1/probe", server.admin);
    let answer = loop {
        let request = client().post(&url).header("content-type", "application/json").body(question.clone());
        let answer = send(request).await;
        // A pod makes only a few probes at once.
        if answer.status != 429 {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let probed = match serde_json::from_slice::<ProbeResult>(&answer.body) {
        Ok(result) => Ok(result.outcome),
        Err(_) => Err(String::from_utf8_lossy(&answer.body).into_owned()),
    };
    (answer, probed)
}

/// Judges the manifests of one set-up alone, as its user would before applying them.
fn check(setup: &Setup) -> (Vec<Finding>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("manifests.yaml"), &setup.manifests).unwrap();
    places::fill_volumes(folder.path());
    let printed = run_check(folder.path(), &["-o", "json"]);
    let findings = serde_json::from_slice(&printed)
        .unwrap_or_else(|error| panic!("{}: {error}: {}", setup.folder, String::from_utf8_lossy(&printed)));
    (findings, printed)
}

fn run_check(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program("imgplane")).arg("check").arg(folder).args(arguments).output().unwrap();
    [output.stdout, output.stderr].concat()
}
