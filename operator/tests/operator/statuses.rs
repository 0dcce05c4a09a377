//! What statuses say: each scene beside a file of what it comes to; `UPDATE=1` rewrites the latter.

use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::PathBuf, time::Duration};

use imgplane_config::{
    Hash, Kind as RecordKind,
    report::{RecordState, RefusedRevision, Revision},
};
use imgplane_crds::{ConditionStatus, ConditionType, Health, Kind, Reason};
use imgplane_operator::{
    Unreadable, Withheld,
    health::{Reachable, Verdict},
    render,
    status::{DesiredStatus, Publication, StatusBody},
};

use crate::{
    scene::{SHOP, Scene, failing, healthy, plane, unknown},
    world::{documents, from_documents, id},
};

/// What a pod says of a store that refuses it.
const BUCKET: &str = "cache.shared: the bucket results answers 403 AccessDenied to PutObject";
/// A store that needs a Secret.
const RESULTS: &str =
    "{type: S3, s3: {bucket: results, region: eu-west-1, auth: {secretRef: {name: results}}}}";

/// Scenes by the name of their file.
fn scenes() -> Vec<(&'static str, Scene)> {
    let shop = || Scene::new(SHOP);
    let changed = |change: fn(&mut Scene)| {
        let mut scene = shop();
        change(&mut scene);
        scene
    };
    let timed_out = |change: fn(&mut Scene)| {
        let mut scene = changed(change);
        scene.statuses();
        scene.pass(Duration::from_secs(90));
        scene
    };
    let two_behind = |scene: &mut Scene| {
        scene.pods[1].config = None;
        scene.pods[2].config = None;
    };
    vec![
        ("all-is-well", shop()),
        ("pending", changed(two_behind)),
        ("timed-out", timed_out(two_behind)),
        ("timed-out-silent", timed_out(|scene| scene.pods[2].silent_for = Some(Duration::from_secs(45)))),
        (
            "timed-out-unreadable",
            timed_out(|scene| {
                scene.pods[0].config = None;
                scene.pods[0].config_error = Some("index.json has schema version 2".to_owned());
            }),
        ),
        (
            "no-pods",
            changed(|scene| {
                scene.pods.clear();
                scene.trouble = Some("pod default-x: ImagePullBackOff: no such image".to_owned());
            }),
        ),
        (
            "timed-out-no-pods",
            timed_out(|scene| {
                scene.pods.clear();
                scene.trouble = Some("pod default-x: ImagePullBackOff: no such image".to_owned());
            }),
        ),
        ("pods-missing", changed(|scene| scene.trouble = Some("pod d: Unschedulable: no node".to_owned()))),
        ("rejected", changed(refuse)),
        (
            "workload-not-applied",
            changed(|scene| {
                let text = "HTTPRoute imgplane-system/imgplane-default cannot be made because the cluster has no \
                            HTTPRoute of gateway.networking.k8s.io/v1: install it, or choose another spec.exposure.type";
                scene.unapplied = Some(text.to_owned());
            }),
        ),
        (
            "certificate-not-taken-over",
            changed(|scene| {
                let text = "tls.crt expired on 2026-11-01".to_owned();
                scene.pods[1].tls_error = Some(text);
            }),
        ),
        (
            "cache-unavailable",
            changed(|scene| {
                let text = "/var/cache/imgplane cannot be written to: no space left on device".to_owned();
                scene.pods[2].cache_error = Some(text);
            }),
        ),
        (
            "store-unavailable",
            changed(|scene| {
                for pod in &mut scene.pods[1..] {
                    pod.store_error = Some(BUCKET.to_owned());
                }
            }),
        ),
        (
            "cache-and-store-unavailable",
            changed(|scene| {
                scene.pods[0].cache_error = Some("/var/cache/imgplane cannot be written to".to_owned());
                scene.pods[1].store_error = Some(BUCKET.to_owned());
            }),
        ),
        (
            "store-without-its-secret",
            Scene::new(&SHOP.replace("egressIPs: [203.0.113.7]", &format!("cache: {{shared: {RESULTS}}}"))),
        ),
        (
            "originals-not-saved",
            Scene::new(&format!(
                "{}, caching: {{saveOriginals: true}}}}\n",
                SHOP.trim_end().trim_end_matches('}')
            )),
        ),
        ("not-written", changed(|scene| outdate(scene, Publication::NotYet))),
        ("timed-out-not-written", timed_out(|scene| outdate(scene, Publication::NotYet))),
        ("write-failed", changed(|scene| outdate(scene, forbidden()))),
        ("timed-out-write-failed", timed_out(|scene| outdate(scene, forbidden()))),
        (
            "too-large",
            changed(|scene| {
                let text =
                    "the config records need more than 16 shards of 614400 bytes; use several DataPlanes";
                outdate(scene, Publication::TooLarge(text.to_owned()));
            }),
        ),
        ("failing", changed(|scene| scene.verdict = failing())),
        ("degraded", changed(|scene| scene.verdict = degraded())),
        (
            "awaiting-the-first-probe",
            changed(|scene| {
                scene.verdict = unknown("it has not been asked yet: ready pods are about to probe it", false);
            }),
        ),
        (
            "not-observed",
            changed(|scene| {
                let message = "the probe by pod imgplane-system/a decides nothing: the bucket answers 403; set \
                               spec.probe.path to a file that is there";
                scene.verdict = unknown(message, true);
            }),
        ),
        ("not-accepted", Scene::new(&SHOP.replace("bucket: shop-media", "bucket: a/b"))),
        (
            "secret-missing",
            Scene::new(&SHOP.replace("name: s3-media, namespace: shop", "name: x, namespace: shop")),
        ),
        ("credential-expiring", expiring("2026-05-07T10%3A30%3A00Z")),
        ("credential-expired", expiring("2026-04-30")),
        (
            "identity-not-lent",
            Scene::new(&SHOP.replace("type: Secret, secretRef: {name: s3-media}", "type: WorkloadIdentity")),
        ),
        ("proxied", Scene::new(&proxied("a.example"))),
        ("open-proxy", Scene::new(&proxied("'*'"))),
        ("secret-forbidden", withheld(Withheld::Forbidden)),
        ("secret-unread", withheld(Withheld::Unanswered)),
        ("no-data-plane", Scene::new(&SHOP.replace("default: true, ", ""))),
        (
            "listed-by-nobody-who-is-accepted",
            Scene::new(
                &SHOP
                    .replace("urlPrefix: products", "urlPrefix: products, accountId: acme")
                    .replace("default: true, ", "default: true, allowedNamespaces: {from: Same}, "),
            ),
        ),
        (
            "data-plane-not-accepted",
            Scene::new(&SHOP.replace("[203.0.113.7]", "[203.0.113.7], hosts: ['*.a']")),
        ),
        ("several-problems", Scene::new(&several_problems())),
        ("unreadable", {
            let mut scene = shop();
            scene.snapshot.unreadable.push(Unreadable {
                kind: Kind::UrlEndpoint,
                id: id("shop/newer"),
                uid: "e-2".to_owned(),
                generation: 4,
                error: "missing field `type`".to_owned(),
            });
            scene.judge();
            scene
        }),
    ]
}

