//! From everything that is known to the status of each object: pure.
