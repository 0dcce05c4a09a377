//! The CEL rules, evaluated in process as the API server would: each bad object breaks exactly one of them.

#[path = "rules/table.rs"]
mod table;

use imgplane_crds::{Kind, SchemaProblem, check_rules, check_rules_update, check_schema};
use serde_json::json;

use self::table::{Broken, object};

/// Every rule is broken alone: one problem, with this path and this message.
#[test]
fn every_broken_rule_is_named_with_its_field() {
    let (origins, endpoints, data_planes) = (table::origins(), table::endpoints(), table::data_planes());
    assert!(origins.len() >= 45 && endpoints.len() >= 14 && data_planes.len() >= 18, "rows are missing");
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
fn what_the_rules_are_meant_to_allow_is_allowed() {
    for (kind, spec) in table::kept() {
        let object = object(kind, &spec);
        assert_eq!(check_schema(kind, &object), [], "{spec}");
        assert_eq!(check_rules(kind, &object), [], "{spec}");
    }
}
