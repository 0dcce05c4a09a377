//! The judge of the fuzz target on its seeds, which are fonts of this crate, and on everything that was found.
//! `UPDATE=1` writes the seeds for `make fuzz`.

#![expect(clippy::panic, reason = "test code fails by panicking")]

#[path = "../fuzz/src/judge.rs"]
#[expect(unreachable_pub, reason = "it is a library of its own for the fuzzer")]
mod judge;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Each wrapping, kinds of outlines, and scripts with rules of their own.
const SEEDS: [&str; 7] = [
    "fonts/exo-regular.ttf",
    "fonts/arvo-italic.ttf",
    "fonts/noto-sans-hebrew-regular.ttf",
    "tests/setting/data/exo.otf",
    "tests/setting/data/exo.woff",
    "tests/setting/data/exo.woff2",
    "tests/setting/data/endless.otf",
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn every_seed_passes_its_judge() {
    for (index, path) in SEEDS.into_iter().enumerate() {
        let seed = fs::read(folder(path)).unwrap();
        judge::fonts(&seed);
        if std::env::var_os("UPDATE").is_some() {
            let corpus = folder("fuzz/corpus/fonts");
            fs::create_dir_all(&corpus).unwrap();
            fs::write(corpus.join(format!("seed-{index:03}")), seed).unwrap();
        }
    }
}

#[test]
fn whatever_was_found_stays_mended() {
    for entry in fs::read_dir(folder("fuzz/found/fonts")).into_iter().flatten() {
        judge::fonts(&fs::read(entry.unwrap().path()).unwrap());
    }
}
