//! The Grafana dashboard asks only for metrics that exist.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{helm::chart, read, root};

/// The names of metrics in a text.
fn metrics(text: &str) -> BTreeSet<String> {
    text.match_indices("imgplane_")
        .map(|(start, _)| {
            text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
        })
        .collect()
}

/// A metric as it is registered: without the prefix, and without what units and kinds add.
fn registered(metric: &str) -> &str {
    let name = metric.strip_prefix("imgplane_").unwrap();
    let mut name = name.strip_prefix("operator_").unwrap_or(name);
    for ending in ["_bucket", "_sum", "_count", "_total", "_seconds", "_bytes"] {
        name = name.strip_suffix(ending).unwrap_or(name);
    }
    name
}

#[test]
fn the_dashboard_asks_for_metrics_that_exist() {
    let dashboard = read(&chart().join("dashboards/imgplane.json"));
    let [data_plane, operator] =
        ["dataplane", "operator"].map(|part| read(&root().join(part).join("src/metrics.rs")));
    let asked = metrics(&dashboard);
    assert!(asked.len() >= 20, "{asked:?}");
    for metric in asked {
        let source = if metric.starts_with("imgplane_operator_") { &operator } else { &data_plane };
        assert!(source.contains(&format!("\"{}\"", registered(&metric))), "{metric} does not exist");
    }
}

#[test]
fn panels_have_their_own_ids_a_description_and_do_not_overlap() {
    let dashboard: Value = serde_json::from_str(&read(&chart().join("dashboards/imgplane.json"))).unwrap();
    let (mut ids, mut cells) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        let number = |field: &str| panel["gridPos"][field].as_u64().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        assert!(
            panel["type"] == "row" || panel["description"].as_str().is_some_and(|text| text.ends_with('.')),
            "{panel}"
        );
        assert!(number("x") + number("w") <= 24, "{panel}");
        for x in number("x")..number("x") + number("w") {
            for y in number("y")..number("y") + number("h") {
                assert!(cells.insert((x, y)), "{} overlaps", panel["title"]);
            }
        }
    }
}
