//! The imgplane command.
fn main() {}
