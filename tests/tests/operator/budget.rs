//! Writes are bounded: nothing that does not change costs one.

use std::time::{Duration, Instant};

use imgplane_tests::server::kubernetes::Request;

use crate::{
    quickstart::fill,
    stage::{DATA_PLANE, PHOTOS, Stage},
};

/// How long nothing may be written. Pods are asked every ten seconds meanwhile.
const IDLE: Duration = Duration::from_secs(30);

/// What the operator wrote, but for its Lease.
fn writes(stage: &Stage) -> Vec<Request> {
    let requests = stage.cluster.requests().into_iter();
    requests.filter(|request| request.is_write() && request.resource != "leases").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn healthy_objects_that_do_not_change_cost_no_write_and_a_change_at_most_three() {
    let mut stage = Stage::audited(&[]).await;
    let _operator = stage.operator("replica-1");
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let pods = stage.pods("default", 2).await;
    fill(&pods);
    for (kind, name) in [("Origin", "photos"), ("UrlEndpoint", "main"), ("DataPlane", "default")] {
        stage.becomes(kind, name, "Ready", "True Ready").await;
    }
    let until = settle(&stage).await + IDLE;
    let before = writes(&stage).len();
    while Instant::now() < until {
        assert_eq!(pods[0].get("/shop/tr:w-50/cat.jpg").await.status, 200);
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let idle = writes(&stage).split_off(before);
    assert!(idle.is_empty(), "{idle:#?}");

    let changed = Instant::now();
    stage.cluster.apply(
        "apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {name: main, namespace: shop}\n\
         spec: {origins: [{name: photos}], optimization: {quality: {default: 20}}}\n",
    );
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    let last = settle(&stage).await;
    let change = writes(&stage).split_off(before);
    for resource in ["urlendpoints/status", "origins/status", "dataplanes/status"] {
        let count = change.iter().filter(|request| request.resource == resource).count();
        assert!(count <= 3, "{count} writes of {resource} for one change: {change:#?}");
    }
    // A pod that does not run the change after three seconds is nudged again, every three seconds at most.
    let most = 1 + last.duration_since(changed).as_secs() / 3;
    for pod in 0..pods.len() {
        let name = format!("imgplane-default-{pod}");
        let of_pod = |request: &&Request| request.resource == "pods" && request.name == name;
        let nudges = change.iter().filter(of_pod).count() as u64;
        assert!((1..=most).contains(&nudges), "{nudges} nudges of {name}, not 1 to {most}: {change:#?}");
    }
}

/// Waits until nothing was written for three seconds. When the last write was seen.
pub(crate) async fn settle(stage: &Stage) -> Instant {
    let mut last = (writes(stage).len(), Instant::now());
    while last.1.elapsed() < Duration::from_secs(3) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = writes(stage).len();
        if now != last.0 {
            last = (now, Instant::now());
        }
    }
    last.1
}
