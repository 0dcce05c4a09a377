//! From manifests to data-plane config: validate and render, as pure functions.
