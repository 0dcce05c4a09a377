//! Operations with any parameters on small pictures.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| imgplane_pixels_fuzz::operations(bytes));
