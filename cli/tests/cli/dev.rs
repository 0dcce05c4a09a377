//! `imgplane dev` from end to end: served, edited, broken, mended.

use std::{
    fs,
    net::TcpListener,
    time::{Duration, Instant},
};

use crate::folder::{Dev, Folder, PATIENCE, SMALLEST, get};

#[test]
fn two_manifests_and_a_folder_become_urls() {
    let folder = Folder::with_photo();
    let dev = Dev::start(&folder, &[]);
    let url = format!("{}/default/tr:w-300/cat.jpg", dev.delivery);
    assert!(dev.seen().contains(&url), "the table shows a URL to try:\n{}", dev.seen());
    assert!(dev.seen().contains("loopback"), "{}", dev.seen());
    let answer = get(&url);
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"));
    assert!(
        answer.header("server-timing").starts_with("transformation;dur="),
        "{}",
        answer.header("server-timing")
    );
    assert_eq!(get(&format!("{}/readyz", dev.admin)).status, 200);
    assert_eq!(dev.terminate("-INT"), Some(0));
}

#[test]
fn a_change_is_served_soon_a_mistake_is_printed_and_the_good_version_stays() {
    let folder = Folder::with_photo();
    let mut dev = Dev::start(&folder, &[]);
    let (old, new) =
        (format!("{}/default/cat.jpg", dev.delivery), format!("{}/default/shop/cat.jpg", dev.delivery));
    assert_eq!((get(&old).status, get(&new).status), (200, 404));

    folder.write("site.yaml", &SMALLEST.replace("  origins:", "  urlPrefix: shop\n  origins:"));
    let saved = Instant::now();
    dev.wait_for("Reloaded in");
    assert!(saved.elapsed() < Duration::from_secs(10), "{:?}", saved.elapsed());
    assert_eq!((get(&old).status, get(&new).status), (404, 200));

    folder.write("site.yaml", &SMALLEST.replace("  origins:", "  urlPrefx: other\n  origins:"));
    let line = dev.wait_for("site.yaml:12: UrlEndpoint default/main: spec.urlPrefx: ");
    assert!(line.contains("did you mean urlPrefix?"), "{line}");
    dev.wait_for("the last good version of 1 object goes on serving");
    assert_eq!(get(&new).status, 200);

    folder.write("site.yaml", "kind: [oops\n");
    dev.wait_for("not valid YAML");
    dev.wait_for("Reloaded in");
    assert_eq!(get(&new).status, 200, "objects of a file that is no YAML now go on serving");

    folder.write("site.yaml", SMALLEST);
    dev.wait_for("no problems");
    assert_eq!((get(&old).status, get(&new).status), (200, 404));
}

#[test]
fn a_reference_that_breaks_keeps_the_last_good_version() {
    let folder = Folder::with_photo();
    let mut dev = Dev::start(&folder, &[]);
    let url = format!("{}/default/cat.jpg", dev.delivery);
    assert_eq!(get(&url).status, 200);
    folder.write("site.yaml", &SMALLEST.replace("[{name: photos}]", "[{name: fotos}]"));
    dev.wait_for("site.yaml:12: UrlEndpoint default/main: spec.origins[0].name: ");
    dev.wait_for("Reloaded in");
    assert_eq!(get(&url).status, 200);
}

#[test]
fn an_object_that_is_removed_is_gone_and_a_new_file_is_noticed() {
    let folder = Folder::with_photo();
    let mut dev = Dev::start(&folder, &[]);
    let endpoint = SMALLEST.split("---\n").nth(1).unwrap().replace("main", "second");
    folder.write("more/second.yaml", &endpoint.replace("  origins:", "  urlPrefix: second\n  origins:"));
    let url = format!("{}/default/second/cat.jpg", dev.delivery);
    dev.wait_for("2 endpoints");
    assert_eq!(get(&url).status, 200);
    fs::remove_file(folder.path().join("more/second.yaml")).unwrap();
    dev.wait_for("1 endpoint,");
    assert_eq!(get(&url).status, 404);
}

