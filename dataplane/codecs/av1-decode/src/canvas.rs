//! Decodes a source: a coded picture as it is, a grid tile by tile into one picture.
//!
//! Rows are copied at offsets that [`check_grid`] has bounded.

use crate::{
    Error, Sampling,
    av1::{self, Expected},
    bmff::{Container, Place},
    error::{malformed, unsupported},
    frame::Frame,
    image::{Shape, Source, Tile},
};

/// The smallest tile of a grid (MIAF 7.3.11.4.2). It keeps a file from asking for a decoder per pixel.
const MIN_TILE: u32 = 64;
/// Pixels that tiles may hold beyond four times the picture (twice on each side is what cut edges can come to).
const WASTE: u64 = 1 << 20;

/// Decodes what makes up a picture of `width` x `height`.
pub(crate) fn decode(
    container: &Container<'_>,
    source: &Source,
    (width, height): (u32, u32),
    full_range: Option<bool>,
) -> Result<Frame, Error> {
    let mut budget = Budget::new(container, source);
    let mut one = |tile: &Tile| {
        let Tile { place, width, height, operating_point } = *tile;
        let payload = container.payload(place)?;
        budget.spend(payload.len())?;
        av1::decode(&payload, Expected { width, height, operating_point, full_range })
    };
    match source {
        Source::Coded(tile) => one(tile),
        Source::Grid { item, tiles } => {
            let item = item.ok_or(malformed("a grid has no shape"))?;
            let shape = Shape::read(&container.payload(Place::Item(item))?)?;
            if (shape.width, shape.height) != (width, height) {
                return Err(malformed("a grid has another size than the file says"));
            }
            let first = check_grid(shape, tiles)?;
            let mut canvas: Option<Frame> = None;
            for (index, tile) in tiles.iter().enumerate() {
                let frame = one(tile)?;
                let canvas = match &mut canvas {
                    Some(canvas) => canvas,
                    None => canvas.insert(blank(shape, &frame, first)?),
                };
                if frame.sampling != canvas.sampling || frame.signal != canvas.signal {
                    return Err(malformed("the tiles of a grid are coded differently"));
                }
                let (column, row) = (index as u32 % shape.columns, index as u32 / shape.columns);
                place(canvas, &frame, column * first.width, row * first.height);
            }
            canvas.ok_or(malformed("a grid has no tiles"))
        }
    }
}

/// Bytes that may go to the decoder. Tiles may share an item (plain ones do), but a file whose thousands of tiles all
/// point at the same megabytes would cost hours.
struct Budget(usize);

impl Budget {
    /// What each tile may take beyond its share of the file.
    const SLACK: usize = 4096;

