//! A budget of bytes: who wants to hold memory reserves it first, waits while others hold it, and gives it back by
//! dropping the reservation.
//!
//! Waiters are served in the order in which they came, so that a large one is not overtaken for ever by small ones.

use std::{path::Path, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The semaphore counts in blocks, because it takes 32-bit amounts: 64 KiB blocks reach 256 TiB.
const BLOCK: u64 = 64 << 10;

/// Share of the memory limit that pictures and originals may take. The rest is for the program itself, connections,
/// codecs' small change and what the allocator keeps: measured below 40 % at the smallest sensible limit, 128 MiB.
const SHARE_PERCENT: u64 = 60;

/// Where neither a container nor the machine tells its memory.
const UNKNOWN_MEMORY: u64 = 512 << 20;

/// Gives the budget that holds where none is configured: 60 % of the container's memory limit (cgroup v2 or v1), or
/// of the machine's memory where there is no limit.
pub fn default_memory_budget() -> u64 {
    memory_budget_beside(0)
}

/// The same where so many bytes of it belong to somebody else.
pub(crate) fn memory_budget_beside(taken: u64) -> u64 {
    memory_limit().saturating_sub(taken) / 100 * SHARE_PERCENT
}

/// The memory that this process may take, in bytes.
pub(crate) fn memory_limit() -> u64 {
    let limit = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .iter()
        .filter_map(|path| read_number(Path::new(path)))
        .min();
    let memory = machine_memory();
    match (limit, memory) {
        (Some(limit), Some(memory)) => limit.min(memory),
        (Some(bytes), None) | (None, Some(bytes)) => bytes,
        (None, None) => UNKNOWN_MEMORY,
    }
}

/// Reads a file that holds one number; `max` and everything else is none.
fn read_number(path: &Path) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn machine_memory() -> Option<u64> {
    memory_total(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn memory_total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// A bounded amount of bytes to be shared out.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    blocks: Arc<Semaphore>,
    capacity: u64,
}

/// More was asked for than the whole budget holds: waiting would never end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OverCapacity {
    /// Bytes asked for.
    pub(crate) needed: u64,
    /// Bytes that the budget has when nobody holds any.
    pub(crate) capacity: u64,
}

impl Budget {
    /// Opens a budget of at least one block.
    pub(crate) fn new(bytes: u64) -> Self {
        let blocks = usize::try_from(bytes / BLOCK).unwrap_or(Semaphore::MAX_PERMITS);
        let blocks = blocks.clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
        Self { blocks: Arc::new(Semaphore::new(blocks)), capacity: blocks as u64 * BLOCK }
    }

    /// The whole of it.
    pub(crate) const fn capacity(&self) -> u64 {
        self.capacity
    }

    /// What is held now.
    pub(crate) fn reserved(&self) -> u64 {
        self.capacity.saturating_sub(self.blocks.available_permits() as u64 * BLOCK)
    }

    /// Reserves without waiting; `None` while others hold too much.
    pub(crate) fn try_reserve(&self, bytes: u64) -> Result<Option<Reservation>, OverCapacity> {
        let blocks = self.blocks_for(bytes)?;
        let permit = Arc::clone(&self.blocks).try_acquire_many_owned(blocks).ok();
        Ok(permit.map(|permit| Reservation { permit, budget: self.clone() }))
    }

    /// Reserves, and waits while others hold too much. The caller sets the deadline.
    pub(crate) async fn reserve(&self, bytes: u64) -> Result<Reservation, OverCapacity> {
        let blocks = self.blocks_for(bytes)?;
        match Arc::clone(&self.blocks).acquire_many_owned(blocks).await {
            Ok(permit) => Ok(Reservation { permit, budget: self.clone() }),
            // The semaphore is never closed; if it were, nothing could ever be reserved again.
            Err(_) => Err(OverCapacity { needed: bytes, capacity: self.capacity }),
        }
    }

    fn blocks_for(&self, bytes: u64) -> Result<u32, OverCapacity> {
        let over = OverCapacity { needed: bytes, capacity: self.capacity };
        if bytes > self.capacity {
            return Err(over);
        }
        u32::try_from(bytes.div_ceil(BLOCK).max(1)).map_err(|_| over)
    }
}

/// Bytes held out of a [`Budget`] until dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    permit: OwnedSemaphorePermit,
    budget: Budget,
}

