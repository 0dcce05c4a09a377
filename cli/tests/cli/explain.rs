//! `imgplane explain` on good and bad URLs.

use serde_json::{Value, json};

use crate::folder::Folder;

fn explain(folder: &Folder, arguments: &[&str]) -> (i32, Value) {
    let mut all = vec!["explain", "-o", "json", "--manifests", "."];
    all.extend(arguments);
    let run = folder.run(&all);
    (run.code(), run.json())
}

fn alone(folder: &Folder, arguments: &[&str]) -> (i32, Value) {
    let mut all = vec!["explain", "-o", "json"];
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
    let (exit, answer) = explain(&folder, &["/default/tr:w-400,h-300:rt-30:dn-72/cat.jpg"]);
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
    let alone = |arguments: &[&str]| alone(&folder, arguments);
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
        ("dir/a.jpg?tr=w-300", "dir/a.jpg"),
        ("images/2024/hat.jpg?tr=w-300", "images/2024/hat.jpg"),
        ("hat.jpg?tr=w-300#top", "hat.jpg"),
        ("https://img.example/hat.jpg?tr=w-300", "hat.jpg"),
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
fn without_manifests_a_signature_is_not_judged() {
    let folder = Folder::with_photo();
    for (url, signature) in [
        ("/a.jpg?tr=w-300", json!({"verdict": "absent", "signed": null})),
        ("/a.jpg?ik-s=4176ba7b8b95eac9951afcc70cc16443f3654aab", json!(null)),
        ("https://img.example/shop/a.jpg?ik-t=1700000300&ik-s=00", json!(null)),
    ] {
        let (_, answer) = alone(&folder, &[url, "--source", "600x400"]);
        assert_eq!((&answer["signature"], &answer["error"]), (&signature, &json!(null)), "{url}");
    }
    let run = folder.run(&["explain", "/a.jpg?ik-s=4176ba7b8b95eac9951afcc70cc16443f3654aab"]);
    assert!(
        run.out().contains("\nSignature  not judged: signatures are judged with --manifests only\n"),
        "{}",
        run.out()
    );
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
    assert_eq!(answer["error"], Value::Null);
    let run = folder.run(&["explain", string, "--source", "800x600.jpg"]);
    assert!(run.out().contains("+ block ik_canvas: 100 x 50 at (290,20)"), "{}", run.out());
}

const SMALL_LIMIT: &str = "
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {name: small}
spec:
  urlPrefix: small
  origins: [{name: photos}]
  limits: {maxPixels: 100000}
";

#[test]
fn an_original_with_more_pixels_than_are_decoded_is_refused_as_the_server_does() {
    let folder = Folder::with_photo();
    folder.write("small.yaml", SMALL_LIMIT);
    let photo = "The source's resolution in pixels (451x300) is 135300, the limit is 100000";
    let given = "The source's resolution in pixels (600x400) is 240000, the limit is 100000";
    for (arguments, message) in [
        (&["/default/small/cat.jpg"][..], Some(photo)),
        (&["/default/small/tr:w-300/cat.jpg"], Some(photo)),
        (&["/default/small/tr:w-300/absent.jpg", "--source", "600x400"], Some(given)),
        (&["/default/small/tr:w-300/cat.jpg", "--source", "300x300"], None),
        // What is not decoded is not judged.
        (&["/default/small/tr:orig-true/cat.jpg"], None),
        (&["/default/small/tr:w-300/drawing.svg", "--source", "600x400"], None),
        (&["/default/small/tr:w-300/absent.jpg"], None),
    ] {
        let (exit, answer) = explain(&folder, arguments);
        assert_eq!(exit, i32::from(message.is_some()), "{arguments:?}: {answer}");
        let error = message.map(|text| json!({"code": "ELIMIT", "message": text, "character": null}));
        assert_eq!(answer["error"], error.unwrap_or_default(), "{arguments:?}");
    }
}

/// A GIF of two frames of 2 x 1 pixels.
const ANIMATION: &[u8] = b"GIF89a\x02\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\
    !\xf9\x04\0\x0a\0\0\0,\0\0\0\0\x02\0\x01\0\0\x02\x02\x44\x0a\0\
    !\xf9\x04\0\x0a\0\0\0,\0\0\0\0\x02\0\x01\0\0\x02\x02\x44\x0a\0;";

#[test]
fn steps_that_never_run_have_no_sizes() {
    let folder = Folder::with_photo();
    folder.write(
        "volumes/photos/drawing.svg",
        "<svg xmlns='http://www.w3.org/2000/svg' width='80' height='40'/>",
    );
    folder.write("volumes/photos/film.mp4", "no picture at all");
    std::fs::write(folder.path().join("volumes/photos/moving.gif"), ANIMATION).unwrap();
    folder.photo("volumes/photos/cat.txt");
    let unknown = json!({"width": null, "height": null, "format": null, "quality": null});
    for (url, output) in [
        ("/default/tr:w-300/film.mp4", unknown.clone()),
        ("/default/tr:w-300/absent.pdf", unknown.clone()),
        ("/default/tr:w-300/absent.psd", unknown),
        (
            "/default/tr:w-300/drawing.svg",
            json!({"width": 80, "height": 40, "format": "svg", "quality": null}),
        ),
        (
            "/default/tr:w-300,f-svg/absent.svg",
            json!({"width": null, "height": null, "format": "svg", "quality": null}),
        ),
        ("/default/tr:q-50/moving.gif", json!({"width": 2, "height": 1, "format": "gif", "quality": null})),
        (
            "/default/tr:w-100:if-w_gt_50,orig-true,if-end/cat.jpg",
            json!({"width": 451, "height": 300, "format": "jpg", "quality": null}),
        ),
    ] {
        let (exit, answer) = explain(&folder, &[url]);
        assert_eq!((exit, &answer["error"]), (0, &json!(null)), "{url}");
        assert_eq!(answer["output"], output, "{url}");
        let steps = answer["steps"].as_array().unwrap();
        assert!(!steps.is_empty(), "{url}");
        for step in steps {
            assert_eq!((&step["in"], &step["out"]), (&json!(null), &json!(null)), "{url}");
            assert_eq!(step["notes"], json!(["not run: the file is delivered as it is"]), "{url}");
        }
    }
    let run = folder.run(&["explain", "/default/tr:w-300/film.mp4", "--manifests", "."]);
    assert!(run.out().contains("\nOutput     the file as it is\n"), "{}", run.out());
    // Unless it is drawn.
    let (exit, answer) = explain(&folder, &["/default/tr:w-300,f-png/drawing.svg"]);
    let drawn = json!({"width": 300, "height": 150, "format": "png", "quality": null});
    assert_eq!((exit, &answer["output"]), (0, &drawn), "{answer}");
    assert_eq!(answer["steps"][0]["out"], json!([300, 150]), "{answer}");
    // First bytes, and who knows the original, win over the name.
    for arguments in
        [&["/default/tr:w-300/cat.txt"][..], &["/default/tr:w-300/film.mp4", "--source", "600x400.jpg"]]
    {
        let (_, answer) = explain(&folder, arguments);
        assert_eq!(answer["steps"][0]["out"], json!([300, 200]), "{arguments:?}: {answer}");
    }
}

#[test]
fn what_the_server_refuses_for_its_kind_or_its_ending_is_refused_in_its_words() {
    let folder = Folder::with_photo();
    let image = "The source could not be decoded: unknown format";
    let heic = "HEIC files are not decoded by this server: save the original as JPEG, PNG, WebP or AVIF";
    for (url, code, message) in [
        ("/default/cat.jpg/ik-video.mp4", "EFEATURE", "The suffix ik-video.mp4 is not supported yet"),
        (
            "/default/tr:w-300/film.mp4/ik-thumbnail.jpg",
            "EFEATURE",
            "A still of a video is not supported yet",
        ),
        ("/default/doc.pdf/ik-thumbnail.jpg", "EFEATURE", &heic.replace("HEIC", "PDF")),
        (
            "/default/cat.jpg/ik-thumbnail.jpg?tr=pg-2",
            "EINVAL",
            "pg-2 is wanted of cat.jpg, which has 1 frame",
        ),
        ("/default/ik-genimg-prompt-a/cat.jpg", "EFEATURE", "Making pictures from text is not supported yet"),
        ("/default/tr:w-300/photo.heic", "EFEATURE", heic),
        ("/default/tr:w-300/photo.jp2", "UNIDENTIFIED", image),
    ] {
        let (exit, answer) = explain(&folder, &[url]);
        let error = json!({"code": code, "message": message, "character": null});
        assert_eq!((exit, &answer["error"]), (1, &error), "{url}");
    }
    for url in ["/default/photo.heic", "/default/tr:orig-true,f-jpg/drawing.svg", "/default/drawing.svg"] {
        let (exit, answer) = explain(&folder, &[url]);
        assert_eq!((exit, &answer["error"]), (0, &json!(null)), "{url}");
    }
}

#[test]
fn a_target_longer_than_is_read_is_refused() {
    let folder = Folder::with_photo();
    let url =
        |bytes: usize| format!("/default/cat.jpg?x={}", "a".repeat(bytes - "/default/cat.jpg?x=".len()));
    let message = "URI Too Long: path and query have 8193 bytes, the limit is 8192";
    let error = json!({"code": "414", "message": message, "character": null});
    for run in [explain, alone] {
        let (exit, answer) = run(&folder, &[&format!("https://img.example{}#fragment", url(8192))]);
        assert_eq!((exit, &answer["error"]), (0, &json!(null)));
        let (exit, answer) = run(&folder, &[&url(8193)]);
        assert_eq!((exit, &answer["error"]), (1, &error));
    }
}

#[test]
fn this_machine_is_called_as_imgplane_dev_is() {
    let folder = Folder::with_photo();
    folder.write(
        "plane.yaml",
        "apiVersion: imgplane.dev/v1alpha1\nkind: DataPlane\nmetadata: {name: pool}\n\
         spec: {default: true, mode: External, hosts: [img.acme.test]}\n",
    );
    for (host, exit) in [
        ("img.acme.test", 0),
        ("127.0.0.1:8080", 0),
        ("127.8.0.1", 0),
        ("LocalHost:9000", 0),
        ("[::1]:8080", 0),
        ("[::1]", 0),
        ("10.0.0.1:8080", 1),
        ("127.0.0.1.acme.test", 1),
        ("localhost.acme.test", 1),
    ] {
        let (found, answer) = explain(&folder, &[&format!("http://{host}/default/cat.jpg")]);
        assert_eq!(found, exit, "{host}: {answer}");
    }
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

#[test]
fn a_name_does_not_open_the_original_of_a_private_file() {
    let folder = Folder::with_photo();
    folder.write("volumes/photos/film.mp4", "no picture at all");
    folder.write(
        "private.yaml",
        "apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {name: private}\nspec:\n  urlPrefix: private\n  \
         origins: [{name: photos}]\n  security: {treatAllAsPrivate: true}\n  namedTransformations:\n  \
         - {name: thumb, value: w-30}\n  - {name: as_it_is, value: orig-true}\n",
    );
    for (url, message) in [
        ("/default/private/tr:n-thumb/cat.jpg", None),
        ("/default/private/tr:n-as_it_is/film.mp4", None),
        (
            "/default/private/tr:n-thumb/film.mp4",
            Some("This file is not transformed, and as it is it needs a signed URL"),
        ),
        ("/default/private/cat.jpg", Some("This file needs a signed URL or a named transformation")),
    ] {
        let (exit, answer) = explain(&folder, &[url]);
        assert_eq!(answer["error"]["message"].as_str(), message, "{url}");
        assert_eq!(exit, i32::from(message.is_some()), "{url}");
    }
}
