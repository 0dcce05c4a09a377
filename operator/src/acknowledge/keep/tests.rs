//! What is kept and what is not, from manifests before and after a change.

use imgplane_config::{Credential, OriginKind};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::*;
use crate::{Unreadable, render, validate};

const PLANE: &str = r"
kind: DataPlane
metadata: {namespace: imgplane-system, name: default}
spec:
  default: true
  accounts: [{namespace: shop, accountIds: [acme]}]
  volumes: [{name: photos, claimName: photos, allowedNamespaces: [shop]}]
";

const SHOP: &str = r"
kind: Secret
metadata: {namespace: shop, name: keys}
stringData: {accessKey: AKIA, secretKey: hush}
---
kind: Origin
metadata: {namespace: shop, name: bucket}
spec: {type: S3, s3: {bucket: media, region: eu-west-1, auth: {secretRef: {name: keys}}}}
---
kind: Origin
metadata: {namespace: shop, name: disk}
spec: {type: Volume, volume: {name: photos}}
---
kind: Origin
metadata: {namespace: shop, name: web}
spec: {type: WebFolder, webFolder: {baseUrl: 'https://static.example.com/media'}}
---
kind: UrlEndpoint
metadata: {namespace: shop, name: photos}
spec: {accountId: acme, urlPrefix: p, customDomains: [img.shop.example], origins: [{name: web}, {name: bucket}, {name: disk}]}
";

fn parse<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn snapshot(yaml: &str) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for document in serde_saphyr::from_multiple::<Value>(yaml).unwrap() {
        match document["kind"].as_str().unwrap() {
            "Origin" => snapshot.origins.push(parse(document)),
            "UrlEndpoint" => snapshot.endpoints.push(parse(document)),
            "DataPlane" => snapshot.data_planes.push(parse(document)),
            "ConfigMap" => {
                let name = document["metadata"]["name"].as_str().unwrap();
                let data: BTreeMap<String, String> = parse(document["data"].clone());
                let data = data.into_iter().map(|(key, value)| (key, value.into_bytes())).collect();
                snapshot.config_maps.insert(ObjectId::new("shop", name), data);
            }
            "Secret" => {
                let name = document["metadata"]["name"].as_str().unwrap();
                let data: BTreeMap<String, String> = parse(document["stringData"].clone());
                let data = data.into_iter().map(|(key, value)| (key, value.into_bytes())).collect();
                snapshot.secrets.insert(ObjectId::new("shop", name), data);
            }
            other => panic!("{other} is no kind of these tests"),
        }
    }
    snapshot
}

fn manifests(plane: &str, shop: &str) -> String {
    format!("{plane}---{shop}")
}

fn plane_id() -> ObjectId {
    ObjectId::new("imgplane-system", "default")
}

fn rendered(snapshot: &Snapshot) -> Bundle {
    render(&validate(snapshot), &plane_id()).unwrap()
}

/// What pods run after a change, when before it they ran the manifests above.
fn after(now: &Snapshot) -> Bundle {
    after_from(&manifests(PLANE, SHOP), now)
}

fn after_from(before: &str, now: &Snapshot) -> Bundle {
    let previous = Loaded::from(rendered(&snapshot(before)));
    let validated = validate(now);
    let bundle = render(&validated, &plane_id()).unwrap();
    keep_last_good(&previous, bundle, now, &validated)
}

fn before() -> Bundle {
    rendered(&snapshot(&manifests(PLANE, SHOP)))
}

fn endpoint<'a>(bundle: &'a Bundle, name: &str) -> Option<&'a EndpointConfig> {
    let id = ObjectId::new("shop", name);
    bundle.endpoints.iter().find(|record| record.id == id).map(|record| &record.body)
}

fn origin_names(bundle: &Bundle) -> Vec<&str> {
    bundle.origins.iter().map(|record| record.id.name.as_str()).collect()
}

/// Origins in the order in which the endpoint asks them.
fn asked(bundle: &Bundle) -> Vec<&str> {
    let endpoint = endpoint(bundle, "photos").unwrap();
    endpoint.origins.iter().map(|id| id.name.as_str()).collect()
}

