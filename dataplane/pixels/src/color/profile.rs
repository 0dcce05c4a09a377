//! Embedded ICC profiles: which of them matter, and pixels to sRGB.
//!
//! A profile that cannot be used is treated as if it were not there: the picture is shown as most browsers would.

mod table;

use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use self::table::ThroughTable;
use super::ycbcr;
use crate::{
    PixelError,
    image::{Channels, Image, Packed, Planar},
};

/// Steps of an 8-bit channel by which a profile may differ from sRGB and still be called sRGB.
const SAME: u8 = 1;

/// Pixels converted at a time: the copy that the transform needs stays in the cache.
const BATCH: usize = 4096;

/// The kind of pixels that a profile is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    Gray,
    Rgb,
    Cmyk,
}

/// Reads the colour model from the header of a profile without parsing the rest.
pub(crate) fn model(icc: &[u8]) -> Option<Model> {
    match icc.get(16..20)? {
        b"GRAY" => Some(Model::Gray),
        b"RGB " => Some(Model::Rgb),
        b"CMYK" => Some(Model::Cmyk),
        _ => None,
    }
}

/// A way from a profile to sRGB.
pub(crate) struct ToSrgb {
    way: Way,
    model: Model,
}

enum Way {
    /// By curves and a matrix.
    Shaped(Arc<Transform8BitExecutor>),
    Table(ThroughTable),
}

impl ToSrgb {
    /// Prepares the way. `None`: the profile is sRGB itself, is broken, or is of a kind that pixels do not have.
    pub(crate) fn new(icc: &[u8]) -> Option<Self> {
        let profile = ColorProfile::new_from_slice(icc).ok()?;
        let (model, layout) = match profile.color_space {
            DataColorSpace::Gray => (Model::Gray, Layout::Gray),
            DataColorSpace::Rgb => (Model::Rgb, Layout::Rgb),
            DataColorSpace::Cmyk => (Model::Cmyk, Layout::Rgba),
            _ => return None,
        };
        let way = if profile.color_space != DataColorSpace::Gray && !profile.is_matrix_shaper() {
            Way::Table(ThroughTable::new(&profile, layout)?)
        } else {
            let out = if model == Model::Gray { Layout::Gray } else { Layout::Rgb };
            let srgb = ColorProfile::new_srgb();
            let options = TransformOptions::default();
            Way::Shaped(profile.create_transform_8bit(layout, &srgb, out, options).ok()?)
        };
        let way = Self { way, model };
        let same = match model {
            Model::Gray => way.keeps(&std::array::from_fn::<u8, 256, _>(|gray| gray as u8)),
            Model::Rgb => way.keeps(&probe()),
            Model::Cmyk => false,
        };
        (!same).then_some(way)
    }

    fn keeps(&self, samples: &[u8]) -> bool {
        let mut out = vec![0; samples.len()];
        self.run(samples, &mut out).is_ok()
            && samples.iter().zip(&out).all(|(before, after)| before.abs_diff(*after) <= SAME)
    }

    /// Converts a picture. Where the profile is of another colour model than the pixels, nothing is done.
    pub(crate) fn apply(&self, image: Image) -> Result<Image, PixelError> {
        match (self.model, image) {
            (Model::Gray, Image::Planar(planar)) if planar.is_gray() => self.gray(planar).map(Image::Planar),
            (Model::Gray, Image::Packed(packed)) if is_gray(&packed) => {
                self.gray_pixels(packed).map(Image::Packed)
            }
            (Model::Rgb, Image::Planar(planar)) if !planar.is_gray() => {
                self.rgb(ycbcr::to_rgb(&planar)?).map(Image::Packed)
            }
            (Model::Rgb, Image::Packed(packed)) if packed.channels != Channels::Cmyk => {
                self.rgb(packed).map(Image::Packed)
            }
            (Model::Cmyk, Image::Packed(packed)) if packed.channels == Channels::Cmyk => {
                self.cmyk(&packed).map(Image::Packed)
            }
            (_, image) => Ok(image),
        }
    }

    fn run(&self, from: &[u8], to: &mut [u8]) -> Result<(), PixelError> {
        match &self.way {
            Way::Shaped(transform) => transform.transform(from, to).map_err(PixelError::internal),
            Way::Table(table) => table.run(from, to),
        }
    }

    fn levels(&self) -> Result<[u8; 256], PixelError> {
        let levels: [u8; 256] = std::array::from_fn(|level| level as u8);
        let mut table = [0_u8; 256];
        self.run(&levels, &mut table)?;
        Ok(table)
    }

    fn gray(&self, mut planar: Planar) -> Result<Planar, PixelError> {
        let table = self.levels()?;
        for sample in planar.planes.iter_mut().flat_map(|plane| &mut plane.data) {
            *sample = table[usize::from(*sample)];
        }
        Ok(planar)
    }

