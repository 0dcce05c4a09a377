//! What the tests that cross crates share: real servers on loopback, pictures, and one request with its answer.
//!
//! Nothing here stands in for a real part: the data plane is the built program, the stores are real servers.

#![expect(clippy::missing_panics_doc, reason = "a test that cannot start its servers has failed")]
#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code fails by panicking")]

pub mod answer;
pub mod broken;
pub mod golden;
pub mod pictures;
pub mod process;
pub mod reference;
pub mod server;