fn without(yaml: &str, kind: &str, name: &str) -> String {
    let head = format!("kind: {kind}\nmetadata: {{namespace: shop, name: {name}}}");
    let documents: Vec<_> = yaml.split("---").filter(|document| !document.contains(&head)).collect();
    assert_eq!(documents.len() + 1, yaml.split("---").count(), "{kind} {name} is in the manifests");
    documents.join("---")
}

fn unreadable(kind: Kind, name: &str) -> Unreadable {
    Unreadable {
        kind,
        id: ObjectId::new("shop", name),
        uid: "u".into(),
        generation: 2,
        error: "unknown variant".into(),
    }
}

#[test]
fn nothing_wrong_changes_nothing() {
    let now = snapshot(&manifests(PLANE, SHOP));
    assert_eq!(asked(&before()), ["web", "bucket", "disk"], "the manifests are good");
    assert_eq!(after(&now), before());
    let other = snapshot(&manifests(PLANE, &SHOP.replace("urlPrefix: p", "urlPrefix: q")));
    assert_eq!(after(&other), rendered(&other));
}

#[test]
fn an_endpoint_with_a_wrong_value_is_served_as_it_was() {
    for (name, wrong) in [
        ("a value", SHOP.replace("urlPrefix: p", "urlPrefix: ik-p")),
        (
            "another address and a wrong value",
            SHOP.replace("urlPrefix: p", "urlPrefix: ik-p, accountId: shop").replace("accountId: acme, ", ""),
        ),
    ] {
        let now = snapshot(&manifests(PLANE, &wrong));
        assert!(rendered(&now).endpoints.is_empty(), "{name}: it is invalid");
        assert_eq!(after(&now), before(), "{name}");
    }
}

#[test]
fn an_object_that_cannot_be_read_keeps_its_record() {
    let mut now = snapshot(&manifests(PLANE, &without(SHOP, "UrlEndpoint", "photos")));
    now.unreadable.push(unreadable(Kind::UrlEndpoint, "photos"));
    assert_eq!(after(&now), before());

    let mut now = snapshot(&manifests(PLANE, &without(SHOP, "Origin", "bucket")));
    now.unreadable.push(unreadable(Kind::Origin, "bucket"));
    let kept = after(&now);
    assert_eq!(kept, before());
    assert_eq!(asked(&kept), ["web", "bucket", "disk"], "it is asked in its place");
}

#[test]
fn an_endpoint_that_may_not_be_served_is_not_kept() {
    let broken = SHOP.replace("urlPrefix: p", "urlPrefix: ik-p");
    let other = r"---
kind: DataPlane
metadata: {namespace: imgplane-system, name: other}
spec: {}
";
    let rival = |spec: &str| {
        format!(
            "{broken}---\nkind: UrlEndpoint\nmetadata: {{namespace: rival, name: new}}\nspec: {{{spec}}}\n"
        )
    };
    let grants = "accounts: [{namespace: shop, accountIds: [acme]}]";
    let both = "accounts: [{namespace: shop, accountIds: [acme]}, {namespace: rival, accountIds: [acme]}]";
    for (name, plane, shop) in [
        ("gone", PLANE.to_owned(), without(SHOP, "UrlEndpoint", "photos")),
        (
            "its namespace is not admitted any more",
            PLANE.replace("default: true", "default: true\n  allowedNamespaces: {from: Same}"),
            broken.clone(),
        ),
        ("its account was taken back", PLANE.replace(grants, "accounts: []"), broken.clone()),
        (
            "its account was taken back and it names another",
            PLANE.replace(grants, "accounts: []"),
            broken.replace("accountId: acme, ", ""),
        ),
        (
            "it moved to another DataPlane",
            format!("{PLANE}{other}"),
            broken.replace(
                "accountId: acme",
                "dataPlaneRef: {namespace: imgplane-system, name: other}, accountId: acme",
            ),
        ),
        (
            "another DataPlane is the default",
            format!("{}{other}", PLANE.replace("default: true", "default: false")),
            broken.clone(),
        ),
        (
            "its domain is the DataPlane's",
            PLANE.replace("default: true", "default: true\n  hosts: [img.shop.example]"),
            broken.clone(),
        ),
        (
            "its address is somebody else's",
            PLANE.replace(grants, both),
            rival("accountId: acme, urlPrefix: p"),
        ),
        ("its domain is somebody else's", PLANE.to_owned(), rival("customDomains: [img.shop.example]")),
    ] {
        let now = snapshot(&manifests(&plane, &shop));
        assert_eq!(endpoint(&after(&now), "photos"), None, "{name}");
    }
}

