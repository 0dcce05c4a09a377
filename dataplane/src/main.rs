//! The data-plane server program.
fn main() {}
