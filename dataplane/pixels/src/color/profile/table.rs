//! Profiles that hold a table instead of curves and a matrix: nearly all of inks, and some of cameras and scanners.
//!
//! The table is sampled once into a table of its own. Sampled in sRGB, it would be cut off at the edges of what sRGB holds,
//! and every colour near them would be wrong by what lies between a cut-off point and its neighbour. So it is sampled in a
//! space that holds all of it, `ProPhoto` RGB, and each pixel goes from there to sRGB by itself.
//!
//! Black becomes black, as Little CMS has it where both sides are perceptual: what the darkest colour of the profile still
//! reflects is taken away from every colour. Without that, print looks washed out.

use std::sync::Arc;

use moxcms::{ColorProfile, Layout, ProfileVersion, Transform16BitExecutor, TransformOptions};

use crate::PixelError;

/// D50, to which tables refer.
const WHITE: [f64; 3] = [0.9642, 1.0, 0.8249];
/// What the black of the medium that tables of version 4 refer to reflects (ICC.1:2010, 6.3.3).
const REFERENCE_BLACK: [f64; 3] = [0.003_36, 0.003_473_1, 0.002_87];
/// What L* 50 reflects: lighter blacks are taken for that.
const LIGHTEST_BLACK: f64 = 0.184_187;
/// What L* 95 reflects: a profile with such a black has light for ink, and there is nothing to take away.
const NO_BLACK: f64 = 0.876_2;
/// Gamma of `ProPhoto` RGB.
const GAMMA: f64 = 1.8;
/// Points of the curves. At the dark end of that to sRGB, two points are a fifth of a level apart.
const POINTS: usize = 1 << 14;

/// The way through a table.
pub(super) struct ThroughTable {
    channels: usize,
    to_wide: Arc<Transform16BitExecutor>,
    /// Light of a sample of the wide space.
    light: Vec<f32>,
    /// From light in the wide space to light in sRGB, row by row, and what is added.
    matrix: [[f32; 3]; 3],
    offset: [f32; 3],
    srgb: Vec<u8>,
}

impl ThroughTable {
    /// Samples the table. `None`: it is broken, or not of the channels that `layout` has.
    pub(super) fn new(profile: &ColorProfile, layout: Layout) -> Option<Self> {
        use ProfileVersion::{V2_0, V2_1, V2_2, V2_3, V2_4};
        let wide = ColorProfile::new_pro_photo_rgb();
        let to_wide =
            profile.create_transform_16bit(layout, &wide, Layout::Rgb, TransformOptions::default()).ok()?;
        let channels = layout.channels();
        let is_old = matches!(profile.version(), V2_0 | V2_1 | V2_2 | V2_3 | V2_4);
        let black = match (is_old, channels) {
            (true, _) => darkest(&*to_wide, channels, &wide)?,
            (false, 4) => REFERENCE_BLACK,
            // Of lights, moxcms takes it away itself.
            (false, _) => [0.0; 3],
        };
        // In XYZ, each axis is stretched so that black comes to 0 and white stays.
        let from_xyz = ColorProfile::new_srgb().rgb_to_xyz_matrix().inverse();
        let stretch: [f64; 3] = std::array::from_fn(|axis| 1.0 / (1.0 - black[axis] / WHITE[axis]));
        let mut to_xyz = wide.rgb_to_xyz_matrix();
        for (row, stretch) in to_xyz.v.iter_mut().zip(stretch) {
            *row = row.map(|part| part * stretch);
        }
        let moved =
            |row: [f64; 3]| -> f64 { (0..3).map(|axis| row[axis] * stretch[axis] * black[axis]).sum() };
        let share = |point: usize| point as f64 / (POINTS - 1) as f64;
        Some(Self {
            channels,
            to_wide,
            light: (0..POINTS).map(|point| share(point).powf(GAMMA) as f32).collect(),
            matrix: from_xyz.mat_mul(to_xyz).to_f32().v,
            offset: from_xyz.v.map(|row| -moved(row) as f32),
            srgb: (0..POINTS).map(|point| level(share(point))).collect(),
        })
    }

    /// Converts pixels of 8 bits to three bytes each.
    pub(super) fn run(&self, from: &[u8], to: &mut [u8]) -> Result<(), PixelError> {
        let deep: Vec<u16> = from.iter().map(|sample| u16::from(*sample) * 257).collect();
        let mut wide = vec![0; from.len() / self.channels * 3];
        self.to_wide.transform(&deep, &mut wide).map_err(PixelError::internal)?;
        for (to, wide) in to.as_chunks_mut::<3>().0.iter_mut().zip(wide.as_chunks::<3>().0) {
            let [red, green, blue] =
                wide.map(|sample| self.light[usize::from(sample) * (POINTS - 1) / 65_535]);
            for ((to, row), offset) in to.iter_mut().zip(&self.matrix).zip(self.offset) {
                let light = row[0] * red + row[1] * green + row[2] * blue + offset;
                *to = self.srgb[(light.clamp(0.0, 1.0) * (POINTS - 1) as f32 + 0.5) as usize];
            }
        }
        Ok(())
    }
}

/// What no light, or all inks, still reflect.
fn darkest(to_wide: &Transform16BitExecutor, channels: usize, wide: &ColorProfile) -> Option<[f64; 3]> {
    let darkest = vec![if channels == 4 { u16::MAX } else { 0 }; channels];
    let mut samples = [0; 3];
    to_wide.transform(&darkest, &mut samples).ok()?;
    let light = samples.map(|sample| (f64::from(sample) / 65_535.0).powf(GAMMA));
    let xyz = wide.rgb_to_xyz_matrix().v.map(|row| row[0] * light[0] + row[1] * light[1] + row[2] * light[2]);
    Some(match xyz[1] {
        NO_BLACK.. => [0.0; 3],
        LIGHTEST_BLACK.. => xyz.map(|axis| axis * LIGHTEST_BLACK / xyz[1]),
        _ => xyz,
    })
}

/// The level of sRGB that is this light (IEC 61966-2-1).
fn level(light: f64) -> u8 {
    let share = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (share * 255.0).round() as u8
}