/// An origin whose credential ends then.
fn expiring(end: &str) -> Scene {
    let place = "{type: AzureBlob, azureBlob: {accountName: shop, container: media, auth: {secretRef: {name: s3-media}}}}";
    let (start, _) = SHOP.split_once("spec: {type: S3").unwrap();
    let (_, rest) = SHOP.split_once("{name: s3-media}}}}").unwrap();
    let yaml = format!("{start}spec: {place}{rest}");
    Scene::new(
        &yaml.replace(
            "{accessKey: AKIAEXAMPLE, secretKey: hush}",
            &format!("{{sasToken: 'se={end}&sig=hush'}}"),
        ),
    )
}

/// An endpoint that lists a proxy for this host.
fn proxied(host: &str) -> String {
    let (start, _) = SHOP.split_once("spec: {type: S3").unwrap();
    let (_, rest) = SHOP.split_once("{name: s3-media}}}}").unwrap();
    format!("{start}spec: {{type: WebProxy, webProxy: {{allowedHosts: [{host}]}}}}{rest}")
}

/// The origin's Secret, and the one of a certificate, cannot be read.
fn withheld(why: Withheld) -> Scene {
    let mut scene =
        Scene::new(&SHOP.replace("[203.0.113.7]", "[203.0.113.7], tls: {secretRef: {name: cert}}"));
    scene.snapshot.secrets.clear();
    scene.snapshot.withheld =
        ["shop/s3-media", "imgplane-system/cert"].into_iter().map(|name| (id(name), why)).collect();
    scene.judge();
    scene
}

