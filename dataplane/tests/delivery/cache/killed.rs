//! The program, killed in the middle of what it writes: what it finds on its disk afterwards is right or not there.

use std::{
    collections::BTreeMap,
    fs,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use futures::future::join_all;
use http::Method;
use imgplane_config::{Cache, DataPlaneConfig, FileSet, PodLimits};
use serde_json::json;

use super::DEADLINE;
use crate::{
    harness::{Browser, record, volume_bundle},
    pictures::photo,
    program::start_with,
};

/// How often it is killed, unless `IMGPLANE_KILLS` says otherwise.
const KILLS: usize = 10;
/// Results that are asked for. Few of them fit into the memory.
const RESULTS: u32 = 120;
const CACHE: Cache = Cache { memory: 16 << 20, disk: Some(256 << 20) };

#[tokio::test(flavor = "multi_thread")]
async fn no_wrong_byte_is_served_however_often_the_program_is_killed() {
    let kills = std::env::var("IMGPLANE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("volumes/photos")).unwrap();
    fs::create_dir(dir.path().join("config")).unwrap();
    fs::write(dir.path().join("volumes/photos/cat.png"), photo(400, 300)).unwrap();
    let mut bundle = volume_bundle(&json!({}), PodLimits::default());
    let config = DataPlaneConfig { cache: CACHE, ..bundle.data_plane.body.clone() };
    bundle.data_plane = record("pool", config);
    let files = FileSet::write(&bundle).unwrap();
    for (name, bytes) in files.config.into_iter().chain(files.secret) {
        fs::write(dir.path().join("config").join(name), bytes).unwrap();
    }
    let cache_dir = dir.path().join("cache");
    let flags = ["--cache-dir", cache_dir.to_str().unwrap()];

    let known: Arc<Mutex<BTreeMap<u32, Bytes>>> = Arc::default();
    let (mut found, mut answers) = (0, 0);
    for round in 0..=kills {
        let (mut program, listening) = start_with(dir.path(), &flags);
        let browser = |port: &str| Browser::new(listening[port].as_str().unwrap().to_owned());
        let admin = browser("admin");
        let ready = async { while admin.send(Method::GET, "/readyz", &[]).await.status != 200 {} };
        tokio::time::timeout(DEADLINE, ready).await.unwrap();
        // The last one is not killed: it shows what is left.
        let until = if round == kills { usize::MAX } else { 5 + round * 37 % 200 };
        let (answered, hits) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let visitors = (0..4_u32).map(|visitor| {
            let (browser, known) = (browser("delivery"), Arc::clone(&known));
            let (answered, hits, id) = (Arc::clone(&answered), Arc::clone(&hits), program.id());
            tokio::spawn(async move {
                for index in 0..RESULTS {
                    let width = 30 + (index + visitor * 31) % RESULTS;
                    let path = format!("/shop/tr:w-{width},f-png/cat.png");
                    let Ok(answer) = browser.try_send(Method::GET, &path, &[]).await else { return };
                    assert_eq!(answer.status, 200, "{answer:?}");
                    let before =
                        known.lock().unwrap().entry(width).or_insert_with(|| answer.body.clone()).clone();
                    assert!(before == answer.body, "another picture of {width} in round {round}");
                    if answer.header("server-timing").contains("cdn-cache-hit") {
                        hits.fetch_add(1, Ordering::Relaxed);
                    }
                    if answered.fetch_add(1, Ordering::Relaxed) == until {
                        assert!(
                            Command::new("kill").args(["-9", &id.to_string()]).status().unwrap().success()
                        );
                        return;
                    }
                }
            })
        });
        let visitors: Vec<_> = visitors.collect();
        for visitor in join_all(visitors).await {
            visitor.unwrap();
        }
        answers += answered.load(Ordering::Relaxed);
        found = hits.load(Ordering::Relaxed);
        let _ = program.kill();
        program.wait().unwrap();
    }
    println!("{kills} kills, {answers} answers, {found} of the last {} from what was kept", 4 * RESULTS);
    // Every result is asked for four times; more hits than that can give were on the disk.
    assert!(found > 3 * RESULTS as usize, "{found}");
}
