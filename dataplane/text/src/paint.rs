//! Puts ink on the box.
//!
//! All letters are one plane of coverage that gets its colour at once: where letters of a translucent text overlap
//! (joined scripts, accents), nothing is darker. Glyphs with colours of their own lie above.

use crate::{
    Bitmap, Rgba, Text, TextError,
    glyphs::{Glyphs, Layer, Shape},
    outline::Point,
    raster::{self, Work},
    scene::Scene,
};

pub(crate) fn paint(scene: &Scene, glyphs: &mut Glyphs<'_>, text: &Text) -> Result<Bitmap, TextError> {
    let (width, height) = scene.size();
    let pixels = width as usize * height as usize;
    let mut canvas = Canvas {
        data: text.background.unwrap_or(CLEAR).bytes().repeat(pixels),
        width: width as usize,
        work: Work::new(pixels as u64),
        clip: (width, height),
    };
    let (x, y) = (scene.origin.0 as f32, scene.origin.1 as f32);
    let mut ink = vec![0; pixels];
    let mut colored = Vec::new();
    for placed in &scene.glyphs {
        let shape = glyphs.get(placed.face, placed.id)?;
        let at = (placed.at.0 - x, placed.at.1 - y);
        if shape.colored {
            // Not the shape: many large ones would be held at once.
            colored.push((*placed, at));
        } else {
            for layer in &shape.layers {
                canvas.add(&mut ink, layer, at)?;
            }
        }
    }
    for strike in &scene.strikes {
        canvas.strike(&mut ink, *strike, scene.origin);
    }
    canvas.color(&ink, text.color);
    drop(ink);
    for (placed, at) in colored {
        canvas.stack(&*glyphs.get(placed.face, placed.id)?, at, text.color)?;
    }
    Ok(Bitmap { width, height, data: canvas.data })
}

const CLEAR: Rgba = Rgba { red: 0, green: 0, blue: 0, alpha: 0 };

/// The box as it is painted.
struct Canvas {
    data: Vec<u8>,
    width: usize,
    clip: (u32, u32),
    work: Work,
}

impl Canvas {
    /// Adds the coverage of an outline. Edges that meet inside a pixel fill it together.
    fn add(&mut self, ink: &mut [u8], layer: &Layer, at: Point) -> Result<(), TextError> {
        let width = self.width;
        raster::fill(&layer.outline, at, self.clip, &mut self.work, |x, y, coverage| {
            for (pixel, more) in ink.iter_mut().skip(y * width + x).zip(coverage) {
                *pixel = pixel.saturating_add(*more);
            }
        })
    }

    /// Covers a rectangle of whole pixels.
    fn strike(&self, ink: &mut [u8], [left, top, right, bottom]: [i64; 4], origin: (i64, i64)) {
        let inside =
            |value: i64, from: i64, most: u32| value.saturating_sub(from).clamp(0, i64::from(most)) as usize;
        let columns = inside(left, origin.0, self.clip.0)..inside(right, origin.0, self.clip.0);
        let rows = inside(top, origin.1, self.clip.1)..inside(bottom, origin.1, self.clip.1);
        for row in ink.chunks_exact_mut(self.width).take(rows.end).skip(rows.start) {
            if let Some(row) = row.get_mut(columns.clone()) {
                row.fill(u8::MAX);
            }
        }
    }

    /// Gives all ink its colour.
    fn color(&mut self, ink: &[u8], color: Rgba) {
        for (pixel, coverage) in self.data.as_chunks_mut::<4>().0.iter_mut().zip(ink) {
            if *coverage != 0 {
                over(pixel, [color.red, color.green, color.blue, product(color.alpha, *coverage)]);
            }
        }
    }

    /// Stacks the layers of a colour glyph, and lays the whole on the box with the text's alpha.
    fn stack(&mut self, shape: &Shape, at: Point, color: Rgba) -> Result<(), TextError> {
        let Some(bounds) = shape.bounds.map(|bounds| bounds.shifted(at)) else { return Ok(()) };
        let (left, top) = (bounds.left.floor().max(0.0), bounds.top.floor().max(0.0));
        let width = (bounds.right.ceil().min(self.clip.0 as f32) - left).max(0.0) as usize;
        let height = (bounds.bottom.ceil().min(self.clip.1 as f32) - top).max(0.0) as usize;
        let mut group = vec![[0; 4]; width * height];
        let clip = (width as u32, height as u32);
        for layer in &shape.layers {
            let Rgba { red, green, blue, alpha } = layer.color.unwrap_or(Rgba { alpha: u8::MAX, ..color });
            raster::fill(
                &layer.outline,
                (at.0 - left, at.1 - top),
                clip,
                &mut self.work,
                |x, y, coverage| {
                    for (pixel, coverage) in group.iter_mut().skip(y * width + x).zip(coverage) {
                        if *coverage != 0 {
                            over(pixel, [red, green, blue, product(alpha, *coverage)]);
                        }
                    }
                },
            )?;
        }
        let (left, top) = (left as usize, top as usize);
        let pixels = self.data.as_chunks_mut::<4>().0;
        for (y, row) in group.chunks_exact(width.max(1)).enumerate() {
            for (pixel, [red, green, blue, alpha]) in
                pixels.iter_mut().skip((top + y) * self.width + left).zip(row)
            {
                over(pixel, [*red, *green, *blue, product(*alpha, color.alpha)]);
            }
        }
        Ok(())
    }
}

/// a * b / 255, rounded.
fn product(a: u8, b: u8) -> u8 {
    ((u32::from(a) * u32::from(b) + 127) / 255) as u8
}

/// Lays a straight colour over a pixel.
fn over(pixel: &mut [u8; 4], above: [u8; 4]) {
    let alpha = u32::from(above[3]);
    if alpha == 0 {
        return;
    }
    if alpha == 255 || pixel[3] == 0 {
        *pixel = above;
        return;
    }
    // In 255ths of 255ths.
    let (front, back) = (alpha * 255, u32::from(pixel[3]) * (255 - alpha));
    let sum = front + back;
    for (below, above) in pixel.iter_mut().zip(&above[..3]) {
        *below = ((u32::from(*above) * front + u32::from(*below) * back + sum / 2) / sum) as u8;
    }
    pixel[3] = ((sum + 127) / 255) as u8;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_laid_over_each_other_straight() {
        for (below, above, result) in [
            ([0, 0, 0, 0], [10, 20, 30, 128], [10, 20, 30, 128]),
            ([9, 9, 9, 0], [10, 20, 30, 255], [10, 20, 30, 255]),
            ([255, 255, 255, 255], [0, 0, 0, 51], [204, 204, 204, 255]),
            ([255, 0, 0, 128], [0, 0, 255, 128], [85, 0, 170, 192]),
            ([1, 2, 3, 4], [9, 9, 9, 0], [1, 2, 3, 4]),
            ([0, 0, 0, 0], [9, 9, 9, 0], [0, 0, 0, 0]),
        ] {
            let mut pixel = below;
            over(&mut pixel, above);
            assert_eq!(pixel, result, "{above:?} over {below:?}");
        }
    }
}
