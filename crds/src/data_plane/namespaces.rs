//! Which namespaces may use a DataPlane.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::{LabelKey, LabelValue};

/// Which namespaces may use a DataPlane.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("self.from != 'Selector' || has(self.selector)")
        .message("is required when from is Selector")
        .field_path(".selector"),
    validation = Rule::new("self.from == 'Selector' || !has(self.selector)")
        .message("is only used when from is Selector: remove it, or set from to Selector")
        .field_path(".selector")
)]
#[serde(rename_all = "camelCase")]
pub struct AllowedNamespaces {
    /// `All` namespaces, the `Same` namespace as the DataPlane's, or those that `selector` selects.
    /// Default: `All`.
    #[serde(default)]
    pub from: NamespacesFrom,
    /// Labels of the namespaces, for `from: Selector`. Example: `{matchLabels: {images: "yes"}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
}

/// How namespaces are chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum NamespacesFrom {
    /// Every namespace.
    #[default]
    All,
    /// The namespace of the DataPlane.
    Same,
    /// Namespaces with certain labels.
    Selector,
}

/// Labels that a namespace must have: all of both lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = (
        "has(self.matchLabels) || has(self.matchExpressions)",
        "must have matchLabels or matchExpressions: an empty selector would select every namespace"
    )
)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    /// Labels that must be there with these values. Default: none. Example: `{team: shop}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16))]
    #[x_kube(validation = (
        "self.all(k, k.size() <= 317)",
        "has a key that is longer than a label's name may be"
    ))]
    pub match_labels: BTreeMap<String, LabelValue>,
    /// Conditions that must hold. Default: none. Example: `[{key: team, operator: In, values: [shop, blog]}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub match_expressions: Vec<LabelRequirement>,
}

/// One condition on a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("!(self.operator in ['In', 'NotIn']) || (has(self.values) && size(self.values) > 0)")
        .message("must not be empty when operator is In or NotIn")
        .field_path(".values"),
    validation = Rule::new("self.operator in ['In', 'NotIn'] || !has(self.values) || size(self.values) == 0")
        .message("must be empty when operator is Exists or DoesNotExist")
        .field_path(".values")
)]
#[serde(rename_all = "camelCase")]
pub struct LabelRequirement {
    /// The label. Example: `team`.
    pub key: LabelKey,
    /// `In` or `NotIn` of `values`, `Exists` or `DoesNotExist`.
    pub operator: Operator,
    /// Values for `In` and `NotIn`. Example: `[shop, blog]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub values: Vec<LabelValue>,
}

/// How a label is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = crate::schema::without_description)]
pub enum Operator {
    /// The label has one of the values.
    In,
    /// The label is absent or has none of the values.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is absent.
    DoesNotExist,
}

impl AllowedNamespaces {
    /// Whether a namespace with these labels may use a DataPlane of `own` namespace.
    pub fn admits(&self, own: &str, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        match self.from {
            NamespacesFrom::All => true,
            NamespacesFrom::Same => own == namespace,
            NamespacesFrom::Selector => {
                self.selector.as_ref().is_some_and(|selector| selector.selects(namespace, labels))
            }
        }
    }
}

/// The label that the API server gives each namespace.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

impl LabelSelector {
    /// Whether a namespace with these labels is selected. A selector without any condition selects nothing.
    pub fn selects(&self, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        let label = |key: &str| {
            labels.get(key).map(String::as_str).or_else(|| (key == NAME_LABEL).then_some(namespace))
        };
        let conditions = self.match_labels.len() + self.match_expressions.len();
        conditions > 0
            && self.match_labels.iter().all(|(key, value)| label(key) == Some(value.as_str()))
            && self.match_expressions.iter().all(|requirement| requirement.holds(label(&requirement.key)))
    }
}

impl LabelRequirement {
    fn holds(&self, label: Option<&str>) -> bool {
        let listed = label.is_some_and(|label| self.values.iter().any(|value| value.as_str() == label));
        match self.operator {
            Operator::In => listed,
            Operator::NotIn => !listed,
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(json: serde_json::Value, namespace: &str) -> bool {
        let labels = BTreeMap::from([("team".to_owned(), "shop".to_owned())]);
        serde_json::from_value::<AllowedNamespaces>(json).unwrap().admits(
            "imgplane-system",
            namespace,
            &labels,
        )
    }

    #[test]
    fn namespaces_are_chosen_by_place_or_by_label() {
        let select =
            |selector: serde_json::Value| serde_json::json!({"from": "Selector", "selector": selector});
        let on = |operator: &str, values: &[&str]| {
            select(
                serde_json::json!({"matchExpressions": [{"key": "team", "operator": operator, "values": values}]}),
            )
        };
        for (json, expected) in [
            (serde_json::json!({}), true),
            (serde_json::json!({"from": "Same"}), false),
            (serde_json::json!({"from": "Selector"}), false),
            (select(serde_json::json!({})), false),
            (select(serde_json::json!({"matchLabels": {"team": "shop"}})), true),
            (select(serde_json::json!({"matchLabels": {"team": "blog"}})), false),
            (select(serde_json::json!({"matchLabels": {"kubernetes.io/metadata.name": "shop"}})), true),
            (select(serde_json::json!({"matchLabels": {"kubernetes.io/metadata.name": "blog"}})), false),
            (on("In", &["blog", "shop"]), true),
            (on("In", &["blog"]), false),
            (on("NotIn", &["blog"]), true),
            (on("NotIn", &["shop"]), false),
            (on("Exists", &[]), true),
            (on("DoesNotExist", &[]), false),
        ] {
            assert_eq!(admits(json.clone(), "shop"), expected, "{json}");
        }
        assert!(admits(serde_json::json!({"from": "Same"}), "imgplane-system"));
    }
}