/// A younger endpoint beside the shop's: what decides among objects of no age is the name.
fn with_younger(shop: &str, spec: &str) -> String {
    let plane = PLANE.replace(
        "accounts: [{namespace: shop, accountIds: [acme]}]",
        "accounts: [{namespace: shop, accountIds: [acme]}, {namespace: zoo, accountIds: [acme]}]",
    );
    let younger = format!("kind: UrlEndpoint\nmetadata: {{namespace: zoo, name: new}}\nspec: {{{spec}}}\n");
    manifests(&plane, &format!("{shop}---\n{younger}"))
}

fn served(bundle: &Bundle) -> Vec<String> {
    bundle.endpoints.iter().map(|record| record.id.to_string()).collect()
}

const SAME_ADDRESS: &str = "accountId: acme, urlPrefix: p, origins: [{name: zoos}]";
const SAME_DOMAIN: &str = "customDomains: [img.shop.example], origins: [{name: zoos}]";

#[test]
fn a_mistake_gives_no_address_and_no_domain_to_somebody_younger() {
    let ttl = SHOP.replace("urlPrefix: p", "urlPrefix: p, caching: {ttl: 99999d}");
    let prefix = SHOP.replace("urlPrefix: p", "urlPrefix: ik-p");
    let domain = SHOP.replace("[img.shop.example]", "['https://img.shop.example']");
    let moved = SHOP.replace("urlPrefix: p", "urlPrefix: q, caching: {ttl: 99999d}");
    let left = SHOP.replace("[img.shop.example]", "[new.shop.example]").replace(": p,", ": ik-p,");
    let (older, younger) = (["shop/photos"].as_slice(), ["zoo/new"].as_slice());
    for (name, shop, spec, expected) in [
        ("a wrong value elsewhere, the address", &ttl, SAME_ADDRESS, older),
        ("a wrong value elsewhere, the domain", &ttl, SAME_DOMAIN, older),
        ("a wrong prefix, the address", &prefix, SAME_ADDRESS, older),
        ("a wrong prefix, the domain", &prefix, SAME_DOMAIN, older),
        ("a wrong domain, the address", &domain, SAME_ADDRESS, older),
        ("a wrong domain, the domain", &domain, SAME_DOMAIN, older),
        ("it moved to another address", &moved, SAME_ADDRESS, younger),
        ("it has another domain", &left, SAME_DOMAIN, younger),
        ("another address", &prefix, "urlPrefix: p", &["shop/photos", "zoo/new"]),
    ] {
        let now = snapshot(&with_younger(shop, spec));
        assert_eq!(served(&after(&now)), expected, "{name}");
    }
    // What is wrong for the first time holds as much: the newcomer is told who has it.
    let validated = validate(&snapshot(&with_younger(&ttl, SAME_DOMAIN)));
    let told = validated.problems.iter().find(|problem| problem.id.namespace == "zoo").unwrap();
    assert_eq!(told.reason, "Conflicted");
    assert!(told.message.contains("belongs to UrlEndpoint shop/photos"), "{}", told.message);
}

#[test]
fn what_cannot_be_read_holds_the_address_that_pods_run() {
    for (spec, expected) in [
        (SAME_ADDRESS, ["shop/photos"].as_slice()),
        (SAME_DOMAIN, &["shop/photos"]),
        ("urlPrefix: p", &["shop/photos", "zoo/new"]),
    ] {
        let mut now = snapshot(&with_younger(&without(SHOP, "UrlEndpoint", "photos"), spec));
        now.unreadable.push(unreadable(Kind::UrlEndpoint, "photos"));
        let kept = after(&now);
        assert_eq!(served(&kept), expected, "{spec}");
        assert_eq!(endpoint(&kept, "photos"), endpoint(&before(), "photos"), "{spec}");
    }
}

