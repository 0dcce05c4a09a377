//! What an API server that is away, or refuses, does to what is shown.

use super::*;

#[tokio::test(start_paused = true)]
async fn an_expired_watch_lists_again_and_misses_nothing() {
    let cluster = Cluster::default();
    for name in ["kept", "gone", "changed"] {
        cluster.put("urlendpoints", endpoint("shop", name));
    }
    let mut trial = Trial::synced(cluster, &[]).await;
    trial.quiet().await;
    trial.cluster.expire(|_| ());
    sleep(Duration::from_mins(1)).await;
    trial.quiet().await;
    assert_eq!(trial.world.watch_errors(), 0, "an expired watch is no failure");

    trial.cluster.expire(|cluster| {
        cluster.delete("urlendpoints", "shop", "gone");
        let mut changed = endpoint("shop", "changed");
        changed["spec"]["urlPrefix"] = json!("other");
        cluster.put("urlendpoints", changed);
        cluster.put("urlendpoints", endpoint("shop", "new"));
    });
    let observed = trial
        .until("all changes of the gap", |observed| {
            names(&observed.snapshot.endpoints) == ["shop/changed", "shop/kept", "shop/new"]
        })
        .await;
    let changed = &observed.snapshot.endpoints[0];
    assert_eq!(changed.spec.url_prefix.as_deref(), Some("other"));
}

#[tokio::test(start_paused = true)]
async fn a_restart_of_the_api_server_is_an_outage_that_ends() {
    let mut trial = Trial::synced(Cluster::default(), &[]).await;
    trial.cluster.fail("urlendpoints", Fault::Code(503));
    trial.cluster.put("urlendpoints", endpoint("shop", "before"));
    trial.change().await;
    trial.cluster.hang_up();
    sleep(Duration::from_mins(2)).await;
    let attempts = trial.cluster.requests("urlendpoints").len();
    assert!((10..50).contains(&attempts), "{attempts} attempts in two minutes");
    trial.cluster.put("urlendpoints", endpoint("shop", "meanwhile"));
    trial.cluster.heal("urlendpoints");
    let observed = trial.change().await;
    assert_eq!(names(&observed.snapshot.endpoints), ["shop/before", "shop/meanwhile"]);
    assert!(trial.world.watch_errors() >= 3);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_refused_or_never_answered_is_asked_for_again() {
    for fault in [Fault::Silence, Fault::Code(403), Fault::Code(404), Fault::Code(500)] {
        let cluster = Cluster::default();
        cluster.put("urlendpoints", endpoint("shop", "a"));
        cluster.fail("urlendpoints", fault);
        let trial = Trial::start(cluster, &[]);
        sleep(Duration::from_mins(5)).await;
        assert!(!trial.world.is_synced(), "{fault:?}");
        assert!(trial.world.watch_errors() > 3, "{fault:?}");
        trial.cluster.heal("urlendpoints");
        timeout(Duration::from_mins(2), trial.world.synced()).await.unwrap();
        assert_eq!(names(&trial.world.observe().snapshot.endpoints), ["shop/a"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_goes_on_without_a_list_or_a_failure() {
    let mut trial = Trial::synced(Cluster::default(), &[]).await;
    trial.quiet().await;
    let lists = || trial.cluster.requests("limit=500").len();
    let watches = || trial.cluster.requests("urlendpoints?&watch=true").len();
    let (listed, watched) = (lists(), watches());
    for _ in 0..60 {
        trial.cluster.hang_up();
        sleep(Duration::from_mins(1)).await;
    }
    assert!(watches() >= watched + 60, "{:?}", trial.cluster.requests("urlendpoints"));
    assert_eq!((lists(), trial.world.watch_errors()), (listed, 0));
    trial.cluster.put("urlendpoints", endpoint("shop", "a"));
    assert_eq!(names(&trial.change().await.snapshot.endpoints), ["shop/a"]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_died_without_a_word_is_replaced_within_seventy_seconds() {
    let mut trial = Trial::synced(Cluster::default(), &[]).await;
    trial.quiet().await;
    let lists = trial.cluster.requests("limit=500").len();
    trial.cluster.go_silent();
    trial.cluster.put("urlendpoints", endpoint("shop", "a"));
    let began = tokio::time::Instant::now();
    assert_eq!(names(&trial.change().await.snapshot.endpoints), ["shop/a"]);
    assert!(began.elapsed() < Duration::from_secs(70), "{:?}", began.elapsed());
    assert_eq!(trial.cluster.requests("limit=500").len(), lists, "nothing is listed again");
    assert_eq!(trial.world.watch_errors(), 0);
}

fn selecting() -> Value {
    let selector = json!({"matchLabels": {"images": "yes"}});
    data_plane(
        "imgplane-system",
        "default",
        &json!({"allowedNamespaces": {"from": "Selector", "selector": selector}}),
    )
}

#[tokio::test(start_paused = true)]
async fn labels_of_namespaces_that_do_not_come_are_waited_for() {
    for fault in [Fault::Code(429), Fault::Code(503), Fault::Silence] {
        let cluster = Cluster::default();
        cluster.put("dataplanes", data_plane("imgplane-system", "default", &json!({})));
        let labels = json!({"name": "shop", "labels": {"images": "yes"}});
        cluster.put("namespaces", json!({"apiVersion": "v1", "kind": "Namespace", "metadata": labels}));
        let mut trial = Trial::synced(cluster, &[]).await;
        trial.cluster.fail("namespaces", fault);
        trial.cluster.put("dataplanes", selecting());
        sleep(Duration::from_mins(5)).await;
        assert!(!trial.changed.has_changed().unwrap(), "{fault:?}: shown without labels");
        let shown = trial.world.observe().snapshot;
        assert!(shown.data_planes[0].spec.allowed_namespaces.is_none(), "{fault:?}");

        trial.cluster.heal("namespaces");
        let shown = trial.change().await.snapshot;
        assert!(shown.data_planes[0].spec.allowed_namespaces.is_some(), "{fault:?}");
        assert_eq!(shown.namespaces["shop"]["images"], "yes", "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn labels_of_namespaces_that_may_not_be_read_hold_up_nothing() {
    let cluster = Cluster::default();
    cluster.put("dataplanes", data_plane("imgplane-system", "default", &json!({})));
    cluster.fail("namespaces", Fault::Code(403));
    let mut trial = Trial::synced(cluster, &["shop"]).await;
    trial.cluster.put("dataplanes", selecting());
    let began = tokio::time::Instant::now();
    let shown = trial.change().await.snapshot;
    assert!(shown.data_planes[0].spec.allowed_namespaces.is_some() && shown.namespaces.is_empty());
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}
