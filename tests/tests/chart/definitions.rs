//! The definitions of the kinds that the chart carries: those of `crds/yaml`, and what makes Helm update and keep them.

use crate::{agrees, documents, helm::chart, read, root};

/// Files of `crds/yaml` and of the chart.
pub(crate) const FILES: [&str; 3] = ["dataplane.yaml", "origin.yaml", "urlendpoint.yaml"];

/// Marks by which Helm takes an object for one of the release `imgplane` in `imgplane-system`. Helm installs `crds/`
/// before it looks at templates, so that the definitions in the templates find them there as their own.
const OWNED: &str = "\
metadata:
  annotations:
    helm.sh/resource-policy: keep
    meta.helm.sh/release-name: imgplane
    meta.helm.sh/release-namespace: imgplane-system
  labels:
    app.kubernetes.io/managed-by: Helm
";

#[test]
fn the_charts_definitions_are_the_generated_ones_and_are_kept_on_uninstall() {
    for file in FILES {
        let generated = read(&root().join("crds/yaml").join(file));
        let parts: Vec<_> = generated.split("\nmetadata:\n").collect();
        let [head, rest] = parts.as_slice() else { panic!("{file}: {} parts", parts.len()) };
        assert!(
            !rest.starts_with("  annotations") && !rest.starts_with("  labels"),
            "{file} has marks already"
        );
        agrees(&chart().join("crds").join(file), &format!("{head}\n{OWNED}{rest}"));
    }
    let carried = std::fs::read_dir(chart().join("crds")).unwrap().count();
    let generated = std::fs::read_dir(root().join("crds/yaml")).unwrap();
    let generated =
        generated.filter(|entry| entry.as_ref().unwrap().path().extension().unwrap() == "yaml").count();
    assert_eq!((carried, generated), (FILES.len(), FILES.len()));
}

#[test]
fn definitions_are_small_enough_for_client_side_apply() {
    /// `kubectl apply` writes the whole object into an annotation, and all annotations may take 256 KiB.
    const MOST: usize = 256 << 10;
    for file in FILES {
        for definition in documents(&read(&chart().join("crds").join(file))) {
            assert!(definition.to_string().len() < MOST * 3 / 4, "{file}");
        }
    }
}
