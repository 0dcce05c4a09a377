//! A bound on the time that one box may take, in steps and not in seconds: the same text always ends the same way.

use crate::{TextError, limits::MAX_STEPS};

/// Work that may still be done for one box.
#[derive(Debug)]
pub(crate) struct Work(u64);

impl Work {
    /// An honest text fills its box a few times over.
    pub(crate) fn new(pixels: u64) -> Self {
        Self(MAX_STEPS + 16 * pixels)
    }

    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), TextError> {
        self.0 = self.0.checked_sub(steps as u64).ok_or(TextError::Complex { what: "edges" })?;
        Ok(())
    }
}
