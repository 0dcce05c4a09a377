//! The part of a canvas that a frame covers.

/// A rectangle on a canvas of four bytes per pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    /// Bytes of a row of the canvas.
    stride: usize,
}

impl Area {
    /// The part of a frame that lies on a canvas: what leaves that is not shown.
    pub(super) fn on(canvas: (u32, u32), at: (u32, u32), size: (u32, u32)) -> Self {
        let within = |canvas: u32, at: u32, size: u32| (at.min(canvas), size.min(canvas.saturating_sub(at)));
        let (x, width) = within(canvas.0, at.0, size.0);
        let (y, height) = within(canvas.1, at.1, size.1);
        let [x, y, width, height] = [x, y, width, height].map(|length| length as usize);
        Self { x, y, width, height, stride: canvas.0 as usize * 4 }
    }

    /// Bytes of the row at this distance from its top; empty where there is none.
    pub(super) fn row<'a>(&self, canvas: &'a mut [u8], row: usize) -> &'a mut [u8] {
        if row >= self.height {
            return &mut [];
        }
        let start = (self.y + row) * self.stride + self.x * 4;
        canvas.get_mut(start..start + self.width * 4).unwrap_or_default()
    }

    /// Makes all of it transparent.
    pub(super) fn clear(&self, canvas: &mut [u8]) {
        for row in 0..self.height {
            self.row(canvas, row).fill(0);
        }
    }

    /// Keeps what is there now.
    pub(super) fn save(&self, canvas: &mut [u8]) -> Vec<u8> {
        let mut saved = Vec::with_capacity(self.width * self.height * 4);
        for row in 0..self.height {
            saved.extend_from_slice(self.row(canvas, row));
        }
        saved
    }

    /// Brings back what was saved.
    pub(super) fn restore(&self, canvas: &mut [u8], saved: &[u8]) {
        for (row, saved) in saved.chunks_exact((self.width * 4).max(1)).enumerate() {
            let to = self.row(canvas, row);
            if to.len() == saved.len() {
                to.copy_from_slice(saved);
            }
        }
    }
}

/// What happens to an area before the next frame is drawn.
#[derive(Debug)]
pub(super) enum Leaving {
    Clear(Area),
    Restore(Area, Vec<u8>),
}

impl Leaving {
    pub(super) fn happen(self, canvas: &mut [u8]) {
        match self {
            Self::Clear(area) => area.clear(canvas),
            Self::Restore(area, saved) => area.restore(canvas, &saved),
        }
    }
}
