//! The only writers of statuses and Events, and the budget that both keep.
//!
//! [`StatusWriter`] writes what is news, the newest of each object, and no more often than the object's budget allows;
//! [`Announcer`] makes Events of what a reader should know has changed. Neither ever waits in the caller's place.

mod budget;
mod events;
mod gate;
mod queue;
mod send;
mod status;

pub use events::{Announcer, EventCounts};
pub use status::{StatusWriter, WriteCounts};
