//! Which items, or which frames of a sequence, make up the picture to show.

use crate::{
    Crop, Error, Mirror,
    bmff::{Config, Container, Cursor, Kind, Meta, Nclx, Place, Property, Track, Tracks},
    error::{malformed, unsupported},
};

/// What marks an item as the alpha of another; the second form is that of early files.
const ALPHA: [&[u8]; 2] = [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"];

/// The longest side that AV1 and grids can describe.
const MAX_DIMENSION: u32 = 65_536;

/// The picture as the boxes describe it, before any pixel is read.
#[derive(Debug)]
pub(crate) struct Image<'a> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) color: Source,
    pub(crate) alpha: Option<Source>,
    pub(crate) premultiplied: bool,
    pub(crate) bit_depth: u8,
    pub(crate) nclx: Option<Nclx>,
    pub(crate) icc: Option<&'a [u8]>,
    pub(crate) rotation: u8,
    pub(crate) mirror: Option<Mirror>,
    pub(crate) crop: Option<Crop>,
    pub(crate) frames: u32,
}

/// Where planes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Coded(Tile),
    /// Tiles in rows; the item holds the grid's shape.
    Grid {
        item: Option<u32>,
        tiles: Vec<Tile>,
    },
}

/// A coded picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tile {
    pub(crate) place: Place,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) operating_point: u8,
}

impl<'a> Image<'a> {
    /// Finds the picture.
    pub(crate) fn find(container: &'a Container<'a>) -> Result<Self, Error> {
        match (container.meta.primary, &container.tracks) {
            (Some(primary), _) => Self::of_item(&container.meta, primary),
            (None, Some(tracks)) => Self::of_track(tracks),
            (None, None) => Err(malformed("it names no picture to show")),
        }
    }

    fn of_item(meta: &Meta<'a>, item: u32) -> Result<Self, Error> {
        let properties = Properties::of(meta, item)?;
        let (width, height) = properties.size()?;
        let color = source(meta, item, &properties)?;
        // A grid may leave bit depth and colour to its tiles.
        let first = match &color {
            Source::Grid { tiles, .. } => match tiles.first().map(|tile| tile.place) {
                Some(Place::Item(tile)) => Properties::of(meta, tile)?,
                _ => return Err(malformed("a grid has no tiles")),
            },
            Source::Coded(_) => properties.clone(),
        };
        let alpha_item = alpha_of(meta, item);
        let alpha = match (alpha_item, &color) {
            (Some(alpha), _) => {
                let properties = Properties::of(meta, alpha)?;
                let source = source(meta, alpha, &properties)?;
                if properties.size()? != (width, height) {
                    return Err(unsupported("transparency of another size than the picture"));
                }
                Some(source)
            }
            (None, Source::Grid { item: Some(grid), tiles }) => alpha_of_tiles(meta, *grid, tiles)?,
            (None, _) => None,
        };
        let premultiplied = alpha_item.is_some_and(|alpha| {
            meta.targets(*b"prem", item).is_some_and(|targets| targets.contains(&alpha))
        });
        Ok(Self {
            width,
            height,
            color,
            alpha,
            premultiplied,
            bit_depth: first.config.ok_or(malformed("a picture has no AV1 configuration"))?.bit_depth,
            nclx: properties.nclx.or(first.nclx),
            icc: properties.icc.or(first.icc),
            rotation: properties.rotation,
            mirror: properties.mirror,
            crop: properties.aperture.map(|aperture| aperture.within(width, height)).transpose()?,
            frames: 1,
        })
    }

    fn of_track(tracks: &Tracks<'a>) -> Result<Self, Error> {
        let Tracks { color, alpha, premultiplied } = tracks;
        check_size(color.width, color.height)?;
        if alpha.as_ref().is_some_and(|alpha| (alpha.width, alpha.height) != (color.width, color.height)) {
            return Err(unsupported("transparency of another size than the picture"));
        }
        let first = |track: &Track<'_>| {
            Source::Coded(Tile {
                place: Place::Range { offset: track.offset, length: track.length },
                width: track.width,
                height: track.height,
                operating_point: 0,
            })
        };
        Ok(Self {
            width: color.width,
            height: color.height,
            color: first(color),
            alpha: alpha.as_ref().map(first),
            premultiplied: *premultiplied,
            bit_depth: color.config.ok_or(malformed("a picture has no AV1 configuration"))?.bit_depth,
            nclx: color.nclx,
            icc: color.icc,
            rotation: 0,
            mirror: None,
            crop: None,
            frames: color.frames,
        })
    }
}

/// The properties of one item, by meaning.
#[derive(Debug, Clone, Default)]
struct Properties<'a> {
    size: Option<(u32, u32)>,
    config: Option<Config>,
    nclx: Option<Nclx>,
    icc: Option<&'a [u8]>,
    rotation: u8,
    mirror: Option<Mirror>,
    aperture: Option<crate::transform::Aperture>,
    auxiliary: Option<&'a [u8]>,
    operating_point: u8,
}

