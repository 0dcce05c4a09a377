//! The applier against an API server in memory: order, what is left alone, what is deleted, what is tried again.

mod fake;

use std::time::Duration;

use imgplane_config::{FileSet, Hash, ObjectId};
use serde_json::{Value, json};
use tokio::time::Instant;

use self::fake::{Answer, Fake};
use super::*;
use crate::{
    labels::{self, CONFIG_MANAGER, WORKLOAD_MANAGER},
    render::{config_objects, token_object},
    watch::Owned,
};

fn owner() -> Owner {
    Owner { id: ObjectId::new("media", "main"), uid: "plane-uid".to_owned() }
}

fn desired(kind: OwnedKind, name: &str, content: &str) -> Desired {
    let config = matches!(kind, OwnedKind::ConfigMap | OwnedKind::Secret);
    let resource = kind.api_resource();
    Desired {
        kind,
        id: ObjectId::new("media", name),
        manager: if config { CONFIG_MANAGER } else { WORKLOAD_MANAGER },
        object: json!({
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": {
                "name": name,
                "namespace": "media",
                "labels": {labels::MANAGED_BY: labels::OPERATOR, labels::DATA_PLANE: "main"},
            },
            "spec": {"content": content},
        }),
    }
}

fn config() -> Desired {
    desired(OwnedKind::ConfigMap, "imgplane-main-config-00", "1")
}

fn deployment() -> Desired {
    desired(OwnedKind::Deployment, "imgplane-main", "1")
}

fn service() -> Desired {
    desired(OwnedKind::Service, "imgplane-main", "1")
}

fn files(config: &[&str], secret: &[&str]) -> FileSet {
    let file = |name: &&str| ((*name).to_owned(), name.as_bytes().to_vec());
    FileSet { config: config.iter().map(file).collect(), secret: secret.iter().map(file).collect() }
}

async fn both(applier: &Applier, desired: &[Desired], owned: &Owned) -> Result<Applied, ApplyError> {
    both_of(&owner(), applier, desired, owned).await
}

/// Both parts, one after the other, each with what is not desired any more, as long as nothing fails.
async fn both_of(
    owner: &Owner,
    applier: &Applier,
    desired: &[Desired],
    owned: &Owned,
) -> Result<Applied, ApplyError> {
    let mut sum = Applied::default();
    for part in [Part::Config, Part::Workload] {
        for applied in [
            applier.apply(part, owner, desired, owned).await?,
            applier.prune(part, owner, desired, owned).await?,
        ] {
            sum.written += applied.written;
            sum.unchanged += applied.unchanged;
            sum.pruned += applied.pruned;
        }
    }
    Ok(sum)
}

#[tokio::test]
async fn objects_are_applied_in_order_by_force_and_strictly() {
    let fake = Fake::default();
    let applier = Applier::new(fake.client());
    let applied = both(&applier, &[config(), deployment()], &Owned::default()).await.unwrap();
    assert_eq!(applied, Applied { written: 2, unchanged: 0, pruned: 0 });
    assert_eq!(
        fake.calls("PATCH"),
        [
            "PATCH /api/v1/namespaces/media/configmaps/imgplane-main-config-00?force=true&fieldManager=imgplane-config&fieldValidation=Strict",
            "PATCH /apis/apps/v1/namespaces/media/deployments/imgplane-main?force=true&fieldManager=imgplane-workload&fieldValidation=Strict",
        ]
    );
}

