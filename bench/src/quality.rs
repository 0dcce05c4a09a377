//! What the bytes look like: mean size over all files, mean score over a few against a float Lanczos3 reference. And which
//! number of ours looks as good as what another server writes.

use std::{
    collections::{BTreeMap, HashMap},
    io::Cursor,
};

use anyhow::{Context as _, Result, ensure};
use image::{AnimationDecoder as _, DynamicImage, Frame, RgbImage, RgbaImage};
use imgplane_pixels::{self as pixels, inspect};
use imgplane_tests::{
    answer::{client, send},
    reference,
};

use crate::{job::Job, peer::Peer, sources::Sources};

/// Files that are scored: every so many-th, so that each photograph has its say.
const SCORED: usize = 4;
/// Of an animation every so many-th frame is scored.
const FRAMES_BETWEEN: usize = 10;
/// What stands behind transparent pixels when they are scored.
const GROUND: f64 = 128.0;

/// Mean bytes and mean SSIMULACRA2 of a server's answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quality {
    pub(crate) bytes: f64,
    pub(crate) score: f64,
}

/// What of ours scores as another server's answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AtScore {
    /// The smallest number that scores at least as high, and what it gives.
    pub(crate) number: u8,
    pub(crate) quality: Quality,
    /// Bytes at just that score, between this number and the one below.
    pub(crate) bytes: f64,
}

/// What a server makes of a job.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It does it.
    Able(Quality),
    /// It has no words for it.
    Unasked,
    /// It answers something else: what.
    Unable(String),
}

