//! The generated definitions: not stale, bounded, documented, and cheap enough for the API server.

use std::{fs, path::Path};

use imgplane_crds::{Kind, crd, crd_yaml};
use kube::core::cel::{compile_schema, estimate_rule_cost};
use serde_json::Value;

fn root(kind: Kind) -> Value {
    crd(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
}

/// Calls `visit` with the path of every schema, itself, and whether it lies below a list.
fn walk(path: &str, schema: &Value, in_list: bool, visit: &mut impl FnMut(&str, &Value, bool)) {
    visit(path, schema, in_list);
    for (name, child) in schema["properties"].as_object().into_iter().flatten() {
        walk(&format!("{path}.{name}"), child, in_list, visit);
    }
    if schema["items"].is_object() {
        walk(&format!("{path}[]"), &schema["items"], true, visit);
    }
    if schema["additionalProperties"].is_object() {
        walk(&format!("{path}{{}}"), &schema["additionalProperties"], in_list, visit);
    }
}

fn each_schema(mut visit: impl FnMut(&str, &Value, bool)) {
    for kind in Kind::ALL {
        walk(kind.as_str(), &root(kind), false, &mut visit);
    }
}

#[test]
fn the_checked_in_yaml_is_what_crdgen_writes() {
    for kind in Kind::ALL {
        let name = format!("yaml/{}.yaml", kind.as_str().to_lowercase());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&name);
        let found = fs::read_to_string(&path).unwrap_or_default();
        let expected = crd_yaml(kind).unwrap();
        assert!(found == expected, "crds/{name} is stale: run `make crds`");
        let read: Value = serde_saphyr::from_str(&found).unwrap();
        assert_eq!(read, crd(kind), "{name} means what was generated");
    }
}

#[test]
fn everything_is_bounded() {
    each_schema(|path, schema, _| match schema["type"].as_str() {
        Some("string") => {
            let bounded = schema["maxLength"].is_u64()
                || schema["enum"].is_array()
                || schema["format"].as_str() == Some("date-time");
            assert!(bounded, "{path} has no maxLength, enum or format");
        }
        Some("array") => assert!(schema["maxItems"].is_u64(), "{path} has no maxItems"),
        Some("integer") => assert!(schema["minimum"].is_i64(), "{path} has no minimum"),
        Some("object") if schema["additionalProperties"].is_object() => {
            assert!(schema["maxProperties"].is_u64(), "{path} has no maxProperties");
        }
        Some("object" | "boolean") => {}
        None => assert!(
            schema["x-kubernetes-int-or-string"] == true && schema["pattern"].is_string(),
            "{path} has no type"
        ),
        Some(other) => panic!("{path} has type {other}"),
    });
}

#[test]
fn every_number_of_a_spec_has_an_upper_bound() {
    each_schema(|path, schema, _| {
        if path.contains(".spec") && schema["type"] == "integer" {
            assert!(schema["maximum"].is_i64(), "{path} has no maximum");
        }
    });
}

#[test]
fn every_field_is_documented_with_its_default_or_an_example() {
    each_schema(|path, schema, _| {
        // Items of lists are described by their list.
        if path.ends_with("[]") || path.ends_with("{}") {
            return;
        }
        let description = schema["description"].as_str().unwrap_or_default();
        assert!(description.len() >= 20 && description.ends_with('.'), "{path}: {description:?}");
        assert!(!description.contains("Auto-generated"), "{path}");
        let field = path.contains(".spec.") && !matches!(schema["type"].as_str(), Some("object"));
        let told = description.contains("Default:") || description.contains("Example:");
        let told = told || path.ends_with(".operator");
        assert!(!field || told, "{path} tells neither default nor example: {description:?}");
    });
}

#[test]
fn nothing_trips_a_gitops_tool() {
    each_schema(|path, schema, in_list| {
        assert!(!in_list || schema.get("default").is_none(), "{path} has a default below a list item");
        assert!(schema.get("nullable").is_none(), "{path} is nullable");
        assert!(schema.get("title").is_none(), "{path} has a title");
        for (key, value) in schema.as_object().unwrap() {
            assert_ne!(value, &serde_json::json!([]), "{path}.{key} is an empty array");
        }
        let format = schema["format"].as_str();
        assert!(
            matches!(format, None | Some("int32" | "int64" | "date-time")),
            "{path} has format {format:?}"
        );
    });
}

#[test]
fn rules_compile_are_cheap_and_say_it_in_120_characters() {
    for kind in Kind::ALL {
        let root = root(kind);
        assert!(!compile_schema(&root).has_errors(), "{kind}");
    }
    let mut rules = 0;
    each_schema(|path, schema, _| {
        for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
            rules += 1;
            let (text, message) = (rule["rule"].as_str().unwrap(), rule["message"].as_str().unwrap());
            assert!((10..=120).contains(&message.chars().count()), "{path}: {message}");
            let warnings = estimate_rule_cost(text, &compile_schema(schema));
            assert!(warnings.is_empty(), "{path}: {text}: {warnings:?}");
        }
    });
    assert!(rules > 60, "{rules}");
}

#[test]
fn names_columns_and_selectable_fields_are_as_published() {
    let rows = [
        (
            Kind::Origin,
            "origins.imgplane.dev",
            "ogn",
            ".spec.type",
            vec!["Type", "Ready", "Reason", "Endpoints", "Age"],
        ),
        (
            Kind::UrlEndpoint,
            "urlendpoints.imgplane.dev",
            "uep",
            ".spec.dataPlaneRef.name",
            vec!["URL", "Ready", "Reason", "Origins", "Age"],
        ),
        (
            Kind::DataPlane,
            "dataplanes.imgplane.dev",
            "dpl",
            ".spec.mode",
            vec!["Mode", "Default", "Ready", "Reason", "Pods", "Endpoints", "Age"],
        ),
    ];
    for (kind, name, short, selectable, columns) in rows {
        let crd = crd(kind);
        let version = &crd["spec"]["versions"][0];
        assert_eq!(crd["metadata"]["name"], name);
        assert_eq!(crd["spec"]["scope"], "Namespaced");
        assert_eq!(crd["spec"]["names"]["shortNames"], serde_json::json!([short]));
        assert_eq!(crd["spec"]["names"]["categories"], serde_json::json!(["imgplane"]));
        assert_eq!(version["name"], "v1alpha1");
        assert_eq!(version["selectableFields"], serde_json::json!([{ "jsonPath": selectable }]));
        assert!(version["subresources"]["status"].is_object());
        let found: Vec<_> = version["additionalPrinterColumns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| column["name"].as_str().unwrap())
            .collect();
        assert_eq!(found, columns);
        let conditions =
            &version["schema"]["openAPIV3Schema"]["properties"]["status"]["properties"]["conditions"];
        assert_eq!(conditions["x-kubernetes-list-type"], "map");
        assert_eq!(conditions["items"]["properties"]["message"]["maxLength"], 32_768);
        assert_eq!(
            conditions["items"]["properties"]["status"]["enum"],
            serde_json::json!(["True", "False", "Unknown"])
        );
    }
}