impl<'a> Properties<'a> {
    fn of(meta: &Meta<'a>, item: u32) -> Result<Self, Error> {
        let mut found = Self::default();
        for property in meta.properties(item)? {
            match property {
                Property::Size(width, height) => found.size = Some((*width, *height)),
                Property::Config(config) => found.config = Some(*config),
                Property::Nclx(nclx) => found.nclx = Some(*nclx),
                Property::Icc(icc) => found.icc = Some(icc),
                Property::Rotation(turns) => found.rotation = *turns,
                Property::Mirror(mirror) => found.mirror = Some(*mirror),
                Property::Aperture(aperture) => found.aperture = Some(*aperture),
                Property::Auxiliary(kind) => found.auxiliary = Some(kind),
                Property::OperatingPoint(point) => found.operating_point = *point,
                // 0xffff: all layers, the decoder takes the best.
                Property::Layer(0xffff) | Property::Remark | Property::Other => {}
                Property::Layer(_) => return Err(unsupported("a choice of layers")),
            }
        }
        Ok(found)
    }

    fn size(&self) -> Result<(u32, u32), Error> {
        let (width, height) = self.size.ok_or(malformed("a picture has no size"))?;
        check_size(width, height)?;
        Ok((width, height))
    }

    fn tile(&self, item: u32) -> Result<Tile, Error> {
        let (width, height) = self.size()?;
        if self.config.is_none() {
            return Err(malformed("a picture has no AV1 configuration"));
        }
        Ok(Tile { place: Place::Item(item), width, height, operating_point: self.operating_point })
    }
}

fn source(meta: &Meta<'_>, item: u32, properties: &Properties<'_>) -> Result<Source, Error> {
    match meta.kind(item) {
        Some(Kind::Av1) => Ok(Source::Coded(properties.tile(item)?)),
        Some(Kind::Grid) => {
            let links = meta.targets(*b"dimg", item).ok_or(malformed("a grid has no tiles"))?;
            let tile = |tile: &u32| match meta.kind(*tile) {
                Some(Kind::Av1) => Properties::of(meta, *tile)?.tile(*tile),
                _ => Err(unsupported("a grid of something other than AV1 pictures")),
            };
            let tiles = links.iter().map(tile).collect::<Result<_, _>>()?;
            Ok(Source::Grid { item: Some(item), tiles })
        }
        Some(_) => Err(unsupported("a picture that is not coded as AV1")),
        None => Err(malformed("the picture to show does not exist")),
    }
}

/// The alpha item of a picture.
fn alpha_of(meta: &Meta<'_>, item: u32) -> Option<u32> {
    let is_alpha = |candidate: &u32| {
        // An auxiliary picture that is not understood (a depth map, say) must not keep the picture from being shown.
        let kind = Properties::of(meta, *candidate).ok().and_then(|properties| properties.auxiliary);
        kind.is_some_and(|kind| ALPHA.contains(&kind))
    };
    meta.sources(*b"auxl", item).iter().copied().find(|candidate| is_alpha(candidate))
}

/// Some writers give each tile its own alpha instead of a second grid. `grid` is the shape of both.
fn alpha_of_tiles(meta: &Meta<'_>, grid: u32, tiles: &[Tile]) -> Result<Option<Source>, Error> {
    let mut found = Vec::new();
    for tile in tiles {
        let Place::Item(item) = tile.place else { return Ok(None) };
        match alpha_of(meta, item) {
            Some(alpha) if meta.kind(alpha) == Some(Kind::Av1) => {
                found.push(Properties::of(meta, alpha)?.tile(alpha)?);
            }
            Some(_) => return Err(unsupported("a grid of something other than AV1 pictures")),
            None if found.is_empty() => return Ok(None),
            None => return Err(malformed("only some tiles have transparency")),
        }
    }
    Ok(Some(Source::Grid { item: Some(grid), tiles: found }))
}

fn check_size(width: u32, height: u32) -> Result<(), Error> {
    let side = 1..=MAX_DIMENSION;
    if side.contains(&width) && side.contains(&height) {
        Ok(())
    } else {
        Err(malformed("a picture has an impossible size"))
    }
}

/// The content of a `grid` item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) columns: u32,
    pub(crate) rows: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Shape {
    pub(crate) fn read(payload: &[u8]) -> Result<Self, Error> {
        let mut cursor = Cursor::new(payload);
        if cursor.u8()? != 0 {
            return Err(unsupported("an unknown version of grids"));
        }
        let wide = cursor.u8()? & 1 != 0;
        let (rows, columns) = (u32::from(cursor.u8()?) + 1, u32::from(cursor.u8()?) + 1);
        let (width, height) = (cursor.id(wide)?, cursor.id(wide)?);
        check_size(width, height)?;
        Ok(Self { columns, rows, width, height })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_shapes_read_in_both_widths() {
        let expected = Shape { columns: 3, rows: 2, width: 300, height: 200 };
        assert_eq!(Shape::read(&[0, 0, 1, 2, 1, 44, 0, 200]), Ok(expected));
        assert_eq!(Shape::read(&[0, 1, 1, 2, 0, 0, 1, 44, 0, 0, 0, 200]), Ok(expected));
        assert!(matches!(Shape::read(&[1, 0, 1, 2, 1, 44, 0, 200]), Err(Error::Unsupported { .. })));
        assert!(matches!(Shape::read(&[0, 0, 1, 2, 0, 0, 0, 200]), Err(Error::Malformed { .. })));
        assert!(matches!(Shape::read(&[0, 0, 1, 2]), Err(Error::Malformed { .. })));
    }
}
