//! Bytes from anywhere: one file per origin type, chain, failure classes, address guard, limits.
