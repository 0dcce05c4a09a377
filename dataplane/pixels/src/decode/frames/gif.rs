//! Frames of a GIF.

use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, DisposalMethod, MemoryLimit, Repeat};

use super::{
    Frame,
    area::{Area, Leaving},
};
use crate::{Format, Limits, PixelError, facts::gif::Count};

/// One hundredth of a second, in milliseconds.
const TICK: u32 = 10;

pub(crate) struct Frames<'a> {
    decoder: Decoder<&'a [u8]>,
    left: u32,
    canvas: Vec<u8>,
    /// Entries of the palette, one for each pixel of a frame.
    entries: Vec<u8>,
    leaving: Option<Leaving>,
}

impl std::fmt::Debug for Frames<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames").field("left", &self.left).finish_non_exhaustive()
    }
}

impl<'a> Frames<'a> {
    pub(super) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, PixelError> {
        let count = Count::of(bytes).ok_or(PixelError::Truncated { format: Format::Gif })?;
        if count.cut {
            return Err(PixelError::Truncated { format: Format::Gif });
        }
        if count.frames == 0 {
            return Err(PixelError::undecodable(Format::Gif, "it has no frame"));
        }
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        // For colour tables and what is said beside the frames, whose pixels are unpacked into our own buffer.
        let limit = NonZeroU64::new(limits.max_pixels).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes);
        options.set_memory_limit(limit);
        let decoder = options.read_info(bytes).map_err(refused)?;
        let pixels = usize::from(decoder.width()) * usize::from(decoder.height());
        Ok(Self {
            decoder,
            left: count.frames,
            canvas: vec![0; pixels * 4],
            entries: Vec::new(),
            leaving: None,
        })
    }

    pub(super) fn advance(&mut self) -> Result<Option<Frame<'_>>, PixelError> {
        if let Some(leaving) = self.leaving.take() {
            leaving.happen(&mut self.canvas);
        }
        // A file without a trailer is whole all the same, so nothing behind the last frame is looked at.
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        let canvas = (u32::from(self.decoder.width()), u32::from(self.decoder.height()));
        let Some(frame) = self.decoder.next_frame_info().map_err(refused)? else {
            return Err(PixelError::Truncated { format: Format::Gif });
        };
        let size = (u32::from(frame.width), u32::from(frame.height));
        // Whoever announces a small canvas may not have more unpacked than was admitted for it.
        if u64::from(size.0) * u64::from(size.1) > u64::from(canvas.0) * u64::from(canvas.1) {
            return Err(PixelError::undecodable(Format::Gif, "a frame is larger than the canvas"));
        }
        let area = Area::on(canvas, (frame.left.into(), frame.top.into()), size);
        let transparent = frame.transparent;
        let (dispose, duration) = (frame.dispose, u32::from(frame.delay) * TICK);
        self.leaving = match dispose {
            DisposalMethod::Any | DisposalMethod::Keep => None,
            DisposalMethod::Background => Some(Leaving::Clear(area)),
            DisposalMethod::Previous => Some(Leaving::Restore(area, area.save(&mut self.canvas))),
        };
        let colors: Vec<[u8; 4]> = {
            let palette = self.decoder.palette().map_err(refused)?;
            palette.as_chunks::<3>().0.iter().map(|[red, green, blue]| [*red, *green, *blue, 255]).collect()
        };
        let (across, down) = (size.0 as usize, size.1 as usize);
        self.entries.resize(across * down, 0);
        self.decoder.read_into_buffer(&mut self.entries).map_err(refused)?;
        for (index, line) in self.entries.chunks_exact(across.max(1)).enumerate() {
            let to = area.row(&mut self.canvas, index);
            for (pixel, entry) in to.as_chunks_mut::<4>().0.iter_mut().zip(line) {
                if Some(*entry) != transparent
                    && let Some(color) = colors.get(usize::from(*entry))
                {
                    *pixel = *color;
                }
            }
        }
        Ok(Some(Frame { canvas: &self.canvas, duration }))
    }

    /// A file that does not say is shown once; one that says `n` is shown once and repeated `n` times.
    pub(super) fn plays(&self) -> u16 {
        match self.decoder.repeat() {
            Repeat::Infinite => 0,
            Repeat::Finite(repeats) => repeats.saturating_add(1),
        }
    }
}

fn refused(error: DecodingError) -> PixelError {
    match error {
        DecodingError::UnexpectedEof => PixelError::Truncated { format: Format::Gif },
        DecodingError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            PixelError::Truncated { format: Format::Gif }
        }
        error => PixelError::undecodable(Format::Gif, error),
    }
}
