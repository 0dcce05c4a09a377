//! Signed request targets.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| imgplane_urls_fuzz::signatures(text));
