//! GIF to pixels: the first frame laid on the transparent canvas.

use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, DecodingError, MemoryLimit};

use crate::{
    Format, Limits, PixelError,
    image::{Channels, Image, Packed},
};

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Image, PixelError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    options.set_memory_limit(
        NonZeroU64::new(limits.max_pixels.saturating_mul(4))
            .map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes),
    );
    let mut decoder = options.read_info(bytes).map_err(refused)?;
    let (width, height) = (decoder.width(), decoder.height());
    let frame = decoder.read_next_frame().map_err(refused)?;
    let frame = frame.ok_or_else(|| PixelError::undecodable(Format::Gif, "it has no frame"))?;
    let (across, down) = (usize::from(frame.width), usize::from(frame.height));
    let covers = (frame.left, frame.top, frame.width, frame.height) == (0, 0, width, height);
    let data = if covers {
        frame.buffer.to_vec()
    } else {
        let canvas = usize::from(width) * 4;
        let mut data = vec![0; canvas * usize::from(height)];
        let left = usize::from(frame.left) * 4;
        // Parts of a frame outside of the canvas are not shown.
        let visible = (across * 4).min(canvas.saturating_sub(left));
        let lines = data.chunks_exact_mut(canvas.max(1)).skip(frame.top.into()).take(down);
        for (line, row) in lines.zip(frame.buffer.chunks_exact((across * 4).max(1))) {
            if visible > 0 {
                line[left..left + visible].copy_from_slice(&row[..visible]);
            }
        }
        data
    };
    Ok(Packed::new(data, width.into(), height.into(), Channels::Rgba)?.without_idle_alpha().into())
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
