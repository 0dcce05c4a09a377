//! Whether an origin answers: known before any traffic, in words that say what to fix.

use imgplane_tests::{
    golden::assert_golden,
    pictures,
    process::free_address,
    server::versitygw::{ROOT_KEY, ROOT_SECRET, Versitygw},
};

use crate::{
    quickstart::lasting,
    secrets::{bucket, credential},
    stage::{DATA_PLANE, SHOP, Stage},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_is_named_before_any_traffic_and_clears_after_the_fix() {
    let store = Versitygw::start();
    store.make_bucket("media");
    store.put("media", "cat.jpg", "image/jpeg", &pictures::demo_photo("cat.jpg"));
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    let pods = stage.pods("default", 1).await;
    stage.cluster.apply(&bucket(&store, ROOT_KEY, "a-wrong-secret"));
    let named = stage.becomes("Origin", "bucket", "Ready", "False EACCES_CredentialsInvalid").await;
    // The endpoint comes a moment after the origin that it lists.
    stage
        .until("counted among the origins of an endpoint", || async {
            let origin = stage.get("Origin", SHOP, "bucket").await.unwrap_or_default();
            origin["status"]["endpoints"] == 1
        })
        .await;
    let text =
        stage.cluster.kubectl(&["describe", "origin/bucket", "-n", SHOP, "--show-events=false"]).succeeded();
    let text = text.replace(&store.address.to_string(), "127.0.0.1:<port>");
    assert_golden("operator/wrong-key.txt", &lasting(&text));
    stage
        .until("told by an event", || async {
            let events =
                stage.cluster.kubectl(&["get", "events", "-n", SHOP, "-o", "jsonpath={.items[*].reason}"]);
            events.succeeded().contains("EACCES_CredentialsInvalid")
        })
        .await;
    stage.cluster.apply(&credential(ROOT_KEY, ROOT_SECRET));
    let cleared = stage.becomes("Origin", "bucket", "Ready", "True Ready").await;
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    eprintln!(
        "seconds to name a wrong key: {:.2}, to clear: {:.2}",
        named.as_secs_f64(),
        cleared.as_secs_f64()
    );
    assert_eq!(pods[0].get("/shop/cat.jpg").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_down_and_a_name_that_does_not_exist_are_told_apart() {
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    let _pods = stage.pods("default", 1).await;
    let web = |name: &str, url: &str| {
        format!(
            "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {{name: {name}, namespace: shop}}\n\
             spec: {{type: WebFolder, webFolder: {{baseUrl: \"{url}\"}}}}\n"
        )
    };
    stage.cluster.apply(&web("down", &format!("http://{}", free_address())));
    stage.cluster.apply(&web("forbidden", "http://169.254.169.254/latest"));
    stage.becomes("Origin", "down", "Reachable", "False ECONNREFUSED_Refused").await;
    stage
        .until("told why the address is refused", || async {
            stage.condition("Origin", "forbidden", "Reachable").await.ends_with("AddressBlocked")
        })
        .await;
    stage.becomes("Origin", "down", "Programmed", "True Programmed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_origin_that_is_not_probed_is_not_judged() {
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    let _pods = stage.pods("default", 1).await;
    stage.cluster.apply(&format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {{name: quiet, namespace: shop}}\n\
         spec: {{type: WebFolder, webFolder: {{baseUrl: \"http://{}\"}}, probe: {{enabled: false}}}}\n",
        free_address()
    ));
    stage.becomes("Origin", "quiet", "Programmed", "True Programmed").await;
    stage.becomes("Origin", "quiet", "Reachable", "Unknown NotObserved").await;
    stage.becomes("Origin", "quiet", "Ready", "True NotObserved").await;
}
