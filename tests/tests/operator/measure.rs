//! What changes cost, alone and among ten thousand endpoints. Not part of the tests: `make bench-operator` runs it and
//! prints rows for `bench/RESULTS.md`.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    process::Command,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, stream};
use imgplane_tests::process::{Process, free_address, program};
use kube::{
    Api,
    api::{DynamicObject, Patch, PatchParams, PostParams},
};
use serde_json::json;

use crate::{
    node::Pod,
    quickstart::fill,
    stage::{DATA_PLANE, OPERATOR, PHOTOS, SHOP, SYSTEM, Stage, resource},
};

const ENDPOINTS: usize = 10_000;
const CHANGES: u32 = 100;
/// How long ten thousand statuses may take: the writer sends fifty a second.
const LONG: Duration = Duration::from_mins(15);

/// The operator as a process of its own, so that its memory is its own.
struct Program {
    process: Process,
    admin: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Program {
    fn start(stage: &Stage) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let admin = free_address();
        let mut command = Command::new(program("imgplane-operator"));
        // As the chart has it.
        for (name, value) in [
            ("MALLOC_ARENA_MAX", "1"),
            ("MALLOC_MMAP_THRESHOLD_", "131072"),
            ("MALLOC_TRIM_THRESHOLD_", "131072"),
        ] {
            command.env(name, value);
        }
        command.env("KUBECONFIG", stage.cluster.kubeconfig_of(OPERATOR)).args([
            "--namespace",
            SYSTEM,
            "--identity",
            "measured",
            "--admin-listen",
            &admin.to_string(),
        ]);
        let process = Process::start("imgplane-operator", command, folder.path().join("log"), admin);
        Self { process, admin, _folder: folder }
    }

    /// Resident memory in MiB.
    fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }

    /// Seconds of CPU so far.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        // Fields 14 and 15 of proc(5), in ticks of 10 ms; two stand before the closing bracket.
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
    }

    /// The counters of objects applied and statuses written.
    async fn counters(&self) -> BTreeMap<String, f64> {
        let text =
            reqwest::get(format!("http://{}/metrics", self.admin)).await.unwrap().text().await.unwrap();
        let wanted = ["imgplane_operator_applies_total", "imgplane_operator_status_writes_total"];
        text.lines()
            .filter(|line| wanted.iter().any(|name| line.starts_with(name)))
            .filter_map(|line| line.rsplit_once(' '))
            .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
            .collect()
    }
}

fn endpoints(stage: &Stage) -> Api<DynamicObject> {
    Api::namespaced_with(stage.client.clone(), SHOP, &resource("UrlEndpoint"))
}

