//! Argo CD's health checks, run by the interpreter of the Lua that Argo CD has (5.1).

use std::process::Command;

use serde_json::{Value, json};

use crate::{
    documents,
    helm::{chart, render},
    only, read,
};

/// A JSON value as a Lua expression.
fn lua(value: &Value) -> String {
    match value {
        Value::Null => "nil".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => format!("{{{}}}", items.iter().map(lua).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("[{name:?}] = {}", lua(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Status and message that the script gives for an object.
fn judge(script: &str, object: &Value) -> (String, String) {
    let program = format!(
        "obj = {}\nlocal function health()\n{script}\nend\nlocal h = health()\nio.write(h.status, '\\n', h.message or '')",
        lua(object)
    );
    let output = Command::new("lua5.1")
        .args(["-e", &program])
        .output()
        .unwrap_or_else(|error| panic!("lua5.1 could not be started ({error}); run `make test-deps`"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let (status, message) = text.split_once('\n').unwrap();
    (status.to_owned(), message.to_owned())
}

fn object(generation: i64, status: &Value) -> Value {
    json!({"kind": "Origin", "metadata": {"name": "media", "generation": generation}, "status": status})
}

fn ready(status: &str, reason: &str, message: &str) -> Value {
    let other = json!({"type": "Accepted", "status": "True", "reason": "Accepted", "message": "fine"});
    let ready = json!({"type": "Ready", "status": status, "reason": reason, "message": message});
    json!({"observedGeneration": 2, "conditions": [other, ready]})
}

#[test]
fn health_is_what_the_condition_ready_says_of_the_synced_generation() {
    let script = read(&chart().join("argocd/health.lua"));
    let unseen = "The operator has not looked at it yet";
    for (name, object, expected) in [
        ("new", object(1, &Value::Null), ("Progressing", unseen)),
        ("no conditions", object(1, &json!({"observedGeneration": 1})), ("Progressing", unseen)),
        ("no Ready", object(1, &json!({"conditions": []})), ("Progressing", unseen)),
        ("ready", object(2, &ready("True", "Ready", "all well")), ("Healthy", "all well")),
        (
            "at work",
            object(2, &ready("Unknown", "AckPending", "1 of 3 pods")),
            ("Progressing", "1 of 3 pods"),
        ),
        (
            "broken",
            object(2, &ready("False", "SecretNotFound", "create Secret s3")),
            ("Degraded", "SecretNotFound: create Secret s3"),
        ),
        (
            "changed",
            object(3, &ready("False", "SecretNotFound", "create Secret s3")),
            ("Progressing", "The operator has not looked at this generation yet"),
        ),
    ] {
        let (status, message) = judge(&script, &object);
        assert_eq!((status.as_str(), message.as_str()), expected, "{name}");
    }
}

#[test]
fn the_config_map_and_the_file_to_patch_with_hold_the_script_for_each_kind() {
    let script = read(&chart().join("argocd/health.lua"));
    let objects = documents(&render(&["--set", "argocd.healthChecks.enabled=true"]).succeeded());
    let patch = documents(&read(&chart().join("argocd/argocd-cm.yaml")));
    for data in [&only(&objects, "ConfigMap")["data"], &patch[0]["data"]] {
        assert_eq!(data.as_object().unwrap().len(), 3);
        for kind in ["Origin", "UrlEndpoint", "DataPlane"] {
            let held = data[format!("resource.customizations.health.imgplane.dev_{kind}")].as_str().unwrap();
            assert_eq!(held.trim_end(), script.trim_end(), "{kind}");
        }
    }
}