    fn new(container: &Container<'_>, source: &Source) -> Self {
        let tiles = match source {
            Source::Coded(_) => 1,
            Source::Grid { tiles, .. } => tiles.len(),
        };
        Self(container.len().saturating_add(tiles.saturating_mul(Self::SLACK)))
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Error> {
        self.0 = self.0.checked_sub(bytes).ok_or(unsupported("tiles that share too much data"))?;
        Ok(())
    }
}

/// All tiles are alike, there are as many as the shape says, and they just cover the picture.
fn check_grid(shape: Shape, tiles: &[Tile]) -> Result<Tile, Error> {
    let count = u64::from(shape.columns) * u64::from(shape.rows);
    let first = *tiles.first().ok_or(malformed("a grid has no tiles"))?;
    if tiles.len() as u64 != count {
        return Err(malformed("a grid has more or fewer tiles than its shape"));
    }
    if tiles.iter().any(|tile| (tile.width, tile.height) != (first.width, first.height)) {
        return Err(malformed("the tiles of a grid have different sizes"));
    }
    if count > 1 && (first.width < MIN_TILE || first.height < MIN_TILE) {
        return Err(unsupported("a grid of tiles smaller than 64 pixels"));
    }
    // Every row and column of tiles must contribute, else a small file could ask for endless work.
    let covers = |tile: u32, number: u32, whole: u32| {
        let (tile, number, whole) = (u64::from(tile), u64::from(number), u64::from(whole));
        tile * number >= whole && tile * (number - 1) < whole
    };
    if !covers(first.width, shape.columns, shape.width) || !covers(first.height, shape.rows, shape.height) {
        return Err(malformed("the tiles of a grid do not cover it"));
    }
    // Tiles that reach far beyond a small picture would cost more than its size lets one expect.
    let area = |width: u32, height: u32| u64::from(width) * u64::from(height);
    if area(first.width, first.height) * count > 4 * area(shape.width, shape.height) + WASTE {
        return Err(unsupported("tiles much larger than the picture"));
    }
    Ok(first)
}

/// A picture of the grid's size, coded like its tiles.
fn blank(shape: Shape, like: &Frame, tile: Tile) -> Result<Frame, Error> {
    let halved = |side: u32, number: u32| number > 1 && side % 2 == 1;
    let between_pixels = match like.sampling {
        Sampling::S400 | Sampling::S444 => false,
        Sampling::S422 => halved(tile.width, shape.columns),
        Sampling::S420 => halved(tile.width, shape.columns) || halved(tile.height, shape.rows),
    };
    if between_pixels {
        return Err(unsupported("a grid whose chroma does not fall on whole samples"));
    }
    let plane = |index| {
        let (columns, rows) = Frame::plane_size(like.sampling, index, shape.width, shape.height);
        vec![0; columns * rows]
    };
    Ok(Frame {
        planes: [plane(0), plane(1), plane(2)],
        width: shape.width,
        height: shape.height,
        sampling: like.sampling,
        signal: like.signal,
    })
}

/// Copies a tile to its place, cut at the right and bottom edges. `x` and `y` lie inside the canvas, and on whole
/// chroma samples.
fn place(canvas: &mut Frame, tile: &Frame, x: u32, y: u32) {
    let sampling = canvas.sampling;
    for (index, (to, from)) in canvas.planes.iter_mut().zip(&tile.planes).enumerate() {
        let (stride, rows) = Frame::plane_size(sampling, index, canvas.width, canvas.height);
        let (columns, _) = Frame::plane_size(sampling, index, tile.width, tile.height);
        let (left, top) = Frame::plane_size(sampling, index, x, y);
        if stride == 0 {
            continue;
        }
        let width = columns.min(stride - left);
        let rows = to.chunks_exact_mut(stride).take(rows).skip(top);
        for (to, from) in rows.zip(from.chunks_exact(columns)) {
            to[left..left + width].copy_from_slice(&from[..width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(width: u32, height: u32) -> Tile {
        Tile { place: Place::Item(1), width, height, operating_point: 0 }
    }

    #[test]
    fn grids_must_be_covered_by_tiles_that_all_contribute() {
        let shape = |columns, rows, width, height| Shape { columns, rows, width, height };
        let cases: [(&str, Shape, Vec<Tile>, bool); 11] = [
            ("exact", shape(2, 1, 128, 64), vec![tile(64, 64); 2], true),
            ("cut at the edges", shape(2, 2, 65, 65), vec![tile(64, 64); 4], true),
            ("one tile, small", shape(1, 1, 3, 3), vec![tile(8, 8)], true),
            ("one tile, a million pixels too large", shape(1, 1, 3, 3), vec![tile(1024, 1024)], true),
            ("one tile, far too large", shape(1, 1, 3, 3), vec![tile(65_536, 17)], false),
            ("tile missing", shape(2, 1, 128, 64), vec![tile(64, 64)], false),
            ("tile too many", shape(1, 1, 64, 64), vec![tile(64, 64); 2], false),
            ("gap", shape(2, 1, 129, 64), vec![tile(64, 64); 2], false),
            ("a column that shows nothing", shape(2, 1, 64, 64), vec![tile(64, 64); 2], false),
            ("different tiles", shape(2, 1, 128, 64), vec![tile(64, 64), tile(65, 64)], false),
            ("tiny tiles", shape(2, 1, 64, 32), vec![tile(32, 32); 2], false),
        ];
        for (name, shape, tiles, accepted) in cases {
            assert_eq!(check_grid(shape, &tiles).is_ok(), accepted, "{name}");
        }
    }
}
