//! Damaged fonts: an error or a drawing, in bounded time, never a panic.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use imgplane_text::{Font, Text, TextError, draw};

use crate::work::{file, text};

/// Far more than any of these needs, even on a busy machine.
const LONG: Duration = Duration::from_secs(10);

const FILES: [&str; 7] = [
    "fonts/exo-regular.ttf",
    "fonts/noto-sans-arabic-regular.ttf",
    "fonts/noto-sans-devanagari-regular.ttf",
    "fonts/lobster-regular.ttf",
    "tests/setting/data/exo.otf",
    "tests/setting/data/exo.woff",
    "tests/setting/data/exo.woff2",
];

/// Numbers that look random and are always the same (xorshift).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

fn attempt(bytes: Vec<u8>, what: &str) -> Result<(), TextError> {
    let start = Instant::now();
    let wish = Text {
        font: Font::File(Arc::from(bytes)),
        size: 30.0,
        bold: true,
        width: Some(200),
        ..text("Hamburgefonstiv 123 office العربية لله क्षत्रिय हिन्दी")
    };
    let result = draw(&wish).map(drop);
    assert!(start.elapsed() < LONG, "{what} took {:?}", start.elapsed());
    result
}

#[test]
fn files_cut_short_anywhere_do_no_harm() {
    for path in FILES {
        let whole = file(path);
        for part in 0..16 {
            let bytes = whole[..whole.len() * part / 16].to_vec();
            let _ = attempt(bytes, &format!("{path} {part}/16"));
        }
        attempt(whole.to_vec(), path).unwrap();
    }
}

#[test]
fn flipped_bits_do_no_harm() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for path in FILES {
        let whole = file(path);
        for round in 0..60 {
            let mut bytes = whole.to_vec();
            for _ in 0..=round % 20 {
                let at = dice.below(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
            }
            let _ = attempt(bytes, &format!("{path} round {round}"));
        }
    }
}

#[test]
fn overwritten_tables_do_no_harm() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    for path in &FILES[..5] {
        let whole = file(path);
        let tables = usize::from(u16::from_be_bytes([whole[4], whole[5]]));
        for round in 0..tables * 6 {
            let entry = 12 + 16 * (round % tables);
            let number = |at: usize| u32::from_be_bytes(whole[at..at + 4].try_into().unwrap()) as usize;
            let (start, length) = (number(entry + 8), number(entry + 12).max(1));
            let mut bytes = whole.to_vec();
            for _ in 0..8 {
                let at = (start + dice.below(length.min(if round % 2 == 0 { 64 } else { length })))
                    .min(bytes.len() - 1);
                bytes[at] = [0, 0xff, 0x7f, 0x80, dice.next() as u8][dice.below(5)];
            }
            let _ = attempt(bytes, &format!("{path} table {} round {round}", round % tables));
        }
    }
}

#[test]
fn a_letter_that_never_ends_is_refused_at_its_first_use() {
    let start = Instant::now();
    let font = Font::File(file("tests/setting/data/endless.otf"));
    let error = draw(&Text { font, ..text(&"a".repeat(2000)) }).unwrap_err();
    assert_eq!(error, TextError::Complex { what: "steps of a glyph" });
    assert!(start.elapsed() < LONG);
}

#[test]
fn random_bytes_behind_each_signature_do_no_harm() {
    let mut dice = Dice(0x0123_4567_89ab_cdef);
    for signature in [
        &b"\0\x01\0\0\0\x08"[..],
        b"OTTO\0\x08",
        b"true\0\x02",
        b"ttcf\0\x01\0\0\0\0\0\x02",
        b"wOFF",
        b"wOF2",
    ] {
        for length in [10, 100, 1_000, 50_000] {
            for _ in 0..20 {
                let mut bytes = signature.to_vec();
                bytes.extend((0..length).map(|_| dice.next() as u8));
                assert!(attempt(bytes, "random bytes").is_err());
            }
        }
    }
}
