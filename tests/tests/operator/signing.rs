//! Signing keys and named transformations on their way from manifests to pods.

use std::process::Command;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use imgplane_tests::process::program;

use crate::{
    quickstart::fill,
    stage::{DATA_PLANE, PHOTOS, Stage},
};

/// The endpoint of [`PHOTOS`] with fields of `spec`.
fn endpoint(fields: &str) -> String {
    format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {{name: main, namespace: shop}}\nspec:\n  \
         origins: [{{name: photos}}]\n{fields}"
    )
}

fn secret(values: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: url-keys, namespace: shop}}\nstringData: {{{values}}}\n"
    )
}

/// Path and query of a signed URL.
fn signed(key: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), key).unwrap();
    let output = Command::new(program("imgplane"))
        .args(["sign", "https://img.example/shop/tr:w-90/cat.jpg", "--key-file"])
        .arg(file.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().replace("https://img.example", "")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_keys_are_taken_up_rotated_ended_and_shown_nowhere() {
    const OLD: &str = "private_FirstKeyOfTheShop=";
    const NEW: &str = "private_SecondKeyOfTheShop=";
    let listed = |keys: &str| {
        endpoint(&format!("  security: {{signingKeys: [{keys}], restrictUnsigned: {{images: All}}}}\n"))
    };
    let (old, new) = ("{secretRef: {name: url-keys}}", "{secretRef: {name: url-keys, key: next}}");
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    stage.cluster.apply(&listed(old));
    let pods = stage.pods("default", 2).await;
    fill(&pods);
    stage.becomes("UrlEndpoint", "main", "Ready", "False SecretNotFound").await;
    let message = stage.message("UrlEndpoint", "main", "Ready").await;
    assert!(
        message.contains("spec.security.signingKeys[0].secretRef.name") && message.contains("401"),
        "{message}"
    );
    // Without a key nothing is open that should be closed. A pod may have started with what was there before.
    stage.until("closed", || async { pods[0].get("/shop/tr:w-90/cat.jpg").await.status == 401 }).await;

    stage.cluster.apply(&secret(&format!("privateKey: {OLD}")));
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    let (by_old, by_new) = (signed(OLD), signed(NEW));
    stage.until("the first key", || async { pods[0].get(&by_old).await.status == 200 }).await;

    stage.cluster.apply(&secret(&format!("privateKey: {OLD}, next: {NEW}")));
    stage.cluster.apply(&listed(&format!("{new}, {old}")));
    for pod in &pods {
        stage.until("the second key", || async { pod.get(&by_new).await.status == 200 }).await;
        assert_eq!(pod.get(&by_old).await.status, 200);
    }
    stage.cluster.apply(&listed(new));
    for pod in &pods {
        stage.until("the end of the first key", || async { pod.get(&by_old).await.status == 401 }).await;
        assert_eq!(pod.get(&by_new).await.status, 200);
    }
    // A Secret that is lost by mistake ends nothing.
    stage.cluster.kubectl(&["delete", "secret", "url-keys", "-n", "shop"]).succeeded();
    stage.becomes("UrlEndpoint", "main", "Ready", "False SecretNotFound").await;
    assert_eq!(pods[0].get(&by_new).await.status, 200);

    let everything =
        ["get", "origins,urlendpoints,dataplanes,configmaps,events,deployments,pods", "-A", "-o", "yaml"];
    let shown = stage.cluster.kubectl(&everything).succeeded();
    for value in [OLD, NEW] {
        for form in [value.to_owned(), BASE64_STANDARD.encode(value)] {
            assert!(!shown.contains(&form), "{form} is shown");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_in_a_named_transformation_is_shown_with_its_place_and_hurts_no_url() {
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let named =
        |value: &str| endpoint(&format!("  namedTransformations: [{{name: thumb, value: '{value}'}}]\n"));
    stage.cluster.apply(&named("w-90"));
    let pods = stage.pods("default", 1).await;
    fill(&pods);
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    let width = || async { pods[0].get("/shop/tr:n-thumb/cat.jpg").await.picture().width() };
    assert_eq!(width().await, 90);
    stage.cluster.apply(&named("h-10,w-3o0"));
    stage.becomes("UrlEndpoint", "main", "Ready", "False Invalid").await;
    let message = stage.message("UrlEndpoint", "main", "Ready").await;
    assert!(
        message.contains("spec.namedTransformations[0].value") && message.contains("at character 8"),
        "{message}"
    );
    assert_eq!(width().await, 90, "the last good one goes on serving");
    stage.cluster.apply(&named("w-60"));
    stage.until("the new one", || async { width().await == 60 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turning_unnamed_transformations_off_is_told_by_an_event_because_urls_fail_from_then_on() {
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let restricted = |on: bool| {
        endpoint(&format!(
            "  namedTransformations: [{{name: thumb, value: w-90}}]\n  restrictUnnamedTransformations: {on}\n"
        ))
    };
    stage.cluster.apply(&restricted(false));
    let pods = stage.pods("default", 1).await;
    fill(&pods);
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    let status = |path: &'static str| async { pods[0].get(path).await.status };
    assert_eq!(status("/shop/tr:w-50/cat.jpg").await, 200);

    stage.cluster.apply(&restricted(true));
    stage.until("the restriction", || async { status("/shop/tr:w-50/cat.jpg").await == 400 }).await;
    assert_eq!(status("/shop/tr:n-thumb/cat.jpg").await, 200);
    let described = || stage.cluster.kubectl(&["describe", "urlendpoint", "main", "-n", "shop"]).succeeded();
    stage.until("the event", || async { described().contains("UnnamedTransformationsRestricted") }).await;
    let described = described();
    assert!(
        described.contains("Warning") && described.contains("are answered 400 from now on"),
        "{described}"
    );
}
