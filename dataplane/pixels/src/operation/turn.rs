//! Quarter turns, mirrors and EXIF orientations: all of them are one of eight turns, and turns compose.

use crate::Size;

/// One of the eight ways to lay a rectangle on its sides: mirror first, then exchange rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    /// Left and right change places.
    pub flip_x: bool,
    /// Top and bottom change places.
    pub flip_y: bool,
    /// Afterwards rows become columns.
    pub transpose: bool,
}

impl Turn {
    /// Leaves everything as it is.
    pub(crate) const NONE: Self = Self { flip_x: false, flip_y: false, transpose: false };

    /// What makes a picture with this EXIF orientation upright. Numbers outside of 1-8 mean 1.
    pub(crate) const fn from_orientation(orientation: u8) -> Self {
        match orientation {
            2 => Self::NONE.then_flip(true, false),
            3 => Self::NONE.then_flip(true, true),
            4 => Self::NONE.then_flip(false, true),
            5 => Self::NONE.then_transpose(),
            6 => Self::NONE.then_rotate(1),
            7 => Self::NONE.then_transpose().then_flip(true, true),
            8 => Self::NONE.then_rotate(3),
            _ => Self::NONE,
        }
    }

    /// Mirrors what this turn gives.
    pub(crate) const fn then_flip(self, horizontal: bool, vertical: bool) -> Self {
        let (x, y) = if self.transpose { (vertical, horizontal) } else { (horizontal, vertical) };
        Self { flip_x: self.flip_x ^ x, flip_y: self.flip_y ^ y, transpose: self.transpose }
    }

    /// Exchanges rows and columns of what this turn gives.
    const fn then_transpose(self) -> Self {
        Self { transpose: !self.transpose, ..self }
    }

    /// Turns what this turn gives clockwise.
    pub(crate) const fn then_rotate(self, quarter_turns: u8) -> Self {
        match quarter_turns % 4 {
            1 => self.then_transpose().then_flip(true, false),
            2 => self.then_flip(true, true),
            3 => self.then_transpose().then_flip(false, true),
            _ => self,
        }
    }

    /// Size after the turn.
    pub(crate) const fn size(self, size: Size) -> Size {
        if self.transpose { Size::new(size.height, size.width) } else { size }
    }
}

/// Edge of the square that is transposed at a time, so that both sides stay in the first-level cache.
const TILE: usize = 32;

/// Turns pixels of `N` bytes; `stride` is in bytes.
pub(crate) fn turned<const N: usize>(
    source: &[u8],
    stride: usize,
    width: usize,
    height: usize,
    turn: Turn,
) -> Vec<u8> {
    let mut out = vec![0_u8; width * height * N];
    let (target, _) = out.as_chunks_mut::<N>();
    let row = |y: usize| {
        let y = if turn.flip_y { height - 1 - y } else { y };
        source[y * stride..][..width * N].as_chunks::<N>().0
    };
    if !turn.transpose {
        for (y, line) in target.chunks_exact_mut(width.max(1)).enumerate() {
            line.copy_from_slice(row(y));
            if turn.flip_x {
                line.reverse();
            }
        }
        return out;
    }
    for top in (0..height).step_by(TILE) {
        for left in (0..width).step_by(TILE) {
            for y in top..height.min(top + TILE) {
                let line = row(y);
                for x in left..width.min(left + TILE) {
                    target[x * height + y] = line[if turn.flip_x { width - 1 - x } else { x }];
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// a b c
    /// d e f
    const PICTURE: &[u8] = b"abcdef";

    fn shown(turn: Turn) -> String {
        let out = turned::<1>(PICTURE, 3, 3, 2, turn);
        let width = turn.size(Size::new(3, 2)).width as usize;
        out.chunks(width).map(|row| String::from_utf8_lossy(row).into_owned()).collect::<Vec<_>>().join("/")
    }

    #[test]
    fn every_orientation_becomes_upright() {
        let table = [
            (1, "abc/def"),
            (2, "cba/fed"),
            (3, "fed/cba"),
            (4, "def/abc"),
            (5, "ad/be/cf"),
            (6, "da/eb/fc"),
            (7, "fc/eb/da"),
            (8, "cf/be/ad"),
            (9, "abc/def"),
        ];
        for (orientation, expected) in table {
            assert_eq!(shown(Turn::from_orientation(orientation)), expected, "orientation {orientation}");
        }
    }

    #[test]
    fn composed_turns_equal_turns_in_sequence() {
        for first in 1..=8 {
            for quarter_turns in 0..4 {
                for (horizontal, vertical) in [(false, false), (true, false), (false, true), (true, true)] {
                    let turn = Turn::from_orientation(first);
                    let size = turn.size(Size::new(3, 2));
                    let once = turned::<1>(PICTURE, 3, 3, 2, turn);
                    let second = Turn::NONE.then_rotate(quarter_turns).then_flip(horizontal, vertical);
                    let (width, height) = (size.width as usize, size.height as usize);
                    let twice = turned::<1>(&once, width, width, height, second);
                    let composed = turn.then_rotate(quarter_turns).then_flip(horizontal, vertical);
                    assert_eq!(turned::<1>(PICTURE, 3, 3, 2, composed), twice, "{first} {quarter_turns}");
                }
            }
        }
    }

    #[test]
    fn large_pictures_are_transposed_across_tiles() {
        let (width, height) = (TILE * 2 + 3, TILE + 5);
        let data: Vec<u8> = (0..width * height).map(|index| (index % 251) as u8).collect();
        let out = turned::<1>(&data, width, width, height, Turn::from_orientation(5));
        assert_eq!(turned::<1>(&out, height, height, width, Turn::from_orientation(5)), data);
    }
}