#[test]
fn a_mistake_gives_no_address_to_an_endpoint_that_nobody_wrote() {
    let plane = PLANE
        .replace("default: true", "default: true\n  implicitDefaultEndpoint: true")
        .replace("{namespace: shop, accountIds: [acme]}", "{namespace: zoo, accountIds: [shop]}");
    let shop = without(SHOP, "UrlEndpoint", "photos");
    let endpoint = "kind: UrlEndpoint\nmetadata: {namespace: zoo, name: main}\nspec: {accountId: shop";
    let good = manifests(&plane, &format!("{shop}---\n{endpoint}}}\n"));
    let wrong = manifests(&plane, &format!("{shop}---\n{endpoint}, caching: {{ttl: 99999d}}}}\n"));
    assert_eq!(served(&rendered(&snapshot(&good))), ["zoo/main"]);
    let now = snapshot(&wrong);
    assert_eq!(served(&rendered(&now)).len(), 1, "the implicit one takes its place");
    assert_eq!(served(&after_from(&good, &now)), ["zoo/main"]);
}

#[test]
fn one_that_cannot_be_read_has_no_more_rights_than_others() {
    for (name, plane) in [
        ("not admitted", PLANE.replace("default: true", "default: true\n  allowedNamespaces: {from: Same}")),
        (
            "account taken back",
            PLANE.replace("accounts: [{namespace: shop, accountIds: [acme]}]", "accounts: []"),
        ),
    ] {
        let mut now = snapshot(&manifests(&plane, &without(SHOP, "UrlEndpoint", "photos")));
        now.unreadable.push(unreadable(Kind::UrlEndpoint, "photos"));
        assert_eq!(endpoint(&after(&now), "photos"), None, "{name}");
    }
}

#[test]
fn an_origin_with_a_wrong_value_runs_as_it_did_in_its_place() {
    let wrong = SHOP.replace("bucket: media", "bucket: '../media'");
    let now = snapshot(&manifests(PLANE, &wrong));
    let rendered = rendered(&now);
    assert_eq!((asked(&rendered), origin_names(&rendered)), (vec!["web", "disk"], vec!["disk", "web"]));
    assert_eq!(after(&now), before());
}

#[test]
fn an_origin_that_is_gone_or_not_listed_is_not_kept() {
    let now = snapshot(&manifests(PLANE, &without(SHOP, "Origin", "bucket")));
    let kept = after(&now);
    assert_eq!((asked(&kept), origin_names(&kept)), (vec!["web", "disk"], vec!["disk", "web"]));
    assert!(kept.credentials.is_empty());

    let wrong = SHOP.replace("bucket: media", "bucket: '../media'").replace("{name: bucket}, ", "");
    assert_eq!(origin_names(&after(&snapshot(&manifests(PLANE, &wrong)))), ["disk", "web"]);
}

#[test]
fn a_volume_that_was_taken_back_is_not_kept_by_breaking_the_origin() {
    let plane = PLANE.replace("allowedNamespaces: [shop]", "allowedNamespaces: [other]");
    let wrong = SHOP.replace("volume: {name: photos}", "volume: {name: photos, path: '../x'}");
    let still_lent = after(&snapshot(&manifests(PLANE, &wrong)));
    assert_eq!(asked(&still_lent), ["web", "bucket", "disk"], "the origin is invalid and the volume is lent");
    let kept = after(&snapshot(&manifests(&plane, &wrong)));
    assert_eq!((asked(&kept), origin_names(&kept)), (vec!["web", "bucket"], vec!["bucket", "web"]));
    // Nor by breaking the endpoint.
    let kept = after(&snapshot(&manifests(&plane, &SHOP.replace("urlPrefix: p", "urlPrefix: ik-p"))));
    assert_eq!((asked(&kept), origin_names(&kept)), (vec!["web", "bucket"], vec!["bucket", "web"]));
}

