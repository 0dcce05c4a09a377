//! `imgplane check` on good and bad folders.

use std::fs;

use crate::folder::{Folder, SMALLEST, command, demo};

const ORIGIN: &str = "\
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata:
  name: photos
spec:
  type: Volume
  volume:
    name: photos
";

#[test]
fn sound_folders_have_no_findings() {
    let folder = Folder::new(&[("site/main.yaml", SMALLEST)]);
    let run = folder.run(&["check", "site"]);
    assert_eq!((run.code(), run.out().as_str()), (0, ""), "{}", run.err());
    assert_eq!(run.err(), "2 objects in 1 file: no problems\n");
    let json = folder.run(&["check", "site", "-o", "json"]);
    assert_eq!((json.code(), json.json()), (0, serde_json::json!([])));
    let demo = command().arg("check").arg(demo()).output().unwrap();
    assert_eq!(demo.status.code(), Some(0), "{}", String::from_utf8_lossy(&demo.stdout));
}

#[test]
fn examples_are_sound_also_where_they_hold_files_of_kustomize_and_others() {
    for example in ["gitops", "quickstart", "sidecar"] {
        let folder = demo().join("..").join(example);
        let run = command().arg("check").arg(&folder).output().unwrap();
        assert_eq!(run.status.code(), Some(0), "{example}: {}", String::from_utf8_lossy(&run.stdout));
        assert_eq!(String::from_utf8_lossy(&run.stdout), "", "{example}");
    }
    let unnamed =
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [site.yaml]\n";
    let folder = Folder::new(&[("kustomization.yaml", unnamed), ("site.yaml", SMALLEST)]);
    let run = folder.run(&["check", "."]);
    assert_eq!((run.code(), run.out().as_str()), (0, ""), "{}", run.err());
    assert!(run.err().contains("note: kustomize reads this file"), "{}", run.err());
}

#[test]
fn every_finding_names_file_line_object_field_and_what_to_do() {
    let folder = Folder::new(&[
        (
            "site/a.yaml",
            &ORIGIN.replace(
                "  volume:\n    name: photos",
                "  volume:\n    nam: photos\n  fetch:\n    retries: 5",
            ),
        ),
        (
            "site/b.yaml",
            "kind: [oops\n---\napiVersion: imgplane.dev/v1\nkind: Origin\nmetadata: {name: old}\n",
        ),
        (
            "site/c.yml",
            "apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {name: main}\nspec:\n  origins:\n  - \
             name: gone\n",
        ),
        ("site/d.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"),
        ("site/e.yaml", "apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoints\nmetadata: {name: x}\n"),
    ]);
    let run = folder.run(&["check", "site"]);
    assert_eq!(run.code(), 1, "{}{}", run.out(), run.err());
    let expected = [
        ("site/a.yaml:8: Origin default/photos: spec.volume.nam: ", "did you mean name?"),
        ("site/a.yaml:7: Origin default/photos: spec.volume.name: ", "is required"),
        ("site/a.yaml:10: Origin default/photos: spec.fetch.retries: ", "at most 1"),
        ("site/b.yaml:1: ", "not valid YAML"),
        ("site/b.yaml:3: Origin default/old: apiVersion: ", "write imgplane.dev/v1alpha1"),
        ("site/c.yml:6: UrlEndpoint default/main: spec.origins[0].name: ", "gone"),
        ("site/e.yaml:2: UrlEndpoints default/x: kind: ", "UrlEndpoint"),
    ];
    let out = run.out();
    let lines: Vec<_> = out.lines().collect();
    for (start, word) in expected {
        assert!(
            lines.iter().any(|line| line.starts_with(start) && line.contains(word)),
            "{start} {word}\n{out}"
        );
    }
    assert_eq!(lines.len(), expected.len(), "{out}");
    assert!(run.err().contains("site/d.yaml:1: note: Deployment default/web: "), "{}", run.err());
    assert!(run.err().ends_with("5 objects in 5 files: 7 problems\n"), "{}", run.err());
}

#[test]
fn json_findings_have_the_same_fields_always() {
    let folder = Folder::new(&[("site/a.yaml", &format!("{ORIGIN}---\n{ORIGIN}"))]);
    let run = folder.run(&["check", "site", "-o", "json"]);
    assert_eq!(run.code(), 1);
    let findings = run.json();
    let [finding] = findings.as_array().unwrap().as_slice() else { panic!("{findings}") };
    assert!(finding["message"].as_str().unwrap().contains("site/a.yaml:1"), "{finding}");
    let mut rest = finding.clone();
    rest.as_object_mut().unwrap().remove("message");
    assert_eq!(
        rest,
        serde_json::json!({
            "severity": "error", "file": "site/a.yaml", "line": 13, "column": 3, "kind": "Origin",
            "namespace": "default", "name": "photos", "field": "metadata.name", "reason": "Duplicate"
        })
    );
}

