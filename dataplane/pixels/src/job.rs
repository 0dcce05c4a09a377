//! One job from end to end: decode, look, convert colour, operate, encode.
//!
//! The first run of geometry is one look at the decoded picture, so that a JPEG is shrunk while it is decoded and turned
//! when it is small. An opaque picture stays in planes: if nothing follows the look, it is sampled right as the encoder
//! wants it; otherwise at full chroma, on which the other operations work. Profiles are converted behind the look, where
//! there are few pixels left.

use bytes::Bytes;

use crate::{
    Facts, Format, Limits, Operation, Output, PixelError, Size, admit,
    animate::{self, Memory},
    color::profile::{ToSrgb, cmyk_to_rgb},
    decode::{self, Decoded},
    encode::{self, Encoded, Settings, choose::Wish, quality},
    image::{Channels, Image},
    layer,
    metadata::{self, Metadata},
    operation::{
        self,
        sample::{Target, sample},
        trace::trace,
        view::View,
    },
};

/// One picture to make.
#[derive(Debug, Clone)]
pub struct Job {
    /// The encoded source.
    pub source: Bytes,
    /// What [`inspect`](crate::inspect) said of `source`.
    pub facts: Facts,
    /// Apply the EXIF orientation before everything else.
    pub orient: bool,
    /// What is done, in this order.
    pub operations: Vec<Operation>,
    /// How the result is written.
    pub output: Output,
    /// Bounds of the source and of every step's result.
    pub limits: Limits,
    /// Which frames of an animation it is about.
    pub part: Part,
}

/// Which frames of an animation are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// All of them, where the result's format holds them; else the first.
    #[default]
    All,
    /// The one with this number, from 1, as a picture of its own.
    Frame(u32),
}

impl Part {
    /// Of the frame that a still shows, from 0.
    pub(crate) fn index(self) -> u32 {
        match self {
            Self::All => 0,
            Self::Frame(number) => number.saturating_sub(1),
        }
    }
}

/// A finished picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Produced {
    /// The encoded result.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: Format,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The quality it was written with; `None` for lossless formats.
    pub quality: Option<u8>,
    /// What was not done as asked, for `ik-warning`.
    pub warnings: Vec<String>,
    /// Which decoder decoded the source, if that is a JPEG: `own` or `turbo`.
    pub jpeg_decoder: Option<&'static str>,
}

/// Makes the picture. Runs on the calling thread; `cancelled` is asked between stages.
///
/// # Errors
/// [`PixelError::Limit`] when the source or a result is too large, [`PixelError::Undecodable`] and
/// [`PixelError::Truncated`] for bad data, [`PixelError::Frame`] for a part that is not there,
/// [`PixelError::Cancelled`].
pub fn run(job: &Job, cancelled: &dyn Fn() -> bool) -> Result<Produced, PixelError> {
    if let Some(pick) = animate::pick(job)? {
        return animate::run(job, pick, cancelled);
    }
    let Drawn { image, color, quality, orientation, jpeg_decoder } =
        draw_for(job, cancelled, Purpose::Encoding)?;
    let Size { width, height } = image.size();
    let settings = Settings {
        output: &job.output,
        source: job.facts.format,
        part: job.part != Part::All,
        quality,
        metadata: color.metadata(job, orientation),
    };
    let Encoded { bytes, format, quality } = encode::encode(image, settings)?;
    Ok(Produced { bytes, format, width, height, quality, warnings: Vec::new(), jpeg_decoder })
}

/// The picture after all operations, in sRGB unless its profile stays.
pub(crate) fn draw(job: &Job, cancelled: &dyn Fn() -> bool) -> Result<Image, PixelError> {
    draw_for(job, cancelled, Purpose::Working).map(|drawn| drawn.image)
}

/// A picture that waits for its encoder.
struct Drawn {
    image: Image,
    color: Color,
    quality: u8,
    /// That was applied; 1 for none.
    orientation: u8,
    /// Which decoder decoded a JPEG.
    jpeg_decoder: Option<&'static str>,
}

/// What a picture is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Planes may be as the encoder wants them.
    Encoding,
    /// Planes are as operations want them.
    Working,
}

