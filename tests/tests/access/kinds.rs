//! What a file is taken for before it is fetched, and what a name opens of a private one: nobody gets by another way
//! what is closed to him.

use super::{KEYS, UNAUTHORIZED, YEAR, endpoint, seen, signed, start};

#[tokio::test]
async fn a_video_is_one_however_its_name_is_written() {
    let server = start(&[
        endpoint("videos", &format!("{KEYS}  restrictUnsigned: {{videos: All}}")),
        endpoint("images", &format!("{KEYS}  restrictUnsigned: {{images: All}}")),
    ]);
    for path in [
        "/default/videos/clip.m%704",
        "/default/videos/tr:orig-true/clip.m%70%34",
        "/default/videos/ik-seo/clip/x.m%704",
        "/default/videos/clip.mp4%3Fx",
        "/default/videos/clip.mp4%23",
        "/default/videos/clip.m%25704",
        "/default/images/cat.jpg%3Fx.mp4",
        "/default/images/cat.jpg%23x.mp4",
    ] {
        assert_eq!(seen(&server.get(path).await), UNAUTHORIZED, "{path}");
    }
    assert_eq!(server.get("/default/videos/c%61t.jpg").await.status, 200);
    assert_eq!(server.get("/default/images/clip.mp4").await.status, 200);
}

#[tokio::test]
async fn a_default_image_needs_what_its_own_kind_needs() {
    let server = start(&[
        endpoint("videos", &format!("{KEYS}  restrictUnsigned: {{videos: All}}")),
        endpoint("images", &format!("{KEYS}  restrictUnsigned: {{images: All}}")),
    ]);
    for (path, unsigned) in [
        ("/default/images/none.mp4?tr=orig-true,di-cat.jpg", 401),
        ("/default/images/none.mp4?tr=di-cat.jpg", 401),
        ("/default/images/none.mp4?tr=di-clip.mp4", 200),
        ("/default/videos/none.jpg?tr=di-clip.mp4", 401),
        ("/default/videos/none.jpg?tr=di-clip.m%704", 401),
        ("/default/videos/none.jpg?tr=di-cat.jpg", 200),
    ] {
        assert_eq!(server.get(path).await.status, unsigned, "{path}");
        if unsigned == 401 {
            assert_eq!(server.get(&signed(&server, path, &[])).await.status, 200, "{path}");
        }
    }
}

#[tokio::test]
async fn a_name_opens_what_is_made_of_a_private_file_and_no_original() {
    let named = "namedTransformations: [{name: thumb, value: w-30}, {name: as_it_is, value: orig-true}]\n";
    let server = start(&[
        endpoint("all", &format!("{KEYS}  treatAllAsPrivate: true\n{named}")),
        endpoint(
            "both",
            &format!("{KEYS}  treatAllAsPrivate: true\n  restrictUnsigned: {{images: All}}\n{named}"),
        ),
        endpoint(
            "fallback",
            &format!("{KEYS}  treatAllAsPrivate: true\n{named}defaultImage: {{path: a.txt}}\n"),
        ),
    ]);
    let private = "private, max-age=31536000, must-revalidate";
    for path in ["/default/all/tr:n-thumb/a.txt", "/default/all/tr:n-thumb/clip.mp4"] {
        let answer = server.get(path).await;
        assert_eq!(seen(&answer), UNAUTHORIZED, "{path}");
        assert_eq!(
            answer.header("ik-error"),
            "EAUTH - This file is not transformed, and as it is it needs a signed URL"
        );
        assert_eq!(seen(&server.get(&signed(&server, path, &[])).await), (200, "", private), "{path}");
    }
    // Where the endpoint itself says that the original is what the name means, it is.
    for path in ["/default/all/tr:n-as_it_is/cat.jpg", "/default/all/tr:n-as_it_is/clip.mp4"] {
        assert_eq!(seen(&server.get(path).await), (200, "", YEAR), "{path}");
    }
    assert_eq!(seen(&server.get("/default/fallback/tr:n-thumb/none.jpg").await).1, "ENOENT");
    // What came by a signature stays with its client, whether or not a name alone would have been enough.
    let path = "/default/both/tr:n-thumb/cat.jpg";
    assert_eq!(seen(&server.get(path).await), UNAUTHORIZED);
    assert_eq!(seen(&server.get(&signed(&server, path, &[])).await), (200, "", private));
}
