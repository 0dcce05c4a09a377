//! How much memory the pods of the release use, and what is growth.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::{cluster::Cluster, install};

/// What memory may grow by once caches are full.
const GROWTH: f64 = 1.25;
/// Growth below this many MiB is no growth: allocators give back when they like.
const SLACK: f64 = 12.0;
const MIB: f64 = 1_048_576.0;

/// MiB that a pod may use later, if it used so many at first.
pub(crate) fn most(early: f64) -> f64 {
    early.mul_add(GROWTH, SLACK)
}

/// MiB that each pod of the release uses, as its kubelet counts.
pub(crate) fn working_sets(cluster: &Cluster) -> Result<BTreeMap<String, f64>> {
    let mut memory = BTreeMap::new();
    let nodes = cluster.kubectl(&["get", "nodes", "--output", "jsonpath={.items[*].metadata.name}"])?;
    for node in nodes.split_whitespace() {
        let path = format!("--raw=/api/v1/nodes/{node}/proxy/metrics/resource");
        for line in cluster.kubectl(&["get", &path])?.lines() {
            memory.extend(working_set(line));
        }
    }
    Ok(memory)
}

/// The pod and its MiB, if a line of the kubelet's metrics tells that of a pod of the release.
fn working_set(line: &str) -> Option<(String, f64)> {
    let (labels, value) = line.strip_prefix("pod_memory_working_set_bytes{")?.split_once("} ")?;
    let label = |name: &str| {
        let value = labels.split(',').find_map(|label| label.strip_prefix(name)?.strip_prefix("=\""))?;
        value.strip_suffix('"')
    };
    if label("namespace")? != install::NAMESPACE {
        return None;
    }
    let bytes: f64 = value.split_whitespace().next()?.parse().ok()?;
    Some((label("pod")?.to_owned(), bytes / MIB))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kubelets_metrics_tell_the_memory_of_the_releases_pods() {
        let line = |namespace: &str| {
            format!(
                "pod_memory_working_set_bytes{{namespace=\"{namespace}\",pod=\"imgplane-operator-1\"}} 2.097152e+07 17"
            )
        };
        let found = Some(("imgplane-operator-1".to_owned(), 20.0));
        assert_eq!(working_set(&line("imgplane-system")), found);
        assert_eq!(working_set(&line("kube-system")), None);
        assert_eq!(working_set("# TYPE pod_memory_working_set_bytes gauge"), None);
    }
}