fn draw_for(job: &Job, cancelled: &dyn Fn() -> bool, purpose: Purpose) -> Result<Drawn, PixelError> {
    let proceed = || if cancelled() { Err(PixelError::Cancelled) } else { Ok(()) };
    proceed()?;
    admit(&job.facts, &job.limits)?;
    let sizes = trace(job)?;
    let orientation = if job.orient { job.facts.orientation } else { 1 };
    let mut view = View::whole(Size::new(job.facts.width, job.facts.height)).oriented(orientation);
    let rest = view.absorb(&job.operations)?;

    let quality = quality::effective(job.output.quality, &job.facts);
    let color = Color::new(job);
    let wanted = match purpose {
        Purpose::Encoding => {
            color.target(job, sizes.last().copied().unwrap_or_else(|| view.size()), quality)?
        }
        Purpose::Working => Target::WORKING,
    };
    let target = |last: bool| if last { wanted } else { Target::WORKING };

    let Decoded { image: decoded, jpeg_decoder } = decode::decode(job, &view, cancelled)?;
    let view = decode::view_of_decoded(job, view);
    let stored = decode::announced(&decoded, job, &view);
    if stored != view.source() {
        return Err(PixelError::internal(format!(
            "the header said {}x{}, the picture has {}x{}",
            view.source().width,
            view.source().height,
            stored.width,
            stored.height
        )));
    }
    proceed()?;
    let direct = rest.is_empty() && color.way.is_none();
    let image = color.convert(sample(decoded, &view, target(direct))?)?;
    let image = operate_until(image, rest, wanted, (job, cancelled), &mut Memory::Off)?;
    Ok(Drawn { image, color, quality, orientation, jpeg_decoder })
}

/// Runs operations on what is there already.
pub(crate) fn operate(
    image: Image,
    operations: &[Operation],
    job: &Job,
    cancelled: &dyn Fn() -> bool,
) -> Result<Image, PixelError> {
    operate_until(image, operations, Target::WORKING, (job, cancelled), &mut Memory::Off)
}

/// The same; planes come out of a last look as `wanted`. What is decided or drawn once for all frames of an animation is
/// taken from `memory`.
pub(crate) fn operate_until(
    mut image: Image,
    mut rest: &[Operation],
    wanted: Target,
    (job, cancelled): (&Job, &dyn Fn() -> bool),
    memory: &mut Memory,
) -> Result<Image, PixelError> {
    while let [operation, others @ ..] = rest {
        if cancelled() {
            return Err(PixelError::Cancelled);
        }
        let mut view = View::whole(image.size());
        let after = view.absorb(rest)?;
        if after.len() < rest.len() {
            let target = if after.is_empty() { wanted } else { Target::WORKING };
            image = sample(image, &view, target)?;
            rest = after;
            continue;
        }
        image = match operation {
            Operation::Draw(layer) => {
                let above = memory.drawn(rest.len(), || layer::finished(layer, job, cancelled))?;
                layer::draw(image, above, layer)?
            }
            operation => {
                let settled = memory.settled(rest.len(), || operation::settle(operation, &image));
                operation::apply(image, settled.as_ref().unwrap_or(operation))?
            }
        };
        rest = others;
    }
    if cancelled() { Err(PixelError::Cancelled) } else { Ok(image) }
}

/// What happens to colour in a job.
pub(crate) struct Color {
    /// The embedded profile.
    profile: Option<Vec<u8>>,
    /// The profile stays in the file.
    keep: bool,
    /// The way from the profile to sRGB, when it is to be gone.
    way: Option<ToSrgb>,
}

impl Color {
    pub(crate) fn new(job: &Job) -> Self {
        let profile = metadata::profile(&job.source, &job.facts);
        // Inks are always converted: no encoder here writes them.
        let keep =
            (job.output.keep_profile || job.output.keep_metadata) && !job.facts.cmyk && profile.is_some();
        let way = if keep { None } else { profile.as_deref().and_then(ToSrgb::new) };
        Self { profile, keep, way }
    }

    /// How planes are sampled when nothing follows: as the format of an opaque result of this size wants them.
    fn target(&self, job: &Job, size: Size, quality: u8) -> Result<Target, PixelError> {
        let wish = Wish {
            choice: job.output.format,
            selection: job.output.selection,
            source: job.facts.format,
            part: job.part != Part::All,
            alpha: false,
            size,
            profile: self.keep,
        };
        Ok(encode::target(encode::choose::choose(wish)?.leading(), &job.output, quality))
    }

    pub(crate) fn convert(&self, image: Image) -> Result<Image, PixelError> {
        let image = match &self.way {
            Some(way) => way.apply(image)?,
            None => image,
        };
        match image {
            Image::Packed(packed) if packed.channels == Channels::Cmyk => {
                cmyk_to_rgb(&packed).map(Image::Packed)
            }
            image => Ok(image),
        }
    }

    /// What is written beside the pixels.
    pub(crate) fn metadata(&self, job: &Job, orientation: u8) -> Metadata {
        let texts = if job.output.keep_metadata {
            metadata::texts(&job.source, &job.facts)
        } else {
            Metadata::default()
        };
        let texts = if orientation == 1 { texts } else { texts.upright() };
        Metadata { icc: self.profile.clone().filter(|_| self.keep), ..texts }
    }
}