#[test]
fn warnings_alone_are_no_failure() {
    let origins =
        ["a", "b", "c"].map(|name| ORIGIN.replace("name: photos\nspec", &format!("name: {name}\nspec")));
    let endpoint = SMALLEST
        .split("---\n")
        .nth(1)
        .unwrap()
        .replace("[{name: photos}]", "[{name: a}, {name: b}, {name: c}]");
    let folder = Folder::new(&[("site/a.yaml", &format!("{}---\n{endpoint}", origins.join("---\n")))]);
    let run = folder.run(&["check", "site"]);
    assert_eq!(run.code(), 0, "{}", run.out());
    assert!(run.out().contains(": warning: UrlEndpoint default/main: spec.origins: "), "{}", run.out());
}

#[test]
fn a_folder_that_is_not_in_the_volume_is_a_warning_where_the_volume_is_here() {
    let folder = Folder::with_photo();
    folder
        .write("site.yaml", &SMALLEST.replace("{name: photos}\n---", "{name: photos, path: holidays}\n---"));
    let run = folder.run(&["check", "."]);
    assert_eq!(run.code(), 0, "{}", run.out());
    let warning = "site.yaml:6: warning: Origin default/photos: spec.volume.path: the folder ";
    assert!(run.out().contains(warning), "{}", run.out());
    assert!(run.out().contains("volumes/photos/holidays does not exist"), "{}", run.out());
    folder.photo("volumes/photos/holidays/cat.jpg");
    assert_eq!(folder.run(&["check", "."]).out(), "");
    fs::remove_dir_all(folder.path().join("volumes")).unwrap();
    assert_eq!(folder.run(&["check", "."]).out(), "", "the volume of the cluster is not here");
}

#[test]
fn a_volume_that_the_folders_own_data_plane_does_not_mount_is_a_problem() {
    let plane = "apiVersion: imgplane.dev/v1alpha1\nkind: DataPlane\nmetadata: {name: pool, namespace: media}\n\
                 spec: {default: true, mode: External}\n";
    let folder = Folder::new(&[("site/a.yaml", &format!("{SMALLEST}---\n{plane}"))]);
    let run = folder.run(&["check", "site"]);
    assert_eq!(run.code(), 1, "{}", run.out());
    assert!(run.out().contains("site/a.yaml:6: Origin default/photos: spec.volume.name: "), "{}", run.out());
    let mounted = folder.run(&["check", "site", "--volume", "photos=/srv/photos"]);
    assert_eq!(mounted.code(), 0, "{}", mounted.out());
}

#[test]
fn secrets_are_looked_up_and_never_printed() {
    let origin = "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {name: media}\nspec:\n  type: S3\n  s3:\n    \
                  bucket: media\n    region: eu-west-1\n    auth: {type: Secret, secretRef: {name: keys}}\n";
    let endpoint = SMALLEST.split("---\n").nth(1).unwrap().replace("photos", "media");
    let secret = |data: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: keys}}\n{data}\n");
    for (data, code, word) in [
        ("stringData: {accessKey: AKIA, secretKey: hushhush}", 0, ""),
        ("stringData: {accessKey: AKIA}", 1, "secretKey"),
        ("data: {accessKey: hushhush!, secretKey: aHVzaA==}", 1, "base64"),
    ] {
        let folder =
            Folder::new(&[("site/a.yaml", &format!("{origin}---\n{endpoint}---\n{}", secret(data)))]);
        let run = folder.run(&["check", "site"]);
        assert_eq!(run.code(), code, "{data}: {}", run.out());
        assert!(run.out().contains(word), "{data}: {}", run.out());
        assert!(!format!("{}{}", run.out(), run.err()).contains("hushhush"), "{}", run.out());
    }
}

#[test]
fn wrong_usage_and_unreadable_folders_exit_with_2() {
    let folder = Folder::new(&[("file.yaml", SMALLEST)]);
    for (arguments, word) in [
        (&["check", "nowhere"][..], "nowhere"),
        (&["check", "file.yaml"], "is not a folder"),
        (&["check"], "Usage"),
        (&["check", ".", "-o", "xml"], "json"),
        (&["check", ".", "--volume", "photos"], "NAME=PATH"),
        (&["explain", "/default/a.jpg", "--manifests", "nowhere"], "nowhere"),
        (&["dev", "nowhere"], "nowhere"),
        (&["frobnicate"], "frobnicate"),
    ] {
        let run = folder.run(arguments);
        assert_eq!(run.code(), 2, "{arguments:?}: {}", run.err());
        assert!(run.err().contains(word), "{arguments:?}: {}", run.err());
    }
}

#[test]
fn help_and_version_are_for_people() {
    let folder = Folder::new(&[]);
    let version = folder.run(&["--version"]);
    assert_eq!(version.out(), format!("imgplane {}\n", env!("CARGO_PKG_VERSION")));
    for command in ["dev", "check", "explain", "status", "sidecar"] {
        let run = folder.run(&[command, "--help"]);
        assert_eq!(run.code(), 0);
        assert!(run.out().contains("Exit codes:") && run.out().contains("Examples:"), "{}", run.out());
    }
}
