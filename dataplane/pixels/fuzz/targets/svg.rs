//! SVG documents.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| imgplane_pixels_fuzz::svg(bytes));
