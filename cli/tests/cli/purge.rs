//! `imgplane purge` against the server of `imgplane dev`.

use crate::folder::{Dev, Folder, SMALLEST, get};

const KEY: &str = "private_Qm3vT9xW1exampleA=";
/// A pool that keeps results, and an endpoint with a key.
const MORE: &str = "\
apiVersion: imgplane.dev/v1alpha1
kind: DataPlane
metadata: {name: default}
spec:
  default: true
  cache: {memory: 64Mi}
---
apiVersion: v1
kind: Secret
metadata: {name: url-keys}
stringData: {privateKey: private_Qm3vT9xW1exampleA=}
";

fn folder() -> Folder {
    let folder = Folder::with_photo();
    let site = SMALLEST
        .replace("  origins:", "  security: {signingKeys: [{secretRef: {name: url-keys}}]}\n  origins:");
    folder.write("site.yaml", &site);
    folder.write("more.yaml", MORE);
    folder.write("key", &format!("{KEY}\n"));
    folder.write("wrong", "private_other");
    folder
}

#[test]
fn a_file_that_changed_is_seen_after_its_purge() {
    let folder = folder();
    let dev = Dev::start(&folder, &[]);
    dev.until_ready();
    let url = format!("{}/default/tr:w-300,f-jpg/cat.jpg", dev.delivery);
    let first = get(&url);
    assert_eq!(first.status, 200);
    std::fs::remove_file(folder.path().join("volumes/photos/cat.jpg")).unwrap();
    let again = get(&url);
    assert_eq!((again.status, again.header("server-timing").contains("cdn-cache-hit")), (200, true));

    let run = folder.run(&["purge", &url, "--key-file", "key"]);
    assert_eq!((run.code(), run.err().as_str()), (0, ""));
    assert!(run.out().starts_with("purged everywhere after "), "{}", run.out());
    assert_eq!(get(&url).status, 404);
    folder.photo("volumes/photos/cat.jpg");

    let wild = format!("{}/default/cat.jpg*", dev.delivery);
    let run = folder.run(&["purge", &wild, "--key-file", "key", "--wait", "0"]);
    assert_eq!(run.code(), 0, "{}", run.err());
    assert!(run.out().starts_with("asked for, as "), "{}", run.out());
    assert!(!run.out().contains(KEY) && !run.err().contains(KEY), "the key is never shown");
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let folder = folder();
    let dev = Dev::start(&folder, &[]);
    let url = |path: &str| format!("{}{path}", dev.delivery);
    for (url, arguments, code, message) in [
        (url("/default/cat.jpg"), vec!["--key-file", "wrong"], 1, "refused: This key does not belong to"),
        (url("/default/images*"), vec!["--key-file", "key"], 1, "refused: This URL cannot be purged"),
        (url("/other/cat.jpg"), vec!["--key-file", "key"], 1, "refused: The URL belongs to no URL endpoint"),
        ("/default/cat.jpg".into(), vec!["--key-file", "key"], 2, "error: this URL names no server"),
        (url("/default/cat.jpg"), vec!["--key-file", "none"], 2, "error: the key file none cannot be read"),
        ("http://127.0.0.1:1/default/cat.jpg".into(), vec!["--key-file", "key"], 2, "gives no answer"),
        (
            url("/default/cat.jpg"),
            vec!["--key-file", "key", "--server", dev.admin.as_str()],
            1,
            "is it an imgplane server?",
        ),
    ] {
        let run = folder.run(&[&["purge", url.as_str()], arguments.as_slice()].concat());
        assert_eq!(run.code(), code, "{url}: {}{}", run.out(), run.err());
        assert!(run.err().contains(message), "{url}: {}", run.err());
    }
}
