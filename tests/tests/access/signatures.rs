//! Signed URLs: where they are needed, what makes them wrong, how long they last, and whom they let have private files.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use imgplane_tests::server::{imgplane::Imgplane, nginx::Nginx};

use super::{
    KEY, KEYS, SHARED, UNAUTHORIZED, YEAR, endpoint, files, fill, get, seen, signed, signed_by, start,
};

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test]
async fn where_all_must_be_signed_only_right_signatures_are_served() {
    let server = start(&[
        endpoint("all", &format!("{KEYS}  restrictUnsigned: {{images: All, videos: All}}")),
        endpoint("images", &format!("{KEYS}  restrictUnsigned: {{images: All}}")),
        endpoint("videos", &format!("{KEYS}  restrictUnsigned: {{videos: All}}")),
        endpoint("open", KEYS),
        endpoint("keyless", ""),
    ]);
    for (path, status) in [
        ("/default/all/cat.jpg", 401),
        ("/default/all/tr:w-30/cat.jpg", 401),
        ("/default/all/a.txt", 401),
        ("/default/all/clip.mp4", 401),
        // Who may not ask is told neither whether the file is there nor what is wrong with the rest.
        ("/default/all/nothing.jpg", 401),
        ("/default/all/tr:w-abc/cat.jpg", 401),
        ("/default/images/cat.jpg", 401),
        ("/default/images/a.txt", 401),
        ("/default/images/clip.mp4", 200),
        ("/default/videos/cat.jpg", 200),
        ("/default/videos/clip.mp4", 401),
        ("/default/open/cat.jpg", 200),
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.header("ik-error"));
        if status == 401 {
            assert_eq!(seen(&answer), UNAUTHORIZED, "{path}");
            assert_eq!(String::from_utf8_lossy(&answer.body), "Unauthorized: Invalid request signature");
            assert_eq!(answer.header("ik-error"), "EAUTH - The URL needs a signature (ik-s) and has none");
        }
    }
    for path in ["/default/all/cat.jpg", "/default/all/tr:w-30/cat.jpg?v=1", "/default/open/cat.jpg?tr=w-30"]
    {
        let url = signed(&server, path, &[]);
        let answer = server.get(&url).await;
        assert_eq!(seen(&answer), (200, "", YEAR), "{url}");
        // Wrong ones are refused also where none is needed.
        let (before, signature) = url.split_once("ik-s=").unwrap();
        let loud = format!("{before}ik-s={}", signature.to_uppercase());
        for wrong in [url.replace("cat", "dog"), format!("{url}&tr=w-9"), format!("{url}0"), loud] {
            assert_eq!(seen(&server.get(&wrong).await), UNAUTHORIZED, "{wrong}");
        }
        let other = signed_by(&server, path, "somebody_elses", &[]);
        let answer = server.get(&other).await;
        assert_eq!(answer.header("ik-error"), "EAUTH - The signature (ik-s) does not match this URL");
    }
    let answer = server.get(&signed(&server, "/default/keyless/cat.jpg", &[])).await;
    assert_eq!(
        (answer.status, answer.header("ik-error")),
        (401, "EAUTH - This URL endpoint has no signing keys, so no signature (ik-s) is valid")
    );
}

#[tokio::test]
async fn a_signature_ends_and_nobody_keeps_the_answer_longer() {
    let server = start(&[endpoint("exact", KEYS), endpoint("lenient", &format!("{KEYS}  clockSkew: 1h"))]);
    let url = |path: &str, at: u64| signed(&server, path, &["--timestamp", &at.to_string()]);
    let answer = server.get(&url("/default/exact/cat.jpg", now() + 600)).await;
    let header = answer.header("cache-control");
    let seconds = header.rsplit("max-age=").next().and_then(|rest| rest.split(',').next());
    let seconds: u64 = seconds.unwrap().parse().unwrap();
    assert!((1..=600).contains(&seconds), "{header}");
    let past = now() - 60;
    let answer = server.get(&url("/default/exact/cat.jpg", past)).await;
    assert_eq!(seen(&answer), UNAUTHORIZED);
    assert_eq!(answer.header("ik-error"), "EAUTH - The URL has expired (ik-t)");
    assert_eq!(String::from_utf8_lossy(&answer.body), "Unauthorized: The URL has expired");
    let answer = server.get(&url("/default/lenient/cat.jpg", past)).await;
    assert_eq!(seen(&answer), (200, "", "public, s-maxage=0, max-age=0, must-revalidate"));
    let longer = url("/default/exact/cat.jpg", past).replace(&past.to_string(), &(past + 600).to_string());
    assert_eq!(
        server.get(&longer).await.header("ik-error"),
        "EAUTH - The signature (ik-s) does not match this URL"
    );
}

#[tokio::test]
async fn keys_rotate_without_a_gap_and_a_removed_one_ends() {
    let keys =
        |list: &str| format!("security:\n  signingKeys: [{list}]\n  restrictUnsigned: {{images: All}}\n");
    let (old, new) = ("{secretRef: {name: url-keys}}", "{secretRef: {name: url-keys, key: next}}");
    let manifests = |list: &str| format!("{SHARED}{}", endpoint("e", &keys(list)));
    let server = Imgplane::start(&manifests(old), fill);
    let by_old = signed(&server, "/default/e/cat.jpg", &[]);
    let by_new = signed_by(&server, "/default/e/cat.jpg", "another_key", &[]);
    for (list, expected) in
        [(old.to_owned(), (200, 401)), (format!("{old}, {new}"), (200, 200)), (new.to_owned(), (401, 200))]
    {
        std::fs::write(server.folder().join("manifests.yaml"), manifests(&list)).unwrap();
        until(&server, &by_old, &by_new, expected).await;
    }
}

