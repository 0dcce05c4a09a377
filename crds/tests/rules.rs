//! The CEL rules, evaluated in process as the API server would: each bad object breaks exactly one of them.

#[path = "rules/table.rs"]
mod table;

use imgplane_crds::{
    Kind, SchemaProblem, check_rules, check_rules_update, check_schema, data_plane::LONGEST_NAME,
};
use serde_json::json;

use self::table::{Broken, object};

/// Every rule is broken alone: one problem, with this path and this message.
#[test]
fn every_broken_rule_is_named_with_its_field() {
    let (origins, endpoints, data_planes) = (table::origins(), table::endpoints(), table::data_planes());
    assert!(origins.len() >= 100 && endpoints.len() >= 14 && data_planes.len() >= 48, "rows are missing");
    for Broken { kind, spec, path, message } in origins.into_iter().chain(endpoints).chain(data_planes) {
        let object = object(kind, &spec);
        assert_eq!(check_schema(kind, &object), [], "the schema finds no fault with {spec}");
        assert_eq!(check_rules(kind, &object), [SchemaProblem { path: path.into(), message }], "{spec}");
    }
}

#[test]
fn an_origin_never_changes_its_type() {
    let volume = object(Kind::Origin, &json!({ "type": "Volume", "volume": { "name": "photos" } }));
    let web = object(
        Kind::Origin,
        &json!({ "type": "WebFolder", "webFolder": { "baseUrl": "https://a.example" } }),
    );
    assert_eq!(check_rules_update(Kind::Origin, &volume, &volume), []);
    let problems = check_rules_update(Kind::Origin, &web, &volume);
    assert_eq!(
        problems,
        [SchemaProblem {
            path: "spec.type".into(),
            message: "cannot be changed: create a new Origin and list that instead".into()
        }]
    );
}

#[test]
fn the_name_of_a_data_plane_leaves_room_for_those_of_its_objects() {
    let problems = |name: &str| {
        let mut data_plane = object(Kind::DataPlane, &json!({}));
        data_plane["metadata"]["name"] = json!(name);
        check_rules(Kind::DataPlane, &data_plane)
    };
    let longest = "d".repeat(LONGEST_NAME);
    for name in ["default", "0", &longest] {
        assert_eq!(problems(name), [], "{name}");
    }
    for name in ["img.example", &format!("{longest}d")] {
        let expected = SchemaProblem {
            // A rule's path cannot lead into metadata.
            path: String::new(),
            message:
                "metadata.name must be at most 54 lower-case letters, digits and hyphens: the Service is \
                      imgplane-NAME"
                    .into(),
        };
        assert_eq!(problems(name), [expected], "{name}");
    }
}

#[test]
fn what_the_rules_are_meant_to_allow_is_allowed() {
    for (kind, spec) in table::kept() {
        let object = object(kind, &spec);
        assert_eq!(check_schema(kind, &object), [], "{spec}");
        assert_eq!(check_rules(kind, &object), [], "{spec}");
    }
}
