//! Stores that all pods of a DataPlane share, and that outlive them: a bucket, or the folder of a volume.
//!
//! A store is a help and never a need. A look-up that is late is given up and counts as "not there"; one that fails again
//! and again is not made any more until the store answers a trial, which no request waits for. What is written waits in a
//! bounded queue behind the back of requests, and leaves when that is full.
//!
//! This crate knows nothing of what is stored but its name and its bytes, and nothing of when it is good.

mod breaker;
mod event;
mod log;
mod name;
mod place;
mod queue;
mod running;
mod store;
mod transport;
mod trouble;

pub use event::{Event, Events, Operation};
pub use log::PurgeLog;
pub use name::{Name, Shelf};
pub use place::{OpenError, Place};
pub use store::{Found, Store};
