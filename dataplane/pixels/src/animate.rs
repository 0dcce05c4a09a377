//! Animations from end to end: every frame is drawn as a picture is, and written behind the one before it.
//!
//! Held at once are the source's canvas, the picture of one frame, what was shown before it, and the bytes written.

mod memory;

pub(crate) use self::memory::Memory;
use crate::{
    Job, Part, PixelError, Produced, Size, admit,
    decode::frames::{self, Frames},
    encode::{
        animation::Animation,
        choose::{self, Pick, Wish},
        quality,
    },
    job::{Color, operate_until},
    operation::{
        self,
        sample::{Target, sample},
        trace::trace,
        view::View,
    },
};

/// What an animation would be written as; `None`: the job makes a still.
pub(crate) fn pick(job: &Job) -> Result<Option<Pick>, PixelError> {
    if job.facts.frames < 2 || job.part != Part::All {
        return Ok(None);
    }
    let last = trace(job)?.last().copied();
    let wish = Wish {
        choice: job.output.format,
        selection: job.output.selection,
        source: job.facts.format,
        part: false,
        alpha: true,
        size: last.unwrap_or_else(|| Size::new(job.facts.width, job.facts.height)),
        profile: false,
    };
    Ok(choose::animated(wish))
}

/// Makes the animation in the formats that were picked. `cancelled` is asked before each frame.
pub(crate) fn run(job: &Job, pick: Pick, cancelled: &dyn Fn() -> bool) -> Result<Produced, PixelError> {
    admit(&job.facts, &job.limits)?;
    bound(job)?;
    let orientation = if job.orient { job.facts.orientation } else { 1 };
    let mut view = View::whole(Size::new(job.facts.width, job.facts.height)).oriented(orientation);
    let rest = view.absorb(&job.operations)?;
    let color = Color::new(job);
    let quality = quality::effective(job.output.quality, &job.facts);

    let mut frames = Frames::open(&job.source, &job.facts, &job.limits)?;
    let mut memory = Memory::on();
    let mut written: Vec<Animation> = Vec::new();
    let mut size = view.size();
    loop {
        if cancelled() {
            return Err(PixelError::Cancelled);
        }
        let Some(frame) = frames.advance()? else { break };
        let duration = frame.duration;
        let image = frames::picture(frame.canvas.to_vec(), &job.facts)?.into();
        let image = color.convert(sample(image, &view, Target::WORKING)?)?;
        let image = operate_until(image, rest, Target::WORKING, (job, cancelled), &mut memory)?;
        let picture = operation::packed(image)?.into_rgba();
        if written.is_empty() {
            size = picture.size();
            let plays = frames.plays();
            written = pick
                .formats()
                .map(|format| Animation::begin(format, size, plays, &job.output, quality))
                .collect::<Result<_, _>>()?;
        }
        for animation in &mut written {
            animation.push(&picture, duration)?;
        }
    }
    let metadata = color.metadata(job, orientation);
    let finished = written.into_iter().map(|animation| animation.finish(&metadata));
    let finished = finished.collect::<Result<Vec<_>, _>>()?;
    // The first of equally small ones is the preferred one.
    let best = finished.into_iter().min_by_key(|made| made.bytes.len());
    let best = best.ok_or_else(|| PixelError::internal("an animation has no frame"))?;
    Ok(Produced {
        bytes: best.bytes,
        format: best.format,
        width: size.width,
        height: size.height,
        quality: best.quality,
        warnings: Vec::new(),
        jpeg_decoder: None,
    })
}

/// What is true of the source is true of what becomes of it: all its frames together have a limit.
fn bound(job: &Job) -> Result<(), PixelError> {
    let limit = job.limits.max_animation_pixels;
    for size in trace(job)? {
        let pixels = size.pixels().saturating_mul(u64::from(job.facts.frames));
        if pixels > limit {
            return Err(PixelError::Limit {
                what: format!(
                    "The result's pixels times frames ({}x{}x{})",
                    size.width, size.height, job.facts.frames
                ),
                value: pixels,
                limit,
            });
        }
    }
    Ok(())
}