impl Reservation {
    /// Bytes held.
    pub(crate) fn bytes(&self) -> u64 {
        self.permit.num_permits() as u64 * BLOCK
    }

    /// Grows to `bytes` if that much is free now. Never waits: who holds one part and waits for another can block
    /// others that do the same.
    pub(crate) fn try_grow(&mut self, bytes: u64) -> Result<bool, OverCapacity> {
        if bytes > self.budget.capacity {
            return Err(OverCapacity { needed: bytes, capacity: self.budget.capacity });
        }
        let missing = bytes.saturating_sub(self.bytes());
        if missing == 0 {
            return Ok(true);
        }
        Ok(match self.budget.try_reserve(missing)? {
            Some(more) => {
                self.permit.merge(more.permit);
                true
            }
            None => false,
        })
    }

    /// Gives back what is held beyond `bytes`.
    pub(crate) fn shrink(&mut self, bytes: u64) {
        let keep = usize::try_from(bytes.div_ceil(BLOCK).max(1)).unwrap_or(usize::MAX);
        let surplus = self.permit.num_permits().saturating_sub(keep);
        drop(self.permit.split(surplus));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_bytes_come_back_when_the_reservation_is_dropped() {
        let budget = Budget::new(10 * BLOCK);
        let first = budget.try_reserve(6 * BLOCK).unwrap().unwrap();
        assert_eq!(budget.reserved(), 6 * BLOCK);
        assert!(budget.try_reserve(5 * BLOCK).unwrap().is_none());
        drop(first);
        assert_eq!(budget.reserved(), 0);
        assert!(budget.try_reserve(10 * BLOCK).unwrap().is_some());
    }

    #[test]
    fn more_than_the_whole_is_refused_at_once_with_both_numbers() {
        let budget = Budget::new(10 * BLOCK);
        let over = budget.try_reserve(11 * BLOCK).unwrap_err();
        assert_eq!(over, OverCapacity { needed: 11 * BLOCK, capacity: 10 * BLOCK });
    }

    #[test]
    fn a_reservation_grows_only_into_what_is_free_and_shrinks() {
        let budget = Budget::new(10 * BLOCK);
        let mut first = budget.try_reserve(2 * BLOCK).unwrap().unwrap();
        let second = budget.try_reserve(6 * BLOCK).unwrap().unwrap();
        assert_eq!(first.try_grow(4 * BLOCK), Ok(true));
        assert_eq!(first.try_grow(5 * BLOCK), Ok(false));
        assert!(first.try_grow(11 * BLOCK).is_err());
        drop(second);
        assert_eq!(first.try_grow(10 * BLOCK), Ok(true));
        first.shrink(BLOCK);
        assert_eq!((first.bytes(), budget.reserved()), (BLOCK, BLOCK));
    }

    #[tokio::test]
    async fn waiters_are_served_in_order() {
        let budget = Budget::new(4 * BLOCK);
        let held = budget.try_reserve(4 * BLOCK).unwrap().unwrap();
        let mut large = Box::pin(budget.reserve(4 * BLOCK));
        assert!(futures::poll!(&mut large).is_pending());
        let mut small = Box::pin(budget.reserve(BLOCK));
        assert!(futures::poll!(&mut small).is_pending());
        drop(held);
        assert!(futures::poll!(&mut small).is_pending(), "the small one must not overtake");
        drop(large.await.unwrap());
        assert_eq!(small.await.unwrap().bytes(), BLOCK);
    }

    #[test]
    fn the_machine_memory_is_read_in_kibibytes() {
        assert_eq!(memory_total("MemTotal:       16000 kB\nMemFree: 1 kB\n"), Some(16_384_000));
        assert_eq!(memory_total("MemFree: 1 kB\n"), None);
    }

    #[test]
    fn the_default_budget_is_below_the_memory_of_the_machine() {
        let memory = machine_memory().unwrap_or(u64::MAX);
        assert!((1..memory).contains(&default_memory_budget()));
    }
}
