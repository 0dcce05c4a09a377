//! The imgplane command.
mod finding;
mod manifests;
fn main() {}
