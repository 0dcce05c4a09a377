//! From two manifests to pictures, and what kubectl then shows.

use std::fmt::Write as _;

use imgplane_tests::{golden::assert_golden, pictures};

use crate::{
    node::Pod,
    stage::{DATA_PLANE, PHOTOS, SHOP, SYSTEM, Stage},
};

/// Puts a picture into the volume of each pod.
pub(crate) fn fill(pods: &[Pod]) {
    for pod in pods {
        std::fs::write(pod.volume("photos").join("cat.jpg"), pictures::demo_photo("cat.jpg")).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_manifests_become_pods_that_serve_and_objects_that_say_so() {
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let pods = stage.pods("default", 2).await;
    fill(&pods);
    let mut shown = String::new();
    for (object, namespace) in
        [("origin/photos", SHOP), ("urlendpoint/main", SHOP), ("dataplane/default", SYSTEM)]
    {
        let arguments = ["wait", object, "-n", namespace, "--for=condition=Ready", "--timeout=60s"];
        let text = stage.cluster.kubectl(&arguments).succeeded();
        writeln!(shown, "$ kubectl {}\n{text}", arguments.join(" ")).unwrap();
    }
    for pod in &pods {
        let answer = pod.get("/shop/tr:w-100/cat.jpg").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"), "{}", pod.name);
    }
    // How many pods there are is told some seconds after the last has come.
    stage
        .until("both pods told", || async {
            let object = stage.get("DataPlane", SYSTEM, "default").await.unwrap();
            object["status"]["pods"] == "2/2"
        })
        .await;
    stage.becomes("DataPlane", "default", "Ready", "True Ready").await;
    for (kind, namespace) in [("origins", SHOP), ("urlendpoints", SHOP), ("dataplanes", SYSTEM)] {
        let table = stage.cluster.kubectl(&["get", kind, "-n", namespace]).succeeded();
        writeln!(shown, "$ kubectl get {kind} -n {namespace}\n{}", without_age(&table)).unwrap();
    }
    for (object, namespace) in
        [("origin/photos", SHOP), ("urlendpoint/main", SHOP), ("dataplane/default", SYSTEM)]
    {
        let text =
            stage.cluster.kubectl(&["describe", object, "-n", namespace, "--show-events=false"]).succeeded();
        writeln!(shown, "$ kubectl describe {object} -n {namespace}\n{}", lasting(&text)).unwrap();
    }
    assert_golden("operator/quickstart.txt", &shown);
}

/// A table of kubectl without its last column, the age.
pub(crate) fn without_age(table: &str) -> String {
    let lines = table.lines().map(|line| match line.trim_end().rsplit_once(' ') {
        Some((front, age)) if age != "AGE" => format!("{front} <age>\n"),
        _ => format!("{}\n", line.trim_end()),
    });
    lines.collect()
}

/// A description by kubectl without what differs between runs.
pub(crate) fn lasting(text: &str) -> String {
    const DIFFERS: [&str; 10] = [
        "UID:",
        "Resource Version:",
        "Creation Timestamp:",
        "Last Transition Time:",
        "First Seen:",
        "Last Seen:",
        "Time:",
        "Credential Fingerprint:",
        "Count:",
        "Sample Path:",
    ];
    let lines = text.lines().map(|line| {
        let start = line.trim_start();
        let indent = line.len() - start.len();
        match DIFFERS.iter().find(|field| start.starts_with(**field)) {
            Some(field) => format!("{}{field} <differs>\n", " ".repeat(indent)),
            None => format!("{}\n", line.trim_end()),
        }
    });
    lines.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_serves_says_what_is_missing() {
    let (stage, _operator) = Stage::start().await;
    stage.cluster.apply(PHOTOS);
    stage.becomes("UrlEndpoint", "main", "Accepted", "False DataPlaneNotFound").await;
    stage.becomes("UrlEndpoint", "main", "Ready", "False DataPlaneNotFound").await;
    stage.becomes("Origin", "photos", "Programmed", "False NoDataPlane").await;
    let message = stage.message("UrlEndpoint", "main", "Ready").await;
    assert!(
        message.contains("default: true") || message.contains("spec.default"),
        "it says what to do: {message}"
    );
    // A DataPlane without pods: nothing is wrong, and nothing runs yet.
    stage.cluster.apply(DATA_PLANE);
    stage.becomes("UrlEndpoint", "main", "Accepted", "True Accepted").await;
    stage.becomes("UrlEndpoint", "main", "Programmed", "Unknown AckPending").await;
}
