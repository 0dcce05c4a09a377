//! Arithmetic and conditions.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| imgplane_urls_fuzz::expressions(text));
