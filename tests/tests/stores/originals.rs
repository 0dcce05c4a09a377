//! Saved originals in a bucket: the origin is asked once for all pods.

use serde_json::json;

use crate::{
    place,
    pod::{Pod, Web},
};

#[tokio::test]
async fn many_transformations_on_two_pods_ask_the_origin_once() {
    let web = Web::start();
    let (_server, place) = place::versitygw();
    let start = || Pod::start_with(&web, place.clone(), &json!({"saveOriginals": true}), &[]);
    let (one, other) = (start(), start());
    one.until_ready().await;
    other.until_ready().await;
    assert_eq!(one.get("/shop/tr:w-100/cat.jpg").await.status, 200);
    one.until_written(2.0).await;
    for (pod, widths) in [(&one, 10..20), (&other, 20..30)] {
        for width in widths {
            let answer = pod.get(&format!("/shop/tr:w-{width}/cat.jpg")).await;
            assert_eq!((answer.status, answer.picture().width()), (200, width));
            assert_eq!(answer.timing("download"), None, "{answer:?}");
        }
        assert_eq!(pod.metric(r#"imgplane_saved_originals_total{outcome="used"}"#).await as usize, 10);
        assert!(pod.metric("imgplane_saved_origin_bytes_total").await > 10_000.0);
    }
    assert_eq!(web.asked(), 1);
}
