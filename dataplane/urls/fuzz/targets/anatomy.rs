//! Request targets: host, path and query.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| imgplane_urls_fuzz::anatomy(text));
