//! Matrix coefficients (ITU-T H.273, table 4) as integers.

use crate::{Error, Sampling, error::unsupported};

/// How luma and chroma make RGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matrix {
    /// The planes are green, blue, red.
    Identity,
    /// BT.601, also what an unspecified matrix is read as (MIAF's default, and JPEG's matrix).
    Bt601,
    /// BT.709.
    Bt709,
    /// FCC 73.682.
    Fcc,
    /// SMPTE 240M.
    Smpte240,
    /// BT.2020, non-constant luminance.
    Bt2020,
    /// Derived from the primaries of Display P3.
    DisplayP3,
    /// Green and orange differences.
    YCgCo,
}

impl Matrix {
    /// From the code points of matrix and primaries.
    pub(crate) fn of(matrix: u16, primaries: u16, sampling: Sampling) -> Result<Self, Error> {
        Ok(match matrix {
            // The standard allows it for full chroma only; grey has no use for a matrix.
            0 if sampling == Sampling::S444 => Self::Identity,
            0 if sampling != Sampling::S400 => return Err(unsupported("RGB planes of different sizes")),
            0 | 2 | 5 | 6 => Self::Bt601,
            1 => Self::Bt709,
            4 => Self::Fcc,
            7 => Self::Smpte240,
            8 => Self::YCgCo,
            9 => Self::Bt2020,
            12 => match primaries {
                1 => Self::Bt709,
                9 => Self::Bt2020,
                12 => Self::DisplayP3,
                _ => Self::Bt601,
            },
            _ if sampling == Sampling::S400 => Self::Bt601,
            _ => return Err(unsupported("a colour matrix other than the linear ones")),
        })
    }

    /// The shares of red and blue in luma; None where RGB is not made that way.
    fn shares(self) -> Option<(f64, f64)> {
        match self {
            Self::Identity | Self::YCgCo => None,
            Self::Bt601 => Some((0.299, 0.114)),
            Self::Bt709 => Some((0.2126, 0.0722)),
            Self::Fcc => Some((0.30, 0.11)),
            Self::Smpte240 => Some((0.212, 0.087)),
            Self::Bt2020 => Some((0.2627, 0.0593)),
            Self::DisplayP3 => Some((0.228_974_6, 0.079_286_9)),
        }
    }

    /// The integers to convert with.
    pub(crate) fn coefficients(self, full_range: bool) -> Coefficients {
        let (luma, chroma) = if full_range { (1.0, 1.0) } else { (255.0 / 219.0, 255.0 / 224.0) };
        let weights = match self.shares() {
            Some((red, blue)) => {
                let green = 1.0 - red - blue;
                let (of_cr, of_cb) = (2.0 * (1.0 - red), 2.0 * (1.0 - blue));
                [[0.0, of_cr], [-of_cb * blue / green, -of_cr * red / green], [of_cb, 0.0]]
            }
            // u is Cg and v is Co; for `Identity` the weights are not used.
            None => [[-1.0, 1.0], [1.0, 0.0], [-1.0, -1.0]],
        };
        let fixed = |weight: f64, bits: u32| (weight * f64::from(1_u32 << bits)).round() as i32;
        Coefficients {
            black: if full_range { 0 } else { 16 },
            luma: fixed(luma, SHIFT),
            chroma: weights.map(|pair| pair.map(|weight| fixed(weight * chroma, SHIFT - CHROMA_BITS))),
        }
    }
}

/// Fractional bits of a sum of products.
pub(crate) const SHIFT: u32 = 16;
/// Fractional bits of an interpolated chroma sample: the weights of its four neighbours add up to 16.
pub(crate) const CHROMA_BITS: u32 = 4;

/// Weights for `(luma * (y - black) + chroma * (u, v)) >> SHIFT`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coefficients {
    pub(crate) black: i32,
    pub(crate) luma: i32,
    /// For red, green and blue, the weights of the two chroma samples, which have [`CHROMA_BITS`] fractional bits.
    pub(crate) chroma: [[i32; 2]; 3],
}
