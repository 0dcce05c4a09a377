//! The program itself: flags, config folder, signal, exit code.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use http::Method;
use imgplane_config::{FileSet, PodLimits};
use serde_json::{Value, json};

use crate::{
    harness::{Browser, volume_bundle},
    pictures::photo,
};

fn start(dir: &Path) -> (Child, Value) {
    start_with(dir, &[])
}

/// Starts it on the folders below `dir`, and gives the event that names its addresses.
pub(crate) fn start_with(dir: &Path, flags: &[&str]) -> (Child, Value) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_imgplane-dataplane"))
        .args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--drain-delay", "0"])
        .arg("--config-dir")
        .arg(dir.join("config"))
        .arg("--volumes-dir")
        .arg(dir.join("volumes"))
        .args(flags)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    let mut lines = log.lines().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let listening = lines.find(|event| event["message"] == "listening").unwrap();
    // The rest of the log is read, so that the program can go on writing it.
    std::thread::spawn(move || lines.count());
    (child, listening)
}

#[tokio::test]
async fn the_program_serves_its_config_folder_and_ends_with_success_on_sigterm() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("volumes/photos")).unwrap();
    fs::create_dir(dir.path().join("config")).unwrap();
    fs::write(dir.path().join("volumes/photos/cat.png"), photo(80, 60)).unwrap();
    let files = FileSet::write(&volume_bundle(&json!({}), PodLimits::default())).unwrap();
    for (name, bytes) in files.config.into_iter().chain(files.secret) {
        fs::write(dir.path().join("config").join(name), bytes).unwrap();
    }

    let (mut program, listening) = start(dir.path());
    let browser = |port: &str| Browser::new(listening[port].as_str().unwrap().to_owned());
    let admin = browser("admin");
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while admin.send(Method::GET, "/readyz", &[]).await.status != 200 {
        assert!(tokio::time::Instant::now() < deadline, "the program becomes ready");
    }
    let answer = browser("delivery").send(Method::GET, "/shop/tr:w-40,f-webp/cat.png", &[]).await;
    assert_eq!((answer.status, answer.size()), (200, (40, 30)));

    let killed = Command::new("kill").arg(program.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert!(program.wait().unwrap().success());
}
