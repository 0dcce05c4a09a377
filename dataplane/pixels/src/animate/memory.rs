//! What is decided or drawn once for all frames of an animation.

use std::collections::BTreeMap;

use crate::{Operation, PixelError, image::Packed};

/// Answers of the first frame. Steps are known by the number of those that are left.
#[derive(Debug)]
pub(crate) enum Memory {
    /// Nothing is kept: there is one picture.
    Off,
    /// What the first frame said.
    On {
        /// Operations whose numbers come from pixels.
        settled: BTreeMap<usize, Option<Operation>>,
        /// Finished layers.
        drawn: BTreeMap<usize, Packed>,
    },
}

impl Memory {
    pub(crate) fn on() -> Self {
        Self::On { settled: BTreeMap::new(), drawn: BTreeMap::new() }
    }

    /// What a step comes to, worked out at most once; `None`: it says all itself.
    pub(crate) fn settled(
        &mut self,
        left: usize,
        settle: impl FnOnce() -> Option<Operation>,
    ) -> Option<Operation> {
        match self {
            Self::Off => None,
            Self::On { settled, .. } => settled.entry(left).or_insert_with(settle).clone(),
        }
    }

    /// A finished layer, made at most once.
    pub(crate) fn drawn(
        &mut self,
        left: usize,
        draw: impl FnOnce() -> Result<Packed, PixelError>,
    ) -> Result<Packed, PixelError> {
        let Self::On { drawn, .. } = self else { return draw() };
        if let Some(layer) = drawn.get(&left) {
            return Ok(layer.clone());
        }
        let layer = draw()?;
        drawn.insert(left, layer.clone());
        Ok(layer)
    }
}
