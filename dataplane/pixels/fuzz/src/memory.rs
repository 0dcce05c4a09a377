//! Memory that a piece of work takes, against what was estimated.

use std::sync::{Mutex, PoisonError};

use peak_alloc::PeakAlloc;

/// Counts what Rust allocates. What C allocates is bounded by the fuzzer's own limit.
#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// One piece of work is measured at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Beyond the estimate: tables that are built once, such as those of the built-in fonts.
const SLACK: usize = 4 << 20;

/// Does the work, and fails when it takes more than `estimate` bytes.
pub(crate) fn within<T>(estimate: u64, work: impl FnOnce() -> T) -> T {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let result = work();
    let took = ALLOCATOR.peak_usage().saturating_sub(before);
    assert!(took as u64 <= estimate + SLACK as u64, "{took} bytes were taken, {estimate} estimated");
    result
}
