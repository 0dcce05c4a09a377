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
            "account": "default", "endpoint": "default/main", "resource": "cat.jpg",
            "rewritten": [], "signature": {"verdict": "absent", "signed": null},
            "steps": [
                {"params": {"w": "300"}, "in": [451, 300], "out": [300, 200], "notes": []},
                {"params": {"rt": "90"}, "in": [300, 200], "out": [200, 300], "notes": []}
            ],
            "output": {"width": 200, "height": 300, "format": "jpg", "quality": 80},
            "ignored": [], "warnings": [], "error": null, "origins": ["default/photos"]
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
        ("/default/cat.jpg?ik-s=00&ik-t=1", "EAUTH", json!("default"), json!("cat.jpg")),
    ] {
        let (exit, answer) = explain(&folder, &[url]);
        assert_eq!(exit, 1, "{url}: {answer}");
        assert_eq!(answer["error"]["code"], code, "{url}: {answer}");
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
        assert_eq!((&answer["account"], &answer["resource"]), (&account, &resource), "{url}: {answer}");
    }
}

#[test]
fn what_is_not_drawn_yet_has_steps_and_sizes_before_its_error() {
    let folder = Folder::with_photo();
    let (exit, answer) = explain(&folder, &["/default/tr:w-400,h-300:rt-30/cat.jpg"]);
    assert_eq!(exit, 1, "{answer}");
    assert_eq!(answer["error"]["code"], "EFEATURE", "{answer}");
    assert_eq!(answer["steps"][1]["params"], json!({"rt": "30"}), "{answer}");
    assert_eq!(answer["steps"][1]["out"], json!([496, 460]), "{answer}");
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
Signature  absent
Original   451 x 300, JPEG, from the header of ./volumes/photos/cat.jpg

  STEP  PARAMETERS             IN               OUT
     1  w-300           451 x 300  ->     300 x 200

Output     300 x 200, jpg, quality 80
Ignored    foo-bar
Warnings   foo is not a known parameter and was ignored
"
    );
}

const STORED: &str = "
apiVersion: v1
kind: Secret
metadata: {name: url-keys}
stringData: {privateKey: private_Qm3vT9xW1exampleA=}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {name: signed}
spec:
  urlPrefix: signed
  origins: [{name: photos}]
  security:
    signingKeys: [{secretRef: {name: url-keys}}]
    restrictUnsigned: {images: All}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {name: cl}
spec:
  urlPrefix: cl
  origins: [{name: photos}]
  urlRewriter: {type: Cloudinary}
  namedTransformations: [{name: thumb, value: 'w-100:rt-90'}]
  security: {treatAllAsPrivate: true}
";

#[test]
fn a_signature_is_judged_at_any_time_and_its_text_is_shown() {
    let folder = Folder::with_photo();
    folder.write("signed.yaml", STORED);
    // Made with the key above for the account's base and for 1700000300.
    folder.write("key", "private_Qm3vT9xW1exampleA=\n");
    let sign = |arguments: &[&str]| {
        let url = "http://img.example/default/signed/cat.jpg?tr=w-300";
        let mut all = vec!["sign", url, "--key-file", "key"];
        all.extend(arguments);
        folder.run(&all).out().trim().to_owned()
    };
    let expiring = sign(&["--timestamp", "1700000300"]);
    let text = "cat.jpg?tr=w-3001700000300";
    let of_account = format!("signed/{text}");
    for (url, at, verdict, signed, error) in [
        (expiring.clone(), "1700000300", "valid", Some(of_account.as_str()), None),
        (expiring.clone(), "1700000301", "expired", Some(&of_account), Some("The URL has expired (ik-t)")),
        (
            expiring.replace("w-300", "w-301"),
            "1700000300",
            "invalid",
            Some("cat.jpg?tr=w-3011700000300"),
            Some("The signature (ik-s) does not match this URL"),
        ),
        (
            expiring.replace("ik-s=", "ik-s=0"),
            "1700000300",
            "malformed",
            None,
            Some("The signature (ik-s) must be 40 lower-case hexadecimal digits"),
        ),
        (
            "/default/signed/cat.jpg?tr=w-300".to_owned(),
            "1700000300",
            "absent",
            None,
            Some("The URL needs a signature (ik-s) and has none"),
        ),
    ] {
        let (exit, answer) = explain(&folder, &[&url, "--at", at]);
        assert_eq!(answer["signature"], json!({"verdict": verdict, "signed": signed}), "{url}: {answer}");
        assert_eq!(answer["error"]["message"].as_str(), error, "{url}");
        assert_eq!(exit, i32::from(error.is_some()), "{url}");
        // What is wrong with the signature hides nothing else.
        assert_eq!(
            answer["output"]["width"],
            if verdict == "invalid" { 301 } else { 300 },
            "{url}: {answer}"
        );
    }
    let (exit, answer) = explain(&folder, &[&sign(&[])]);
    assert_eq!((exit, &answer["signature"]["verdict"]), (0, &json!("valid")));
}

