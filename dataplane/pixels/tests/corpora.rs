//! The judges of the fuzz targets on their seeds, which are small files made here, and on everything that was found.
//! `UPDATE=1` writes the seeds for `make fuzz`.

#![expect(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "test code fails by panicking")]

#[path = "../fuzz/src/judge.rs"]
#[expect(unreachable_pub, reason = "it is a library of its own for the fuzzer")]
mod judge;
#[path = "pictures/scene.rs"]
mod scene;
#[path = "corpora/seeds.rs"]
mod seeds;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

type Judge = fn(&[u8]);

const TARGETS: [(&str, Judge); 11] = [
    ("jpeg", judge::jpeg),
    ("png", judge::png),
    ("webp", judge::webp),
    ("avif", judge::avif),
    ("gif", judge::gif),
    ("tiff", judge::tiff),
    ("bmp", judge::bmp),
    ("ico", judge::ico),
    ("svg", judge::svg),
    ("operations", judge::operations),
    ("jpeg_differential", judge::jpeg_differential),
];

/// Memory is counted for the whole process, so one test runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn every_seed_passes_its_judge() {
    let _alone = alone();
    for (name, judge) in TARGETS {
        let seeds = seeds::of(name);
        assert!(seeds.len() >= 4, "{name}: {}", seeds.len());
        for seed in &seeds {
            judge(seed);
        }
        if std::env::var_os("UPDATE").is_some() {
            let corpus = folder("fuzz/corpus").join(name);
            fs::create_dir_all(&corpus).unwrap();
            for (index, seed) in seeds.iter().enumerate() {
                fs::write(corpus.join(format!("seed-{index:03}")), seed).unwrap();
            }
        }
    }
}

/// Cut short, with flipped bits, and with numbers in the header that are nothing, all, or one too many.
#[test]
fn every_damaged_seed_passes_its_judge() {
    let _alone = alone();
    for (name, judge) in TARGETS {
        let mut state = 77_u32;
        let mut dice = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % below
        };
        for seed in seeds::of(name) {
            (0..16).for_each(|part| judge(&seed[..seed.len() * part / 16]));
            for _ in 0..30 {
                let mut bytes = seed.clone();
                for _ in 0..=dice(4) {
                    bytes[dice(seed.len())] ^= 1 << dice(8);
                }
                judge(&bytes);
            }
            for at in 0..seed.len().saturating_sub(4).min(64) {
                for number in [[0; 4], [0xFF; 4], [0x7F, 0xFF, 0xFF, 0xFF]] {
                    let mut bytes = seed.clone();
                    bytes[at..at + 4].copy_from_slice(&number);
                    judge(&bytes);
                }
            }
        }
    }
}

#[test]
fn whatever_was_found_stays_mended() {
    let _alone = alone();
    for (name, judge) in TARGETS {
        for entry in fs::read_dir(folder("fuzz/found").join(name)).into_iter().flatten() {
            judge(&fs::read(entry.unwrap().path()).unwrap());
        }
    }
}
