//! What decoding costs, beside libjpeg-turbo: per compressed byte and per pixel, at each scale, for the given files. Ends
//! with an error if a sample differs.
//!
//! `cargo run --release -p imgplane-jpeg --example cost photo.jpg …`

use std::{error::Error, hint::black_box, time::Instant};

use imgplane_codec_jpeg as turbo;
use imgplane_jpeg::{Limits, Scale, decode};

/// Runs of each, of which the fastest counts: the others were disturbed.
const ROUNDS: u32 = 9;

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "| file | MP | scale | own ms | turbo ms | own / turbo | ns per byte | turbo's | ns per pixel | turbo's |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let header = turbo::read_header(&bytes)?;
        let name = path.rsplit('/').next().unwrap_or(&path);
        for scale in Scale::ALL {
            let (own, theirs) = fastest(&bytes, scale)?;
            let pixels = f64::from(header.width) * f64::from(header.height);
            let (per_byte, per_pixel) = (1e9 / bytes.len() as f64, 1e9 / pixels);
            println!(
                "| {name} | {:.1} | 1/{} | {:.2} | {:.2} | {:.2} | {:.1} | {:.1} | {:.2} | {:.2} |",
                pixels / 1e6,
                scale.divisor(),
                own * 1e3,
                theirs * 1e3,
                own / theirs,
                own * per_byte,
                theirs * per_byte,
                own * per_pixel,
                theirs * per_pixel,
            );
        }
    }
    Ok(())
}

/// Seconds of both.
fn fastest(bytes: &[u8], scale: Scale) -> Result<(f64, f64), Box<dyn Error>> {
    let turbo_scale = match scale {
        Scale::Half => turbo::Scale::Half,
        Scale::Quarter => turbo::Scale::Quarter,
        Scale::Eighth => turbo::Scale::Eighth,
    };
    let (mut own, mut theirs) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let planes = black_box(decode(bytes, scale, Limits { max_scans: 100 })?);
        own = own.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let expected = black_box(turbo::decode_planes(bytes, turbo_scale, &turbo::Limits::default())?);
        theirs = theirs.min(start.elapsed().as_secs_f64());
        for (plane, expected) in planes.planes.iter().zip(&expected.planes) {
            let width = plane.width as usize;
            let rows = plane.data.chunks(plane.stride).map(|row| &row[..width]);
            if !rows.eq(expected.data.chunks(expected.stride).map(|row| &row[..width])) {
                return Err("the planes differ".into());
            }
        }
    }
    Ok((own, theirs))
}
