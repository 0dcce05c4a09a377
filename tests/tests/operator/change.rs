//! Changes: they reach every pod, are acknowledged by measurement, and never hurt a neighbour.

use std::time::Duration;

use crate::{
    node::Pod,
    quickstart::fill,
    stage::{DATA_PLANE, PHOTOS, SHOP, Stage},
};

fn endpoint(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"
    )
}

/// Bytes of the picture that a pod delivers.
async fn size(pod: &Pod) -> usize {
    let answer = pod.get("/shop/cat.jpg").await;
    assert_eq!(answer.status, 200, "{}: {}", pod.name, answer.header("ik-error"));
    answer.body.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_programmed_once_every_ready_pod_runs_it() {
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let pods = stage.pods("default", 3).await;
    fill(&pods);
    // An endpoint that the operator hears of before its origin is programmed without it: its pods run this generation.
    stage.becomes("Origin", "photos", "Ready", "True Ready").await;
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    let mut seconds = Vec::new();
    let mut before = size(&pods[0]).await;
    for quality in [20, 60, 40, 80, 30] {
        let spec =
            format!("{{origins: [{{name: photos}}], optimization: {{quality: {{default: {quality}}}}}}}");
        stage.cluster.apply(&endpoint("main", &spec));
        let took = stage.becomes("UrlEndpoint", "main", "Programmed", "True Programmed").await;
        seconds.push(took.as_secs_f64());
        let after = size(&pods[0]).await;
        assert_ne!(after, before, "quality {quality}");
        for pod in &pods {
            assert_eq!(size(pod).await, after, "{} differs", pod.name);
        }
        before = after;
    }
    eprintln!("seconds from apply to Programmed: {seconds:.2?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_endpoint_never_hurts_its_neighbour_and_keeps_what_was_good() {
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    stage.cluster.apply(&endpoint("second", "{urlPrefix: second, origins: [{name: photos}]}"));
    let pods = stage.pods("default", 1).await;
    fill(&pods);
    stage.becomes("UrlEndpoint", "second", "Ready", "True Ready").await;
    // Valid by its schema, and not by what the schema cannot say.
    stage
        .cluster
        .apply(&endpoint("second", "{urlPrefix: second, origins: [{name: photos}], caching: {ttl: 99999d}}"));
    stage
        .cluster
        .apply(&endpoint("main", "{origins: [{name: photos}], optimization: {quality: {default: 20}}}"));
    stage.becomes("UrlEndpoint", "second", "Ready", "False Invalid").await;
    let message = stage.message("UrlEndpoint", "second", "Ready").await;
    assert!(message.contains("spec.caching.ttl"), "{message}");
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    assert_eq!(pods[0].get("/shop/cat.jpg").await.status, 200);
    assert_eq!(pods[0].get("/shop/second/cat.jpg").await.status, 200, "the last good version serves");
    stage.cluster.kubectl(&["delete", "urlendpoint", "second", "-n", SHOP]).succeeded();
    stage
        .until("gone for clients", || async { pods[0].get("/shop/second/cat.jpg").await.status == 404 })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_that_does_not_load_a_change_is_named_until_it_does_or_is_gone() {
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let pods = stage.pods("default", 2).await;
    stage.becomes("UrlEndpoint", "main", "Programmed", "True Programmed").await;
    stage.becomes("DataPlane", "default", "Programmed", "True Programmed").await;
    pods[1].sleep(true);
    stage.cluster.apply(&endpoint("main", "{origins: [{name: photos}], optimization: {autoAvif: true}}"));
    stage.becomes("UrlEndpoint", "main", "Programmed", "Unknown AckPending").await;
    stage
        .until("told which pod is waited for", || async {
            let message = stage.message("UrlEndpoint", "main", "Programmed").await;
            message.contains(&pods[1].name)
        })
        .await;
    let own = stage.condition("DataPlane", "default", "Programmed").await;
    assert_eq!(own, "True Programmed", "what the pods run of the DataPlane itself did not change");
    stage.cluster.apply(&DATA_PLANE.replace("127.0.0.0/8", "127.0.0.0/8, 10.9.0.0/16"));
    stage.becomes("DataPlane", "default", "Programmed", "Unknown AckPending").await;
    pods[1].sleep(false);
    stage.becomes("UrlEndpoint", "main", "Programmed", "True Programmed").await;
    stage.becomes("DataPlane", "default", "Programmed", "True Programmed").await;

    pods[1].sleep(true);
    stage.cluster.apply(&endpoint("main", "{origins: [{name: photos}]}"));
    stage.becomes("UrlEndpoint", "main", "Programmed", "Unknown AckPending").await;
    let mut pods = pods;
    pods.remove(1).delete().await;
    stage.becomes("UrlEndpoint", "main", "Programmed", "True Programmed").await;
    drop(pods);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_that_starts_later_is_no_step_back() {
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let _first = stage.pods("default", 1).await;
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    let transition = || async {
        let object = stage.get("UrlEndpoint", SHOP, "main").await.unwrap();
        let conditions = object["status"]["conditions"].as_array().unwrap().clone();
        conditions.iter().find(|condition| condition["type"] == "Programmed").unwrap()["lastTransitionTime"]
            .clone()
    };
    let before = transition().await;
    let second = stage.kubelet.deploy("imgplane-system", "imgplane-default", 1).await;
    stage
        .until("two pods programmed", || async {
            let object = stage.get("DataPlane", "imgplane-system", "default").await.unwrap();
            object["status"]["pods"] == "2/2"
        })
        .await;
    assert_eq!(transition().await, before, "Programmed stayed True");
    drop(second);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_of_others_run_a_config_that_is_only_published() {
    let (stage, _operator) = Stage::start().await;
    stage.cluster.apply(
        "apiVersion: imgplane.dev/v1alpha1\nkind: DataPlane\nmetadata: {name: edge, namespace: imgplane-system}\n\
         spec: {default: true, mode: External, volumes: [{name: photos}]}\n",
    );
    stage.cluster.apply(PHOTOS);
    stage
        .until("published", || async {
            stage.get("ConfigMap", "imgplane-system", "imgplane-edge-config-00").await.is_some()
        })
        .await;
    for (kind, name) in
        [("Deployment", "imgplane-edge"), ("Service", "imgplane-edge"), ("ServiceAccount", "imgplane-edge")]
    {
        assert!(stage.get(kind, "imgplane-system", name).await.is_none(), "{kind} is the user's affair");
    }
    let template = serde_json::json!({
        "metadata": { "labels": { "imgplane.dev/dataplane": "edge", "app": "their-own" } },
        "spec": {
            "containers": [{
                "name": "imgplane", "image": "i",
                "args": ["--config-dir=/c", "--admin-token-file=/t/token", "--volumes-dir=/volumes"],
                "ports": [{ "name": "imgplane-admin", "containerPort": 1 }],
                "volumeMounts": [{ "name": "c", "mountPath": "/c" }, { "name": "t", "mountPath": "/t" },
                                 { "name": "photos", "mountPath": "/volumes/photos" }],
            }],
            "volumes": [
                { "name": "c", "projected": { "sources": [
                    { "configMap": { "name": "imgplane-edge-config-00", "optional": true } },
                    { "secret": { "name": "imgplane-edge-credentials-00", "optional": true } }] } },
                { "name": "t", "secret": { "secretName": "imgplane-edge-admin" } },
                { "name": "photos", "emptyDir": {} },
            ],
        },
    });
    let pod = stage.kubelet.run("imgplane-system", "theirs", serde_json::from_value(template).unwrap()).await;
    pod.until_ready().await;
    fill(std::slice::from_ref(&pod));
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    assert_eq!(pod.get("/shop/cat.jpg").await.status, 200);
    stage.cluster.apply(&endpoint("main", "{origins: [{name: photos}], optimization: {autoAvif: true}}"));
    let took = stage.becomes("UrlEndpoint", "main", "Programmed", "True Programmed").await;
    assert!(took < Duration::from_secs(30), "the annotation reaches pods of others as well: {took:?}");
}