#[tokio::test]
async fn what_nobody_touched_is_left_alone() {
    let fake = Fake::default();
    let applier = Applier::new(fake.client());
    let objects = [config(), deployment()];
    let unseen = fake.owned();
    both(&applier, &objects, &unseen).await.unwrap();
    let seen = fake.owned();

    let written =
        async |objects: &[Desired], owned: &Owned| both(&applier, objects, owned).await.unwrap().written;
    assert_eq!(written(&objects, &seen).await, 0, "as we left it");
    fake.touch_status("deployments/imgplane-main");
    assert_eq!(written(&objects, &fake.owned()).await, 0, "only its status changed");

    let newer = [config(), desired(OwnedKind::Deployment, "imgplane-main", "2")];
    assert_eq!(written(&newer, &fake.owned()).await, 1, "we want something else");
    assert_eq!(written(&newer, &seen).await, 0, "the watch still shows what was before our own write");

    fake.edit("configmaps/imgplane-main-config-00");
    assert_eq!(written(&newer, &fake.owned()).await, 1, "somebody edited it");
    fake.remove("deployments/imgplane-main");
    assert_eq!(written(&newer, &fake.owned()).await, 1, "somebody deleted it");
    assert_eq!(written(&newer, &fake.owned()).await, 0);
    let again = Owner { uid: "another-uid".to_owned(), ..owner() };
    let applied = both_of(&again, &applier, &newer, &fake.owned()).await.unwrap();
    assert_eq!(applied.written, 2, "the DataPlane was made anew");
    applier.forget(&again.id);
    assert_eq!(both_of(&again, &applier, &newer, &fake.owned()).await.unwrap().written, 2);
}

#[tokio::test]
async fn an_autoscaler_gets_the_number_of_pods_that_there_are() {
    let fake = Fake::default();
    let applier = Applier::new(fake.client());
    let mut fixed = deployment();
    fixed.object["spec"]["replicas"] = json!(5);
    both(&applier, &[fixed], &fake.owned()).await.unwrap();
    both(&applier, &[deployment()], &fake.owned()).await.unwrap();
    both(&applier, &[desired(OwnedKind::Deployment, "imgplane-main", "2")], &fake.owned()).await.unwrap();
    let managers: Vec<_> = fake
        .calls("PATCH")
        .iter()
        .filter_map(|call| Some(call.split_once("fieldManager=")?.1.split_once('&')?.0.to_owned()))
        .collect();
    assert_eq!(
        managers,
        ["imgplane-workload", "imgplane-replicas", "imgplane-workload", "imgplane-workload"],
        "it is handed over once, before we let go of it"
    );
}

#[tokio::test]
async fn what_is_not_desired_any_more_is_deleted_by_its_exact_name() {
    let fake = Fake::default();
    let applier = Applier::new(fake.client());
    let ingress = desired(OwnedKind::Ingress, "imgplane-main", "1");
    let second_shard = desired(OwnedKind::ConfigMap, "imgplane-main-config-01", "1");
    both(&applier, &[second_shard, config(), deployment(), ingress], &fake.owned()).await.unwrap();
    // Beside them: a copy that somebody made of one, labels and all; another DataPlane's; the token.
    for (kind, name, plane) in [
        (OwnedKind::ConfigMap, "backup-of-config", "main"),
        (OwnedKind::ConfigMap, "imgplane-maine-config-00", "main"),
        (OwnedKind::ConfigMap, "imgplane-other-config-00", "other"),
        (OwnedKind::Secret, "imgplane-main-admin", "main"),
    ] {
        fake.put(&Desired {
            object: {
                let mut object = desired(kind, name, "1").object;
                object["metadata"]["labels"][labels::DATA_PLANE] = json!(plane);
                object
            },
            ..desired(kind, name, "1")
        });
    }

    let applied = both(&applier, &[config(), deployment()], &fake.owned()).await.unwrap();
    assert_eq!(applied, Applied { written: 0, unchanged: 2, pruned: 2 });
    assert_eq!(
        fake.calls("DELETE"),
        [
            "DELETE /api/v1/namespaces/media/configmaps/imgplane-main-config-01?",
            "DELETE /apis/networking.k8s.io/v1/namespaces/media/ingresses/imgplane-main?",
        ]
    );
    assert_eq!(fake.owned().of(&owner().id).count(), 5);
}

