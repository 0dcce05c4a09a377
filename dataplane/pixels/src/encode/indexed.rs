//! A picture in few colours: all it has, where these are few enough; else the best ones, with dithering.

use std::collections::HashMap;

use palette::Srgb;
use quantette::{ImageRef, PaletteSize, Pipeline};

use crate::{PixelError, Size};

/// Red, green and blue.
type Rgb = [u8; 3];

/// Colours, and which of them every pixel has.
#[derive(Debug)]
pub(super) struct Indexed {
    colors: Vec<Rgb>,
    /// One for each pixel. Of those that are not seen it means nothing.
    pub indices: Vec<u8>,
}

impl Indexed {
    /// Takes every pixel of a picture, `None` for those that are not seen, and at most so many colours, 256 or less.
    pub(super) fn of(
        pixels: impl Iterator<Item = Option<Rgb>> + Clone,
        size: Size,
        most: u16,
    ) -> Result<Self, PixelError> {
        match Self::exact(pixels.clone(), most) {
            Some(exact) => Ok(exact),
            None => Self::nearest(pixels, size, most),
        }
    }

    fn exact(pixels: impl Iterator<Item = Option<Rgb>>, most: u16) -> Option<Self> {
        let mut known: HashMap<Rgb, u8> = HashMap::new();
        let mut colors = Vec::new();
        let mut indices = Vec::new();
        let mut last = (None, 0);
        for pixel in pixels {
            if pixel.is_some() && pixel != last.0 {
                let next = u8::try_from(colors.len()).ok();
                let index = pixel.and_then(|color| match known.get(&color) {
                    Some(index) => Some(*index),
                    None if colors.len() >= usize::from(most) => None,
                    None => {
                        colors.push(color);
                        known.insert(color, next?);
                        next
                    }
                })?;
                last = (pixel, index);
            }
            indices.push(last.1);
        }
        Some(Self { colors, indices })
    }

    fn nearest(pixels: impl Iterator<Item = Option<Rgb>>, size: Size, most: u16) -> Result<Self, PixelError> {
        // Where nothing is seen goes on what stands before it, so that no colour is spent on it.
        let mut last = Srgb::new(0, 0, 0);
        let seen: Vec<Srgb<u8>> = pixels
            .map(|pixel| {
                if let Some([red, green, blue]) = pixel {
                    last = Srgb::new(red, green, blue);
                }
                last
            })
            .collect();
        let view = ImageRef::new(size.width, size.height, seen.as_slice())
            .map_err(|_| PixelError::internal("a picture that loses colours is not whole"))?;
        let pipeline = Pipeline::new().palette_size(PaletteSize::from_u16_clamped(most));
        let (palette, indices) = pipeline.input_image(view).output_srgb8_indexed_image().into_parts();
        let colors = palette.into_iter().map(|color| [color.red, color.green, color.blue]).collect();
        Ok(Self { colors, indices })
    }

    /// All colours, one after the other.
    pub(super) fn palette(&self) -> Vec<u8> {
        self.colors.as_flattened().to_vec()
    }

    /// The same with one more entry, that is not shown, and its index.
    pub(super) fn with_transparent(&self) -> (Vec<u8>, Option<u8>) {
        let mut palette = self.palette();
        palette.extend([0; 3]);
        (palette, u8::try_from(self.colors.len()).ok())
    }

    /// The indices, with that of the transparent entry for what is hidden.
    pub(super) fn hiding(self, hidden: impl Iterator<Item = bool>, transparent: Option<u8>) -> Vec<u8> {
        let Self { mut indices, .. } = self;
        if let Some(transparent) = transparent {
            for (index, hidden) in indices.iter_mut().zip(hidden) {
                if hidden {
                    *index = transparent;
                }
            }
        }
        indices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_stay_as_they_are_and_many_become_as_few_as_are_allowed() {
        let gradient = |steps: u32| {
            (0..1024_u32).map(move |at| Some([(at % steps / 4) as u8, (at % steps % 4) as u8, 7]))
        };
        let of = |steps, most| Indexed::of(gradient(steps), Size::new(32, 32), most).unwrap();
        let exact = of(200, 200);
        assert_eq!(exact.colors.len(), 200);
        for (pixel, index) in gradient(200).zip(&exact.indices) {
            assert_eq!(Some(exact.colors[usize::from(*index)]), pixel);
        }
        let fewer = of(201, 200);
        assert!(fewer.colors.len() <= 200 && fewer.indices.len() == 1024);
    }

    #[test]
    fn what_is_not_seen_takes_no_colour() {
        let pixels = [None, Some([1, 2, 3]), None, Some([4, 5, 6])];
        let indexed = Indexed::of(pixels.into_iter(), Size::new(4, 1), 2).unwrap();
        assert_eq!(indexed.with_transparent(), (vec![1, 2, 3, 4, 5, 6, 0, 0, 0], Some(2)));
        assert_eq!(indexed.hiding(pixels.iter().map(Option::is_none), Some(2)), [2, 0, 2, 1]);
    }
}
