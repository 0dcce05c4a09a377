//! Files that pass through: kept on their way, as they are and as they were compressed.

use http::Method;
use serde_json::json;

use super::gallery::Gallery;

const BR: [(&str, &str); 1] = [("accept-encoding", "br")];
const GZIP: [(&str, &str); 1] = [("accept-encoding", "gzip")];

fn style() -> Vec<u8> {
    "body { margin: 0; padding: 0 }\n".repeat(200).into_bytes()
}

#[tokio::test]
async fn text_is_kept_as_it_is_and_in_every_coding_that_was_asked_for() {
    let gallery = Gallery::open(json!({})).await;
    gallery.put_bytes("style.css", style());
    // Each request: what it accepts, how often the origin was asked after it, whether the cache had it.
    let mut bodies = std::collections::BTreeMap::new();
    for (step, (headers, asked, hit)) in [
        (&BR[..], 1, false),
        (&BR, 1, true),
        (&GZIP, 2, false),
        (&GZIP, 2, true),
        (&[], 3, false),
        (&[], 3, true),
        (&BR, 3, true),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = gallery.get_with("/shop/style.css", headers).await;
        let coding = headers.first().map_or("", |(_, coding)| coding);
        assert_eq!((answer.status, answer.header("content-encoding")), (200, coding), "{step}: {answer:?}");
        assert_eq!(answer.header("content-type"), "text/css", "{step}");
        assert_eq!(answer.header("vary"), "Accept-Encoding", "{step}");
        assert_eq!(gallery.asked(), asked, "{step}");
        assert_eq!(answer.header("server-timing").contains("cdn-cache-hit"), hit, "{step}: {answer:?}");
        let etag = answer.header("etag").to_owned();
        let (body, tag) = bodies.entry(coding).or_insert_with(|| (answer.body.clone(), etag.clone())).clone();
        assert!(body == answer.body && tag == etag, "{step}");
    }
    assert_eq!(bodies[""].0, style());
    assert!(bodies["br"].0.len() < style().len() / 10);

    let part = gallery.get_with("/shop/style.css", &[("range", "bytes=2-5"), BR[0]]).await;
    assert_eq!((part.status, &part.body[..]), (206, &style()[2..=5]));
    let head = gallery.browser().send(Method::HEAD, "/shop/style.css", &[]).await;
    assert_eq!(head.header("content-length"), style().len().to_string());
    assert_eq!(gallery.asked(), 3);
}

#[tokio::test]
async fn what_is_kept_as_it_is_is_compressed_once_for_who_takes_it() {
    let gallery = Gallery::open(json!({})).await;
    gallery.put_bytes("style.css", style());
    gallery.get("/shop/style.css").await;
    let first = gallery.get_with("/shop/style.css", &BR).await;
    let again = gallery.get_with("/shop/style.css", &BR).await;
    assert_eq!((first.header("content-encoding"), &first.body), ("br", &again.body));
    assert_eq!(gallery.asked(), 1);
    let metrics = gallery.metrics().await;
    assert!(
        metrics.contains(r#"imgplane_compressions_total{coding="br",outcome="compressed"} 1"#),
        "{metrics}"
    );
}

#[tokio::test]
async fn originals_and_drawings_are_kept_and_purged_like_pictures() {
    let gallery = Gallery::open(json!({})).await;
    gallery.put_bytes("plane.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec());
    for path in ["/shop/tr:orig-true/a.png", "/shop/plane.svg"] {
        let asked = gallery.asked();
        let first = gallery.get(path).await;
        let again = gallery.get(path).await;
        assert_eq!((again.status, &again.body), (200, &first.body), "{path}");
        for name in ["content-type", "etag", "content-security-policy", "cache-control"] {
            assert_eq!(again.header(name), first.header(name), "{path}: {name}");
        }
        assert!(again.header("server-timing").contains("cdn-cache-hit"), "{path}: {again:?}");
        assert_eq!(gallery.asked(), asked + 1, "{path}");
        super::purge::purge(&gallery, &format!("http://host{path}")).await;
        assert!(gallery.get(path).await.header("server-timing").contains("cdn-cache-miss"), "{path}");
        assert_eq!(gallery.asked(), asked + 2, "{path}");
    }
}

#[tokio::test]
async fn a_part_is_not_taken_for_the_whole() {
    let gallery = Gallery::open(json!({})).await;
    gallery.put_bytes("style.css", style());
    for _ in 0..2 {
        let part = gallery.get_with("/shop/style.css", &[("range", "bytes=0-3")]).await;
        assert!(part.status == 206 || part.body == style(), "{part:?}");
    }
    let head = gallery.browser().send(Method::HEAD, "/shop/b.css", &[]).await;
    assert_eq!(head.status, 404);
    let whole = gallery.get("/shop/style.css").await;
    assert_eq!(whole.body, style());
}

#[tokio::test]
async fn a_private_file_that_was_kept_needs_permission_every_time() {
    let gallery = Gallery::open(json!({})).await;
    gallery.put_bytes("secret.css", style());
    let signed = super::gallery::signed("/shop/secret.css", None);
    for _ in 0..2 {
        assert_eq!(gallery.get(&signed).await.status, 200);
        let answer = gallery.get("/shop/secret.css").await;
        assert_eq!((answer.status, answer.header("etag")), (401, ""));
    }
    assert_eq!(gallery.get_with(&signed, &BR).await.header("content-encoding"), "br");
    assert_eq!(gallery.get_with("/shop/secret.css", &BR).await.status, 401);
}
