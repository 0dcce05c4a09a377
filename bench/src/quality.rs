//! What the bytes look like: mean size over all files, mean score over a few against a float Lanczos3 reference.

use anyhow::{Context as _, Result, ensure};
use image::RgbImage;
use imgplane_tests::{
    answer::{client, send},
    reference,
};

use crate::{
    job::{Format, Job},
    peer::Peer,
    sources::Sources,
};

/// Files that are scored; a reference takes seconds.
const SCORED: usize = 3;

/// Mean bytes and mean SSIMULACRA2 of a server's answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quality {
    pub(crate) bytes: f64,
    pub(crate) score: f64,
}

/// Asks once for every file. `None`: the server cannot do this job.
pub(crate) async fn judge(job: &Job, peer: &Peer, sources: &Sources) -> Result<Option<Quality>> {
    let client = client();
    let files = sources.files(job.source)?;
    let (mut bytes, mut score) = (0.0, 0.0);
    for (index, file) in files.iter().enumerate() {
        let Some(path) = job.path(&peer.name, file) else { return Ok(None) };
        let answer = send(client.get(format!("http://{}{path}", peer.address)).header("accept", "*/*")).await;
        ensure!(answer.status == 200, "{} {path}: {} {:?}", peer.name, answer.status, answer.headers);
        bytes += answer.body.len() as f64;
        if index < SCORED {
            let picture =
                decode(job.format, &answer.body).with_context(|| format!("{} {path}", peer.name))?;
            let source = image::load_from_memory(&sources.read(job.source, file)?)?.to_rgb8();
            let expected = reference::lanczos3(&source, picture.width(), picture.height());
            score += reference::score(&expected, &picture);
        }
    }
    Ok(Some(Quality { bytes: bytes / files.len() as f64, score: score / SCORED.min(files.len()) as f64 }))
}

fn decode(format: Format, bytes: &[u8]) -> Result<RgbImage> {
    if format == Format::Avif {
        let picture = imgplane_codec_av1_decode::decode_rgba(bytes, 100_000_000)?;
        let rgb = picture.data.chunks_exact(4).flat_map(|pixel| pixel.iter().take(3).copied()).collect();
        return RgbImage::from_raw(picture.width, picture.height, rgb).context("a whole picture");
    }
    Ok(image::load_from_memory(bytes)?.to_rgb8())
}
