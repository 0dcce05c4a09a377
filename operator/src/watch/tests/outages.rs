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
