//! Named transformations, default images and other vendors' URLs: what an endpoint stores decides what its URLs mean.

use super::{endpoint, get, seen, start};

const NAMED: &str = "\
namedTransformations:
- {name: thumb, value: 'tr:w-30,h-30'}
- {name: turned, value: 'n-thumb:rt-90,b-5_red'}
- {name: draft, value: 'w-1', enabled: false}
";

#[tokio::test]
async fn names_stand_for_what_the_endpoint_stores() {
    let server = start(&[
        endpoint("free", NAMED),
        endpoint("strict", &format!("{NAMED}restrictUnnamedTransformations: true\n")),
    ]);
    for (path, size) in [
        ("/default/free/tr:n-thumb/cat.jpg", (30, 30)),
        ("/default/free/cat.jpg?tr=n-turned", (40, 40)),
        ("/default/free/tr:n-thumb:w-60/cat.jpg", (60, 60)),
        ("/default/strict/tr:n-thumb/cat.jpg", (30, 30)),
        ("/default/strict/cat.jpg", (320, 200)),
    ] {
        let answer = server.get(path).await;
        let picture = answer.picture();
        assert_eq!((picture.width(), picture.height()), size, "{path}");
    }
    for (path, error) in [
        ("/default/free/tr:n-nope/cat.jpg", "n: \"nope\" is not a named transformation of this URL endpoint"),
        ("/default/free/tr:n-draft/cat.jpg", "n: \"draft\" is a named transformation that is switched off"),
        ("/default/strict/tr:w-30/cat.jpg", "Only named transformations (n-NAME) are allowed"),
        ("/default/strict/tr:n-thumb,w-30/cat.jpg", "Only named transformations (n-NAME) are allowed"),
        ("/default/strict/tr:orig-true/cat.jpg", "Only named transformations (n-NAME) are allowed"),
        ("/default/strict/tr:f-auto/cat.jpg", "Only named transformations (n-NAME) are allowed"),
    ] {
        let answer = server.get(path).await;
        assert_eq!(seen(&answer), (400, "EINVAL", "max-age=60"), "{path}");
        assert!(answer.header("ik-error").contains(error), "{}", answer.header("ik-error"));
        assert_eq!(String::from_utf8_lossy(&answer.body), "Bad Image Transformation Request");
    }
}

#[tokio::test]
async fn a_default_image_takes_the_place_of_a_missing_one_alone() {
    let server = start(&[
        endpoint("plain", ""),
        endpoint("fallback", "defaultImage: {path: sub/none.jpg}\n"),
        endpoint("gone", "defaultImage: {path: nowhere.jpg}\n"),
        endpoint("broken", "defaultImage: {path: broken.jpg}\n"),
    ]);
    for (path, width) in [
        ("/default/plain/tr:w-60,di-sub@@none.jpg/missing.jpg", 60),
        ("/default/plain/tr:di-@@sub@@none.jpg/missing.jpg", 120),
        ("/default/fallback/missing.jpg", 120),
        ("/default/fallback/tr:w-60/missing.jpg?v=2", 60),
        ("/default/fallback/tr:di-cat.jpg/missing.jpg", 320),
    ] {
        let answer = server.get(path).await;
        assert_eq!(
            seen(&answer),
            (200, "ENOENT", "public, s-maxage=60, max-age=60, must-revalidate"),
            "{path}"
        );
        assert_eq!(answer.picture().width(), width, "{path}");
    }
    for path in [
        "/default/plain/tr:di-nowhere.jpg/missing.jpg",
        "/default/gone/missing.jpg",
        "/default/broken/tr:w-30/missing.jpg",
    ] {
        let answer = server.get(path).await;
        assert_eq!(seen(&answer), (404, "ENOENT", "public, max-age=10"), "{path}");
    }
    // What is there needs no replacement, and a wrong URL gets none.
    assert_eq!(server.get("/default/fallback/cat.jpg").await.header("ik-error"), "");
    assert_eq!(server.get("/default/fallback/tr:w-abc/missing.jpg").await.status, 400);
    assert_eq!(server.get("/default/fallback/tr:di-..@@x/missing.jpg").await.status, 400);
}

#[tokio::test]
async fn urls_of_other_vendors_keep_working() {
    let server = start(&[
        endpoint("cl", "urlRewriter: {type: Cloudinary}\n"),
        endpoint("ix", "urlRewriter: {type: Imgix}\n"),
        endpoint("ak", "urlRewriter: {type: Akamai}\nrestrictUnnamedTransformations: true\n"),
    ]);
    for (path, size) in [
        ("/default/cl/image/upload/w_60,h_60,c_fill/v17/cat.jpg", (60, 60)),
        ("/default/cl/w_60/a_90/cat.jpg", (38, 60)),
        ("/default/cl/w_abc,h_100/cat.jpg", (160, 100)),
        ("/default/cl/tr:w-30/cat.jpg", (30, 19)),
        ("/default/ix/cat.jpg?w=80&h=80&fit=crop&v=3", (80, 80)),
        ("/default/ix/cat.jpg?orient=6", (200, 320)),
        ("/default/ak/cat.jpg", (320, 200)),
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.header("ik-error"));
        let picture = answer.picture();
        assert_eq!((picture.width(), picture.height()), size, "{path}");
    }
    // What a vendor's URL asks for is as explicit as if it were written natively.
    assert_eq!(server.get("/default/ak/cat.jpg?imwidth=30").await.status, 400);
}

#[tokio::test]
async fn clients_that_send_no_useful_accept_get_the_format_that_the_endpoint_knows() {
    let server =
        start(&[endpoint("app", "acceptOverrides: [{userAgent: MyApp/, accept: 'image/webp,*/*'}]\n")]);
    for (agent, format) in [("MyApp/2.1 (iOS)", "webp"), ("curl/8", "jpeg")] {
        let answer = get(&server, "/default/app/cat.jpg", &[("user-agent", agent), ("accept", "*/*")]).await;
        assert_eq!((answer.format(), answer.header("vary")), (format, "Accept, User-Agent"), "{agent}");
    }
}
