//! Quality means something: bytes and score rise with it, and full chroma keeps colour that half chroma smears.

use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};
use imgplane_codec_av1_decode::decode_rgba;
use imgplane_codec_av1_encode::{Options, Sampling, encode_rgb, encode_rgb_sampled};

use crate::picture::{mean_difference, opaque, scene};

const SIDE: u32 = 256;

fn score(left: &[u8], right: &[u8]) -> f64 {
    let slice =
        |data| PixelSlice::new(data, SIDE, SIDE, SIDE as usize * 3, PixelDescriptor::RGB8_SRGB).unwrap();
    compute_ssimulacra2(&slice(left), &slice(right)).unwrap()
}

#[test]
fn bytes_and_score_rise_with_quality() {
    let source = scene(SIDE, SIDE);
    let (mut bytes, mut best) = (0, f64::MIN);
    for quality in [1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100] {
        let options = Options { quality, ..Options::default() };
        let file = encode_rgb(&source, SIDE, SIDE, &options).unwrap();
        let found = score(&source, &opaque(&decode_rgba(&file, 1 << 20).unwrap().data));
        assert!(file.len() > bytes, "quality {quality}: {} bytes after {bytes}", file.len());
        assert!(found > best, "quality {quality}: score {found:.2} after {best:.2}");
        (bytes, best) = (file.len(), found);
    }
    // Half chroma costs this drawing its last points: its colours are purer than a photograph's.
    assert!(best > 80.0, "quality 100 scores {best:.2}");
}

#[test]
fn neighbouring_qualities_never_go_backwards_in_bytes() {
    let source = scene(96, 96);
    let size =
        |quality| encode_rgb(&source, 96, 96, &Options { quality, ..Options::default() }).unwrap().len();
    let sizes: Vec<usize> = (60..=100).map(size).collect();
    assert!(sizes.windows(2).all(|pair| pair[0] <= pair[1]), "{sizes:?}");
}

#[test]
fn full_chroma_keeps_thin_coloured_lines() {
    let lines: Vec<u8> =
        (0..64 * 64).flat_map(|index| if index % 2 == 0 { [230, 20, 20] } else { [20, 20, 230] }).collect();
    let difference = |sampling| {
        let options = Options { quality: 95, ..Options::default() };
        let file = encode_rgb_sampled(&lines, 64, 64, sampling, &options).unwrap();
        mean_difference(&opaque(&decode_rgba(&file, 1 << 20).unwrap().data), &lines)
    };
    let (half, full) = (difference(Sampling::S420), difference(Sampling::S444));
    assert!(full < 6.0 && half > 40.0, "half {half:.1}, full {full:.1}");
}