fn several_problems() -> String {
    SHOP.replace("origins: [{name: photos}]", "origins: [{name: gone}, {name: photos}, {name: lost}]")
}

/// A pod does not take the origin's record.
fn refuse(scene: &mut Scene) {
    let bundle = render(&scene.validated, &plane()).unwrap();
    let record = &bundle.origins[0];
    for pod in &mut scene.pods[1..] {
        pod.refused = vec![RecordState {
            kind: RecordKind::Origin,
            id: record.id.clone(),
            running: None,
            refused: Some(RefusedRevision {
                revision: Revision { generation: 1, hash: record.hash.clone() },
                reason: "unknown field `zoom`".to_owned(),
            }),
        }];
    }
}

/// The objects get another generation, which is not written.
fn outdate(scene: &mut Scene, publication: Publication) {
    for origin in &mut scene.snapshot.origins {
        origin.metadata.generation = Some(2);
    }
    for endpoint in &mut scene.snapshot.endpoints {
        endpoint.metadata.generation = Some(2);
    }
    scene.judge();
    scene.publication = publication;
}

fn forbidden() -> Publication {
    let text =
        "ConfigMap imgplane-system/imgplane-default-config-00: the role lacks the verb patch on configmaps";
    Publication::Failed(text.to_owned())
}

fn degraded() -> Verdict {
    Verdict {
        health: Health::Degraded,
        reachable: Reachable::Yes {
            message: "the connection was refused. 3 of 12 requests in the last 60 s failed on 1 of 3 pods"
                .to_owned(),
        },
        ..failing()
    }
}

fn told(scene: &mut Scene) -> String {
    let mut text = String::new();
    for DesiredStatus { kind, id, generation, body, .. } in scene.statuses() {
        writeln!(text, "{kind} {id}, generation {generation}").unwrap();
        match &body {
            StatusBody::Origin(status) => {
                let health = status.health.map_or("absent", Health::as_str);
                writeln!(text, "  endpoints {:?}, health {health}", status.endpoints).unwrap();
                if let Some(expiry) = &status.credential_expiry {
                    writeln!(text, "  credential expires {}", expiry.0).unwrap();
                }
                for error in &status.last_errors {
                    let code = error.reason.as_deref().unwrap_or_default();
                    writeln!(text, "  {} {code}: {} ({} times)", error.code, error.message, error.count)
                        .unwrap();
                }
            }
            StatusBody::UrlEndpoint(status) => {
                writeln!(text, "  url {:?}, origins {:?}", status.url, status.origins).unwrap();
            }
            StatusBody::DataPlane(status) => {
                let (pods, endpoints) = (&status.pods, status.endpoints);
                writeln!(text, "  url {:?}, pods {pods:?}, endpoints {endpoints:?}", status.url).unwrap();
            }
        }
        for condition in body.conditions() {
            assert_eq!(condition.observed_generation, Some(generation));
            let (type_, status, reason) = (&condition.type_, &condition.status, &condition.reason);
            writeln!(text, "  {type_:<12} {status:<7} {reason}: {}", condition.message).unwrap();
        }
    }
    text
}

#[test]
fn scenes_come_to_the_statuses_that_stand_beside_them() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/operator/statuses");
    for (name, mut scene) in scenes() {
        let golden = folder.join(name).with_extension("txt");
        let found = told(&mut scene);
        if env::var_os("UPDATE").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&golden, &found).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert!(found == expected, "{name}:\n{found}\nexpected:\n{expected}");
    }
}

