//! The structural verdict: what the API server would refuse, in words that say what is right.

use imgplane_crds::{Kind, check_schema};
use serde_json::{Value, json};

fn problems(kind: Kind, spec: &Value) -> Vec<String> {
    let object = json!({
        "apiVersion": "imgplane.dev/v1alpha1", "kind": kind.as_str(), "metadata": { "name": "x" }, "spec": spec
    });
    told(kind, &object)
}

fn told(kind: Kind, object: &Value) -> Vec<String> {
    check_schema(kind, object)
        .into_iter()
        .map(|problem| format!("{}: {}", problem.path, problem.message))
        .collect()
}

#[test]
fn what_is_wrong_is_told_with_its_field_and_what_is_right() {
    let volume = |field: &str, value: Value| {
        let mut spec = json!({ "type": "Volume", "volume": { "name": "photos" } });
        spec[field] = value;
        spec
    };
    let fetch = |value: Value| volume("fetch", value);
    let long = "x".repeat(600);
    for (kind, spec, expected) in [
        (Kind::Origin, json!({}), "spec.type: is required"),
        (
            Kind::Origin,
            json!({ "type": "s3" }),
            r#"spec.type: must be one of S3, S3Compatible, CloudinaryBackup, GCS, AzureBlob, WebFolder, WebProxy, AkeneoPIM, Volume, not "s3""#,
        ),
        (
            Kind::Origin,
            json!({ "type": 3 }),
            "spec.type: must be one of S3, S3Compatible, CloudinaryBackup, GCS, AzureBlob, WebFolder, WebProxy, AkeneoPIM, Volume, not 3",
        ),
        (Kind::Origin, volume("volume", json!({})), "spec.volume.name: is required"),
        (Kind::Origin, volume("volume", json!("photos")), "spec.volume: must be a map of fields, not text"),
        (
            Kind::Origin,
            volume("volume", json!({ "name": "My Photos" })),
            r#"spec.volume.name: must be a name of lower-case letters, digits and hyphens, not "My Photos""#,
        ),
        (
            Kind::Origin,
            volume("volume", json!({ "name": "photos", "path": 7 })),
            r#"spec.volume.path: must be text, not a bare value: write "7" in quotes"#,
        ),
        (
            Kind::Origin,
            volume("volume", json!({ "name": "photos", "path": long })),
            "spec.volume.path: must have at most 512 characters",
        ),
        (
            Kind::Origin,
            volume("volume", json!({ "nmae": "photos", "name": "photos" })),
            "spec.volume.nmae: unknown field; did you mean name?",
        ),
        (
            Kind::Origin,
            volume("zzz", json!(1)),
            "spec.zzz: unknown field; known here: akeneoPim, azureBlob, canonicalHeader, cloudinaryBackup, fetch, gcs, \
             probe, s3, s3Compatible, type, volume, webFolder, webProxy",
        ),
        (
            Kind::Origin,
            json!({ "type": "S3", "s3": { "auth": { "secretRef": { "name": "" } } } }),
            "spec.s3.bucket: is required",
        ),
        (
            Kind::Origin,
            fetch(json!({ "totalTimeout": "1h30m" })),
            "spec.fetch.totalTimeout: must be a whole number of up to six digits and one unit of ms, s, m, h, d, \
             such as 30s or 365d, not \"1h30m\"",
        ),
        (
            Kind::Origin,
            fetch(json!({ "totalTimeout": 30 })),
            r#"spec.fetch.totalTimeout: must be text, not a bare value: write "30" in quotes"#,
        ),
        (
            Kind::Origin,
            fetch(json!({ "maxObjectSize": "10 GB" })),
            "spec.fetch.maxObjectSize: must be bytes as a whole number, or a number with Ki, Mi, Gi or Ti, such as \
             40Mi, not \"10 GB\"",
        ),
        (
            Kind::Origin,
            fetch(json!({ "maxObjectSize": -1 })),
            "spec.fetch.maxObjectSize: must be at least 0, not -1",
        ),
        (
            Kind::Origin,
            fetch(json!({ "maxObjectSize": true })),
            "spec.fetch.maxObjectSize: must be a whole number or text, not true or false",
        ),
        (
            Kind::Origin,
            json!({ "type": "WebProxy", "webProxy": { "allowedHosts": ["a.example"], "allowedPorts": [0] } }),
            "spec.webProxy.allowedPorts[0]: must be at least 1, not 0",
        ),
        (
            Kind::Origin,
            json!({ "type": "WebProxy", "webProxy": { "allowedHosts": ["a.example"], "allowedSchemes": ["ftp"] } }),
            r#"spec.webProxy.allowedSchemes[0]: must be one of http, https, not "ftp""#,
        ),
        (
            Kind::Origin,
            json!({ "type": "WebProxy", "webProxy": {} }),
            "spec.webProxy.allowedHosts: is required",
        ),
        (
            Kind::Origin,
            json!({ "type": "AzureBlob", "azureBlob": { "accountName": "shop", "container": "media" } }),
            "spec.azureBlob.auth: is required",
        ),
        (
            Kind::Origin,
            json!({ "type": "WebFolder", "webFolder": {
                "baseUrl": "https://a.example", "tls": { "caBundleRef": { "kind": "File", "name": "ca" } }
            } }),
            r#"spec.webFolder.tls.caBundleRef.kind: must be one of ConfigMap, Secret, not "File""#,
        ),
        (
            Kind::Origin,
            json!({ "type": "WebFolder", "webFolder": {
                "baseUrl": "https://a.example", "headers": [{ "name": "X-A", "valueFrom": { "secretRef": { "name": "k" } } }]
            } }),
            "spec.webFolder.headers[0].valueFrom.secretRef.key: is required",
        ),
        (Kind::Origin, fetch(json!({ "retries": 3 })), "spec.fetch.retries: must be at most 1, not 3"),
        (
            Kind::Origin,
            fetch(json!({ "maxConcurrency": 1.5 })),
            "spec.fetch.maxConcurrency: must be a whole number, not a number",
        ),
        (Kind::UrlEndpoint, json!({ "origins": "photos" }), "spec.origins: must be a list, not text"),
        (
            Kind::UrlEndpoint,
            json!({ "origins": ["photos"] }),
            "spec.origins[0]: must be a map of fields, not text",
        ),
        (Kind::UrlEndpoint, json!({ "origins": [{}] }), "spec.origins[0].name: is required"),
        (
            Kind::UrlEndpoint,
            json!({ "origins": vec![json!({ "name": "a" }); 17] }),
            "spec.origins: must have at most 16 items",
        ),
        (Kind::UrlEndpoint, json!({ "origns": [] }), "spec.origns: unknown field; did you mean origins?"),
        (
            Kind::UrlEndpoint,
            json!({ "optimization": { "chromaSubsampling": 444 } }),
            r#"spec.optimization.chromaSubsampling: must be text: write "444" in quotes"#,
        ),
        (
            Kind::UrlEndpoint,
            json!({ "optimization": { "autoFormat": "yes" } }),
            "spec.optimization.autoFormat: must be true or false, not text",
        ),
        (
            Kind::UrlEndpoint,
            json!({ "optimization": { "quality": { "default": 0 } } }),
            "spec.optimization.quality.default: must be at least 1, not 0",
        ),
        (
            Kind::DataPlane,
            json!({ "network": { "allowedCidrs": [] } }),
            "spec.network.allowedCidrs: unknown field; did you mean allowedCIDRs?",
        ),
        (
            Kind::DataPlane,
            json!({ "limits": { "memoryBudget": "lots" } }),
            "spec.limits.memoryBudget: must be bytes as a whole number, or a number with Ki, Mi, Gi or Ti, such as \
             40Mi, not \"lots\"",
        ),
    ] {
        let found = problems(kind, &spec);
        let path = expected.split(": ").next().unwrap();
        let told = found.iter().filter(|line| line.starts_with(&format!("{path}: "))).count();
        assert_eq!(told, 1, "{spec} is told once: {found:#?}");
        assert!(
            found.iter().any(|line| line == expected),
            "{spec}\nexpected {expected}\nfound    {found:#?}"
        );
    }
}

