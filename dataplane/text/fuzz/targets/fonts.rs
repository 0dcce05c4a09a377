//! Font files of callers.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| imgplane_text_fuzz::fonts(bytes));
