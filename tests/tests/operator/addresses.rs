//! Who may have which address: DataPlanes admit namespaces, and of two claims the older one holds.

use std::time::{Duration, Instant};

use crate::stage::{DATA_PLANE, PHOTOS, SHOP, Stage};

/// `creationTimestamp` has whole seconds: objects made in one second are of one age.
async fn next_second() {
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(1_100) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_claims_to_an_address_the_older_holds_and_the_other_is_told_whose_it_is() {
    let (stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let endpoint = |name: &str, spec: &str| {
        format!(
            "apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"
        )
    };
    stage.cluster.apply(&endpoint(
        "z-older",
        "{urlPrefix: a, customDomains: [img.shop.example], origins: [{name: photos}]}",
    ));
    stage.becomes("UrlEndpoint", "z-older", "Accepted", "True Accepted").await;
    next_second().await;
    stage.cluster.apply(&endpoint("a-newer", "{urlPrefix: a, origins: [{name: photos}]}"));
    stage.cluster.apply(&endpoint(
        "b-newer",
        "{urlPrefix: b, customDomains: [img.shop.example], origins: [{name: photos}]}",
    ));
    for (name, claim) in [("a-newer", "/shop/a"), ("b-newer", "img.shop.example")] {
        stage.becomes("UrlEndpoint", name, "Accepted", "False Conflicted").await;
        let message = stage.message("UrlEndpoint", name, "Accepted").await;
        assert!(message.contains("shop/z-older") && message.contains(claim), "{name}: {message}");
    }
    stage.becomes("UrlEndpoint", "z-older", "Accepted", "True Accepted").await;
    stage.cluster.kubectl(&["delete", "urlendpoint", "z-older", "-n", SHOP]).succeeded();
    for name in ["a-newer", "b-newer"] {
        stage.becomes("UrlEndpoint", name, "Accepted", "True Accepted").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_oldest_default_data_plane_is_the_default() {
    let (stage, _operator) = Stage::start().await;
    stage.cluster.apply(&DATA_PLANE.replace("name: default", "name: z-first"));
    stage.becomes("DataPlane", "z-first", "Accepted", "True Accepted").await;
    next_second().await;
    stage.cluster.apply(&DATA_PLANE.replace("name: default", "name: a-second"));
    stage.becomes("DataPlane", "a-second", "Accepted", "False Conflicted").await;
    let message = stage.message("DataPlane", "a-second", "Accepted").await;
    assert!(message.contains("z-first"), "{message}");
    stage.becomes("DataPlane", "z-first", "Accepted", "True Accepted").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_namespace_is_admitted_by_its_labels_as_soon_as_it_has_them() {
    let (stage, _operator) = Stage::start().await;
    stage.cluster.apply(
        "apiVersion: imgplane.dev/v1alpha1\nkind: DataPlane\nmetadata: {name: default, namespace: imgplane-system}\n\
         spec:\n  default: true\n  volumes: [{name: photos, claimName: photos}]\n  \
         allowedNamespaces: {from: Selector, selector: {matchLabels: {images: \"yes\"}}}\n",
    );
    stage.cluster.apply(PHOTOS);
    stage.becomes("UrlEndpoint", "main", "Accepted", "False NotAllowedByDataPlane").await;
    stage.cluster.kubectl(&["label", "namespace", SHOP, "images=yes"]).succeeded();
    stage.becomes("UrlEndpoint", "main", "Accepted", "True Accepted").await;
    stage.cluster.kubectl(&["label", "namespace", SHOP, "images-"]).succeeded();
    stage.becomes("UrlEndpoint", "main", "Accepted", "False NotAllowedByDataPlane").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_of_another_name_must_be_granted() {
    let (stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(&PHOTOS.replace("spec: {origins", "spec: {accountId: acme, origins"));
    stage.becomes("UrlEndpoint", "main", "Accepted", "False NotAllowedByDataPlane").await;
    stage.cluster.apply(&format!("{DATA_PLANE}  accounts: [{{namespace: shop, accountIds: [acme]}}]\n"));
    stage.becomes("UrlEndpoint", "main", "Accepted", "True Accepted").await;
    let object = stage.get("UrlEndpoint", SHOP, "main").await.unwrap();
    let url = object["status"]["url"].as_str().unwrap_or_default();
    assert!(url.ends_with("/acme"), "{url}");
}