#[test]
fn rewritten_urls_names_and_private_files_are_explained() {
    let folder = Folder::with_photo();
    folder.write("signed.yaml", STORED);
    let (exit, answer) = explain(&folder, &["/default/cl/image/upload/w_abc,t_thumb/a_90/v3/cat.jpg"]);
    assert_eq!(exit, 1, "{answer}");
    assert_eq!(answer["resource"], "cat.jpg");
    let notes = answer["rewritten"].to_string();
    assert!(notes.contains("t_thumb -> n-thumb") && notes.contains("w_abc dropped"), "{notes}");
    assert_eq!(answer["steps"][0]["params"], json!({"w": "100"}), "{answer}");
    assert_eq!(answer["error"]["code"], "EAUTH", "a private file needs a signature: {answer}");
    let (exit, answer) = explain(&folder, &["/default/cl/t_thumb/cat.jpg"]);
    assert_eq!((exit, &answer["error"]), (0, &json!(null)), "{answer}");
}

#[test]
fn without_manifests_a_string_or_a_url_is_read_with_the_defaults() {
    let folder = Folder::with_photo();
    let alone = |arguments: &[&str]| {
        let mut all = vec!["explain", "-o", "json"];
        all.extend(arguments);
        let run = folder.run(&all);
        (run.code(), run.json())
    };
    let (code, answer) =
        alone(&["tr:w-300,ar-4-3:rt-90", "--source", "1600x1200.jpg", "--accept", "image/webp"]);
    assert_eq!(code, 0, "{answer}");
    assert_eq!(
        answer,
        json!({
            "account": null, "endpoint": null, "resource": null, "rewritten": [],
            "signature": {"verdict": "absent", "signed": null},
            "steps": [
                {"params": {"w": "300", "ar": "4-3"}, "in": [1600, 1200], "out": [300, 225], "notes": []},
                {"params": {"rt": "90"}, "in": [300, 225], "out": [225, 300], "notes": []}
            ],
            "output": {"width": 225, "height": 300, "format": "webp", "quality": 80},
            "ignored": [], "warnings": [], "error": null, "origins": []
        })
    );
    for (url, resource) in [
        ("https://img.example/shop/tr:w-300/dir/a.jpg", "dir/a.jpg"),
        ("/tr:w-300/dir/a.jpg", "dir/a.jpg"),
        ("dir/a.jpg?tr=w-300", "a.jpg"),
    ] {
        let (_, answer) = alone(&[url, "--source", "600x400"]);
        assert_eq!(
            (&answer["resource"], &answer["output"]["width"]),
            (&json!(resource), &json!(300)),
            "{url}"
        );
    }
    let (code, answer) = alone(&["tr:w-3o0"]);
    assert_eq!(code, 1);
    let message = "w: \"3o0\" is not a number (at character 3)";
    assert_eq!(answer["error"], json!({"code": "EINVAL", "message": message, "character": 3}));
}

#[test]
fn the_place_of_a_mistake_is_under_the_caret() {
    let folder = Folder::with_photo();
    let run = folder.run(&["explain", "tr:w-100%2Ch-200:w-3o0"]);
    let shown = "\
Error      EINVAL - w: \"3o0\" is not a number (at character 15)
           w-100,h-200:w-3o0
                         ^
";
    assert!(run.out().ends_with(shown), "{}", run.out());
}

#[test]
fn layers_are_listed_with_their_place() {
    let folder = Folder::with_photo();
    let string = "tr:w-400,l-image,i-ik_canvas,w-100,h-50,lx-N10,ly-20,l-end";
    let run = folder.run(&["explain", "-o", "json", string, "--source", "800x600.jpg"]);
    let answer = run.json();
    let layer = &answer["steps"][0]["layers"][0];
    assert_eq!((&layer["size"], &layer["at"]), (&json!([100, 50]), &json!([290, 20])), "{answer}");
    assert_eq!(answer["error"]["code"], "EFEATURE");
    let run = folder.run(&["explain", string, "--source", "800x600.jpg"]);
    assert!(run.out().contains("+ block ik_canvas: 100 x 50 at (290,20)"), "{}", run.out());
}

/// Both blocks of the docs' JSON section: the command and what it prints. `UPDATE=1` writes the second.
#[test]
fn the_json_form_is_printed_as_its_page_shows_it() {
    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/explain.md");
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once("\n```json\n").unwrap();
    let (shown, after) = rest.split_once("```\n").unwrap();
    let command = before.rsplit_once("```sh\nimgplane ").unwrap().1;
    let arguments: Vec<String> =
        command.lines().next().unwrap().split_whitespace().map(|word| word.replace('\'', "")).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let printed = Folder::with_photo().run(&arguments).out();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(PAGE, format!("{before}\n```json\n{printed}```\n{after}")).unwrap();
    } else {
        assert_eq!(shown, printed, "UPDATE=1 writes it");
    }
}