#[tokio::test]
async fn an_object_made_anew_under_the_same_name_is_not_deleted() {
    let fake = Fake::default();
    let applier = Applier::new(fake.client());
    fake.put(&service());
    let stale = fake.owned();
    fake.remove("services/imgplane-main");
    fake.put(&service());
    let applied = both(&applier, &[], &stale).await.unwrap();
    assert_eq!(applied.pruned, 0);
    assert!(fake.owned().get(OwnedKind::Service, &service().id).is_some());
}

#[tokio::test]
async fn config_that_fails_holds_back_everything_behind_it() {
    let fake = Fake::default();
    fake.fail("configmaps", usize::MAX, Answer::status(422, "Invalid", "data: Too long"));
    let applier = Applier::new(fake.client());
    let error = both(&applier, &[config(), deployment()], &fake.owned()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "ConfigMap media/imgplane-main-config-00 was refused by the API server: data: Too long"
    );
    assert!(!fake.calls("PATCH").iter().any(|call| call.contains("deployments")));
}

#[tokio::test]
async fn one_bad_object_around_the_pods_does_not_stop_the_others_and_nothing_is_deleted() {
    let fake = Fake::default();
    fake.put(&desired(OwnedKind::Ingress, "imgplane-main", "1"));
    fake.fail(
        "deployments",
        usize::MAX,
        Answer::status(422, "Invalid", "spec.template.spec.containers[0].image: Required value"),
    );
    let applier = Applier::new(fake.client());
    let route = desired(OwnedKind::HttpRoute, "imgplane-main", "1");
    fake.fail("httproutes", usize::MAX, Answer::page(404, "404 page not found\n"));
    let objects = [config(), deployment(), service(), route];
    let error = both(&applier, &objects, &fake.owned()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Deployment media/imgplane-main was refused by the API server: \
         spec.template.spec.containers[0].image: Required value; look at spec.podTemplate and spec.resources of the \
         DataPlane; and 1 more objects failed"
    );
    assert!(fake.owned().get(OwnedKind::ConfigMap, &config().id).is_some(), "config was published");
    assert!(fake.owned().get(OwnedKind::Service, &service().id).is_some());
    assert!(fake.calls("DELETE").is_empty(), "what replaces the Ingress failed");
}

#[tokio::test]
async fn each_part_deletes_only_what_is_its_own() {
    let fake = Fake::default();
    let applier = Applier::new(fake.client());
    let shard = desired(OwnedKind::ConfigMap, "imgplane-main-config-01", "1");
    both(&applier, &[config(), shard, service()], &fake.owned()).await.unwrap();
    let pruned = applier.prune(Part::Config, &owner(), &[config()], &fake.owned()).await.unwrap();
    assert_eq!(pruned.pruned, 1);
    assert!(fake.owned().get(OwnedKind::Service, &service().id).is_some());
    let applied =
        applier.apply(Part::Workload, &owner(), &[config(), service()], &fake.owned()).await.unwrap();
    assert_eq!(
        (applied.written, applied.unchanged),
        (0, 1),
        "what the other part remembers is not forgotten"
    );
}

