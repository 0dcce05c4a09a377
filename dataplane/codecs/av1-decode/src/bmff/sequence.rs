//! `moov`: as much of a sequence as its first frame needs.

use super::{
    cursor::{Cursor, children},
    property::{Config, Nclx, Property},
};
use crate::{Error, error::malformed};

/// Most tracks that are looked at; a sequence has one, two with alpha.
const MAX_TRACKS: usize = 16;

/// The pictures of a sequence.
#[derive(Debug)]
pub(crate) struct Tracks<'a> {
    pub(crate) color: Track<'a>,
    pub(crate) alpha: Option<Track<'a>>,
    /// Is colour multiplied with alpha?
    pub(crate) premultiplied: bool,
}

/// One track, seen from its first frame.
#[derive(Debug, Default)]
pub(crate) struct Track<'a> {
    id: u32,
    /// `pict` or `vide`: a picture; `auxv`: alpha of another.
    handler: [u8; 4],
    /// Tracks that this one is the alpha of.
    auxiliary_to: Vec<u32>,
    premultiplied_by: Vec<u32>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) config: Option<Config>,
    pub(crate) nclx: Option<Nclx>,
    pub(crate) icc: Option<&'a [u8]>,
    /// Number of frames.
    pub(crate) frames: u32,
    /// Place of the first frame in the file.
    pub(crate) offset: u64,
    /// Bytes of the first frame.
    pub(crate) length: u32,
}

impl<'a> Tracks<'a> {
    /// Finds the first picture track with AV1 frames in the content of a `moov` box, and its alpha.
    pub(crate) fn read(content: &'a [u8]) -> Result<Option<Self>, Error> {
        let mut tracks = Vec::new();
        for child in children(content) {
            let child = child?;
            if child.kind == *b"trak" && tracks.len() < MAX_TRACKS {
                tracks.push(Track::read(child.content)?);
            }
        }
        let usable = |track: &Track<'_>| track.config.is_some() && track.frames > 0;
        let picture = |track: &Track<'_>| usable(track) && matches!(&track.handler, b"pict" | b"vide");
        let Some(index) = tracks.iter().position(picture) else { return Ok(None) };
        let color = tracks.swap_remove(index);
        let covers = |track: &Track<'_>| {
            usable(track) && track.handler == *b"auxv" && track.auxiliary_to.contains(&color.id)
        };
        let alpha = tracks.iter().position(covers).map(|index| tracks.swap_remove(index));
        let premultiplied = alpha.as_ref().is_some_and(|alpha| color.premultiplied_by.contains(&alpha.id));
        Ok(Some(Self { color, alpha, premultiplied }))
    }
}

impl<'a> Track<'a> {
    fn read(content: &'a [u8]) -> Result<Self, Error> {
        let mut track = Self::default();
        for child in children(content) {
            let child = child?;
            match &child.kind {
                b"tkhd" => {
                    let mut cursor = Cursor::new(child.content);
                    let long = cursor.version()?.0 == 1;
                    cursor.take(if long { 16 } else { 8 })?;
                    track.id = cursor.u32()?;
                }
                b"tref" => {
                    for link in children(child.content) {
                        let link = link?;
                        let ids = link.content.chunks_exact(4).take(MAX_TRACKS);
                        let ids = ids.map(|id| Cursor::new(id).u32()).collect::<Result<_, _>>()?;
                        match &link.kind {
                            b"auxl" => track.auxiliary_to = ids,
                            b"prem" => track.premultiplied_by = ids,
                            _ => {}
                        }
                    }
                }
                b"mdia" => track.read_media(child.content)?,
                _ => {}
            }
        }
        Ok(track)
    }

    fn read_media(&mut self, content: &'a [u8]) -> Result<(), Error> {
        for child in children(content) {
            let child = child?;
            match &child.kind {
                b"hdlr" => {
                    let mut cursor = Cursor::new(child.content);
                    cursor.take(8)?;
                    self.handler = cursor.array()?;
                }
                b"minf" => {
                    for table in children(child.content) {
                        let table = table?;
                        if table.kind == *b"stbl" {
                            self.read_samples(table.content)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_samples(&mut self, content: &'a [u8]) -> Result<(), Error> {
        for child in children(content) {
            let child = child?;
            let mut cursor = Cursor::new(child.content);
            let filled = match &child.kind {
                b"stsd" | b"stsz" | b"stco" | b"co64" => {
                    cursor.version()?;
                    true
                }
                _ => false,
            };
            match &child.kind {
                _ if !filled => {}
                b"stsd" => {
                    cursor.u32()?;
                    for entry in children(cursor.rest()).take(1) {
                        let entry = entry?;
                        if entry.kind == *b"av01" {
                            self.read_entry(entry.content)?;
                        }
                    }
                }
                b"stsz" => {
                    let same = cursor.u32()?;
                    self.frames = cursor.u32()?;
                    self.length = if same == 0 && self.frames > 0 { cursor.u32()? } else { same };
                }
                b"stco" if cursor.u32()? > 0 => self.offset = cursor.u32()?.into(),
                b"co64" if cursor.u32()? > 0 => self.offset = cursor.sized(8)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A visual sample entry: 78 bytes of fields, then boxes.
    fn read_entry(&mut self, content: &'a [u8]) -> Result<(), Error> {
        let mut cursor = Cursor::new(content);
        cursor.take(24)?;
        self.width = cursor.u16()?.into();
        self.height = cursor.u16()?.into();
        cursor.take(50)?;
        for child in children(cursor.rest()) {
            match Property::read(child?)? {
                Property::Config(config) => self.config = Some(config),
                Property::Nclx(nclx) => self.nclx = Some(nclx),
                Property::Icc(icc) => self.icc = Some(icc),
                _ => {}
            }
        }
        if self.config.is_none() {
            return Err(malformed("a sequence has no AV1 configuration"));
        }
        Ok(())
    }
}
