//! What the API server answers to a status that is meant for an object which is gone.

use std::time::Duration;

use imgplane_config::ObjectId;
use imgplane_crds::{Kind, UrlEndpointStatus};
use imgplane_operator::{
    status::{DesiredStatus, StatusBody},
    write::StatusWriter,
};
use tokio_util::sync::CancellationToken;

use crate::stage::{PHOTOS, SHOP, Stage};

fn desired(uid: &str, generation: i64) -> DesiredStatus {
    let body = UrlEndpointStatus { observed_generation: Some(generation), ..UrlEndpointStatus::default() };
    let id = ObjectId::new(SHOP, "main");
    let body = StatusBody::UrlEndpoint(body);
    DesiredStatus::new(Kind::UrlEndpoint, id, uid.to_owned(), generation, body, None)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_of_an_object_that_is_gone_is_given_up_and_its_successor_gets_its_own() {
    let stage = Stage::empty().await;
    stage.cluster.apply(PHOTOS);
    let uid = async || {
        let object = stage.get("UrlEndpoint", SHOP, "main").await.unwrap();
        object["metadata"]["uid"].as_str().unwrap().to_owned()
    };
    let first = uid().await;
    stage.cluster.kubectl(&["delete", "urlendpoint", "main", "-n", SHOP]).succeeded();

    let (writer, _end) = {
        let shutdown = CancellationToken::new();
        (StatusWriter::start(stage.client.clone(), shutdown.clone()), shutdown.drop_guard())
    };
    // Of the object that is gone.
    writer.offer(desired(&first, 1));
    stage.until("left alone", async || writer.counts().waiting == 0).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!((writer.counts().written, writer.counts().failed), (0, 0));

    // Its successor gets its own.
    stage.cluster.apply(PHOTOS);
    let second = uid().await;
    writer.offer(desired(&second, 1));
    stage.until("written", async || writer.counts().written == 1).await;
    assert_eq!(writer.counts().failed, 0);
}