#[tokio::test]
async fn each_refusal_says_which_object_and_what_to_do() {
    let forbidden = "deployments.apps \"imgplane-main\" is forbidden: User \"system:serviceaccount:imgplane-system:imgplane\" \
                     cannot create resource \"deployments\" in API group \"apps\" in the namespace \"media\"";
    let quota = "services \"imgplane-main\" is forbidden: exceeded quota: small, requested: services=1";
    let no_namespace = Answer::Status(
        404,
        json!({"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404,
               "message": "namespaces \"media\" not found", "details": {"name": "media", "kind": "namespaces"}}),
    );
    for (object, answer, expected) in [
        (
            deployment(),
            Answer::status(403, "Forbidden", forbidden),
            "the operator may not create Deployment media/imgplane-main: its role lacks the verb create on \
             deployments.apps in namespace media; install the roles of this version of the chart"
                .to_owned(),
        ),
        (
            service(),
            Answer::status(403, "Forbidden", quota),
            format!(
                "Service media/imgplane-main was refused by the API server: {quota}; look at spec.exposure of the \
                 DataPlane"
            ),
        ),
        (
            desired(OwnedKind::HttpRoute, "imgplane-main", "1"),
            Answer::page(404, "404 page not found\n"),
            "HTTPRoute media/imgplane-main cannot be made because the cluster has no HTTPRoute of \
             gateway.networking.k8s.io/v1: install it, or choose another spec.exposure.type"
                .to_owned(),
        ),
        (
            service(),
            no_namespace,
            "Service media/imgplane-main cannot be made because its namespace is gone".to_owned(),
        ),
        (
            desired(OwnedKind::Secret, "imgplane-main-credentials-00", "hush"),
            Answer::status(422, "Invalid", "data[x]: Invalid value: \"hush\""),
            "Secret media/imgplane-main-credentials-00 was refused by the API server: Invalid (status 422)"
                .to_owned(),
        ),
    ] {
        let fake = Fake::default();
        fake.fail("PATCH", usize::MAX, answer);
        let applier = Applier::new(fake.client());
        let error = both(&applier, &[object], &fake.owned()).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(fake.calls("PATCH").len(), 1, "trying again would not help: {error}");
    }
}

#[tokio::test]
async fn an_object_of_somebody_else_is_left_alone() {
    let fake = Fake::default();
    let mut theirs = service();
    theirs.object["metadata"]["labels"] = json!({"app": "shop"});
    fake.put(&theirs);
    let applier = Applier::new(fake.client());
    let error = both(&applier, &[service()], &fake.owned()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Service media/imgplane-main exists and is not the operator's, so it is left alone: delete or rename it, or \
         rename the DataPlane"
    );
    assert!(fake.calls("PATCH").is_empty());

    // One that somebody only took the label off is known by its owner.
    theirs.object["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "imgplane.dev/v1alpha1", "kind": "DataPlane", "name": "main", "uid": owner().uid,
    }]);
    fake.put(&theirs);
    assert_eq!(both(&applier, &[service()], &fake.owned()).await.unwrap().written, 1);
}

