//! The start page of `imgplane dev` and the JSON behind it.

use crate::folder::{Dev, Folder, get};

#[test]
fn the_page_is_self_contained_and_guarded_by_a_policy() {
    let folder = Folder::with_photo();
    let dev = Dev::start(&folder, &[]);
    let page = get(&format!("{}/", dev.admin));
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"));
    let text = page.text();
    for external in ["http://", "https://", "<script>", "onclick="] {
        assert!(!text.contains(external), "{external}");
    }
    for asset in ["/dev/style.css", "/dev/page.js", "/dev/icon.svg"] {
        assert!(text.contains(asset), "{asset}");
        assert_eq!(get(&format!("{}{asset}", dev.admin)).status, 200, "{asset}");
    }
    assert!(!get(&format!("{}/dev/page.js", dev.admin)).text().contains("innerHTML"));
}

#[test]
fn the_state_tells_endpoints_origins_problems_and_errors_with_advice() {
    let folder = Folder::with_photo();
    folder.write("broken.yaml", "kind: [oops");
    let dev = Dev::start(&folder, &[]);
    get(&format!("{}/default/cat.jpg", dev.delivery));
    get(&format!("{}/default/absent.jpg", dev.delivery));
    let state = get(&format!("{}/dev/state", dev.admin)).json();
    assert_eq!(state["delivery"], dev.delivery);
    assert_eq!(state["endpoints"][0]["id"], "default/main");
    assert_eq!(state["endpoints"][0]["url"], format!("{}/default/", dev.delivery));
    assert_eq!(state["origins"][0]["type"], "Volume");
    assert_eq!(state["origins"][0]["health"]["successes"], 1);
    assert_eq!(state["problems"][0]["file"], "./broken.yaml");
    let error = &state["errors"][0];
    assert_eq!((&error["status"], &error["url"]), (&404.into(), &"/default/absent.jpg".into()));
    assert!(error["ikError"].as_str().unwrap().starts_with("ENOENT - "), "{error}");
    assert!(error["advice"].as_str().unwrap().contains("place below the origin"), "{error}");
}

#[test]
fn samples_can_be_fetched_whatever_their_names_hold() {
    let folder = Folder::with_photo();
    folder.photo("volumes/photos/deep/<b>a&b #1?%41.jpg");
    let dev = Dev::start(&folder, &[]);
    let samples = get(&format!("{}/dev/samples", dev.admin)).json();
    let samples = samples.as_array().unwrap();
    assert_eq!(samples.len(), 2, "{samples:?}");
    for sample in samples {
        let url =
            format!("{}tr:w-40/{}", sample["endpoint"].as_str().unwrap(), sample["path"].as_str().unwrap());
        assert_eq!(get(&url).status, 200, "{url}");
    }
}

#[test]
fn a_url_is_explained_as_the_command_does() {
    let folder = Folder::with_photo();
    let dev = Dev::start(&folder, &[]);
    let url = format!("{}/default/tr:w-300/cat.jpg", dev.delivery);
    let answer = get(&format!("{}/dev/explain?url={url}&accept=image/webp", dev.admin)).json();
    let run = folder.run(&["explain", &url, "--manifests", ".", "--accept", "image/webp", "-o", "json"]);
    assert_eq!(answer, run.json());
    assert_eq!(answer["output"]["format"], "webp");
}
