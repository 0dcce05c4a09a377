//! `imgplane sign`: what it prints is what an SDK makes of the same URL and key.

use std::{
    io::Write as _,
    process::Stdio,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::folder::{Folder, command};

const KEY: &str = "private_Qm3vT9xW1exampleA=";

fn folder() -> Folder {
    Folder::new(&[("key", &format!("{KEY}\n"))])
}

fn sign(arguments: &[&str]) -> (i32, String, String) {
    let run = folder().run(&[&["sign", "--key-file", "key"], arguments].concat());
    assert!(!run.out().contains(KEY) && !run.err().contains(KEY), "the key is never shown");
    (run.code(), run.out(), run.err())
}

#[test]
fn a_url_is_printed_with_the_signature_that_an_sdk_makes() {
    for (url, arguments, tail) in [
        (
            "https://ik.example.test/acme/default-image.jpg",
            &[][..],
            "?ik-s=4176ba7b8b95eac9951afcc70cc16443f3654aab",
        ),
        (
            "https://ik.example.test/acme/default-image.jpg?v=9&tr=w-300",
            &["--timestamp", "1720003599"],
            "&ik-t=1720003599&ik-s=cf98e300599b760737ec9d5aa239d8bf09151ea6",
        ),
        (
            "https://ik.example.test/acme/product-images/shoes/a1.webp",
            &["--endpoint", "https://ik.example.test/acme/product-images/"],
            "?ik-s=f7fdf8724de1389ddcc3b045670684c549a067ce",
        ),
        (
            "https://ik.example.test/acme/product-images/shoes/a1.webp",
            &[],
            "?ik-s=854c7b978860588db3342411cecd5d6b76021a3e",
        ),
        (
            "https://media.acme.test/hero/banner.jpg?tr=w-1200,q-70",
            &["--endpoint", "https://media.acme.test"],
            "&ik-s=9ae91d54a2ff53d91c9a60cdd3db96fd83803a5c",
        ),
    ] {
        let (code, out, err) = sign(&[&[url], arguments].concat());
        assert_eq!((code, out, err.as_str()), (0, format!("{url}{tail}\n"), ""));
    }
}

#[test]
fn seconds_from_now_become_the_expiry() {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let before = now();
    let (code, out, err) = sign(&["https://ik.example.test/acme/a.jpg", "--expires-in", "300"]);
    assert_eq!(code, 0, "{err}");
    let expiry: u64 = out.split(['=', '&']).nth(1).unwrap().parse().unwrap();
    assert!((before + 300..=now() + 300).contains(&expiry), "{out}");
}

#[test]
fn a_dash_reads_the_key_from_standard_input() {
    let mut child = command()
        .args(["sign", "https://ik.example.test/acme/default-image.jpg", "--key-file", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(KEY.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.ends_with("?ik-s=4176ba7b8b95eac9951afcc70cc16443f3654aab\n"), "{out}");
}

#[test]
fn a_url_that_would_never_verify_is_refused() {
    for (arguments, word) in [
        (&["https://ik.example.test/acme/a b.jpg"][..], "percent-encoded"),
        (&["https://ik.example.test/acme/a.jpg#x"], "fragment"),
        (&["https://ik.example.test/acme/a.jpg?name=it's"], "%27"),
        (&["https://ik.example.test/acme/x/../a.jpg"], "write the path that it leads to"),
        (&["https://ik.example.test/acme/a.jpg?ik-s=1"], "remove both"),
        (&["https://ik.example.test/acme/a.jpg", "--endpoint", "https://ik.example.test/other"], "other/"),
        (&["https://ik.example.test/acme/a.jpg", "--timestamp", "10000000000000000"], "16 digits"),
    ] {
        let (code, out, err) = sign(arguments);
        assert_eq!((code, out.as_str()), (1, ""), "{arguments:?}");
        assert!(err.contains(word), "{arguments:?}: {err}");
    }
}

#[test]
fn wrong_usage_is_told_apart() {
    let url = "https://ik.example.test/acme/a.jpg";
    for (arguments, word) in [
        (&["sign", url][..], "--key-file"),
        (&["sign", url, "--key-file", "absent"], "absent cannot be read"),
        (&["sign", url, "--key-file", "empty"], "empty is empty"),
        (&["sign", url, "--key-file", "blank"], "blank is empty"),
        (&["sign", url, "--key-file", "key", "--expires-in", "0"], "--expires-in"),
        (&["sign", url, "--key-file", "key", "--expires-in", "1", "--timestamp", "2"], "--timestamp"),
        (&["sign", "https://media.acme.test/a.jpg", "--key-file", "key"], "--endpoint"),
        (&["sign", "a.jpg", "--key-file", "key"], "--endpoint"),
    ] {
        let run = Folder::new(&[("key", KEY), ("empty", ""), ("blank", "\n")]).run(arguments);
        assert_eq!((run.code(), run.out().as_str()), (2, ""), "{arguments:?}");
        assert!(run.err().contains(word), "{arguments:?}: {}", run.err());
    }
}
