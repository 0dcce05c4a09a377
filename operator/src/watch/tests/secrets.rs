//! Which Secrets are read, when, and what is shown of them.

use super::*;
use crate::Withheld;

#[tokio::test(start_paused = true)]
async fn everything_is_known_once_it_is_synced_and_only_named_secrets_are_read() {
    let cluster = Cluster::default();
    cluster.put("origins", origin("shop", "photos", "keys"));
    cluster.put("urlendpoints", endpoint("shop", "b"));
    cluster.put("urlendpoints", endpoint("shop", "a"));
    let tls = json!({"tls": {"secretRef": {"name": "cert"}}});
    cluster.put("dataplanes", data_plane("imgplane-system", "default", &tls));
    cluster.put("secrets", secret("shop", "keys", "AKIA1"));
    cluster.put("secrets", secret("imgplane-system", "cert", "pem"));
    cluster.put("secrets", secret("shop", "none-of-ours", "hush"));

    let trial = Trial::start(cluster, &[]);
    assert!(!trial.world.is_synced());
    assert!(trial.world.observe().snapshot.origins.is_empty());
    trial.world.synced().await;
    let observed = trial.world.observe();

    assert_eq!(names(&observed.snapshot.origins), ["shop/photos"]);
    assert_eq!(names(&observed.snapshot.endpoints), ["shop/a", "shop/b"]);
    assert_eq!(names(&observed.snapshot.data_planes), ["imgplane-system/default"]);
    assert_eq!(access_key(&observed, "shop", "keys").as_deref(), Some("AKIA1"));
    let secrets: Vec<_> = observed.snapshot.secrets.keys().map(ToString::to_string).collect();
    assert_eq!(secrets, ["imgplane-system/cert", "shop/keys"]);
    assert_eq!(trial.cluster.requests("/secrets/").len(), 2, "{:?}", trial.cluster.requests("/secrets/"));

    // All keys are known, for messages; the value of a key that is not used is not kept.
    let data = &observed.snapshot.secrets[&ObjectId::new("shop", "keys")];
    assert_eq!(data["unrelated"], b"");
    let told = format!("{observed:?} {:?}", trial.world);
    assert!(told.contains("shop") && !told.contains("AKIA1") && !told.contains("65, 75"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_rotated_secret_is_shown_and_a_relabelled_one_is_not() {
    let cluster = Cluster::default();
    cluster.put("origins", origin("shop", "photos", "keys"));
    cluster.put("secrets", secret("shop", "keys", "AKIA1"));
    let mut trial = Trial::synced(cluster, &[]).await;

    trial.cluster.put("secrets", secret("shop", "keys", "AKIA2"));
    let observed = trial.change().await;
    assert_eq!(access_key(&observed, "shop", "keys").as_deref(), Some("AKIA2"));

    let mut relabelled = secret("shop", "keys", "AKIA2");
    relabelled["metadata"]["labels"] = json!({"team": "shop"});
    trial.cluster.put("secrets", relabelled);
    trial.cluster.put("secrets", secret("shop", "none-of-ours", "hush"));
    trial.quiet().await;

    trial.cluster.delete("secrets", "shop", "keys");
    assert_eq!(access_key(&trial.change().await, "shop", "keys"), None);
    trial.cluster.put("secrets", secret("shop", "keys", "AKIA3"));
    assert_eq!(access_key(&trial.change().await, "shop", "keys").as_deref(), Some("AKIA3"));
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_nobody_names_any_more_is_forgotten() {
    let cluster = Cluster::default();
    cluster.put("origins", origin("shop", "photos", "keys"));
    cluster.put("secrets", secret("shop", "keys", "AKIA1"));
    cluster.put("secrets", secret("shop", "others", "AKIA2"));
    let mut trial = Trial::synced(cluster, &[]).await;
    trial.cluster.put("origins", origin("shop", "photos", "others"));
    let observed = trial.change().await;
    assert_eq!(access_key(&observed, "shop", "keys"), None);
    assert_eq!(access_key(&observed, "shop", "others").as_deref(), Some("AKIA2"));
}

#[tokio::test(start_paused = true)]
async fn a_new_origin_is_shown_together_with_its_secret() {
    let mut trial = Trial::synced(Cluster::default(), &[]).await;
    trial.cluster.fail("secrets/shop/keys", Fault::Silence);
    trial.cluster.put("secrets", secret("shop", "keys", "AKIA1"));
    trial.cluster.put("origins", origin("shop", "photos", "keys"));
    let observed = trial.quiet().await;
    assert!(observed.snapshot.origins.is_empty(), "shown before its Secret was read");

    // It waits for a moment only: a Secret that cannot be read holds up nobody else for long.
    let observed = trial.change().await;
    assert_eq!(names(&observed.snapshot.origins), ["shop/photos"]);
    assert_eq!(access_key(&observed, "shop", "keys"), None);
    assert_eq!(withheld(&observed), Some(Withheld::Unanswered));

    trial.cluster.heal("secrets/shop/keys");
    let observed = trial.change().await;
    assert_eq!(access_key(&observed, "shop", "keys").as_deref(), Some("AKIA1"));
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_cannot_be_read_keeps_its_last_value() {
    let cluster = Cluster::default();
    cluster.put("origins", origin("shop", "photos", "keys"));
    cluster.put("secrets", secret("shop", "keys", "AKIA1"));
    let mut trial = Trial::synced(cluster, &[]).await;
    trial.cluster.fail("secrets/shop/keys", Fault::Code(500));
    trial.cluster.put("secrets", secret("shop", "keys", "AKIA2"));
    let observed = trial.quiet().await;
    assert_eq!(access_key(&observed, "shop", "keys").as_deref(), Some("AKIA1"));
    trial.cluster.heal("secrets/shop/keys");
    assert_eq!(access_key(&trial.change().await, "shop", "keys").as_deref(), Some("AKIA2"));
    assert!(trial.world.watch_errors() > 0);
}

#[tokio::test(start_paused = true)]
async fn secrets_that_may_not_be_read_are_told_apart_and_block_nobody() {
    let cluster = Cluster::default();
    cluster.put("origins", origin("shop", "photos", "keys"));
    cluster.put("secrets", secret("shop", "keys", "AKIA1"));
    cluster.fail("secrets", Fault::Code(403));
    let mut trial = Trial::synced(cluster, &[]).await;
    let observed = trial.world.observe();
    assert_eq!(names(&observed.snapshot.origins), ["shop/photos"]);
    assert_eq!(access_key(&observed, "shop", "keys"), None);
    assert_eq!(withheld(&observed), Some(Withheld::Forbidden));

    trial.cluster.heal("secrets");
    let observed = trial.change().await;
    assert_eq!(access_key(&observed, "shop", "keys").as_deref(), Some("AKIA1"));
    assert_eq!(withheld(&observed), None);

    trial.cluster.delete("secrets", "shop", "keys");
    let observed = trial.change().await;
    assert_eq!((access_key(&observed, "shop", "keys"), withheld(&observed)), (None, None), "it is gone");
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_never_answers_does_not_block_the_start() {
    let cluster = Cluster::default();
    cluster.put("origins", origin("shop", "photos", "keys"));
    cluster.put("origins", origin("shop", "others", "good"));
    cluster.put("secrets", secret("shop", "good", "AKIA1"));
    cluster.fail("secrets/shop/keys", Fault::Code(500));
    let mut trial = Trial::synced(cluster, &[]).await;
    let observed = trial.world.observe();
    assert_eq!(access_key(&observed, "shop", "good").as_deref(), Some("AKIA1"));
    assert_eq!(withheld(&observed), Some(Withheld::Unanswered));
    assert_eq!(trial.cluster.requests("/secrets/keys").len(), 4);

    trial.cluster.heal("secrets/shop/keys");
    assert_eq!(withheld(&trial.change().await), None, "now it is known that it does not exist");
}

/// Why nothing is known of the Secret of these tests.
fn withheld(observed: &Observed) -> Option<Withheld> {
    observed.snapshot.withheld.get(&ObjectId::new("shop", "keys")).copied()
}
