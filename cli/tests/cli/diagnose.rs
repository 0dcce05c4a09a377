//! `imgplane diagnose` on manifests: every step with its time, and the message of a status at the end.

use std::net::TcpListener;

use serde_json::Value;

use crate::folder::{Folder, SMALLEST, command};

fn diagnose(folder: &Folder, arguments: &[&str]) -> (i32, String, String) {
    let output = command().arg("diagnose").args(arguments).current_dir(folder.path()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn web(address: &str) -> String {
    format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {{name: site, namespace: shop}}\nspec:\n  type: \
         WebFolder\n  webFolder: {{baseUrl: \"{address}\"}}\n"
    )
}

#[test]
fn a_volume_with_the_named_file_can_be_reached() {
    let folder = Folder::new(&[("site.yaml", SMALLEST), ("volumes/photos/a.jpg", "abc")]);
    let (code, out, err) = diagnose(&folder, &["-f", ".", "--path", "a.jpg"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.starts_with("Origin default/photos (Volume), tried from this machine:\n"), "{out}");
    assert!(out.contains("  read ") && out.ends_with("\nIt can be reached.\n"), "{out}");
    let (code, out, _) = diagnose(&folder, &["photos", "-f", "site.yaml", "--path", "b.jpg"]);
    assert_eq!(code, 1);
    assert!(out.contains("\nENOENT_FileNotFound: volume photos: there is no such file. "), "{out}");
}

#[test]
fn a_server_that_does_not_run_falls_at_the_step_connect_and_the_remedy_is_told() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = Folder::new(&[("origin.yaml", &web(&format!("http://{gone}")))]);
    let (code, out, _) = diagnose(&folder, &["-f", "origin.yaml"]);
    assert_eq!(code, 1);
    let steps: Vec<_> = out.lines().filter(|line| line.contains(" ms ")).collect();
    assert!(steps.len() == 3 && steps[2].trim_start().starts_with("connect"), "{out}");
    assert!(steps[2].ends_with("FAILED"), "{out}");
    assert!(out.contains(&format!("\nECONNREFUSED_Refused: {gone}: nothing accepts connections")), "{out}");
    assert!(out.ends_with("and that no firewall refuses the pods.\n"), "{out}");

    let (_, out, _) = diagnose(&folder, &["-f", "origin.yaml", "-o", "json"]);
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["verdict"], "Failed");
    assert_eq!((&answer["origin"], &answer["code"]), (&"shop/site".into(), &"ECONNREFUSED".into()));
    assert!(answer["remedy"].as_str().unwrap().starts_with("Check that the server runs"));
}

#[test]
fn what_cannot_be_tried_is_named() {
    let two = format!("{}---\n{}", web("http://a.example"), web("http://b.example").replace("site", "other"));
    let folder = Folder::new(&[
        ("two.yaml", &two),
        ("none.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"),
    ]);
    for (arguments, expected) in [
        (&["-f", "two.yaml"][..], "holds several Origins: name one of shop/other, shop/site"),
        (&["-f", "none.yaml"], "holds no Origin"),
        (&["nobody", "-f", "two.yaml"], "holds no Origin named nobody"),
        (&["-f", "absent.yaml"], "absent.yaml"),
        (&[], "required"),
    ] {
        let (code, out, err) = diagnose(&folder, arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains(expected), "{arguments:?}: {err}");
    }
}

#[test]
fn a_manifest_with_a_mistake_is_judged_first() {
    let folder = Folder::new(&[("origin.yaml", &web("ftp://a.example"))]);
    let (code, out, err) = diagnose(&folder, &["-f", "origin.yaml"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("spec.webFolder.baseUrl: must be an absolute address"), "{err}");
    assert!(err.contains("no settings can be made of Origin shop/site"), "{err}");
}
