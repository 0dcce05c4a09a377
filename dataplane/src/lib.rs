//! The imgplane data plane: mounted config in, transformed files out.
