//! Which ConfigMaps are read, and which values of them and of Secrets are shown.

use super::*;

fn web(name: &str, folder: &Value) -> Value {
    let mut folder = folder.clone();
    folder["baseUrl"] = json!("https://a.example");
    json!({
        "apiVersion": "imgplane.dev/v1alpha1", "kind": "Origin",
        "metadata": {"namespace": "shop", "name": name},
        "spec": {"type": "WebFolder", "webFolder": folder},
    })
}

fn trusting(name: &str, key: &str) -> Value {
    web(name, &json!({"tls": {"caBundleRef": {"name": "ca", "key": key}}}))
}

fn config_map(name: &str, data: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "shop", "name": name}, "data": data,
    })
}

fn shown<'a>(values: &'a BTreeMap<ObjectId, crate::SecretData>, name: &str, key: &str) -> Option<&'a str> {
    let value = values.get(&ObjectId::new("shop", name))?.get(key)?;
    Some(std::str::from_utf8(value).unwrap())
}

#[tokio::test(start_paused = true)]
async fn only_named_config_maps_are_read_and_only_named_keys_of_them_are_shown() {
    let cluster = Cluster::default();
    cluster.put("origins", trusting("a", "ca.crt"));
    cluster.put("configmaps", config_map("ca", &json!({"ca.crt": "pem", "settings": "hush"})));
    cluster.put("configmaps", config_map("none-of-ours", &json!({"ca.crt": "pem"})));
    let mut trial = Trial::synced(cluster, &[]).await;
    let observed = trial.world.observe();
    let names: Vec<_> = observed.snapshot.config_maps.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["shop/ca"]);
    assert_eq!(shown(&observed.snapshot.config_maps, "ca", "ca.crt"), Some("pem"));
    assert_eq!(shown(&observed.snapshot.config_maps, "ca", "settings"), Some(""));

    trial.cluster.put("configmaps", config_map("ca", &json!({"ca.crt": "renewed"})));
    let observed = trial.change().await;
    assert_eq!(shown(&observed.snapshot.config_maps, "ca", "ca.crt"), Some("renewed"));
    trial.cluster.delete("configmaps", "shop", "ca");
    assert!(trial.change().await.snapshot.config_maps.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_newly_named_is_shown_together_with_its_value() {
    let cluster = Cluster::default();
    cluster.put("origins", trusting("a", "old"));
    cluster.put("configmaps", config_map("ca", &json!({"old": "1", "new": "2"})));
    let mut trial = Trial::synced(cluster, &[]).await;
    trial.cluster.put("origins", trusting("b", "new"));
    let observed = trial.change().await;
    let both = ["old", "new"].map(|key| shown(&observed.snapshot.config_maps, "ca", key));
    assert_eq!((names(&observed.snapshot.origins).len(), both), (2, [Some("1"), Some("2")]));
    trial.cluster.delete("origins", "shop", "a");
    let observed = trial.until("the old key is forgotten", |observed| {
        shown(&observed.snapshot.config_maps, "ca", "old") == Some("")
    });
    assert_eq!(shown(&observed.await.snapshot.config_maps, "ca", "new"), Some("2"));
}

#[tokio::test(start_paused = true)]
async fn secret_headers_are_under_keys_that_users_choose() {
    let cluster = Cluster::default();
    let header = json!({"name": "X-Auth", "valueFrom": {"secretRef": {"name": "keys", "key": "unrelated"}}});
    cluster.put("origins", web("a", &json!({"headers": [header]})));
    cluster.put("secrets", secret("shop", "keys", "token"));
    let trial = Trial::synced(cluster, &[]).await;
    let secrets = trial.world.observe().snapshot.secrets;
    assert_eq!(shown(&secrets, "keys", "unrelated"), Some("token"));
    assert_eq!(shown(&secrets, "keys", "accessKey"), Some(""), "nobody names it");
}

#[tokio::test(start_paused = true)]
async fn a_config_map_that_may_not_be_read_is_told_from_one_that_is_not_there() {
    let cluster = Cluster::default();
    cluster.put("origins", trusting("a", "ca.crt"));
    cluster.put("configmaps", config_map("ca", &json!({"ca.crt": "pem"})));
    cluster.fail("configmaps/shop/ca", Fault::Code(403));
    let trial = Trial::synced(cluster, &[]).await;
    let snapshot = trial.world.observe().snapshot;
    assert_eq!(
        snapshot.withheld_config_maps,
        [(ObjectId::new("shop", "ca"), crate::Withheld::Forbidden)].into()
    );
    assert!(snapshot.config_maps.is_empty() && snapshot.withheld.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_too_long_is_cut_and_still_too_long() {
    let cluster = Cluster::default();
    cluster.put("origins", trusting("a", "ca.crt"));
    let longest = crate::validate::LONGEST_VALUE;
    cluster.put("configmaps", config_map("ca", &json!({"ca.crt": "x".repeat(longest * 3)})));
    let trial = Trial::synced(cluster, &[]).await;
    let snapshot = trial.world.observe().snapshot;
    assert_eq!(shown(&snapshot.config_maps, "ca", "ca.crt").map(str::len), Some(longest + 1));
}