#[test]
fn an_endpoint_served_as_it_was_asks_its_origins_as_they_are() {
    let wrong = SHOP.replace("urlPrefix: p", "urlPrefix: ik-p").replace("bucket: media", "bucket: news");
    let kept = after(&snapshot(&manifests(PLANE, &wrong)));
    assert_eq!(asked(&kept), ["web", "bucket", "disk"]);
    let bucket = &kept.origins.iter().find(|record| record.id.name == "bucket").unwrap().body;
    assert!(matches!(&bucket.kind, OriginKind::S3(s3) if s3.bucket == "news"));
    assert_eq!(kept.credentials.len(), 1);
}

#[test]
fn a_credential_outlives_its_secret_for_the_same_place() {
    let secret = |bundle: &Bundle| {
        bundle.credentials.first().map(|record| match &record.body {
            Credential::S3 { secret_key, .. } => secret_key.expose().to_owned(),
            other => panic!("{other:?}"),
        })
    };
    let gone = without(SHOP, "Secret", "keys");
    for (name, shop, expected) in [
        ("the Secret is gone", gone.clone(), Some("hush")),
        ("a key is gone", SHOP.replace("secretKey: hush", "secret: hush"), Some("hush")),
        ("a value is no key", SHOP.replace("secretKey: hush", "secretKey: 'two words'"), Some("hush")),
        ("a new value", SHOP.replace("secretKey: hush", "secretKey: new"), Some("new")),
        ("another place", gone.replace("bucket: media", "bucket: news"), None),
        ("no credential wanted", gone.replace("secretRef: {name: keys}", "type: Anonymous"), None),
        ("the origin is gone too", without(&gone, "Origin", "bucket"), None),
    ] {
        let kept = after(&snapshot(&manifests(PLANE, &shop)));
        assert_eq!(secret(&kept).as_deref(), expected, "{name}");
    }
}

#[test]
fn certificates_of_authorities_outlive_their_config_map_for_the_same_place() {
    let made = rcgen::generate_simple_self_signed(["ca.example".to_owned()]).unwrap();
    let pem = made.cert.pem();
    let indented: String = pem.lines().flat_map(|line| ["    ", line, "\n"]).collect();
    let trusting = SHOP.replace("/media'}", "/media', tls: {caBundleRef: {name: ca}}}");
    let before = format!(
        "{}---\nkind: ConfigMap\nmetadata: {{namespace: shop, name: ca}}\ndata:\n  ca.crt: |\n{indented}",
        manifests(PLANE, &trusting)
    );
    let bundle_of = |bundle: &Bundle| {
        let web = bundle.origins.iter().find(|record| record.id.name == "web").unwrap();
        match &web.body.kind {
            OriginKind::WebFolder(web) => web.tls.ca_bundle.clone(),
            other => panic!("{other:?}"),
        }
    };
    let trusted = bundle_of(&rendered(&snapshot(&before)));
    assert!(trusted.is_some());
    let gone = manifests(PLANE, &trusting);
    for (name, now, expected) in [
        ("the ConfigMap is gone", gone.clone(), trusted.as_ref()),
        ("nothing is wrong", before.clone(), trusted.as_ref()),
        ("the key is gone", before.replace("ca.crt: |", "ca.pem: |"), trusted.as_ref()),
        ("another place", gone.replace("static.example.com", "other.example.com"), None),
        ("none is wanted", manifests(PLANE, SHOP), None),
    ] {
        let kept = after_from(&before, &snapshot(&now));
        assert_eq!(bundle_of(&kept).as_ref(), expected, "{name}");
    }
}

#[test]
fn an_identity_that_was_taken_back_is_not_kept_by_breaking_the_origin() {
    let plane = format!("{PLANE}  workloadIdentity: {{allowedNamespaces: [shop]}}\n");
    let lent = SHOP.replace("secretRef: {name: keys}", "type: WorkloadIdentity");
    let before = manifests(&plane, &lent);
    let wrong = lent.replace("bucket: media", "bucket: '../media'");
    let kept = after_from(&before, &snapshot(&manifests(&plane, &wrong)));
    assert_eq!(asked(&kept), ["web", "bucket", "disk"], "the origin is invalid and the identity is lent");
    let kept = after_from(&before, &snapshot(&manifests(PLANE, &wrong)));
    assert_eq!(asked(&kept), ["web", "disk"]);
}

