//! Manifests change under load: nothing fails, the change arrives, and a mistake leaves what was good.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use imgplane_tests::{pictures, server::imgplane::Imgplane};

fn manifests(quality: &str) -> String {
    format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {{name: files}}\nspec:\n  type: Volume\n  volume: {{name: files}}\n\
         ---\napiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {{name: main}}\nspec:\n  origins: [{{name: files}}]\n  \
         optimization: {{quality: {{default: {quality}}}}}\n"
    )
}

fn fill(folder: &Path) {
    let files = folder.join("volumes/files");
    std::fs::create_dir_all(&files).unwrap();
    let photo = pictures::photograph("cat.jpg", 320, 200);
    std::fs::write(files.join("cat.jpg"), pictures::jpeg(&photo, 95)).unwrap();
}

const REQUESTS: usize = 2_000;
const REWRITES: usize = 50;
const SOON: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_requests_survive_fifty_rewrites_of_which_one_is_wrong() {
    let server = Arc::new(Imgplane::start(&manifests("80"), fill));
    let done = Arc::new(AtomicBool::new(false));
    let load = {
        let (server, done) = (Arc::clone(&server), Arc::clone(&done));
        tokio::spawn(async move {
            let mut failed = Vec::new();
            for _ in 0..REQUESTS {
                let answer = server.get("/default/tr:w-64/cat.jpg").await;
                if answer.status != 200 {
                    failed.push((answer.status, answer.header("ik-error").to_owned()));
                }
            }
            done.store(true, Ordering::SeqCst);
            failed
        })
    };
    let file = server.folder().join("manifests.yaml");
    let mut rewrites = 0;
    while rewrites < REWRITES || !done.load(Ordering::SeqCst) {
        let text = if rewrites == REWRITES / 2 {
            manifests("\"very good\"")
        } else {
            manifests(&format!("{}", 20 + rewrites % 60))
        };
        std::fs::write(&file, text).unwrap();
        rewrites += 1;
        // Paced by requests of its own, so that loads and rewrites interleave on any machine.
        assert_eq!(server.admin_get("/readyz").await.status, 200);
    }
    let failed = load.await.unwrap();
    assert!(failed.is_empty(), "{} of {REQUESTS} failed, the first with {:?}", failed.len(), failed.first());
}

#[tokio::test]
async fn a_mistake_is_reported_and_what_was_good_keeps_serving() {
    let server = Imgplane::start(&manifests("20"), fill);
    let file = server.folder().join("manifests.yaml");
    let small = server.get("/default/cat.jpg").await.body.len();

    std::fs::write(&file, manifests("90")).unwrap();
    let large = until(&server, |size| size > small * 2).await;

    std::fs::write(&file, manifests("101")).unwrap();
    let deadline = Instant::now() + SOON;
    while !server.process.output().contains("spec.optimization.quality.default") {
        assert!(Instant::now() < deadline, "the mistake is not printed:\n{}", server.process.output());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let answer = server.get("/default/cat.jpg").await;
    assert_eq!((answer.status, answer.body.len()), (200, large), "the last good manifest serves");

    std::fs::write(&file, manifests("20")).unwrap();
    until(&server, |size| size == small).await;
}

/// Asks until the size of the answer is as wanted.
async fn until(server: &Imgplane, wanted: impl Fn(usize) -> bool) -> usize {
    let deadline = Instant::now() + SOON;
    loop {
        let size = server.get("/default/cat.jpg").await.body.len();
        if wanted(size) {
            return size;
        }
        assert!(Instant::now() < deadline, "the change does not arrive; the answer has {size} bytes");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
