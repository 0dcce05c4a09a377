//! The properties of items, each parsed into what it means.

use super::cursor::{Child, Cursor};
use crate::{
    Error,
    error::{malformed, unsupported},
    transform::{Aperture, Mirror},
};

/// One box of `ipco`.
#[derive(Debug, Clone)]
pub(crate) enum Property<'a> {
    /// `ispe`: width and height.
    Size(u32, u32),
    /// `av1C`.
    Config(Config),
    /// `colr` with numbers.
    Nclx(Nclx),
    /// `colr` with a profile.
    Icc(&'a [u8]),
    /// `irot`: quarter turns anticlockwise.
    Rotation(u8),
    /// `imir`.
    Mirror(Mirror),
    /// `clap`.
    Aperture(Aperture),
    /// `auxC`: what the auxiliary picture is.
    Auxiliary(&'a [u8]),
    /// `a1op`.
    OperatingPoint(u8),
    /// `lsel`: which layer, or all of them.
    Layer(u16),
    /// Of no consequence for the pixels (bit counts, light levels, aspect ratio, layer sizes).
    Remark,
    /// Unknown: harmless unless the item says that it is essential.
    Other,
}

/// What `av1C` says about a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Config {
    /// 8, 10 or 12.
    pub(crate) bit_depth: u8,
}

/// Colour by code points (ITU-T H.273).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nclx {
    pub(crate) primaries: u16,
    pub(crate) matrix: u16,
    pub(crate) full_range: bool,
}

impl<'a> Property<'a> {
    /// Parses one box.
    pub(crate) fn read(child: Child<'a>) -> Result<Self, Error> {
        let mut cursor = Cursor::new(child.content);
        Ok(match &child.kind {
            b"ispe" => {
                cursor.version()?;
                Self::Size(cursor.u32()?, cursor.u32()?)
            }
            b"av1C" => Self::Config(config(&mut cursor)?),
            b"colr" => color(&mut cursor)?,
            b"irot" => Self::Rotation(cursor.u8()? & 3),
            b"imir" => {
                Self::Mirror(if cursor.u8()? & 1 == 0 { Mirror::TopBottom } else { Mirror::LeftRight })
            }
            b"clap" => {
                let mut ratio = || Ok::<_, Error>((cursor.i32()?, cursor.i32()?));
                Self::Aperture(Aperture {
                    width: ratio()?,
                    height: ratio()?,
                    right: ratio()?,
                    down: ratio()?,
                })
            }
            b"auxC" => {
                cursor.version()?;
                Self::Auxiliary(cursor.string())
            }
            b"a1op" => match cursor.u8()? {
                point @ 0..=31 => Self::OperatingPoint(point),
                _ => return Err(malformed("an operating point does not exist")),
            },
            b"lsel" => Self::Layer(cursor.u16()?),
            b"pixi" | b"pasp" | b"a1lx" | b"clli" | b"mdcv" | b"cclv" | b"amve" => Self::Remark,
            _ => Self::Other,
        })
    }
}

fn config(cursor: &mut Cursor<'_>) -> Result<Config, Error> {
    let [marker, _, flags, _] = cursor.array()?;
    if marker != 0x81 {
        return Err(unsupported("an unknown version of the AV1 configuration"));
    }
    let (high, twelve) = (flags & 0x40 != 0, flags & 0x20 != 0);
    let bit_depth = match (high, twelve) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    };
    Ok(Config { bit_depth })
}

fn color<'a>(cursor: &mut Cursor<'a>) -> Result<Property<'a>, Error> {
    Ok(match &cursor.array()? {
        b"nclx" => {
            let primaries = cursor.u16()?;
            let _transfer = cursor.u16()?;
            let matrix = cursor.u16()?;
            Property::Nclx(Nclx { primaries, matrix, full_range: cursor.u8()? & 0x80 != 0 })
        }
        b"prof" | b"rICC" => Property::Icc(cursor.rest()),
        _ => Property::Remark,
    })
}