#[test]
fn a_proxy_that_becomes_open_by_mistake_is_not_kept() {
    let proxy = SHOP.replace(
        "{type: Volume, volume: {name: photos}}",
        "{type: WebProxy, webProxy: {allowedHosts: [a.example]}}",
    );
    let open = proxy.replace("[a.example]", "['*']");
    let kept = after_from(&manifests(PLANE, &proxy), &snapshot(&manifests(PLANE, &open)));
    assert_eq!(asked(&kept), ["web", "bucket"]);
}

#[test]
fn an_implicit_endpoint_stays_with_its_broken_origin() {
    let plane = PLANE.replace("default: true", "default: true\n  implicitDefaultEndpoint: true");
    let shop = without(SHOP, "UrlEndpoint", "photos");
    let before = manifests(&plane, &shop);
    let implicit = |bundle: &Bundle| {
        let endpoint = endpoint(bundle, IMPLICIT_ENDPOINT)?;
        Some(endpoint.origins.iter().map(|id| id.name.clone()).collect::<Vec<_>>())
    };
    assert_eq!(implicit(&rendered(&snapshot(&before))), Some(vec!["bucket".to_owned()]));

    let wrong = shop.replace("bucket: media", "bucket: '../media'");
    let now = snapshot(&manifests(&plane, &wrong));
    assert_eq!(implicit(&rendered(&now)), Some(vec!["disk".to_owned()]), "the next one would take its place");
    assert_eq!(implicit(&after_from(&before, &now)), Some(vec!["bucket".to_owned()]));

    let gone = snapshot(&manifests(&plane, &without(&shop, "Origin", "bucket")));
    assert_eq!(implicit(&after_from(&before, &gone)), Some(vec!["disk".to_owned()]));
    let off = snapshot(&manifests(PLANE, &wrong));
    assert_eq!(implicit(&after_from(&before, &off)), None);
    let declared = format!(
        "{wrong}---\nkind: UrlEndpoint\nmetadata: {{namespace: shop, name: d}}\nspec: {{accountId: nobodys}}\n"
    );
    let declared = snapshot(&manifests(&plane, &declared));
    assert_eq!(implicit(&after_from(&before, &declared)), None);
}

#[test]
fn a_signing_key_outlives_its_secret_while_it_is_listed() {
    const KEYS: &str = "---\nkind: Secret\nmetadata: {namespace: shop, name: url-keys}\nstringData: {privateKey: one, next: two}\n";
    let signed = |list: &str, secret: &str| {
        let security = format!("  security: {{signingKeys: [{list}]}}\n");
        manifests(
            PLANE,
            &format!(
                "{SHOP}{secret}---\nkind: UrlEndpoint\nmetadata: {{namespace: shop, name: signed}}\nspec:\n  urlPrefix: signed\n{security}"
            ),
        )
    };
    let (one, two) = ("{secretRef: {name: url-keys}}", "{secretRef: {name: url-keys, key: next}}");
    let both = format!("{one}, {two}");
    let before = signed(&both, KEYS);
    for (name, now, expected) in [
        ("nothing is wrong", before.clone(), "one two"),
        ("the Secret is gone", signed(&both, ""), "one two"),
        ("a key is gone", signed(&both, &KEYS.replace("next: two", "other: two")), "one two"),
        ("a new value", signed(&both, &KEYS.replace("two", "new")), "one new"),
        ("a key is listed no more", signed(two, KEYS), "two"),
        ("nor while another cannot be read", signed(two, ""), "two"),
        ("none is listed", signed("", ""), ""),
        ("the manifest is wrong", before.replace("urlPrefix: signed", "urlPrefix: ik-signed"), "one two"),
        ("the endpoint is gone", manifests(PLANE, SHOP), ""),
    ] {
        let kept = after_from(&before, &snapshot(&now));
        let keys: Vec<_> = kept
            .signing_keys
            .iter()
            .flat_map(|record| &record.body.keys)
            .map(|key| key.value.expose())
            .collect();
        assert_eq!(keys.join(" "), expected, "{name}");
    }
}
