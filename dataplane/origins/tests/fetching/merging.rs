//! Concurrent requests for one original share a fetch.

use std::sync::Arc;

use imgplane_config::ObjectId;
use imgplane_origins::{ChainFailure, Decision, Merge, MergeKey, Merged, Origin};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::{mpsc, oneshot},
};

use crate::{
    server::{Server, Then, answer, raw},
    set_up::{request, web, whole},
};

fn key(resource: &str) -> MergeKey {
    MergeKey { endpoint: ObjectId::new("shop", "main"), resource: resource.into(), query: None }
}

/// Starts a shared fetch in a task of its own and waits until it takes part.
async fn join(
    merge: &Merge,
    origin: &Arc<Origin>,
    decision: Decision,
) -> tokio::task::JoinHandle<Result<Merged, ChainFailure>> {
    let (merge, origins) = (merge.clone(), vec![Arc::clone(origin)]);
    let (started, starting) = oneshot::channel();
    let task = tokio::spawn(async move {
        let mut fetch =
            Box::pin(merge.fetch_merged(key("a.jpg"), origins, whole("a.jpg"), move |_, _| decision));
        // Polled once, it has joined.
        let first = futures::poll!(&mut fetch);
        let _ = started.send(());
        match first {
            std::task::Poll::Ready(merged) => merged,
            std::task::Poll::Pending => fetch.await,
        }
    });
    starting.await.unwrap();
    task
}

/// A server that counts requests and answers all of them when it is told to.
async fn held(answer: &'static [u8]) -> (Arc<Origin>, mpsc::UnboundedReceiver<()>, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = web(&format!("http://{}", listener.local_addr().unwrap()));
    let (asked, asking) = mpsc::unbounded_channel();
    let (release, released) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let mut connections = Vec::new();
        let mut released = released;
        loop {
            tokio::select! {
                Ok((connection, _)) = listener.accept() => {
                    connections.push(connection);
                    let _ = asked.send(());
                }
                _ = &mut released => break,
            }
        }
        for mut connection in connections {
            let _ = connection.read(&mut [0; 1024]).await;
            let _ = connection.write_all(answer).await;
        }
        // Later requests are answered at once.
        while let Ok((mut connection, _)) = listener.accept().await {
            let _ = connection.read(&mut [0; 1024]).await;
            let _ = asked.send(());
            let _ = connection.write_all(answer).await;
        }
    });
    (origin, asking, release)
}

const FOUND: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\nabc";

#[tokio::test]
async fn many_requests_for_one_original_make_one_fetch_and_share_its_bytes() {
    let (origin, mut asked, release) = held(FOUND).await;
    let merge = Merge::new();
    let mut tasks = Vec::new();
    for _ in 0..20 {
        tasks.push(join(&merge, &origin, Decision::Collect).await);
    }
    asked.recv().await.unwrap();
    assert_eq!(merge.in_flight(), 1);
    release.send(()).unwrap();
    let mut originals = Vec::new();
    for task in tasks {
        match task.await.unwrap().unwrap() {
            Merged::Collected(original) => originals.push(original),
            Merged::Stream(..) => panic!("streamed"),
        }
    }
    assert!(asked.try_recv().is_err(), "a second fetch was made");
    assert!(originals.iter().all(|original| Arc::ptr_eq(original, &originals[0])));
    assert_eq!(originals[0].bytes, "abc");
    assert_eq!(originals[0].meta.content_type.as_deref(), Some("image/jpeg"));
    assert_eq!(merge.in_flight(), 0);
}

#[tokio::test]
async fn a_client_that_goes_away_takes_nothing_from_the_others() {
    let (origin, mut asked, release) = held(FOUND).await;
    let merge = Merge::new();
    let leader = join(&merge, &origin, Decision::Collect).await;
    asked.recv().await.unwrap();
    let follower = join(&merge, &origin, Decision::Collect).await;
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    release.send(()).unwrap();
    assert!(
        matches!(follower.await.unwrap().unwrap(), Merged::Collected(original) if original.bytes == "abc")
    );
    assert!(asked.try_recv().is_err(), "a second fetch was made");
}

