//! The URL language: from a raw request target to a plan of steps with exact sizes.
