//! The objects that the operator makes are kept as they should be; the users' own are not touched.

use imgplane_operator::Settings;
use imgplane_tests::process::free_address;
use serde_json::Value;

use crate::stage::{DATA_PLANE, OPERATOR, Operator, PHOTOS, SHOP, SYSTEM, Stage, settings};

/// `{DATA_PLANE}` with further lines of its spec.
fn data_plane(more: &str) -> String {
    format!("{DATA_PLANE}{more}\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_deletes_or_changes_comes_back() {
    let (stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let exists = |kind: &'static str, name: &'static str| {
        let stage = &stage;
        move || async move { stage.get(kind, SYSTEM, name).await.is_some() }
    };
    for (kind, name) in [
        ("ConfigMap", "imgplane-default-config-00"),
        ("Secret", "imgplane-default-admin"),
        ("ServiceAccount", "imgplane-default"),
        ("Service", "imgplane-default"),
        ("PodDisruptionBudget", "imgplane-default"),
        ("NetworkPolicy", "imgplane-default"),
        ("Deployment", "imgplane-default"),
    ] {
        stage.until(&format!("a {kind}"), exists(kind, name)).await;
        stage.cluster.kubectl(&["delete", &kind.to_lowercase(), name, "-n", SYSTEM]).succeeded();
        stage.until(&format!("a {kind} again"), exists(kind, name)).await;
    }
    stage
        .cluster
        .kubectl(&["scale", "deployment/imgplane-default", "-n", SYSTEM, "--replicas=7"])
        .succeeded();
    stage
        .until("two replicas again", || async {
            stage.get("Deployment", SYSTEM, "imgplane-default").await.unwrap_or_default()["spec"]["replicas"]
                == 2
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_longer_wanted_goes_and_what_is_others_stays() {
    let (stage, _operator) = Stage::start().await;
    stage.cluster.apply(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: imgplane-default-config-99, namespace: imgplane-system}\ndata: {a: b}\n",
    );
    stage.cluster.apply(&data_plane(
        "  autoscaling: {min: 2, max: 5}\n  hosts: [img.example.com]\n  exposure: {type: Ingress, ingress: {className: nginx}}",
    ));
    for kind in ["HorizontalPodAutoscaler", "Ingress"] {
        stage.until(kind, || async { stage.get(kind, SYSTEM, "imgplane-default").await.is_some() }).await;
    }
    // With autoscaling the number of replicas is the autoscaler's: the operator does not put it back.
    stage
        .cluster
        .kubectl(&["scale", "deployment/imgplane-default", "-n", SYSTEM, "--replicas=4"])
        .succeeded();
    stage.cluster.apply(&data_plane("  autoscaling: {min: 2, max: 6}\n  hosts: [img.example.com]"));
    for kind in ["Ingress"] {
        stage
            .until(&format!("without {kind}"), || async {
                stage.get(kind, SYSTEM, "imgplane-default").await.is_none()
            })
            .await;
    }
    let deployment = stage.get("Deployment", SYSTEM, "imgplane-default").await.unwrap();
    assert_eq!(deployment["spec"]["replicas"], 4);
    stage.cluster.apply(DATA_PLANE);
    stage
        .until("without an autoscaler", || async {
            stage.get("HorizontalPodAutoscaler", SYSTEM, "imgplane-default").await.is_none()
        })
        .await;
    assert!(
        stage.get("ConfigMap", SYSTEM, "imgplane-default-config-99").await.is_some(),
        "it is nobody's of ours"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_users_objects_only_the_status_is_written() {
    let (mut stage, _operator) = Stage::start().await;
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let _pods = stage.pods("default", 1).await;
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    stage.becomes("DataPlane", "default", "Ready", "True Ready").await;
    for (kind, namespace, name) in
        [("Origin", SHOP, "photos"), ("UrlEndpoint", SHOP, "main"), ("DataPlane", SYSTEM, "default")]
    {
        let object = stage.get(kind, namespace, name).await.unwrap();
        let metadata = &object["metadata"];
        for field in ["finalizers", "ownerReferences", "labels", "annotations"] {
            assert_eq!(metadata[field], Value::Null, "{kind}: {field}");
        }
        for entry in metadata["managedFields"].as_array().unwrap() {
            let manager = entry["manager"].as_str().unwrap();
            let allowed = manager == "kubectl"
                || (manager == "imgplane-status"
                    && entry["subresource"] == "status"
                    && entry["operation"] == "Apply");
            assert!(allowed, "{kind}: {manager} wrote {}", entry["fieldsV1"]);
        }
        assert_eq!(object["status"]["observedGeneration"], metadata["generation"], "{kind}");
        for condition in object["status"]["conditions"].as_array().unwrap() {
            assert_eq!(
                condition["observedGeneration"], metadata["generation"],
                "{kind} {}",
                condition["type"]
            );
            assert!(!condition["message"].as_str().unwrap().is_empty(), "{kind} {}", condition["type"]);
        }
        let types: Vec<_> =
            object["status"]["conditions"].as_array().unwrap().iter().map(|c| c["type"].clone()).collect();
        let mut expected = vec!["Accepted", "ResolvedRefs", "Programmed", "Ready"];
        if kind == "Origin" {
            expected.push("Reachable");
        }
        for condition in &expected {
            assert!(types.contains(&Value::from(*condition)), "{kind} has no {condition}");
        }
        assert_eq!(types.len(), expected.len(), "{kind}: {types:?}");
    }
    // Everything that was made belongs to the DataPlane and goes when it goes.
    let made = stage
        .cluster
        .kubectl(&[
            "get",
            "cm,secret,sa,svc,deploy,pdb,netpol",
            "-n",
            SYSTEM,
            "-o",
            "json",
            "-l",
            "imgplane.dev/dataplane",
        ])
        .succeeded();
    let made: Value = serde_json::from_str(&made).unwrap();
    let items = made["items"].as_array().unwrap();
    assert!(items.len() >= 7, "{}", items.len());
    for item in items {
        let owners = item["metadata"]["ownerReferences"].as_array().unwrap();
        assert_eq!(
            (owners.len(), &owners[0]["kind"], &owners[0]["name"]),
            (1, &"DataPlane".into(), &"default".into())
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workload_that_cannot_be_made_is_told_and_holds_up_no_config() {
    let mut stage = Stage::empty().await;
    let admin = free_address();
    let settings = Settings { admin_listen: admin, ..settings("replica-1") };
    let _operator = Operator::start(&stage.cluster, OPERATOR, settings);
    stage.cluster.apply(DATA_PLANE);
    stage.cluster.apply(PHOTOS);
    let _pods = stage.pods("default", 1).await;
    stage.becomes("DataPlane", "default", "Ready", "True Ready").await;

    let counted = async |name: &str| -> f64 {
        let text = reqwest::get(format!("http://{admin}/metrics")).await.unwrap().text().await.unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        line.unwrap_or_default()
    };
    let turns = async || counted("imgplane_operator_reconcile_seconds_count").await;
    let start = turns().await;
    // This cluster has no Gateway API.
    stage.cluster.apply(&data_plane(
        "  hosts: [img.example.com]\n  exposure: {type: HTTPRoute, httpRoute: {parentRefs: [{name: public}]}}",
    ));
    stage.becomes("DataPlane", "default", "Programmed", "Unknown AckPending").await;
    stage
        .until("told what cannot be made", || async {
            let message = stage.message("DataPlane", "default", "Programmed").await;
            message.contains("HTTPRoute imgplane-system/imgplane-default cannot be made")
        })
        .await;
    let endpoint = PHOTOS.replace("{origins: [{name: photos}]}", "{urlPrefix: p, origins: [{name: photos}]}");
    stage.cluster.apply(&endpoint);
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    let failed = r#"imgplane_operator_applies_total{outcome="failed"}"#;
    stage.until("three attempts", || async { counted(failed).await >= 3.0 }).await;
    let spent = turns().await - start;
    assert!(spent < 30.0, "what waits to be tried again is waited for: {spent} turns");

    stage.cluster.apply(DATA_PLANE);
    stage.becomes("DataPlane", "default", "Ready", "True Ready").await;
}