#[test]
fn a_volume_folder_that_comes_later_needs_no_restart() {
    let folder = Folder::new(&[("site.yaml", SMALLEST)]);
    let mut dev = Dev::start(&folder, &[]);
    assert!(
        dev.seen().contains("site.yaml:6: warning: Origin default/photos: spec.volume.name: "),
        "{}",
        dev.seen()
    );
    let url = format!("{}/default/cat.jpg", dev.delivery);
    assert_eq!(get(&url).status, 404);
    folder.photo("volumes/photos/cat.jpg");
    let deadline = Instant::now() + PATIENCE;
    while get(&url).status != 200 {
        assert!(Instant::now() < deadline, "{}", dev.seen());
    }
    dev.wait_for("no problems");
}

#[test]
fn a_folder_below_a_volume_that_comes_later_needs_no_restart() {
    let folder = Folder::with_photo();
    folder.write("site.yaml", &SMALLEST.replace("{name: photos}\n---", "{name: photos, path: a/b}\n---"));
    let mut dev = Dev::start(&folder, &[]);
    let warning = "site.yaml:6: warning: Origin default/photos: spec.volume.path: ";
    assert!(dev.seen().contains(warning), "{}", dev.seen());
    folder.photo("volumes/photos/a/b/cat.jpg");
    dev.wait_for("no problems");
    assert_eq!(get(&format!("{}/default/cat.jpg", dev.delivery)).status, 200);
}

#[test]
fn a_volume_may_lie_elsewhere() {
    let folder = Folder::new(&[("site.yaml", SMALLEST)]);
    let elsewhere = Folder::new(&[]);
    elsewhere.photo("a b/cat.jpg");
    let dev = Dev::start(&folder, &["--volume", &format!("photos={}", elsewhere.path().display())]);
    assert_eq!(get(&format!("{}/default/tr:w-50/a%20b/cat.jpg", dev.delivery)).status, 200);
}

#[test]
fn a_taken_port_is_named_with_the_flag_that_changes_it() {
    let folder = Folder::with_photo();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (flag, other) in [("--listen", "--admin-listen"), ("--admin-listen", "--listen")] {
        let holder = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = holder.local_addr().unwrap().to_string();
        let run = folder.run(&["dev", ".", flag, &address, other, "127.0.0.1:0"]);
        assert_eq!(run.code(), 1, "{}", run.err());
        assert!(run.err().contains(flag) && run.err().contains(&address), "{}", run.err());
    }
    drop(taken);
}

#[test]
fn requests_are_logged_in_short_lines_without_colour_in_a_pipe() {
    let folder = Folder::with_photo();
    let mut dev = Dev::start(&folder, &[]);
    get(&format!("{}/default/tr:w-30/cat.jpg?token=hush", dev.delivery));
    let line = dev.wait_for("200 GET /default/tr:w-30/cat.jpg");
    assert!(!line.contains('\u{1b}') && !line.contains("hush"), "{line:?}");
    get(&format!("{}/default/absent.jpg", dev.delivery));
    assert!(dev.wait_for("404 GET /default/absent.jpg").contains("ENOENT"));
    assert_eq!(dev.terminate("-TERM"), Some(0));
}

#[test]
fn a_data_plane_with_hosts_is_still_reachable_on_this_machine() {
    let plane = "apiVersion: imgplane.dev/v1alpha1\nkind: DataPlane\nmetadata: {name: pool}\n\
                 spec: {default: true, mode: External, hosts: [img.example.com]}\n";
    let folder = Folder::with_photo();
    folder.write("plane.yaml", plane);
    let dev = Dev::start(&folder, &[]);
    assert_eq!(get(&format!("{}/default/cat.jpg", dev.delivery)).status, 200);
}
