//! Set-ups that users get wrong, as `imgplane dev` is tried with them: `kubectl describe origin` says what is wrong and
//! what to do, the client is told the same in one line, and nobody is told a secret.

use std::{
    io::Read as _,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use imgplane_tests::broken::{
    leaks::{self, Told},
    setup::{self, Condition, Expected, Fault, Setup},
};
use serde_json::Map;

use crate::{admin, broken, cluster::Cluster, install, pod::get::Answer, suite::Suite, wait::until_true};

const NAMESPACE: &str = "e2e-broken";
/// How long one may wait for an explanation: six times the aim.
const EXPLAINED: Duration = Duration::from_secs(90);
/// What must have been searched for secrets.
const READ: [&str; 6] =
    ["origins", "events", "the config of pods", "a description", "the data plane's log", "a report"];

pub(super) fn run(suite: &Suite, name: &str) -> Result<()> {
    let cluster = &suite.cluster;
    suite.with_imgplane()?;
    let words = broken::start(suite)?;
    let setups = setup::all(&cluster.file("tests/broken"));
    let setups = setups.iter().filter(|setup| setup.expected.on_cluster);
    let setups: Vec<Setup> = setups.map(|setup| here(setup, &words)).collect::<Result<_>>()?;
    cluster.fresh_namespace(NAMESPACE)?;

    let (mut told, mut seconds) = (Vec::new(), Vec::new());
    let mut problems = Vec::new();
    for setup in &setups {
        match explained(suite, setup, &mut told) {
            Ok(took) => {
                suite.seconds(name, &setup.folder, took, None);
                seconds.push(took);
            }
            Err(error) => problems.push(format!("{}: {error:#}", setup.folder)),
        }
    }
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    seconds.sort_by(f64::total_cmp);
    let share = |share: f64| {
        let index = (seconds.len() as f64 * share).ceil() as usize;
        seconds.get(index.saturating_sub(1)).copied().unwrap_or_default()
    };
    suite.note(name, "set-ups", seconds.len() as f64, "", None);
    suite.seconds(name, "apply to explained, median", share(0.5), None);
    suite.seconds(name, "apply to explained, p95", share(0.95), Some(15.0));

    if cluster.is_own() {
        let resolver = cluster.field("kube-system", "service/kube-dns", "/spec/clusterIP")?;
        for setup in setups.iter().filter(|setup| diagnosis_is_the_same(setup)) {
            diagnosed(cluster, setup, resolver.as_str().unwrap_or_default(), &mut told)?;
        }
    }
    let token = admin::token(cluster)?;
    listen(suite, &token, &mut told)?;
    let needles = leaks::needles(&setups, &[token]);
    if let Err(found) = leaks::judge(&needles, &told, &READ) {
        anyhow::bail!("{}", found.message().unwrap_or_default());
    }
    broken::end(suite)?;
    suite.done_with(NAMESPACE)
}

/// The set-up in the namespace of this scenario, with what was started in place of its words.
fn here(setup: &Setup, words: &broken::Words) -> Result<Setup> {
    let mut words = words.clone();
    match setup.expected.fault {
        None => {}
        Some(Fault::NothingListens) => {
            words.insert("S3", broken::closed());
        }
        Some(fault) => anyhow::bail!("{}: nothing on the cluster makes {fault:?}", setup.folder),
    }
    let mut setup = setup.filled(&words);
    setup.manifests = setup.manifests.replace("namespace: shop,", &format!("namespace: {NAMESPACE},"));
    let expected = &mut setup.expected;
    for text in [&mut expected.path, &mut expected.message, &mut expected.remedy] {
        *text = text.replace("shop/", &format!("{NAMESPACE}/"));
    }
    Ok(setup)
}

/// Applies a set-up and waits until `kubectl describe` tells all that must be told of it: the seconds that took.
fn explained(suite: &Suite, setup: &Setup, told: &mut Vec<Told>) -> Result<f64> {
    let (cluster, expected) = (&suite.cluster, &setup.expected);
    let condition = expected.condition.context("a set-up without a condition cannot be described")?;
    let origin = format!("origin/{}", setup.name());
    let url = install::url(expected.path.trim_start_matches('/'));
    let begun = Instant::now();
    cluster.apply(NAMESPACE, &setup.manifests)?;
    let mut described = String::new();
    until_true("kubectl describe to explain it", EXPLAINED, || {
        if !expected.probe.is_empty() {
            // A probe finds nothing wrong, or cannot tell: requests do.
            suite.get(&url)?;
        }
        described = cluster.kubectl(&["describe", &origin, "--namespace", NAMESPACE])?;
        // Events come before the status that they are about.
        let status = described.split("Events:").next().unwrap_or_default();
        let parts = [&expected.reason, &expected.message, &expected.remedy];
        Ok((parts.iter().all(|part| status.contains(part.as_str())), described.clone()))
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let condition = match condition {
        Condition::Accepted => "Accepted",
        Condition::ResolvedRefs => "ResolvedRefs",
        Condition::Reachable => "Reachable",
    };
    let found = cluster.condition(NAMESPACE, &origin, condition)?;
    ensure!(found.status == "False" && found.reason == expected.reason, "{condition}: {found:?}");
    told.push(Told { name: "a description".to_owned(), bytes: described.into_bytes() });

    let mut answer = None;
    until_true("the response to tell the same", EXPLAINED, || {
        let got = suite.get(&url)?;
        let error = got.headers.get("ik-error").map(String::as_str).unwrap_or_default();
        let (right, text) =
            (got.status == Some(expected.status) && error == expected.ik_error, format!("{got:?}"));
        answer = Some(got);
        Ok((right, text))
    })?;
    told.extend(answer.map(|answer| of_answer("a response", &answer)));
    Ok(seconds)
}

/// Whether a look from outside finds what pods found.
fn diagnosis_is_the_same(setup: &Setup) -> bool {
    setup.expected.condition == Some(Condition::Reachable) && setup.expected.probe.is_empty()
}

/// `imgplane diagnose` finds in the cluster's network what the pods found, and repeats what they said.
fn diagnosed(cluster: &Cluster, setup: &Setup, resolver: &str, told: &mut Vec<Told>) -> Result<()> {
    let Expected { reason, message, remedy, .. } = &setup.expected;
    let name = setup.name();
    let arguments = ["diagnose", &name, "--namespace", NAMESPACE, "--resolver", resolver];
    let said = cluster.in_network("imgplane", &arguments)?;
    let text = said.stdout + &said.stderr;
    let pods = format!("What the cluster's pods say: {reason}: ");
    let found = format!("\n{reason}: ");
    let parts = if setup.manifests.contains("type: Volume") {
        ["It cannot be told: ", "--volume photos=PATH", remedy, &pods]
    } else {
        [found.as_str(), message, remedy, &pods]
    };
    for part in parts {
        ensure!(text.contains(part), "imgplane diagnose {name} lacks {part:?}: {text}");
    }
    ensure!(said.status.code() == Some(1), "imgplane diagnose {name}: {}", said.status);
    told.push(Told { name: "a diagnosis".to_owned(), bytes: text.into_bytes() });
    Ok(())
}

/// All that the cluster and the pods say to whoever may ask them.
fn listen(suite: &Suite, token: &str, told: &mut Vec<Told>) -> Result<()> {
    const QUESTIONS: [(&str, &[&str]); 7] = [
        ("origins", &["get", "origins", "--all-namespaces", "--output=yaml"]),
        ("endpoints", &["get", "urlendpoints,dataplanes", "--all-namespaces", "--output=yaml"]),
        ("events", &["get", "events", "--all-namespaces", "--output=yaml"]),
        ("config maps", &["get", "configmaps", "--all-namespaces", "--output=yaml"]),
        ("pods", &["get", "pods,deployments,leases", "--all-namespaces", "--output=yaml"]),
        (
            "the operator's log",
            &[
                "logs",
                "--namespace=imgplane-system",
                "--tail=-1",
                "--selector=app.kubernetes.io/name=imgplane-operator",
            ],
        ),
        (
            "the data plane's log",
            &["logs", "--namespace=imgplane-system", "--tail=-1", "--selector=imgplane.dev/dataplane"],
        ),
    ];
    for (name, arguments) in QUESTIONS {
        let said = suite.cluster.kubectl(arguments)?;
        ensure!(!said.trim().is_empty(), "{name}: nothing is there");
        told.push(Told { name: name.to_owned(), bytes: said.into_bytes() });
    }
    told.push(Told { name: "the config of pods".to_owned(), bytes: config(&suite.cluster)? });
    for pod in suite.pods()? {
        for (name, path) in [("a report", "v1/report"), ("the metrics", "metrics")] {
            told.push(of_answer(name, &admin::get(suite, &pod, path, token)?));
        }
    }
    Ok(())
}

/// The config that pods run, as it is when it is unpacked.
fn config(cluster: &Cluster) -> Result<Vec<u8>> {
    let list = cluster.json(&["get", "configmaps", "--namespace", install::NAMESPACE])?;
    let mut config = Vec::new();
    let maps = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    // Shards are all that is binary in config maps, and all of them are packed.
    for packed in maps.iter().filter_map(|map| map["binaryData"].as_object()).flat_map(Map::values) {
        let packed = BASE64_STANDARD.decode(packed.as_str().unwrap_or_default())?;
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut config)?;
    }
    Ok(config)
}

fn of_answer(name: &str, answer: &Answer) -> Told {
    let headers = answer.headers.iter().flat_map(|(header, value)| [header, ": ", value, "\n"]);
    let text = headers.chain(answer.text.as_deref()).collect::<String>();
    Told { name: name.to_owned(), bytes: text.into_bytes() }
}
