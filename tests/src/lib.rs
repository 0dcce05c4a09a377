//! Everything that crosses crates, against real servers.
