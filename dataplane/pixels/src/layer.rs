//! A picture that is drawn on another one.

use bytes::Bytes;
use imgplane_text::Text;

use crate::{
    Color, Facts, Job, Operation, Output, Part, PixelError, Size,
    image::{Channels, Image, Packed},
    job,
    operation::{self, blend},
};

/// What is drawn, what happens to it before, and where it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// What it starts from.
    pub content: LayerContent,
    /// What is done to it, in this order.
    pub operations: Vec<Operation>,
    /// Its size after these.
    pub size: Size,
    /// Where its upper left corner lies on the picture; what leaves that is cut off.
    pub at: (i64, i64),
    /// How both are mixed.
    pub blend: Blend,
}

/// What a layer starts from.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerContent {
    /// An encoded picture.
    Picture {
        /// What messages call it.
        name: String,
        /// Its bytes.
        source: Bytes,
        /// What [`inspect`](crate::inspect) said of them.
        facts: Facts,
        /// Apply its EXIF orientation first.
        orient: bool,
        /// Which of its frames is shown, from 1.
        frame: u32,
    },
    /// A filled rectangle.
    Block {
        /// How large.
        size: Size,
        /// With what.
        color: Color,
    },
    /// A text in its box.
    Text {
        /// The text.
        text: Box<Text>,
        /// Size of the box, as [`measure`](imgplane_text::measure) says.
        size: Size,
    },
}

/// How a layer meets the picture below.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Blend {
    /// Over it.
    #[default]
    Over,
    /// Per channel the product of both, where the layer is opaque.
    Multiply,
    /// The layer is stretched over the picture and moves its pixels: red 0 by `-x`, 128 by nothing, 255 by `x` to the
    /// right; green by `y` downwards.
    Displace {
        /// Farthest move to the side, in pixels.
        x: f64,
        /// Farthest move up and down, in pixels.
        y: f64,
    },
    /// The picture becomes transparent where the layer is opaque.
    Cutout,
    /// The picture stays only where the layer is opaque, and is cut to the layer's rectangle.
    Cutter,
}

/// Makes a layer of this job, ready to be drawn.
pub(crate) fn finished(layer: &Layer, job: &Job, cancelled: &dyn Fn() -> bool) -> Result<Packed, PixelError> {
    let above = operation::packed(picture(layer, job, cancelled)?)?;
    if above.size() != layer.size && !matches!(layer.blend, Blend::Displace { .. }) {
        return Err(PixelError::internal(format!(
            "a layer of {}x{} was announced as {}x{}",
            above.width, above.height, layer.size.width, layer.size.height
        )));
    }
    Ok(above)
}

/// Draws a finished layer on what there is.
pub(crate) fn draw(below: Image, above: Packed, layer: &Layer) -> Result<Image, PixelError> {
    blend::apply(below, above, layer.at, layer.blend)
}

fn picture(layer: &Layer, job: &Job, cancelled: &dyn Fn() -> bool) -> Result<Image, PixelError> {
    let pixels = match &layer.content {
        LayerContent::Picture { name, source, facts, orient, frame } => {
            let own = Job {
                source: source.clone(),
                facts: facts.clone(),
                orient: *orient,
                operations: layer.operations.clone(),
                output: Output {
                    shrink: job.output.shrink,
                    jpeg_decoder: job.output.jpeg_decoder,
                    ..Output::default()
                },
                limits: job.limits,
                part: Part::Frame(*frame),
            };
            return job::draw(&own, cancelled).map_err(|error| error.of_layer(name));
        }
        LayerContent::Block { size, color } => {
            let data = color.bytes().repeat(size.pixels() as usize);
            Packed::new(data, size.width, size.height, Channels::Rgba)?
        }
        LayerContent::Text { text, .. } => {
            let drawn = imgplane_text::draw(text)?;
            Packed::new(drawn.data, drawn.width, drawn.height, Channels::Rgba)?
        }
    };
    job::operate(pixels.into(), &layer.operations, job, cancelled)
}
