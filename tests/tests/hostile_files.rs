//! Bombs and broken files cost one request: a clear code, no growth, and the server answers on.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

use std::{path::Path, time::Instant};

use imgplane_tests::{pictures, server::imgplane::Imgplane};

const MANIFESTS: &str = "\
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {name: files}
spec:
  type: Volume
  volume: {name: files}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {name: main}
spec:
  origins: [{name: files}]
";

/// Growth of resident memory that refusing a file may cost: its own bytes and some slack of the allocator.
const GROWTH: u64 = 48 << 20;

fn fill(folder: &Path) {
    let files = folder.join("volumes/files");
    std::fs::create_dir_all(&files).unwrap();
    for hostile in pictures::hostile_files() {
        std::fs::write(files.join(&hostile.name), &hostile.bytes).unwrap();
    }
    let photo = pictures::photograph("cat.jpg", 320, 200);
    std::fs::write(files.join("good.jpg"), pictures::jpeg(&photo, 80)).unwrap();
}

#[tokio::test]
async fn hostile_files_are_refused_before_pixels_are_allocated() {
    let mut server = Imgplane::start(MANIFESTS, fill);
    assert_eq!(server.get("/default/tr:w-100/good.jpg").await.status, 200);
    let before = server.process.peak_memory();
    let mut problems = Vec::new();
    for hostile in pictures::hostile_files() {
        let start = Instant::now();
        // An SVG is drawn only where a format is named.
        let format = if hostile.name.starts_with("svg-") { ",f-png" } else { "" };
        let answer = server.get(&format!("/default/tr:w-100{format}/{}", hostile.name)).await;
        let taken = start.elapsed();
        let grown = server.process.peak_memory().saturating_sub(before);
        println!(
            "{:48} {:9} bytes  {} {:14} {:5.1} ms  peak +{} MiB",
            hostile.name,
            hostile.bytes.len(),
            answer.status,
            answer.error_code(),
            taken.as_secs_f64() * 1000.0,
            grown >> 20,
        );
        if (answer.status, answer.error_code()) != (400, hostile.code) {
            let seen = (answer.status, answer.header("ik-error"));
            problems.push(format!("{}: {seen:?}, expected 400 {}", hostile.name, hostile.code));
        }
        if grown > GROWTH {
            problems.push(format!("{}: peak memory grew by {} MiB", hostile.name, grown >> 20));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    assert!(server.process.is_alive());
    assert_eq!(server.get("/default/tr:w-100/good.jpg").await.status, 200, "the server answers on");
}

#[tokio::test]
async fn broken_files_are_delivered_unchanged_when_nothing_is_asked() {
    let server = Imgplane::start(MANIFESTS, fill);
    for hostile in pictures::hostile_files().iter().filter(|hostile| hostile.code == "UNIDENTIFIED") {
        let answer = server.get(&format!("/default/{}", hostile.name)).await;
        assert_eq!((answer.status, &answer.body[..]), (200, &hostile.bytes[..]), "{}", hostile.name);
    }
}
