//! `imgplane explain` on good and bad URLs.

use serde_json::{Value, json};

use crate::folder::Folder;

fn explain(folder: &Folder, arguments: &[&str]) -> (i32, Value) {
    let mut all = vec!["explain", "-o", "json", "--manifests", "."];
    all.extend(arguments);
    let run = folder.run(&all);
    (run.code(), run.json())
}

#[test]
fn a_local_file_gives_every_size_without_a_server() {
    let folder = Folder::with_photo();
    let (code, answer) = explain(&folder, &["http://127.0.0.1:8080/default/tr:w-300:rt-90/cat.jpg"]);
    assert_eq!(code, 0, "{answer}");
    assert_eq!(
        answer,
        json!({
            "account": "default", "endpoint": "default/main", "resource": "cat.jpg", "signature": null,
            "steps": [
                {"params": {"w": "300"}, "in": [451, 300], "out": [300, 200], "notes": []},
                {"params": {"rt": "90"}, "in": [300, 200], "out": [200, 300], "notes": []}
            ],
            "output": {"width": 200, "height": 300, "format": "jpg", "quality": 80},
            "ignored": [], "error": null, "origins": ["default/photos"]
        })
    );
}

#[test]
fn a_given_size_replaces_the_file_and_no_size_leaves_sizes_out() {
    let folder = Folder::with_photo();
    let (_, given) = explain(&folder, &["/default/tr:w-300/absent.jpg", "--source", "600x400"]);
    assert_eq!(given["steps"][0]["out"], json!([300, 200]));
    let (code, unknown) = explain(&folder, &["/default/tr:w-300/absent.jpg"]);
    assert_eq!(code, 0);
    assert_eq!(unknown["steps"], json!([{"params": {"w": "300"}, "in": null, "out": null, "notes": []}]));
    assert_eq!(unknown["output"], json!({"width": null, "height": null, "format": "jpg", "quality": 80}));
}

#[test]
fn the_format_is_negotiated_with_the_accept_header_given() {
    let folder = Folder::with_photo();
    for (accept, format) in [("*/*", "jpg"), ("image/webp,*/*", "webp"), ("image/webp;q=0", "jpg")] {
        let (_, answer) = explain(&folder, &["/default/cat.jpg", "--accept", accept]);
        assert_eq!(answer["output"]["format"], format, "{accept}");
    }
}

#[test]
fn bad_urls_are_answered_as_far_as_they_are_understood_and_exit_with_1() {
    let folder = Folder::with_photo();
    for (url, code, account, resource) in [
        ("/nobody/cat.jpg", "ENOENT", json!(null), json!(null)),
        ("/default/", "ENOENT", json!("default"), json!(null)),
        ("/default/a/../b.jpg", "EINVAL", json!("default"), json!(null)),
        ("/default/tr:w-abc/cat.jpg", "EINVAL", json!("default"), json!("cat.jpg")),
        ("/default/cat.jpg?ik-s=00&ik-t=1", "EFEATURE", json!("default"), json!("cat.jpg")),
    ] {
        let (exit, answer) = explain(&folder, &[url]);
        assert_eq!(exit, 1, "{url}: {answer}");
        assert_eq!(answer["error"]["code"], code, "{url}: {answer}");
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
        assert_eq!((&answer["account"], &answer["resource"]), (&account, &resource), "{url}: {answer}");
    }
}

#[test]
fn ignored_parameters_are_listed() {
    let folder = Folder::with_photo();
    let (code, answer) = explain(&folder, &["/default/tr:w-300,foo-bar/cat.jpg"]);
    assert_eq!(code, 0);
    assert_eq!(answer["ignored"], json!(["foo-bar"]));
}

#[test]
fn problems_elsewhere_in_the_folder_do_not_hide_the_answer() {
    let folder = Folder::with_photo();
    folder.write("broken.yaml", "kind: [oops");
    let run = folder.run(&["explain", "/default/tr:w-300/cat.jpg", "--manifests", "."]);
    assert_eq!(run.code(), 0, "{}", run.err());
    assert!(run.err().contains("broken.yaml:1: "), "{}", run.err());
}

#[test]
fn the_table_for_people_shows_the_same() {
    let folder = Folder::with_photo();
    let run = folder.run(&["explain", "/default/tr:w-300,foo-bar/cat.jpg", "--manifests", "."]);
    assert_eq!(
        run.out(),
        "\
URL        /default/tr:w-300,foo-bar/cat.jpg
Account    default
Endpoint   default/main
Resource   cat.jpg
Origins    default/photos
           default/photos: ./volumes/photos
Original   451 x 300, JPEG, from the header of ./volumes/photos/cat.jpg

  STEP  PARAMETERS             IN               OUT
     1  w-300           451 x 300  ->     300 x 200

Output     300 x 200, jpg, quality 80
Ignored    foo-bar
"
    );
}
