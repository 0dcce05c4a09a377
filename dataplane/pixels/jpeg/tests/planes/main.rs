//! What comes out is what libjpeg-turbo gives, sample for sample.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test code fails by panicking")]

mod damage;
mod files;
mod kinds;
mod random;
mod same;
mod scripts;
mod writer;
