//! The end: unready at once, nothing lost.

use std::time::Duration;

use http::Method;
use tokio::sync::oneshot;

use crate::{
    harness::{Browser, Harness},
    pictures::photo,
};

/// Waits until a condition holds.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "{what}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn during_the_drain_delay_the_server_is_unready_and_still_serves() {
    let harness = Harness::unconfigured(|options| options.drain_delay = Duration::from_millis(700)).await;
    let bundle = crate::harness::volume_bundle(&serde_json::json!({}), imgplane_config::PodLimits::default());
    harness.server.apply(bundle.into());
    harness.file("cat.png", photo(40, 30));
    let Harness { server, client, .. } = &harness;
    let admin = Browser::new(server.admin_addr().to_string());
    let client = client.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let Harness { server, .. } = harness;
    let running = tokio::spawn(server.run_until(async {
        let _ = stopped.await;
    }));
    assert_eq!(admin.send(Method::GET, "/readyz", &[]).await.status, 200);
    stop.send(()).unwrap();
    eventually("unready", async || admin.send(Method::GET, "/readyz", &[]).await.status == 503).await;
    let answer = client.send(Method::GET, "/shop/missing.png", &[]).await;
    assert_eq!((answer.status, answer.header("connection")), (404, "close"));
    running.await.unwrap().unwrap();
    assert!(client.try_send(Method::GET, "/shop/missing.png", &[]).await.is_err(), "the port is closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_is_finished_before_the_end() {
    let harness = Harness::start().await;
    harness.file("large.png", photo(1600, 1200));
    let client = harness.client.clone();
    let handle = harness.server.handle();
    let (stop, stopped) = oneshot::channel::<()>();
    let Harness { server, .. } = harness;
    let admin = Browser::new(server.admin_addr().to_string());
    let request =
        tokio::spawn(async move { client.send(Method::GET, "/shop/tr:w-1500,f-webp/large.png", &[]).await });
    eventually("a transformation runs", async || {
        let metrics = admin.send(Method::GET, "/metrics", &[]).await;
        !metrics.text().contains(r#"memory_reserved_bytes{share="pictures"} 0"#)
    })
    .await;
    let running = tokio::spawn(server.run_until(async {
        let _ = stopped.await;
    }));
    stop.send(()).unwrap();
    let answer = request.await.unwrap();
    assert_eq!((answer.status, answer.size().0), (200, 1500));
    running.await.unwrap().unwrap();
    assert!(!handle.is_ready());
}