#[tokio::test(start_paused = true)]
async fn passing_failures_are_tried_again_a_few_times() {
    for (name, answer, message) in [
        (
            "conflict",
            Answer::status(409, "Conflict", "the object has been modified"),
            "the object has been modified",
        ),
        ("busy", Answer::status(429, "TooManyRequests", "slow down"), "slow down"),
        (
            "broken",
            Answer::status(500, "InternalError", "etcdserver: leader changed"),
            "etcdserver: leader changed",
        ),
        ("not an API server", Answer::page(503, "upstream connect error"), "upstream connect error"),
        ("silent", Answer::Never, "no answer within 10 s"),
    ] {
        let fake = Fake::default();
        fake.fail("PATCH", 3, answer.clone());
        let applier = Applier::new(fake.client());
        let applied = both(&applier, &[service()], &fake.owned()).await.unwrap();
        assert_eq!((applied.written, fake.calls("PATCH").len()), (1, 4), "{name}");

        let fake = Fake::default();
        fake.fail("PATCH", usize::MAX, answer);
        let applier = Applier::new(fake.client());
        let started = Instant::now();
        let error = both(&applier, &[service()], &fake.owned()).await.unwrap_err();
        assert!(error.to_string().ends_with(message), "{name}: {error}");
        assert_eq!(fake.calls("PATCH").len(), 4, "{name}");
        assert!(started.elapsed() < Duration::from_secs(43), "{name}: {:?}", started.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_api_server_says_when_to_come_back() {
    let fake = Fake::default();
    let busy = |seconds: u32| {
        let status = json!({"kind": "Status", "status": "Failure", "reason": "TooManyRequests", "code": 429,
                            "message": "slow down", "details": {"retryAfterSeconds": seconds}});
        Answer::Status(429, status)
    };
    fake.fail("PATCH", 1, busy(2));
    let applier = Applier::new(fake.client());
    let started = Instant::now();
    both(&applier, &[service()], &fake.owned()).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());

    fake.fail("PATCH", 1, busy(3_600));
    let started = Instant::now();
    both(&applier, &[deployment()], &fake.owned()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_is_down_is_not_asked_for_every_object() {
    let fake = Fake::default();
    fake.fail("PATCH", usize::MAX, Answer::Never);
    let applier = Applier::new(fake.client());
    let error = both(&applier, &[deployment(), service()], &fake.owned()).await.unwrap_err();
    assert!(matches!(error, ApplyError::Unavailable { .. }), "{error}");
    assert!(!fake.calls("PATCH").iter().any(|call| call.contains("services")));
}

#[tokio::test]
async fn what_was_published_is_read_back() {
    let fake = Fake::default();
    let applier = Applier::new(fake.client());
    assert_eq!(applier.published(&owner().id).await.unwrap(), None);

    let config = ["index.json", "config-00.json.gz", "config-01.json.gz"];
    let two = files(&config, &["credentials-00.json.gz", "credentials-01.json.gz"]);
    both(&applier, &config_objects(&owner(), &two), &fake.owned()).await.unwrap();
    let order: Vec<_> = fake
        .calls("PATCH")
        .iter()
        .filter_map(|call| Some(call.split_once("imgplane-main-")?.1.split_once('?')?.0.to_owned()))
        .collect();
    assert_eq!(order, ["credentials-00", "credentials-01", "config-01", "config-00"], "the index comes last");
    assert_eq!(applier.published(&owner().id).await.unwrap(), Some(two));

    let mut one = files(&["index.json", "config-00.json.gz"], &[]);
    one.config.insert("index.json".to_owned(), b"another index".to_vec());
    let applied = both(&applier, &config_objects(&owner(), &one), &fake.owned()).await.unwrap();
    assert_eq!(applied, Applied { written: 1, unchanged: 0, pruned: 3 });
    assert_eq!(applier.published(&owner().id).await.unwrap(), Some(one));
    assert_eq!(applier.published(&ObjectId::new("media", "other")).await.unwrap(), None);
}

#[tokio::test]
async fn a_token_is_made_once() {
    let fake = Fake::default();
    let applier = Applier::new(fake.client());
    let token = applier.token(&owner()).await.unwrap();
    assert_eq!(token.expose().len(), 43);
    assert_eq!(applier.token(&owner()).await.unwrap(), token);
    assert_eq!(Applier::new(fake.client()).token(&owner()).await.unwrap(), token);
    assert_eq!(fake.calls("POST").len(), 1);
}

#[tokio::test]
async fn two_operators_end_with_the_same_token() {
    let fake = Fake::default();
    let winner = token_object(&owner(), "the-other-one");
    // The other operator writes between our read and our write.
    fake.put_before_next("POST", &winner);
    let token = Applier::new(fake.client()).token(&owner()).await.unwrap();
    assert_eq!(token.expose(), "the-other-one");
}

#[tokio::test]
async fn a_token_secret_that_cannot_be_used_is_told_and_one_that_is_empty_is_filled() {
    let fake = Fake::default();
    fake.put(&token_object(&owner(), "two words"));
    let error = Applier::new(fake.client()).token(&owner()).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "the key token of Secret media/imgplane-main-admin is no admin token: it has spaces, control characters or \
         characters outside ASCII; delete the Secret, and a new one is made"
    );

    let mut empty = token_object(&owner(), "x");
    empty.object["data"] = Value::Null;
    fake.put(&empty);
    let token = Applier::new(fake.client()).token(&owner()).await.unwrap();
    assert_eq!(Applier::new(fake.client()).token(&owner()).await.unwrap(), token);
}

#[test]
fn the_content_of_an_object_is_not_printed() {
    let text = format!("{:?}", token_object(&owner(), "hush"));
    assert_eq!(text, "Desired(Secret media/imgplane-main-admin by imgplane-config)");
    assert!(!text.contains(Hash::of(b"hush").as_str()));
}