    /// Grey with alpha.
    fn gray_pixels(&self, mut packed: Packed) -> Result<Packed, PixelError> {
        let table = self.levels()?;
        for pixel in packed.data.chunks_exact_mut(packed.channels.count()) {
            let gray = table[usize::from(pixel[0])];
            pixel[..3].fill(gray);
        }
        Ok(packed)
    }

    fn rgb(&self, mut packed: Packed) -> Result<Packed, PixelError> {
        let step = packed.channels.count();
        let mut before = Vec::with_capacity(BATCH * 3);
        let mut after = vec![0; BATCH * 3];
        for batch in packed.data.chunks_mut(BATCH * step) {
            before.clear();
            before.extend(batch.chunks_exact(step).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]));
            let after = &mut after[..before.len()];
            self.run(&before, after)?;
            for (pixel, color) in batch.chunks_exact_mut(step).zip(after.as_chunks::<3>().0) {
                pixel[..3].copy_from_slice(color);
            }
        }
        Ok(packed)
    }

    fn cmyk(&self, packed: &Packed) -> Result<Packed, PixelError> {
        let mut data = vec![0; packed.data.len() / 4 * 3];
        for (from, to) in packed.data.chunks(BATCH * 4).zip(data.chunks_mut(BATCH * 3)) {
            self.run(from, to)?;
        }
        Packed::new(data, packed.width, packed.height, Channels::Rgb)
    }
}

/// Whether every pixel is grey, as those of grey files with alpha are.
fn is_gray(packed: &Packed) -> bool {
    let mut pixels = packed.data.chunks_exact(packed.channels.count());
    packed.channels != Channels::Cmyk && pixels.all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2])
}

/// Colours over the whole cube, dark ones more densely: there profiles differ first.
fn probe() -> Vec<u8> {
    const LEVELS: [u8; 9] = [0, 8, 24, 48, 80, 120, 160, 208, 255];
    let mut samples = Vec::with_capacity(LEVELS.len().pow(3) * 3);
    for red in LEVELS {
        for green in LEVELS {
            for blue in LEVELS {
                samples.extend_from_slice(&[red, green, blue]);
            }
        }
    }
    samples
}

/// Inks to light without a profile: each ink takes its share, black takes from all.
pub(crate) fn cmyk_to_rgb(packed: &Packed) -> Result<Packed, PixelError> {
    let mut data = Vec::with_capacity(packed.data.len() / 4 * 3);
    for [cyan, magenta, yellow, black] in packed.data.as_chunks::<4>().0 {
        let light = 255 - u32::from(*black);
        let channel = |ink: u8| (((255 - u32::from(ink)) * light + 127) / 255) as u8;
        data.extend_from_slice(&[channel(*cyan), channel(*magenta), channel(*yellow)]);
    }
    Packed::new(data, packed.width, packed.height, Channels::Rgb)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Plane;

    fn one(pixel: [u8; 3]) -> Image {
        Packed::new(pixel.to_vec(), 1, 1, Channels::Rgb).unwrap().into()
    }

    #[test]
    fn srgb_needs_no_conversion_and_display_p3_does() {
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        assert!(ToSrgb::new(&srgb).is_none());
        assert_eq!(model(&srgb), Some(Model::Rgb));

        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let way = ToSrgb::new(&p3).unwrap();
        let Image::Packed(out) = way.apply(one([200, 100, 50])).unwrap() else { panic!("stays packed") };
        // By the matrices of the two standards: (215, 93, 31).
        for (got, expected) in out.data.iter().zip([215_u8, 93, 31]) {
            assert!(got.abs_diff(expected) <= 1, "{:?}", out.data);
        }
    }

    #[test]
    fn a_broken_profile_is_as_good_as_none() {
        assert!(ToSrgb::new(b"not a profile").is_none());
        let mut p3 = ColorProfile::new_display_p3().encode().unwrap();
        p3.truncate(p3.len() / 2);
        assert!(ToSrgb::new(&p3).is_none());
    }

    #[test]
    fn a_profile_of_another_model_leaves_the_pixels_alone() {
        let gray = ColorProfile::new_gray_with_gamma(1.8).encode().unwrap();
        let way = ToSrgb::new(&gray).unwrap();
        let Image::Packed(out) = way.apply(one([200, 100, 50])).unwrap() else { panic!("stays packed") };
        assert_eq!(out.data, [200, 100, 50]);
        let plane = Planar::gray(Plane::filled(128, 2, 2));
        let Image::Planar(out) = way.apply(plane.into()).unwrap() else { panic!("stays planar") };
        assert!(out.planes[0].data[0] > 130, "gamma 1.8 is lighter than sRGB: {:?}", out.planes[0].data);
    }

    #[test]
    fn inks_without_a_profile_follow_the_plain_formula() {
        let inks = vec![0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 0, 255, 255, 128];
        let rgb = cmyk_to_rgb(&Packed::new(inks, 4, 1, Channels::Cmyk).unwrap()).unwrap();
        assert_eq!(rgb.data, [255, 255, 255, 0, 255, 255, 0, 0, 0, 127, 0, 0]);
    }
}