#[test]
fn every_reason_of_pods_has_a_scene_and_no_condition_is_ever_missing() {
    let mut found = BTreeSet::new();
    for (name, mut scene) in scenes() {
        for status in scene.statuses() {
            let types: Vec<_> =
                status.body.conditions().iter().map(|condition| condition.type_.clone()).collect();
            let expected: &[&str] = match status.kind {
                Kind::Origin => &["Accepted", "ResolvedRefs", "Programmed", "Reachable", "Ready"],
                Kind::UrlEndpoint | Kind::DataPlane => &["Accepted", "ResolvedRefs", "Programmed", "Ready"],
            };
            assert_eq!(types, expected, "{name}");
            found.extend(status.body.conditions().iter().map(|condition| condition.reason.clone()));
        }
    }
    for reason in [
        Reason::Rejected,
        Reason::AckTimeout,
        Reason::NoDataPlane,
        Reason::TooLarge,
        Reason::AckPending,
        Reason::NotObserved,
        Reason::CacheUnavailable,
    ] {
        assert!(found.contains(reason.as_str()), "{reason}");
    }
}

fn programmed(status: &DesiredStatus) -> (&str, &str) {
    let condition = status.body.condition(ConditionType::Programmed).unwrap();
    (&condition.status, &condition.reason)
}

