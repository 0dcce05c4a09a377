//! Bytes that jobs share, and the job for which they are gathered.
//!
//! A large job must not be overtaken for ever by small ones that always fit, and must not keep everybody waiting
//! either. When the job whose turn it is does not fit, memory is gathered for it: those behind it may take only what it
//! will leave over of the whole. So it waits for nothing but what ran already when its turn came, and that ends by
//! itself.

use super::line::Ticket;

/// The bytes of one share.
#[derive(Debug)]
pub(super) struct Memory {
    capacity: u64,
    free: u64,
    gathering: Option<Gathering>,
    gatherings: u64,
}

/// What is gathered, and for whom.
#[derive(Debug)]
struct Gathering {
    number: u64,
    ticket: Ticket,
    /// What it will leave over, and nobody took yet.
    spare: u64,
}

/// Bytes that were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) bytes: u64,
    /// Out of what was left over by this gathering.
    beside: Option<u64>,
}

impl Memory {
    pub(super) const fn new(capacity: u64) -> Self {
        Self { capacity, free: capacity, gathering: None, gatherings: 0 }
    }

    pub(super) const fn capacity(&self) -> u64 {
        self.capacity
    }

    pub(super) const fn free(&self) -> u64 {
        self.free
    }

    /// Takes bytes for the one whose turn it is, or begins to gather them.
    pub(super) fn take_first(&mut self, ticket: Ticket, bytes: u64) -> Option<Taken> {
        let own = self.gathering.as_ref().is_some_and(|gathering| gathering.ticket == ticket);
        if bytes > self.free {
            if !own {
                self.gatherings += 1;
                let (number, spare) = (self.gatherings, self.capacity.saturating_sub(bytes));
                self.gathering = Some(Gathering { number, ticket, spare });
            }
            return None;
        }
        if own {
            self.gathering = None;
        }
        self.free -= bytes;
        Some(Taken { bytes, beside: None })
    }

    /// Takes bytes for one behind: only of what the first leaves over.
    pub(super) fn take_behind(&mut self, bytes: u64) -> Option<Taken> {
        if bytes > self.free {
            return None;
        }
        let beside = match &mut self.gathering {
            None => None,
            Some(gathering) if bytes <= gathering.spare => {
                gathering.spare -= bytes;
                Some(gathering.number)
            }
            Some(_) => return None,
        };
        self.free -= bytes;
        Some(Taken { bytes, beside })
    }

    /// Takes bytes back.
    pub(super) fn give_back(&mut self, taken: Taken) {
        self.free += taken.bytes;
        if let Some(gathering) = &mut self.gathering
            && taken.beside == Some(gathering.number)
        {
            gathering.spare += taken.bytes;
        }
    }

    /// The one that left needs nothing any more.
    pub(super) fn forget(&mut self, ticket: Ticket) {
        if self.gathering.as_ref().is_some_and(|gathering| gathering.ticket == ticket) {
            self.gathering = None;
        }
    }
}

impl Taken {
    /// Takes a part off, so that it can be given back on its own.
    pub(super) const fn split(&mut self, bytes: u64) -> Self {
        let part = if bytes < self.bytes { bytes } else { self.bytes };
        self.bytes -= part;
        Self { bytes: part, beside: self.beside }
    }

    /// Adds more.
    pub(super) const fn add(&mut self, more: Self) {
        self.bytes += more.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Ticket = Ticket(1);
    const LARGE: Ticket = Ticket(2);

    #[test]
    fn small_ones_run_beside_what_is_gathered_and_never_delay_it() {
        let mut memory = Memory::new(100);
        let old = memory.take_first(SMALL, 60).unwrap();
        assert_eq!(memory.take_first(LARGE, 80), None);
        let beside = memory.take_behind(15).unwrap();
        assert_eq!(memory.take_behind(10), None, "the large one leaves over only 20");
        memory.give_back(beside);
        let beside = memory.take_behind(20).unwrap();
        memory.give_back(old);
        assert!(memory.take_first(LARGE, 80).is_some(), "all that ran before it has ended");
        memory.give_back(beside);
        assert_eq!(memory.free(), 20);
    }

    #[test]
    fn nothing_is_gathered_for_one_that_left() {
        let mut memory = Memory::new(100);
        let _old = memory.take_first(SMALL, 60).unwrap();
        assert_eq!(memory.take_first(LARGE, 100), None);
        assert_eq!(memory.take_behind(10), None);
        memory.forget(LARGE);
        assert!(memory.take_behind(10).is_some());
    }
}