#[tokio::test]
async fn a_fetch_that_nobody_waits_for_is_aborted() {
    let server = Server::always(raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", Then::Silence)).await;
    let origin = web(&server.url(""));
    let merge = Merge::new();
    let one = join(&merge, &origin, Decision::Collect).await;
    let other = join(&merge, &origin, Decision::Collect).await;
    one.abort();
    other.abort();
    let _ = (one.await, other.await);
    server.connections_ended(server.connections()).await;
    tokio::task::yield_now().await;
    assert_eq!((merge.in_flight(), origin.in_flight()), (0, 0));
}

#[tokio::test]
async fn a_failure_is_shared_and_the_next_request_starts_afresh() {
    let (origin, mut asked, release) = held(b"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n").await;
    let merge = Merge::new();
    let one = join(&merge, &origin, Decision::Collect).await;
    let other = join(&merge, &origin, Decision::Collect).await;
    asked.recv().await.unwrap();
    release.send(()).unwrap();
    for task in [one, other] {
        let failure = task.await.unwrap().unwrap_err();
        assert_eq!(failure.to_string(), "EACCES - access was denied by the web server (403)");
    }
    assert!(asked.try_recv().is_err());
    assert!(join(&merge, &origin, Decision::Collect).await.await.unwrap().is_err());
    asked.recv().await.unwrap();
}

#[tokio::test]
async fn a_stream_goes_to_one_and_the_others_fetch_for_themselves() {
    let (origin, mut asked, release) = held(FOUND).await;
    let merge = Merge::new();
    let one = join(&merge, &origin, Decision::Stream).await;
    let other = join(&merge, &origin, Decision::Stream).await;
    asked.recv().await.unwrap();
    release.send(()).unwrap();
    for task in [one, other] {
        match task.await.unwrap().unwrap() {
            Merged::Stream(_, fetched) => assert_eq!(fetched.body.collect(100).await.unwrap(), "abc"),
            Merged::Collected(_) => panic!("collected"),
        }
    }
    asked.recv().await.unwrap();
    assert!(asked.try_recv().is_err());
}

#[tokio::test]
async fn the_decision_sees_headers_and_first_bytes_and_the_limit_of_decoding_holds_only_for_collecting() {
    let body = "x".repeat(3000);
    let server = Server::always(answer(200, "Content-Type: image/png\r\n", &body)).await;
    let origin = web(&server.url(""));
    let small = request("a.jpg", imgplane_origins::Purpose::Whole { max_bytes: 2999 });
    for (decision, limited) in [(Decision::Collect, true), (Decision::Stream, false)] {
        let decide = move |meta: &imgplane_origins::Meta, first: &[u8]| {
            assert_eq!(meta.content_type.as_deref(), Some("image/png"));
            assert_eq!(first, "x".repeat(1024).as_bytes());
            decision
        };
        let merged =
            Merge::new().fetch_merged(key("a.jpg"), vec![Arc::clone(&origin)], small.clone(), decide).await;
        match merged {
            Err(failure) => {
                assert!(limited);
                assert_eq!(
                    failure.to_string(),
                    "ELIMIT - The file has 3000 bytes, which is more than the limit of 2999 bytes"
                );
            }
            Ok(Merged::Stream(_, fetched)) => {
                assert!(!limited);
                assert_eq!(fetched.body.collect(u64::MAX).await.unwrap(), body);
            }
            Ok(Merged::Collected(_)) => panic!("collected"),
        }
    }
}

#[tokio::test]
async fn a_decision_that_panics_costs_its_own_request() {
    let server = Server::always(answer(200, "", "abc")).await;
    let origin = web(&server.url(""));
    let merge = Merge::new();
    let failed = merge
        .fetch_merged(key("a.jpg"), vec![Arc::clone(&origin)], whole("a.jpg"), |_, _| panic!("a defect"))
        .await;
    assert_eq!(failed.unwrap_err().to_string(), "UNIDENTIFIED - the fetch was lost");
    let merged = merge
        .fetch_merged(key("a.jpg"), vec![origin], whole("a.jpg"), |_, _| Decision::Collect)
        .await
        .unwrap();
    assert!(matches!(merged, Merged::Collected(original) if original.bytes == "abc"));
}