/// Judges one job. References are made once for all servers.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    job: &'a Job,
    sources: &'a Sources,
    files: Vec<String>,
    /// By file and size: servers may round the height differently.
    references: HashMap<(usize, u32, u32), Vec<RgbImage>>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(job: &'a Job, sources: &'a Sources) -> Result<Self> {
        Ok(Self { job, sources, files: sources.files(job.source)?, references: HashMap::new() })
    }

    /// Asks a server once for every file.
    pub(crate) async fn ask(&mut self, peer: &Peer) -> Result<Verdict> {
        let mut paths = Vec::new();
        for file in &self.files {
            let Some(path) = self.job.path(&peer.name, file) else { return Ok(Verdict::Unasked) };
            paths.push(path);
        }
        match self.look(peer, &paths).await {
            Ok(quality) => Ok(Verdict::Able(quality)),
            Err(error) if peer.is_ours() && self.job.frames() == 1 => Err(error),
            Err(error) => Ok(Verdict::Unable(format!("{error:#}"))),
        }
    }

    async fn look(&mut self, peer: &Peer, paths: &[String]) -> Result<Quality> {
        let client = client();
        let (mut bytes, mut scores) = (0.0, Vec::new());
        let every = paths.len().div_ceil(SCORED).max(1);
        for (index, path) in paths.iter().enumerate() {
            let request = client.get(format!("http://{}{path}", peer.address)).header("accept", "*/*");
            let answer = send(request).await;
            ensure!(answer.status == 200, "status {} {}", answer.status, answer.header("ik-error"));
            bytes += answer.body.len() as f64;
            if index % every == 0 {
                scores.push(self.score(index, &answer.body)?);
            }
        }
        Ok(Quality { bytes: bytes / paths.len() as f64, score: mean(&scores) })
    }

    fn score(&mut self, index: usize, bytes: &[u8]) -> Result<f64> {
        let facts = inspect(bytes)?;
        ensure!(
            facts.format.extension() == self.job.format.name().replace("jpeg", "jpg"),
            "the answer is {}",
            facts.format
        );
        ensure!(
            facts.frames == self.job.frames(),
            "the answer has {} of {} frames",
            facts.frames,
            self.job.frames()
        );
        let (width, height) = (facts.width, facts.height);
        ensure!(
            width == self.job.width && self.job.height.is_none_or(|wanted| wanted == height),
            "the answer is {width}x{height}"
        );
        let pictures = pictures(bytes)?;
        let key = (index, width, height);
        if !self.references.contains_key(&key) {
            let file = self.files.get(index).context("a file")?;
            let source = pictures_of_source(self.job, &self.sources.read(self.job.source, file)?)?;
            let scaled = source
                .iter()
                .map(|picture| reference::lanczos3(&covering(picture, width, height), width, height));
            self.references.insert(key, scaled.collect());
        }
        let references = self.references.get(&key).context("made above")?;
        let scores: Vec<f64> =
            pictures.iter().zip(references).map(|(seen, wanted)| reference::score(wanted, seen)).collect();
        Ok(mean(&scores))
    }

    /// The smallest number at which our answers score at least as high as `score`. `None`: not even 100 does, or the
    /// format has no number.
    pub(crate) async fn at_score(
        &mut self,
        ours: &Peer,
        score: f64,
        known: &mut BTreeMap<u8, Quality>,
    ) -> Result<Option<AtScore>> {
        if self.job.format.quality().is_none() {
            return Ok(None);
        }
        let (mut low, mut high) = (1_u8, 101_u8);
        while low < high {
            let middle = low + (high - low) / 2;
            if middle > 100 {
                break;
            }
            if self.at(ours, middle, known).await?.score >= score {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        let Some(quality) = known.get(&high).copied() else { return Ok(None) };
        // The last number that does not do was looked at, unless 1 does.
        let bytes = known.get(&(high - 1)).map_or(quality.bytes, |below| between(*below, quality, score));
        Ok(Some(AtScore { number: high, quality, bytes }))
    }

    async fn at(&mut self, ours: &Peer, number: u8, known: &mut BTreeMap<u8, Quality>) -> Result<Quality> {
        if let Some(quality) = known.get(&number) {
            return Ok(*quality);
        }
        let paths: Vec<String> = self.files.iter().map(|file| self.job.ours(Some(number), file)).collect();
        let quality = self.look(ours, &paths).await?;
        known.insert(number, quality);
        Ok(quality)
    }
}

/// Bytes at a score that lies between those of two neighbouring numbers: a step of one is up to 4 % of the bytes.
fn between(below: Quality, above: Quality, score: f64) -> f64 {
    let share = ((score - below.score) / (above.score - below.score)).clamp(0.0, 1.0);
    below.bytes + (above.bytes - below.bytes) * share
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The middle of a picture that has the proportions of the result, as far as whole pixels allow.
fn covering(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    let (from_width, from_height) = picture.dimensions();
    let across = f64::from(from_width) / f64::from(width);
    let down = f64::from(from_height) / f64::from(height);
    // Up to a pixel of the result it is rounding, and nothing is cut.
    if (across / down - 1.0).abs() < 1.0 / f64::from(width.min(height)) {
        return picture.clone();
    }
    let step = across.min(down);
    let (keep_x, keep_y) =
        ((f64::from(width) * step).round() as u32, (f64::from(height) * step).round() as u32);
    let (x, y) = ((from_width - keep_x.min(from_width)) / 2, (from_height - keep_y.min(from_height)) / 2);
    image::imageops::crop_imm(picture, x, y, keep_x, keep_y).to_image()
}

fn pictures_of_source(job: &Job, bytes: &[u8]) -> Result<Vec<RgbImage>> {
    pictures(bytes).with_context(|| format!("a source of {}", job.name))
}

/// The frames that are scored, on grey.
fn pictures(bytes: &[u8]) -> Result<Vec<RgbImage>> {
    let facts = inspect(bytes)?;
    let animated = facts.frames > 1;
    let frames: Vec<RgbaImage> = match facts.format {
        pixels::Format::Avif => {
            let picture = imgplane_codec_av1_decode::decode_rgba(bytes, 100_000_000)?;
            vec![
                RgbaImage::from_raw(picture.width, picture.height, picture.data)
                    .context("a whole picture")?,
            ]
        }
        pixels::Format::Gif if animated => {
            some(image::codecs::gif::GifDecoder::new(Cursor::new(bytes))?.into_frames())?
        }
        pixels::Format::Webp if animated => {
            some(image::codecs::webp::WebPDecoder::new(Cursor::new(bytes))?.into_frames())?
        }
        _ => {
            let picture = image::load_from_memory(bytes)?;
            if !picture.color().has_alpha() {
                return Ok(vec![picture.into_rgb8()]);
            }
            vec![picture.into_rgba8()]
        }
    };
    Ok(frames.into_iter().map(on_grey).collect())
}

fn some(frames: image::Frames<'_>) -> Result<Vec<RgbaImage>> {
    frames.step_by(FRAMES_BETWEEN).map(|frame| Ok(frame.map(Frame::into_buffer)?)).collect()
}

fn on_grey(picture: RgbaImage) -> RgbImage {
    if picture.pixels().all(|pixel| pixel.0[3] == 255) {
        return DynamicImage::from(picture).into_rgb8();
    }
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let share = f64::from(alpha) / 255.0;
        let over = |channel: u8| (f64::from(channel) * share + GROUND * (1.0 - share)).round() as u8;
        image::Rgb([over(red), over(green), over(blue)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_at_a_score_lie_between_those_of_its_neighbours() {
        let at = |bytes, score| Quality { bytes, score };
        let (below, above) = (at(1000.0, 70.0), at(1100.0, 72.0));
        for (score, expected) in [(70.0, 1000.0), (71.0, 1050.0), (72.0, 1100.0), (69.0, 1000.0)] {
            assert!((between(below, above, score) - expected).abs() < 1e-9, "{score}");
        }
    }

    #[test]
    fn what_covers_is_cut_to_the_results_proportions_and_rounding_cuts_nothing() {
        for (from, to, expected) in
            [((1632, 1224), (300, 300), (1224, 1224)), ((2040, 1356), (512, 340), (2040, 1356))]
        {
            let cut = covering(&RgbImage::new(from.0, from.1), to.0, to.1);
            assert_eq!(cut.dimensions(), expected, "{from:?} {to:?}");
        }
    }
}
