//! The real `imgplane` binary: what it prints, what it answers, how it exits.

mod check;
mod dev;
mod explain;
mod folder;
mod start_page;
