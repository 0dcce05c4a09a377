//! What is made of several files: each is fetched once, and what holds for one of them holds for the result.

use serde_json::json;

use super::gallery::{Gallery, signed};

#[tokio::test]
async fn each_file_is_fetched_once_and_the_result_is_kept() {
    let gallery = Gallery::open(json!({})).await;
    let path = "/shop/tr:w-70:l-image,i-b.png,w-10,l-end:l-image,i-b.png,w-12,lx-0,l-end/a.png";
    let before = gallery.asked();
    assert_eq!(gallery.get(path).await.status, 200);
    assert_eq!(gallery.asked() - before, 2, "the picture and the layer's file, which is drawn twice");
    assert_eq!(gallery.get(path).await.status, 200);
    assert_eq!(gallery.asked() - before, 2, "kept");
}

#[tokio::test]
async fn a_private_layer_makes_the_result_private() {
    let gallery = Gallery::open(json!({"security": {"signingKeys": ["url-keys/a"]}})).await;
    let path = "/shop/tr:w-70:l-image,i-secret.png,w-10,l-end/a.png";
    for times in ["before it is kept", "after"] {
        let refused = gallery.get(path).await;
        assert_eq!(refused.status, 401, "{times}: {}", refused.header("ik-error"));
        let shown = gallery.get(&signed(path, None)).await;
        assert_eq!(shown.status, 200, "{times}: {}", shown.header("ik-error"));
        assert!(shown.header("cache-control").starts_with("private"), "{}", shown.header("cache-control"));
    }
    assert_eq!(gallery.get("/shop/tr:w-70/a.png").await.status, 200, "the picture alone is open");
}

#[tokio::test]
async fn a_file_that_must_not_be_kept_keeps_the_result_from_being_kept() {
    let gallery = Gallery::open(json!({"caching": {"originCacheControl": true}})).await;
    let path = "/shop/tr:w-71:l-image,i-b.png,w-10,l-end/a.png";
    gallery.say_of_caching("no-store");
    assert_eq!(gallery.get(path).await.status, 200);
    let before = gallery.asked();
    assert_eq!(gallery.get(path).await.status, 200);
    assert_eq!(gallery.asked() - before, 2);
}
