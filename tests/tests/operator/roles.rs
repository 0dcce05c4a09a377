//! The chart's roles: none is missing, and none is more than what the operator does.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    node::Pod,
    stage::{DATA_PLANE, PHOTOS, SHOP, SYSTEM, Stage, roles},
};

/// A right: group, resource, verb.
type Right = (String, String, String);

/// What the chart grants.
fn granted() -> BTreeSet<Right> {
    let objects: Vec<Value> = serde_saphyr::from_multiple(&roles(&[])).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut rights = BTreeSet::new();
    for rule in objects.iter().flat_map(|object| object["rules"].as_array().into_iter().flatten()) {
        for group in rule["apiGroups"].as_array().unwrap() {
            for resource in rule["resources"].as_array().unwrap() {
                for verb in rule["verbs"].as_array().unwrap() {
                    rights.insert((text(group), text(resource), text(verb)));
                }
            }
        }
    }
    assert!(rights.len() > 40, "{rights:?}");
    rights
}

/// The part of the Gateway API that an HTTPRoute needs to exist.
const HTTP_ROUTES: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: httproutes.gateway.networking.k8s.io
  annotations: {api-approved.kubernetes.io: https://github.com/kubernetes-sigs/gateway-api/pull/2466}
spec:
  group: gateway.networking.k8s.io
  names: {kind: HTTPRoute, plural: httproutes, singular: httproute}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

/// The operator's own, as far as its Lease wants it.
const OWN_DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: imgplane-operator, namespace: imgplane-system}
spec:
  replicas: 0
  selector: {matchLabels: {app: operator}}
  template:
    metadata: {labels: {app: operator}}
    spec: {containers: [{name: operator, image: operator}]}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_right_of_the_chart_is_used_and_none_is_missing() {
    let mut stage = Stage::audited(&[]).await;
    stage.cluster.apply(HTTP_ROUTES);
    stage
        .cluster
        .kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"])
        .succeeded();
    stage.cluster.apply(OWN_DEPLOYMENT);
    let operator = stage.operator("replica-1");
    let rich = "  autoscaling: {min: 2, max: 4}\n  hosts: [img.example.com]\n  \
                allowedNamespaces: {from: Selector, selector: {matchLabels: {images: \"yes\"}}}\n  exposure: ";
    stage.cluster.kubectl(&["label", "namespace", SHOP, "images=yes"]).succeeded();
    stage.cluster.apply(&format!("{DATA_PLANE}{rich}{{type: Ingress, ingress: {{className: nginx}}}}\n"));
    stage.cluster.apply(PHOTOS);
    stage.cluster.apply(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: k, namespace: shop}\nstringData: {accessKey: a, secretKey: b}\n---\n\
         apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {name: s3, namespace: shop}\n\
         spec: {type: S3, s3: {bucket: media, auth: {secretRef: {name: k}}}}\n---\n\
         apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {name: lost, namespace: shop}\n\
         spec: {urlPrefix: lost, origins: [{name: nothing}]}\n",
    );
    let pods: Vec<Pod> = stage.pods("default", 1).await;
    stage.becomes("UrlEndpoint", "main", "Ready", "True Ready").await;
    stage.becomes("UrlEndpoint", "lost", "ResolvedRefs", "False OriginNotFound").await;
    for (kind, name) in [
        ("Ingress", "imgplane-default"),
        ("HorizontalPodAutoscaler", "imgplane-default"),
        ("Secret", "imgplane-default-credentials-00"),
    ] {
        stage.until(kind, || async { stage.get(kind, SYSTEM, name).await.is_some() }).await;
    }
    let route =
        format!("{DATA_PLANE}{rich}{{type: HTTPRoute, httpRoute: {{parentRefs: [{{name: gateway}}]}}}}\n");
    stage.cluster.apply(&route);
    stage
        .until("an HTTPRoute", || async {
            stage.get("HTTPRoute", SYSTEM, "imgplane-default").await.is_some()
        })
        .await;
    // A shard that an earlier, larger config needed.
    let uid = stage.get("DataPlane", SYSTEM, "default").await.unwrap()["metadata"]["uid"].clone();
    stage.cluster.apply(&format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: imgplane-default-config-01\n  namespace: imgplane-system\n  \
         labels: {{app.kubernetes.io/managed-by: imgplane-operator, app.kubernetes.io/name: imgplane-dataplane, \
         app.kubernetes.io/instance: default, imgplane.dev/dataplane: default}}\n  ownerReferences:\n  \
         - {{apiVersion: imgplane.dev/v1alpha1, kind: DataPlane, name: default, uid: {uid}, controller: true}}\n"
    ));
    // Everything goes: pods are nobody's business any more, and so is what ran them.
    stage.cluster.kubectl(&["delete", "origin/s3", "secret/k", "-n", SHOP]).succeeded();
    let replace = ["replace", "-f", "-"];
    let external = "apiVersion: imgplane.dev/v1alpha1\nkind: DataPlane\nmetadata: {name: default, namespace: imgplane-system}\n\
                    spec: {mode: External, default: true, volumes: [{name: photos}]}\n";
    stage.cluster.kubectl_reading(&replace, external).succeeded();
    for (kind, name) in [
        ("ConfigMap", "imgplane-default-config-01"),
        ("HTTPRoute", "imgplane-default"),
        ("HorizontalPodAutoscaler", "imgplane-default"),
        ("Deployment", "imgplane-default"),
        ("Service", "imgplane-default"),
        ("ServiceAccount", "imgplane-default"),
        ("PodDisruptionBudget", "imgplane-default"),
        ("NetworkPolicy", "imgplane-default"),
        ("Secret", "imgplane-default-credentials-00"),
    ] {
        stage
            .until(&format!("without {kind}"), || async { stage.get(kind, SYSTEM, name).await.is_none() })
            .await;
    }
    drop(pods);
    operator.stop().await;
    // Renewed and released, the Lease still belongs to whom it is removed with.
    let deployment = stage.get("Deployment", SYSTEM, "imgplane-operator").await.unwrap();
    let lease = stage.get("Lease", SYSTEM, "imgplane-operator").await.unwrap();
    assert_eq!(lease["spec"]["holderIdentity"], Value::Null);
    let owner = &lease["metadata"]["ownerReferences"][0];
    assert_eq!((&owner["kind"], &owner["uid"]), (&"Deployment".into(), &deployment["metadata"]["uid"]));

    let requests = stage.cluster.requests();
    let denied: BTreeSet<_> = requests.iter().filter(|request| request.code == 403).collect();
    assert!(denied.is_empty(), "the chart's roles lack: {denied:#?}");
    // An apply that makes an object asks for two verbs and is noted as one.
    let used: BTreeSet<Right> = requests
        .into_iter()
        .flat_map(|request| {
            let made = (request.verb == "patch" && request.code == 201).then(|| "create".to_owned());
            let right = move |verb| (request.group.clone(), request.resource.clone(), verb);
            std::iter::once(request.verb.clone()).chain(made).map(right)
        })
        .collect();
    let unused: Vec<_> = granted().difference(&used).cloned().collect();
    assert_eq!(
        unused,
        SPARE.map(|(group, resource, verb)| (group.into(), resource.into(), verb.into())),
        "rights without use"
    );
}

/// Rights that this run does not use: an event is patched when it is repeated, which takes minutes.
const SPARE: [(&str, &str, &str); 1] = [("events.k8s.io", "events", "patch")];