#[test]
fn the_envelope_is_judged_too() {
    let found = told(
        Kind::Origin,
        &json!({ "apiVersion": "imgplane.dev/v1", "kind": "Origin", "metadata": { "name": "My Origin" }, "sepc": {} }),
    );
    assert_eq!(
        found,
        [
            "apiVersion: must be imgplane.dev/v1alpha1, not imgplane.dev/v1",
            "metadata.name: must be an object name: lower-case letters, digits, hyphens and dots, not \"My Origin\"",
            "sepc: unknown field; did you mean spec?",
            "spec: is required",
        ]
    );
}

#[test]
fn a_null_field_counts_as_absent_and_a_null_item_does_not() {
    let spec = json!({ "type": "Volume", "volume": { "name": "photos", "path": null }, "s3": null });
    assert_eq!(problems(Kind::Origin, &spec), Vec::<String>::new());
    assert_eq!(
        problems(Kind::UrlEndpoint, &json!({ "origins": [null] })),
        ["spec.origins[0]: must be a map of fields, not nothing"]
    );
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_their_paths() {
    let spec = json!({ "type": "FTP", "volume": { "path": 1 }, "fetch": { "retries": -1 } });
    let found = problems(Kind::Origin, &spec);
    let mut sorted = found.clone();
    sorted.sort();
    assert_eq!(found, sorted);
    assert_eq!(found.len(), 4, "{found:#?}");
}