/// Waits until the two URLs are answered so.
async fn until(server: &Imgplane, one: &str, other: &str, expected: (u16, u16)) {
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    loop {
        let statuses = (server.get(one).await.status, server.get(other).await.status);
        if statuses == expected {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{statuses:?}, expected {expected:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn private_files_are_for_signed_urls_and_named_transformations() {
    let web = Nginx::start(
        "server { listen LISTEN0; root ROOT; location /marked/ { add_header Is-Private-File TRUE; alias ROOT/; } }",
        files,
    );
    let origin = format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {{name: web}}\nspec: {{type: WebFolder, webFolder: {{baseUrl: \"{}\"}}}}\n---\n",
        web.url(0)
    );
    let named = "namedTransformations: [{name: thumb, value: 'w-30'}]\n";
    let endpoints = [
        endpoint("web", &format!("{KEYS}{named}")).replace("name: files", "name: web"),
        endpoint("all", &format!("{KEYS}  treatAllAsPrivate: true\n{named}")),
    ];
    let server = Imgplane::start(&format!("{SHARED}{origin}{}", endpoints.concat()), fill);
    let private = "private, max-age=31536000, must-revalidate";
    for (path, by_signature) in [
        ("/default/web/marked/cat.jpg", private),
        ("/default/web/tr:w-40/marked/cat.jpg", private),
        ("/default/web/tr:orig-true/marked/cat.jpg", private),
        ("/default/web/tr:n-thumb,w-10/marked/cat.jpg", private),
        ("/default/web/marked/a.txt", private),
        ("/default/all/cat.jpg", private),
        ("/default/all/tr:di-sub@@none.jpg/cat.jpg", private),
        ("/default/all/a.txt", private),
    ] {
        let unsigned = server.get(path).await;
        assert_eq!(seen(&unsigned), UNAUTHORIZED, "{path}");
        assert_eq!(
            unsigned.header("ik-error"),
            "EAUTH - This file needs a signed URL or a named transformation"
        );
        assert_eq!(String::from_utf8_lossy(&unsigned.body), "Unauthorised Image Access");
        let answer = server.get(&signed(&server, path, &[])).await;
        assert_eq!(seen(&answer), (200, "", by_signature), "{path}");
    }
    for path in ["/default/web/tr:n-thumb/marked/cat.jpg", "/default/all/cat.jpg?tr=n-thumb"] {
        let answer = server.get(path).await;
        assert_eq!(seen(&answer), (200, "", YEAR), "{path}");
        assert_eq!(answer.picture().width(), 30, "{path}");
    }
    assert_eq!(seen(&server.get("/default/web/a.txt").await), (200, "", YEAR));
    // Where all is private, nobody learns what there is.
    assert_eq!(seen(&server.get("/default/all/nothing.jpg").await), UNAUTHORIZED);
    let short = signed(&server, "/default/web/marked/a.txt", &["--expires-in", "60"]);
    let answer = server.get(&short).await;
    let header = answer.header("cache-control");
    assert!(header.starts_with("private, max-age=") && header.len() < private.len(), "{header}");
}

#[tokio::test]
async fn a_private_picture_in_the_place_of_another_stays_with_its_client() {
    let fallback = "defaultImage: {path: sub/none.jpg}\n";
    let server = start(&[
        endpoint("open", &format!("{KEYS}{fallback}")),
        endpoint("all", &format!("{KEYS}  treatAllAsPrivate: true\n{fallback}")),
        endpoint("brief", &format!("{KEYS}  clockSkew: 1h\n{fallback}")),
    ]);
    let past = (now() - 60).to_string();
    for (path, arguments, cache_control) in [
        ("/default/open/missing.jpg", &[][..], "public, s-maxage=60, max-age=60, must-revalidate"),
        ("/default/all/missing.jpg", &[], "private, max-age=60, must-revalidate"),
        (
            "/default/brief/missing.jpg",
            &["--timestamp", &past],
            "public, s-maxage=0, max-age=0, must-revalidate",
        ),
    ] {
        let answer = server.get(&signed(&server, path, arguments)).await;
        assert_eq!(seen(&answer), (200, "ENOENT", cache_control), "{path}");
        assert_eq!(answer.picture().width(), 120, "{path}");
    }
    assert_eq!(server.get("/default/all/missing.jpg").await.status, 401);
}

/// Requests that come while an original is on its way share its fetch, not the permission.
#[tokio::test]
async fn nobody_gets_in_on_the_signature_of_another() {
    let server = Arc::new(start(&[endpoint("all", &format!("{KEYS}  treatAllAsPrivate: true"))]));
    let path = "/default/all/tr:w-60/cat.jpg";
    let url = signed(&server, path, &[]);
    let requests = (0..40).map(|index| {
        let (server, url) = (Arc::clone(&server), if index % 2 == 0 { path.to_owned() } else { url.clone() });
        tokio::spawn(async move { (index % 2, server.get(&url).await.status) })
    });
    for request in requests.collect::<Vec<_>>() {
        let (is_signed, status) = request.await.unwrap();
        assert_eq!(status, if is_signed == 1 { 200 } else { 401 });
    }
}

#[tokio::test]
async fn signatures_never_reach_the_log() {
    let server = start(&[endpoint("all", &format!("{KEYS}  restrictUnsigned: {{images: All}}"))]);
    let url = signed(&server, "/default/all/cat.jpg", &[]);
    let signature = url.split("ik-s=").nth(1).unwrap().to_owned();
    assert_eq!(get(&server, &url, &[]).await.status, 200);
    assert_eq!(get(&server, &format!("{url}0"), &[]).await.status, 401);
    let text = server.process.output();
    assert!(text.contains("/default/all/cat.jpg"), "{text}");
    assert!(!text.contains(&signature) && !text.contains(KEY), "{text}");
}
