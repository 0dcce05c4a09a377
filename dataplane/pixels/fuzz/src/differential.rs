//! Decoders of JPEG against each other, and what they give scaled against what they give in full.

use arbitrary::{Result, Unstructured};
use imgplane_codec_jpeg::{
    Limits, Options, Plane, PlaneRef, Planes, Sampling, Scale, encode_planes, read_header,
};
use imgplane_pixels::{JPEG_DECODERS, ScaledDecoder};

use super::LONGEST;

/// How far a scaled sample may be from the mean of the samples that it stands for.
///
/// Both come from the same coefficients, and the mean of N by N samples is exactly what remains of them at 1/N. The scaled
/// sample is rounded once, by up to half a level, and so are those of the mean, which leaves it less than half a level off
/// as long as they are not all rounded in the same direction; but then they are alike, and the scaled one goes along. What
/// libjpeg rounds between its two passes is an eighth of a level at most. A decoder that is a whole level off is caught.
const TOLERANCE: f64 = 1.0;

const LIMITS: Limits = Limits { max_scans: 40 };
const SAMPLINGS: [Sampling; 7] = [
    Sampling::S420,
    Sampling::S444,
    Sampling::S422,
    Sampling::S440,
    Sampling::S411,
    Sampling::S441,
    Sampling::Gray,
];
/// Most pixels of a file that is compared.
const MAX_PIXELS: u64 = 1 << 18;

/// Bytes that are a JPEG as they are, or else tell of a picture that is written as one.
pub fn jpeg_differential(bytes: &[u8]) {
    if bytes.len() > LONGEST {
        return;
    }
    if bytes.starts_with(&[0xff, 0xd8]) {
        return same(bytes);
    }
    if let Ok(file) = written(Unstructured::new(bytes)) {
        same(&file);
        means(&file);
    }
}

/// All decoders that take a file agree on it, at every scale, and whether it can be decoded depends on no scale, but for
/// damage where a scale does not look.
fn same(file: &[u8]) {
    let Ok(header) = read_header(file) else { return };
    if u64::from(header.width) * u64::from(header.height) > MAX_PIXELS {
        return;
    }
    let mut verdict = None;
    for scale in Scale::ALL {
        let mut first: Option<Planes> = None;
        for decoder in JPEG_DECODERS.iter().filter(|decoder| decoder.accepts(&header, scale)) {
            // One that leaves the file to the next has no verdict.
            let Some(decoded) = decoder.planes(file, &header, scale, &LIMITS).transpose() else { continue };
            let whole = *verdict.get_or_insert(decoded.is_ok());
            // Of a progressive file only the scans that the scale needs are read, so that damage in the others is not seen:
            // that spares nine tenths of the work, and the picture is whole. That they are there, as they say they are,
            // and that the file has its end, is judged all the same.
            let unseen = header.progressive && scale != Scale::Full && decoded.is_ok();
            assert!(decoded.is_ok() == whole || unseen, "{decoder:?} at {scale:?}: {decoded:?}");
            let Ok(decoded) = decoded else { continue };
            if let Some(first) = &first {
                assert_eq!(samples(first), samples(&decoded), "{decoder:?} at {scale:?}");
            }
            first.get_or_insert(decoded);
        }
    }
}

/// What is compared: every sample that belongs to the picture, with the sizes.
fn samples(planes: &Planes) -> Vec<(u32, u32, Vec<u8>)> {
    let inside = |plane: &Plane| {
        let rows = plane.data.chunks(plane.stride).take(plane.height as usize);
        rows.flat_map(|row| row[..plane.width as usize].to_vec()).collect()
    };
    planes.planes.iter().map(|plane| (plane.width, plane.height, inside(plane))).collect()
}

/// Holds for files of an encoder; coefficients beyond what an encoder writes leave the range of the arithmetic.
fn means(file: &[u8]) {
    let header = read_header(file).expect("an encoder wrote it");
    let decoded = |decoder: &dyn ScaledDecoder, scale| {
        let planes = decoder.planes(file, &header, scale, &LIMITS).expect("an encoder wrote it");
        planes.expect("an encoder wrote it as all decoders like it")
    };
    let header = &header;
    let takes = |scale| JPEG_DECODERS.iter().filter(move |decoder| decoder.accepts(header, scale));
    for whole in takes(Scale::Full) {
        let full = decoded(*whole, Scale::Full);
        for scale in [Scale::Half, Scale::Quarter, Scale::Eighth] {
            for decoder in takes(scale) {
                let scaled = decoded(*decoder, scale);
                assert_eq!(full.planes.len(), scaled.planes.len());
                for (full, scaled) in full.planes.iter().zip(&scaled.planes) {
                    compare(full, scaled, scale, &format!("{decoder:?} {header:?}"));
                }
            }
        }
    }
}

fn compare(full: &Plane, scaled: &Plane, scale: Scale, what: &str) {
    let side = scale.divisor();
    // Where the picture ends inside, the rest of the block is not there to be compared.
    for y in 0..full.height / side {
        for x in 0..full.width / side {
            let block = (0..side * side).map(|index| {
                let (row, column) = (y * side + index / side, x * side + index % side);
                full.data[row as usize * full.stride + column as usize]
            });
            let (mut sum, mut dark, mut bright) = (0_u32, false, false);
            for sample in block {
                sum += u32::from(sample);
                dark |= sample == u8::MIN;
                bright |= sample == u8::MAX;
            }
            let mean = f64::from(sum) / f64::from(side * side);
            let got = f64::from(scaled.data[y as usize * scaled.stride + x as usize]);
            // What was cut off at an end of the range pulls the mean away from that end.
            let low = if dark { f64::NEG_INFINITY } else { mean - TOLERANCE };
            let high = if bright { f64::INFINITY } else { mean + TOLERANCE };
            assert!((low..=high).contains(&got), "{what} at {scale:?}, {x},{y}: {got}, not {mean}");
        }
    }
}

/// A picture of the sizes, the sampling and the samples that the bytes tell, as a JPEG.
fn written(mut bytes: Unstructured<'_>) -> Result<Vec<u8>> {
    let (width, height): (u32, u32) = (bytes.int_in_range(1..=80)?, bytes.int_in_range(1..=80)?);
    let sampling = *bytes.choose(&SAMPLINGS)?;
    // From 10 on: the coarsest tables add more than the range of the arithmetic holds.
    let options = Options { quality: bytes.int_in_range(10..=100)?, progressive: bytes.arbitrary()? };
    let (across, down) = sampling.factors();
    let count = if sampling == Sampling::Gray { 1 } else { 3 };
    let steps: [u8; 6] = bytes.arbitrary()?;
    let texture = bytes.take_rest();
    let planes: Vec<(Vec<u8>, usize)> = (0..count)
        .map(|index| {
            let (across, down) = if index == 0 { (1, 1) } else { (across, down) };
            let (columns, rows) = (width.div_ceil(across), height.div_ceil(down));
            let sample = |at: u32| {
                // A slope, with what is left of the bytes laid over it.
                let (x, y) = (at % columns, at / columns);
                let slope = x * u32::from(steps[index]) + y * u32::from(steps[index + 3]);
                let grain = texture.get(at as usize % texture.len().max(1)).copied().unwrap_or(0);
                (slope / 16) as u8 ^ grain
            };
            ((0..columns * rows).map(sample).collect(), columns as usize)
        })
        .collect();
    let views: Vec<_> = planes.iter().map(|(data, stride)| PlaneRef { data, stride: *stride }).collect();
    Ok(encode_planes(&views, width, height, sampling, &options).expect("a legal picture"))
}
