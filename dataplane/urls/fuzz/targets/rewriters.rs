//! Request targets of other vendors.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| imgplane_urls_fuzz::rewriters(text));
