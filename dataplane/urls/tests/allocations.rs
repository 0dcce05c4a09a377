//! What a string costs in memory grows no faster than the string. Counted, not timed, so that a busy machine changes
//! nothing; the counts hold for this process, so this file has one test.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

#[path = "hostile/strings.rs"]
mod strings;

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use strings::{HOSTILE, LONG, SHORT, string, work};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Most bytes taken for each byte of a string, over the whole work: what is freed again counts too. The worst string
/// below takes 99.
const MOST_PER_BYTE: usize = 200;

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
