//! What CDNs are told beside everybody else: the same lifetime, and what may stand in after it.

use serde_json::json;

use super::gallery::{self, Gallery};

const YEAR: (&str, &str) = (
    "public, s-maxage=31536000, max-age=31536000, must-revalidate",
    "max-age=31536000, stale-while-revalidate=3600, stale-if-error=86400",
);

#[tokio::test]
async fn cdns_may_keep_what_everybody_may_and_let_it_stand_in_as_long_as_it_does_here() {
    for (settings, expected) in [
        (json!({}), YEAR),
        (
            json!({"caching": {"ttl": 600_000, "staleIfError": 30_000}}),
            (
                "public, s-maxage=600, max-age=600, must-revalidate",
                "max-age=600, stale-while-revalidate=60, stale-if-error=30",
            ),
        ),
        (
            json!({"caching": {"ttl": 5_000, "staleIfError": 0}}),
            ("public, s-maxage=5, max-age=5, must-revalidate", "max-age=5, must-revalidate"),
        ),
        // What is to be asked for every time, a CDN asks for too.
        (
            json!({"caching": {"ttl": 0}}),
            ("public, s-maxage=0, max-age=0, must-revalidate", "max-age=0, must-revalidate"),
        ),
    ] {
        let gallery = Gallery::open(settings.clone()).await;
        gallery.put_bytes("style.css", b"body { margin: 0 }".to_vec());
        for path in ["/shop/tr:w-40/a.png", "/shop/a.gif", "/shop/style.css"] {
            for times in ["first", "again"] {
                let answer = gallery.get(path).await;
                let told = (answer.header("cache-control"), answer.header("cdn-cache-control"));
                assert_eq!((answer.status, told), (200, expected), "{settings} {path} {times}");
                // What it has already, and a part of it, is kept as long.
                let etag = answer.header("etag").to_owned();
                let same = gallery.get_with(path, &[("if-none-match", &etag)]).await;
                let part = gallery.get_with(path, &[("range", "bytes=0-1")]).await;
                // The origin knows no ranges, so there are some only of what was kept.
                let cut = if part.header("accept-ranges").is_empty() { 200 } else { 206 };
                for (answer, status) in [(same, 304), (part, cut)] {
                    let told = (answer.header("cache-control"), answer.header("cdn-cache-control"));
                    assert_eq!((answer.status, told), (status, expected), "{settings} {path} {times}");
                }
            }
        }
    }
}

#[tokio::test]
async fn no_cdn_keeps_anything_longer_than_cache_control_says() {
    let settings = json!({
        "defaultImage": "b.png",
        "security": {"signingKeys": ["url-keys/a"], "blockedUserAgents": ["copycat"]},
    });
    let gallery = Gallery::open(settings).await;
    gallery.get("/shop/tr:w-30/a.png").await;
    let ends = gallery::now() + 60;
    let answer = gallery.get(&gallery::signed("/shop/tr:w-30/a.png", Some(ends))).await;
    let seconds = answer.header("cache-control").split(['=', ',']).nth(2).unwrap().to_owned();
    assert!(["59", "60"].contains(&seconds.as_str()), "{answer:?}");
    assert_eq!(answer.header("cdn-cache-control"), format!("max-age={seconds}, must-revalidate"));

    let robot: &[(&str, &str)] = &[("user-agent", "Copycat/1")];
    for (path, headers, status, all, cdn) in [
        // Everybody knows these words.
        (
            "/shop/tr:w-30/missing.png".to_owned(),
            &[][..],
            200,
            "public, s-maxage=60, max-age=60, must-revalidate",
            "max-age=60, must-revalidate",
        ),
        (
            gallery::signed("/shop/tr:w-30/secret.png", None),
            &[],
            200,
            "private, max-age=31536000, must-revalidate",
            "no-store",
        ),
        ("/shop/tr:w-30/secret.png".to_owned(), &[], 401, "no-store", ""),
        ("/shop/tr:w-30/a.png".to_owned(), robot, 403, "private, max-age=60", "no-store"),
        ("/shop/tr:w-zz-1,l-nothing/a.png".to_owned(), &[], 400, "max-age=60", ""),
        ("/shop/tr:w-30/a.png".to_owned(), &[("range", "bytes=999999-")], 416, "no-store", ""),
    ] {
        let answer = gallery.get_with(&path, headers).await;
        let told = (answer.header("cache-control"), answer.header("cdn-cache-control"));
        assert_eq!((answer.status, told), (status, (all, cdn)), "{path}");
    }
}

#[tokio::test]
async fn what_an_origin_says_of_its_file_counts_for_cdns_too() {
    let gallery = Gallery::open(json!({"caching": {"originCacheControl": true}})).await;
    for (number, (told, cdn)) in [
        ("max-age=600", "max-age=600, stale-while-revalidate=60, stale-if-error=86400"),
        ("no-cache", "max-age=0, must-revalidate"),
        ("no-store", ""),
        ("", YEAR.1),
    ]
    .into_iter()
    .enumerate()
    {
        gallery.say_of_caching(told);
        let answer = gallery.get(&format!("/shop/tr:w-{}/a.png", 40 + number)).await;
        assert_eq!((answer.status, answer.header("cdn-cache-control")), (200, cdn), "{told}");
    }
}
