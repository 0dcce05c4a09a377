//! What a string costs in memory grows no faster than the string. Counted, not timed, so that a busy machine changes
//! nothing; the counts hold for this process, so this file has one test.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

use std::alloc::System;

use imgplane_urls::{Hints, Plan, Rules, Source, Target};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const LENIENT: Rules = Rules { reject_unknown: false, reject_invalid: false, translate_overlays: true };
/// Sizes that are compared, in bytes.
const SHORT: usize = 2000;
const LONG: usize = 8000;
/// Most bytes taken for each byte of a string, over the whole work: what is freed again counts too. The worst string
/// below takes 99.
const MOST_PER_BYTE: usize = 200;

/// Units that are repeated up to a length, between a start and an end.
const HOSTILE: [(&str, &str, &str); 34] = [
    ("", "\"", ""),
    ("", "-\"", ""),
    ("", ",", ""),
    ("", ":", ""),
    ("", "foo-bar,", ""),
    ("", "\u{e9}-\u{fc},", ""),
    ("", "w-abc,", ""),
    ("", "w-1,", ""),
    ("", "e-grayscale,", ""),
    ("", "ar-4:", ""),
    ("", "l-image,", ""),
    ("", "if-w_gt_1,", ""),
    ("", "l-end,", ""),
    ("w-", "iw_mul_", "iw"),
    ("w-", "2_pow_", "2"),
    ("w-", "9", ""),
    ("fo-", "car_", "car"),
    ("fo-", "car_", "unicorn"),
    ("e-gradient-", "ld-top_", ""),
    ("r-", "1_", ""),
    ("pg-name-", "\"a\"_", "\"a\""),
    ("if-", "w_gt_1_and_", "w_gt_1,w-1,if-end"),
    ("l-text,ie-", "QUJD", ",l-end"),
    ("l-text,i-", "\u{1f600}", ",l-end"),
    ("l-text,i-a,pa-", "1_", ",l-end"),
    ("l-text,i-a,ff-", "@@", ".ttf,l-end"),
    ("l-text,i-a,tg-", "b_", "b,l-end"),
    ("l-image,i-", "@@", "a,l-end"),
    ("l-image,i-a,lx-", "bw_add_", "bw,l-end"),
    ("l-image,i-a,", "lx-5,", "l-end"),
    ("l-image,i-a,", "bogus-1,", "l-end"),
    ("l-image,", "i-a,", "l-end"),
    ("oi-a,", "ow-5,", "ox-1"),
    ("obg-red,", "ots-5,", "ox-1"),
];

fn string((start, unit, end): (&str, &str, &str), length: usize) -> String {
    let times = (length - start.len() - end.len()) / unit.len();
    format!("{start}{}{end}", unit.repeat(times))
}

/// Everything that is done with a string before its source is fetched and after its size is known.
fn work(string: &str) {
    let mut target = Target::parse("photo.jpg", None).unwrap();
    target.strings = vec![string.to_owned()];
    let source =
        Source { width: 1600, height: 1067, orientation: 1, auto_orient: true, max_pixels: 100_000_000 };
    for rules in [Rules::default(), LENIENT] {
        if let Ok(plan) = Plan::parse(&target, &rules) {
            let _ = (plan.normal(), plan.layer_sources(), plan.resolve(&source, &Hints::default()));
        }
    }
}

/// Bytes and number of allocations, the bytes that grown ones gained included.
fn cost(string: &str) -> (usize, usize) {
    let region = Region::new(ALLOCATOR);
    work(string);
    let stats = region.change();
    (stats.bytes_allocated, stats.allocations + stats.reallocations)
}

#[test]
fn memory_and_allocations_grow_no_faster_than_the_string() {
    for hostile in HOSTILE {
        let (short, long) = (string(hostile, SHORT), string(hostile, LONG));
        let ((short_bytes, short_count), (long_bytes, long_count)) = (cost(&short), cost(&long));
        let shown =
            format!("{hostile:?}: {short_bytes} -> {long_bytes} bytes, {short_count} -> {long_count} times");
        // Four times the string may take four times as much, and a little for what grows in powers of two. Quadratic
        // would be sixteen times.
        assert!(long_bytes <= 6 * short_bytes + 4 * LONG, "{shown}");
        assert!(long_count <= 5 * short_count + 50, "{shown}");
        assert!(long_bytes <= MOST_PER_BYTE * LONG, "{shown}");
    }
}