#[test]
fn a_pod_that_has_just_become_ready_does_not_unsettle_what_was_programmed() {
    let mut scene = Scene::new(SHOP);
    scene.write_all();
    let newcomer = imgplane_operator::acknowledge::PodAck { config: None, ..scene.pod("d") };
    scene.pods.push(newcomer);
    for status in scene.statuses() {
        assert_eq!(programmed(&status), ("True", "Programmed"), "{}", status.object());
    }
    scene.pods[3].silent_for = Some(Duration::from_secs(31));
    assert_eq!(programmed(&scene.status(Kind::UrlEndpoint)), ("Unknown", "AckPending"));

    // What is new to all of them waits for the newcomer as well.
    scene.pods[3].silent_for = None;
    scene.snapshot.endpoints[0].metadata.generation = Some(2);
    scene.snapshot.endpoints[0].spec.custom_domains =
        serde_json::from_str(r#"["img.shop.example"]"#).unwrap();
    scene.publish();
    scene.load();
    scene.pods[3].config = None;
    assert_eq!(programmed(&scene.status(Kind::UrlEndpoint)), ("Unknown", "AckPending"));
    scene.load();
    assert_eq!(programmed(&scene.status(Kind::UrlEndpoint)), ("True", "Programmed"));
}

#[test]
fn a_silent_pod_counts_with_what_it_last_said_for_half_a_minute() {
    let mut scene = Scene::new(SHOP);
    for (seconds, expected) in [(30, ("True", "Programmed")), (31, ("Unknown", "AckPending"))] {
        scene.pods[0].silent_for = Some(Duration::from_secs(seconds));
        assert_eq!(programmed(&scene.status(Kind::UrlEndpoint)), expected, "{seconds} s");
    }
}

#[test]
fn ninety_seconds_begin_anew_with_each_generation_and_survive_the_program() {
    let mut scene = Scene::new(SHOP);
    scene.pods[0].config = None;
    let reason = |scene: &mut Scene| programmed(&scene.status(Kind::UrlEndpoint)).1.to_owned();
    assert_eq!(reason(&mut scene), "AckPending");
    scene.pass(Duration::from_secs(80));
    scene.write_all();
    scene.snapshot.endpoints[0].metadata.generation = Some(2);
    scene.snapshot.endpoints[0].spec.custom_domains =
        serde_json::from_str(r#"["img.shop.example"]"#).unwrap();
    scene.publish();
    assert_eq!(reason(&mut scene), "AckPending");
    scene.write_all();
    scene.pass(Duration::from_secs(89));
    assert_eq!(reason(&mut scene), "AckPending", "169 s since the first, 89 s since this one");
    scene.pass(Duration::from_secs(1));
    assert_eq!(reason(&mut scene), "AckTimeout");

    // Another leader has only what is written.
    scene.write_all();
    scene.waits = imgplane_operator::status::Waits::default();
    assert_eq!(reason(&mut scene), "AckTimeout");
    let status = scene.status(Kind::UrlEndpoint);
    assert!(status.current.as_ref().is_some_and(|current| status.body.same_news(current)));
}

#[test]
fn a_purge_by_annotation_is_acknowledged_at_the_generation_that_the_endpoint_has() {
    let mut scene = Scene::new(SHOP);
    scene.write_all();
    let endpoint = &mut scene.snapshot.endpoints[0];
    endpoint.metadata.annotations = Some([("imgplane.dev/purge".to_owned(), "2".to_owned())].into());
    scene.publish();
    assert_eq!(programmed(&scene.status(Kind::UrlEndpoint)), ("Unknown", "AckPending"));
    assert_eq!(programmed(&scene.status(Kind::Origin)), ("True", "Programmed"));
    assert_eq!(programmed(&scene.status(Kind::DataPlane)), ("True", "Programmed"));
    scene.load();
    let status = scene.status(Kind::UrlEndpoint);
    assert_eq!((programmed(&status), status.generation), (("True", "Programmed"), 1));
}

#[test]
fn transition_times_move_with_the_status_value_alone() {
    let mut scene = Scene::new(SHOP);
    scene.write_all();
    let time = |status: &DesiredStatus, kind| status.body.condition(kind).unwrap().last_transition_time.0;
    let before = time(&scene.status(Kind::Origin), ConditionType::Reachable);
    scene.pass(Duration::from_mins(1));
    scene.verdict = degraded();
    let status = scene.status(Kind::Origin);
    assert_eq!(time(&status, ConditionType::Reachable), before);
    scene.verdict = failing();
    let status = scene.status(Kind::Origin);
    assert_eq!(time(&status, ConditionType::Reachable), scene.now);
    assert_eq!(time(&status, ConditionType::Ready), scene.now);
    assert_eq!(time(&status, ConditionType::Programmed), before);
}

#[test]
fn counts_times_and_samples_are_no_news_and_everything_else_is() {
    let mut scene = Scene::new(SHOP);
    scene.verdict = failing();
    scene.write_all();
    let news = |scene: &mut Scene, kind| {
        let status = scene.status(kind);
        !status.body.same_news(status.current.as_ref().unwrap())
    };
    assert!(!news(&mut scene, Kind::Origin));
    scene.pass(Duration::from_mins(10));
    let error = &mut scene.verdict.last_errors[0];
    error.count = 999;
    error.pods = 2;
    error.sample_path = Some("b.jpg".to_owned());
    error.message = "S3 does not know the access key, asked for b.jpg".to_owned();
    scene.verdict.reachable = Reachable::No {
        reason: "EACCES_CredentialsInvalid".to_owned(),
        message: "all 999 requests failed: S3 does not know the access key, asked for b.jpg".to_owned(),
    };
    assert!(!news(&mut scene, Kind::Origin), "the same failure goes on");

    let mut other = failing();
    other.reachable =
        Reachable::No { reason: "EACCES_CredentialsExpired".to_owned(), message: "expired".to_owned() };
    scene.verdict = other;
    assert!(news(&mut scene, Kind::Origin), "another reason");
    scene.verdict = healthy();
    assert!(news(&mut scene, Kind::Origin), "it recovered");
    assert!(!news(&mut scene, Kind::UrlEndpoint));
    scene.pods[0].config = Some(Hash::of(b"of nobody"));
    assert!(news(&mut scene, Kind::UrlEndpoint), "a pod went back");
    scene.write_all();
    scene.pods[1].config = Some(Hash::of(b"of nobody"));
    assert!(!news(&mut scene, Kind::UrlEndpoint), "the progress of a wait");
    assert!(news(&mut scene, Kind::DataPlane), "the number of pods stands in a column");
}

#[test]
fn why_pods_are_missing_is_news_in_the_data_plane_alone() {
    let mut scene = Scene::new(SHOP);
    scene.pods.clear();
    scene.write_all();
    scene.trouble = Some("pod default-x: ImagePullBackOff: no such image".to_owned());
    for status in scene.statuses() {
        let news = !status.body.same_news(status.current.as_ref().unwrap());
        assert_eq!(news, status.kind == Kind::DataPlane, "{}", status.object());
    }
}

#[test]
fn only_the_spec_and_what_it_names_make_a_status_urgent() {
    let mut scene = Scene::new(SHOP);
    assert!(scene.statuses().iter().all(|status| status.urgent), "none has a status yet");
    scene.write_all();
    let urgent = |scene: &mut Scene| -> Vec<Kind> {
        let statuses = scene.statuses().into_iter();
        statuses.filter(|status| status.urgent).map(|status| status.kind).collect()
    };
    assert_eq!(urgent(&mut scene), []);
    scene.verdict = failing();
    scene.pods.clear();
    assert_eq!(urgent(&mut scene), [], "weather");
    scene.snapshot.endpoints[0].metadata.generation = Some(2);
    scene.judge();
    assert_eq!(urgent(&mut scene), [Kind::UrlEndpoint]);
    scene.write_all();
    let secret = scene.snapshot.secrets.get_mut(&id("shop/s3-media")).unwrap();
    secret.insert("secretKey".to_owned(), b"hush hush".iter().filter(|b| **b != b' ').copied().collect());
    scene.judge();
    assert_eq!(urgent(&mut scene), [Kind::Origin], "the Secret that it names");
    scene.write_all();
    scene.snapshot.secrets.clear();
    scene.judge();
    assert_eq!(urgent(&mut scene), [Kind::Origin]);
}

#[test]
fn a_new_leader_keeps_the_words_of_the_last_one_until_it_knows_better() {
    let mut scene = Scene::new(SHOP);
    scene.verdict = unknown("set spec.probe.path", true);
    scene.write_all();
    scene.verdict = unknown("not asked yet", false);
    let status = scene.status(Kind::Origin);
    let reachable = status.body.condition(ConditionType::Reachable).unwrap();
    assert_eq!(reachable.message, "set spec.probe.path");
    scene.snapshot.origins[0].metadata.generation = Some(2);
    scene.publish();
    scene.load();
    let status = scene.status(Kind::Origin);
    let reachable = status.body.condition(ConditionType::Reachable).unwrap();
    assert_eq!(reachable.message, "not asked yet");
    let ready = status.body.condition(ConditionType::Ready).unwrap();
    assert_eq!((ready.status.as_str(), ready.reason.as_str()), ("Unknown", "NotObserved"));
    assert_eq!(ready.status, ConditionStatus::Unknown.as_str());
}

#[test]
fn a_fingerprint_tells_credentials_apart_and_nothing_about_them() {
    let fingerprint = |secret: &str| {
        let mut scene = Scene::new(&SHOP.replace("secretKey: hush", &format!("secretKey: {secret}")));
        let status = scene.status(Kind::Origin);
        let text = format!("{status:?}");
        assert!(!text.contains("AKIA") && !text.contains(secret), "{text}");
        let StatusBody::Origin(status) = status.body else { panic!("an Origin has the status of one") };
        status.credential_fingerprint.unwrap()
    };
    assert_eq!(fingerprint("one-secret"), fingerprint("one-secret"));
    assert_ne!(fingerprint("one-secret"), fingerprint("another-secret"));
    assert_eq!(fingerprint("one-secret").len(), 8);
}

#[test]
fn ten_thousand_statuses_are_found_quickly() {
    let mut yaml = documents(SHOP);
    let endpoint = yaml.pop().unwrap();
    for number in 0..10_000 {
        let mut endpoint = endpoint.clone();
        endpoint["metadata"]["name"] = format!("e{number}").into();
        endpoint["spec"]["urlPrefix"] = format!("p{number}").into();
        yaml.push(endpoint);
    }
    let mut scene = Scene::new(SHOP);
    scene.snapshot = from_documents(yaml, []);
    scene.publish();
    scene.load();
    let start = std::time::Instant::now();
    assert_eq!(scene.statuses().len(), 10_002);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
}
