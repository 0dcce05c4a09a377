//! What is made of several files: each is fetched once, and what holds for one of them holds for the result.

use serde_json::json;

use super::{
    gallery::{Gallery, signed},
    purge::purge,
};

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

/// A watermark and a line in a font of the origin on a picture.
fn adorned(width: u32, picture: &str) -> String {
    let text = "l-text,i-Sale,fs-10,ff-mine.ttf,l-end";
    format!("/shop/tr:w-{width}:l-image,i-b.png,w-10,l-end:{text}/{picture}")
}

fn with_font(gallery: &Gallery) {
    let fonts = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("text/fonts");
    gallery.put_bytes("mine.ttf", std::fs::read(fonts.join("lobster-regular.ttf")).unwrap());
}

#[tokio::test]
async fn a_watermark_and_a_font_are_fetched_once_for_many_pictures() {
    let gallery = Gallery::open(json!({})).await;
    with_font(&gallery);
    for (asked, width) in [(3, 70), (4, 71), (5, 72)] {
        let answer = gallery.get(&adorned(width, "a.png")).await;
        assert_eq!((answer.status, gallery.asked()), (200, asked), "{}", answer.header("ik-error"));
    }
    let metrics = gallery.metrics().await;
    assert!(metrics.contains("imgplane_saved_originals_total{outcome=\"used\"} 4\n"), "{metrics}");
}

#[tokio::test]
async fn without_a_cache_the_files_of_layers_are_fetched_for_each_picture() {
    let gallery = Gallery::without_cache().await;
    with_font(&gallery);
    for (asked, width) in [(3, 70), (6, 71)] {
        assert_eq!((gallery.get(&adorned(width, "a.png")).await.status, gallery.asked()), (200, asked));
    }
}

#[tokio::test]
async fn a_purge_of_the_picture_or_of_the_watermark_fetches_the_watermark_anew() {
    let gallery = Gallery::open(json!({})).await;
    with_font(&gallery);
    assert_eq!((gallery.get(&adorned(70, "a.png")).await.status, gallery.asked()), (200, 3));
    let old = gallery.get(&adorned(70, "a.png")).await.body;
    gallery.put("b.png", 55);
    purge(&gallery, "http://host/shop/a.png*").await;
    assert_ne!(gallery.get(&adorned(70, "a.png")).await.body, old, "it is drawn with the new watermark");
    assert_eq!(gallery.asked(), 6);
    assert_eq!((gallery.get(&adorned(71, "a.png")).await.status, gallery.asked()), (200, 7));
    purge(&gallery, "http://host/shop/b.png").await;
    assert_eq!((gallery.get(&adorned(72, "a.png")).await.status, gallery.asked()), (200, 9));
    purge(&gallery, "http://host/shop/wide.png").await;
    assert_eq!(
        (gallery.get(&adorned(73, "a.png")).await.status, gallery.asked()),
        (200, 10),
        "of another one"
    );
}

#[tokio::test]
async fn a_watermark_whose_origin_wants_to_be_asked_is_asked_by_its_validators() {
    let gallery = Gallery::open(json!({"caching": {"originCacheControl": true}})).await;
    with_font(&gallery);
    gallery.say_of_caching("no-cache");
    for (asked, sent, width) in [(3, 3, 70), (6, 4, 71), (9, 5, 72)] {
        assert_eq!(gallery.get(&adorned(width, "a.png")).await.status, 200);
        assert_eq!((gallery.asked(), gallery.sent()), (asked, sent), "the picture alone is sent again");
    }
}