/// Changes one endpoint again and again; seconds until each change was programmed, sorted.
async fn changes(stage: &Stage) -> Vec<f64> {
    let api = endpoints(stage);
    let mut seconds = Vec::new();
    for change in 0..CHANGES {
        let patch = json!({"spec": {"optimization": {"quality": {"default": 20 + change % 70}}}});
        let begun = Instant::now();
        api.patch("main", &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
        stage.becomes("UrlEndpoint", "main", "Programmed", "True Programmed").await;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    seconds
}

fn percentile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

/// Milliseconds of requests for a thumbnail, four at a time, for some seconds; sorted.
async fn load(pod: &Pod, seconds: u64) -> Vec<f64> {
    let until = Instant::now() + Duration::from_secs(seconds);
    let client = async || {
        let mut took = Vec::new();
        while Instant::now() < until {
            let begun = Instant::now();
            let answer = pod.get("/shop/tr:w-90/cat.jpg").await;
            assert_eq!(answer.status, 200);
            took.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        took
    };
    let all = tokio::join!(client(), client(), client(), client());
    let mut all = [all.0, all.1, all.2, all.3].concat();
    all.sort_by(f64::total_cmp);
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make bench-operator"]
async fn changes_alone_and_among_ten_thousand_endpoints() {
    let mut stage = Stage::empty().await;
    let operator = Program::start(&stage);
    println!("| what | value |\n| --- | --- |");
    let row = |what: &str, value: String| println!("| {what} | {value} |");
    row("operator memory, no object", format!("{:.0} MiB", operator.memory()));
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let pods = stage.pods("default", 3).await;
    fill(&pods);
    stage.becomes("UrlEndpoint", "main", "Programmed", "True Programmed").await;
    row("operator memory, one endpoint", format!("{:.0} MiB", operator.memory()));
    let cpu = operator.cpu();
    let seconds = changes(&stage).await;
    row(
        &format!("apply to programmed, {CHANGES} changes, 3 pods, one endpoint: p50 / p95"),
        format!("{:.2} / {:.2} s", percentile(&seconds, 0.5), percentile(&seconds, 0.95)),
    );
    row("operator CPU per change", format!("{:.0} ms", (operator.cpu() - cpu) * 1000.0 / f64::from(CHANGES)));

    let (begun, cpu, api) = (Instant::now(), operator.cpu(), endpoints(&stage));
    stream::iter(0..ENDPOINTS)
        .for_each_concurrent(32, |number| {
            let api = api.clone();
            async move {
                let mut object = DynamicObject::new(&format!("e{number:05}"), &resource("UrlEndpoint"));
                object.data =
                    json!({"spec": {"urlPrefix": format!("e{number:05}"), "origins": [{"name": "photos"}]}});
                api.create(&PostParams::default(), &object).await.unwrap();
            }
        })
        .await;
    row(&format!("{ENDPOINTS} endpoints created in"), format!("{:.0} s", begun.elapsed().as_secs_f64()));
    let ready = async || {
        let list = api.list(&kube::api::ListParams::default()).await.unwrap();
        let programmed = |object: &&DynamicObject| {
            let conditions = object.data["status"]["conditions"].as_array();
            conditions.is_some_and(|all| {
                all.iter().any(|one| one["type"] == "Programmed" && one["status"] == "True")
            })
        };
        list.items.iter().filter(programmed).count()
    };
    while ready().await <= ENDPOINTS {
        assert!(begun.elapsed() < LONG, "only {} are programmed", ready().await);
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    row("all of them say Programmed after", format!("{:.0} s", begun.elapsed().as_secs_f64()));
    row("operator CPU for that", format!("{:.0} s", operator.cpu() - cpu));
    row(&format!("operator memory, {ENDPOINTS} endpoints"), format!("{:.0} MiB", operator.memory()));

    let (cpu, before) = (operator.cpu(), operator.counters().await);
    let reloads = pods[0].reloads().await;
    let seconds = changes(&stage).await;
    row(
        &format!("apply to programmed, {CHANGES} changes, 3 pods, {ENDPOINTS} endpoints: p50 / p95"),
        format!("{:.2} / {:.2} s", percentile(&seconds, 0.5), percentile(&seconds, 0.95)),
    );
    row("operator CPU per change", format!("{:.0} ms", (operator.cpu() - cpu) * 1000.0 / f64::from(CHANGES)));
    for (name, value) in operator.counters().await {
        let more = value - before.get(&name).copied().unwrap_or(0.0);
        if more > 0.0 && !name.contains("unchanged") {
            row(&format!("`{name}` per change"), format!("{:.2}", more / f64::from(CHANGES)));
        }
    }

    let (count, total) = pods[0].reloads().await;
    row(
        &format!("reload of one pod, {ENDPOINTS} endpoints, mean"),
        format!("{:.0} ms", (total - reloads.1) * 1000.0 / (count - reloads.0)),
    );

    let still = load(&pods[0], 20).await;
    let changing = async {
        let until = Instant::now() + Duration::from_secs(20);
        let mut quality = 20;
        while Instant::now() < until {
            let patch = json!({"spec": {"optimization": {"quality": {"default": quality}}}});
            api.patch("main", &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
            stage.becomes("UrlEndpoint", "main", "Programmed", "True Programmed").await;
            quality = 20 + (quality + 1) % 70;
        }
    };
    let (reloading, ()) = tokio::join!(load(&pods[0], 20), changing);
    row(
        "p99 of a steady load during reloads, to that without",
        format!(
            "{:.1} / {:.1} ms = {:.2}",
            percentile(&reloading, 0.99),
            percentile(&still, 0.99),
            percentile(&reloading, 0.99) / percentile(&still, 0.99)
        ),
    );
    row(
        &format!("peak memory of the operator, {ENDPOINTS} endpoints"),
        format!("{:.0} MiB", operator.process.peak_memory() as f64 / f64::from(1 << 20)),
    );
}
