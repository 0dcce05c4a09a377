//! Size of a filled rectangle.

use super::Run;
use crate::expression::Values;
use crate::plan::{Block, Geometry};
use crate::resolve::sides;
use crate::{Size, UrlError};

impl Run<'_> {
    /// A missing side is that of the parent; a fraction counts from it too.
    pub(super) fn block_size(&mut self, block: &Block) -> Result<Size, UrlError> {
        let geometry = Geometry::of_sides(block.width.clone(), block.height.clone());
        let requested = sides::request(&geometry, &self.values_for_layers(), self.hints)?;
        self.warnings.extend(requested.dropped);
        Ok(Size {
            width: requested.width.unwrap_or(self.size.width),
            height: requested.height.unwrap_or(self.size.height),
        })
    }

    /// The values in a layer that has no picture of its own: everything is the parent's.
    pub(super) fn values_for_layers(&self) -> Values {
        let (width, height) = (f64::from(self.size.width), f64::from(self.size.height));
        Values { iw: width, ih: height, cw: width, ch: height, base: (width, height) }
    }
}
