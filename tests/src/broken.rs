//! The set-ups of `tests/broken` that users get wrong: their folders, the web server that some of them ask, and the
//! search for secrets in whatever was told. They run through `imgplane dev` and on a real cluster.

pub mod leaks;
pub mod setup;
pub mod web;
