//! Stores that pods share, on real servers of each kind: a pod with an empty cache starts warm, and one whose store is
//! away, slow, or refuses, serves all the same and says so. The pods are processes of the data plane's own program.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

#[path = "stores/broken.rs"]
mod broken;
#[path = "stores/originals.rs"]
mod originals;
#[path = "stores/place.rs"]
mod place;
#[path = "stores/pod.rs"]
mod pod;
#[path = "stores/warm.rs"]
mod warm;
