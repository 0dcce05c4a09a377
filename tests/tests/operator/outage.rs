//! Leaders die, the API server goes away, the operator starts again: pods serve on, and everything is caught up with.

use std::time::{Duration, Instant};

use crate::{
    quickstart::fill,
    stage::{DATA_PLANE, OPERATOR, Operator, PHOTOS, SHOP, SYSTEM, Stage, settings},
};

fn endpoint(spec: &str) -> String {
    format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {{name: main, namespace: shop}}\nspec: {spec}\n"
    )
}

/// Who holds the Lease.
async fn holder(stage: &Stage) -> String {
    let lease = stage.get("Lease", SYSTEM, "imgplane-operator").await.unwrap_or_default();
    lease["spec"]["holderIdentity"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_leader_is_replaced_within_twenty_seconds_and_nothing_is_lost() {
    let (mut stage, first) = Stage::start().await;
    stage.until("led by the first", || async { holder(&stage).await == "replica-1" }).await;
    let second = stage.operator("replica-2");
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let pods = stage.pods("default", 1).await;
    fill(&pods);
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    first.kill();
    let killed = Instant::now();
    stage.cluster.apply(&endpoint("{origins: [{name: photos}], optimization: {quality: {default: 20}}}"));
    stage.until("led by the second", || async { holder(&stage).await == "replica-2" }).await;
    let replaced = killed.elapsed();
    stage.becomes("UrlEndpoint", "main", "Programmed", "True Programmed").await;
    eprintln!("seconds until a killed leader was replaced: {:.1}", replaced.as_secs_f64());
    assert!(replaced < Duration::from_secs(20), "{replaced:?}");
    // One that ends in order gives the Lease back.
    let third = stage.operator("replica-3");
    second.stop().await;
    assert_ne!(holder(&stage).await, "replica-2");
    let took = stage.until("led by the third", || async { holder(&stage).await == "replica-3" }).await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    drop(third);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_serve_on_without_an_api_server_and_the_operator_catches_up() {
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let pods = stage.pods("default", 1).await;
    fill(&pods);
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    stage.cluster.stop_api();
    // Longer than the Lease lasts, so that its holder has given it up.
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        assert_eq!(pods[0].get("/shop/cat.jpg").await.status, 200);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    stage.cluster.start_api();
    stage.cluster.apply(&endpoint("{origins: [{name: photos}], optimization: {quality: {default: 20}}}"));
    let took = stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    eprintln!("seconds until a change was programmed after an outage: {:.1}", took.as_secs_f64());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_good_outlives_a_restart_of_the_operator() {
    let (mut stage, first) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let pods = stage.pods("default", 1).await;
    fill(&pods);
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    first.stop().await;
    stage.cluster.apply(&endpoint("{origins: [{name: photos}], caching: {ttl: 99999d}}"));
    let config = || async {
        stage.get("ConfigMap", SYSTEM, "imgplane-default-config-00").await.unwrap()["data"].clone()
    };
    let before = config().await;
    let _second = stage.operator("replica-2");
    stage.becomes("UrlEndpoint", "main", "Ready", "False Invalid").await;
    assert_eq!(config().await, before, "the index is the same: nothing was taken away");
    assert_eq!(pods[0].get("/shop/cat.jpg").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_this_version_cannot_read_stops_no_other() {
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let pods = stage.pods("default", 1).await;
    fill(&pods);
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    // As a newer version of the definitions might allow.
    let patch = r#"[{"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec",
                     "value": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
                               "properties": {"type": {"type": "string"}}}}]"#;
    stage.cluster.kubectl(&["patch", "crd", "origins.imgplane.dev", "--type=json", "-p", patch]).succeeded();
    let strange = "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {name: strange, namespace: shop}\n\
                   spec: {type: Telepathy, telepathy: {}}\n";
    stage
        .until("taken by the API server", || async {
            stage.cluster.kubectl_reading(&["apply", "--server-side", "-f", "-"], strange).success
        })
        .await;
    stage.becomes("Origin", "strange", "Accepted", "False Invalid").await;
    stage.cluster.apply(&endpoint("{origins: [{name: photos}], optimization: {quality: {default: 20}}}"));
    stage.becomes("UrlEndpoint", "main", "Programmed", "True Programmed").await;
    assert_eq!(pods[0].get("/shop/cat.jpg").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_of_some_namespaces_sees_only_these() {
    let mut stage = Stage::audited(&["--set", "watchNamespaces={shop}"]).await;
    stage.cluster.create_namespace("elsewhere");
    let mut some = settings("replica-1");
    some.watch_namespaces = vec![SHOP.to_owned()];
    let _operator = Operator::start(&stage.cluster, OPERATOR, some);
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    stage.cluster.apply(&PHOTOS.replace("namespace: shop", "namespace: elsewhere"));
    let pods = stage.pods("default", 1).await;
    fill(&pods);
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    assert_eq!(pods[0].get("/shop/cat.jpg").await.status, 200);
    assert_eq!(pods[0].get("/elsewhere/cat.jpg").await.status, 404);
    let outside: Vec<_> = stage
        .cluster
        .requests()
        .into_iter()
        .filter(|request| ![SYSTEM, SHOP].contains(&request.namespace.as_str()) || request.code == 403)
        .collect();
    assert!(outside.is_empty(), "{outside:?}");
}
