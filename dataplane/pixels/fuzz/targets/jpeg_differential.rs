//! Decoders of JPEG against each other, and small pictures against large ones.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| imgplane_pixels_fuzz::jpeg_differential(bytes));
