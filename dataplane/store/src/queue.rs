//! What is to be written, behind the back of requests: bounded in number and bytes, and what finds no room is not written.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

use crate::Name;

/// Most things that wait or are being written.
const MOST: usize = 1024;
/// Most bytes of them.
const MOST_BYTES: usize = 64 << 20;

/// Makes the parts of what is written, which belong behind each other. `None`: it cannot be written.
pub(crate) type Make = Box<dyn FnOnce() -> Option<Vec<Bytes>> + Send>;

/// Whatever is to live until something is written.
pub(crate) type Hold = Box<dyn Send>;

/// What is to be done.
pub(crate) enum Work {
    /// To write this.
    Write(Make, Hold),
    /// To delete it.
    Delete,
}

/// One thing to be done.
pub(crate) struct Job {
    pub(crate) name: Name,
    pub(crate) work: Work,
    /// Its room in the queue, given back when this is done with.
    pub(crate) place: Place,
}

/// Room in the queue.
#[derive(Debug)]
pub(crate) struct Place {
    _bytes: OwnedSemaphorePermit,
    pending: Arc<Pending>,
}

#[derive(Debug, Default)]
struct Pending {
    count: AtomicUsize,
    emptied: Notify,
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.pending.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.pending.emptied.notify_waiters();
        }
    }
}

/// The end of the queue that things are put into.
pub(crate) struct Queue {
    sender: mpsc::Sender<Job>,
    bytes: Arc<Semaphore>,
    pending: Arc<Pending>,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}

impl Queue {
    /// An empty queue, and its other end.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Job>) {
        let (sender, receiver) = mpsc::channel(MOST);
        let bytes = Arc::new(Semaphore::new(MOST_BYTES));
        (Self { sender, bytes, pending: Arc::default() }, receiver)
    }

    /// Puts something in, if there is room for so many bytes.
    pub(crate) fn put(&self, name: Name, bytes: usize, work: Work) -> bool {
        let Ok(bytes) = u32::try_from(bytes) else { return false };
        let Ok(bytes) = Arc::clone(&self.bytes).try_acquire_many_owned(bytes) else { return false };
        self.pending.count.fetch_add(1, Ordering::AcqRel);
        let place = Place { _bytes: bytes, pending: Arc::clone(&self.pending) };
        self.sender.try_send(Job { name, work, place }).is_ok()
    }

    /// How many wait or are being written.
    pub(crate) fn waiting(&self) -> usize {
        self.pending.count.load(Ordering::Acquire)
    }

    /// Waits until there are none.
    pub(crate) async fn emptied(&self) {
        loop {
            let emptied = self.pending.emptied.notified();
            if self.waiting() == 0 {
                return;
            }
            emptied.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Shelf;

    use super::*;

    const NAME: Name = Name { shelf: Shelf::Results, key: [0; 32] };

    #[tokio::test]
    async fn what_finds_no_room_is_left_out_and_room_comes_back() {
        let (queue, mut jobs) = Queue::new();
        assert!(queue.put(NAME, MOST_BYTES - 1, Work::Delete));
        assert!(!queue.put(NAME, 2, Work::Delete), "too many bytes");
        assert!(queue.put(NAME, 1, Work::Delete));
        for _ in 2..MOST {
            assert!(queue.put(NAME, 0, Work::Delete));
        }
        assert!(!queue.put(NAME, 0, Work::Delete), "too many");
        assert_eq!(queue.waiting(), MOST);
        let first = jobs.recv().await.unwrap();
        assert_eq!(queue.waiting(), MOST, "it is being written");
        drop(first);
        assert!(queue.put(NAME, 9, Work::Delete));
        while let Ok(job) = jobs.try_recv() {
            drop(job);
        }
        queue.emptied().await;
        assert_eq!(queue.waiting(), 0);
    }
}
