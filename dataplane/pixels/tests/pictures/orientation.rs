//! EXIF orientation: upright, whatever else is done.

use imgplane_codec_jpeg::markers;
use imgplane_pixels::{Format, Operation, Rect, inspect, run};

use crate::{
    reference::score,
    scene::{Picture, jpeg, photo},
    work::{fixed, job, lossless, make, read, resize},
};

/// The smallest EXIF block with an orientation.
pub(crate) fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    block.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0, 0]);
    block
}

/// Stores an upright picture so that this orientation makes it upright again.
fn stored(upright: &Picture, orientation: u8) -> Picture {
    let (width, height) = (upright.width, upright.height);
    let swapped = orientation >= 5;
    let (across, down) = if swapped { (height, width) } else { (width, height) };
    let mut data = Vec::new();
    for y in 0..down {
        for x in 0..across {
            // Where the stored pixel (x, y) is seen.
            let (u, v) = match orientation {
                2 => (across - 1 - x, y),
                3 => (across - 1 - x, down - 1 - y),
                4 => (x, down - 1 - y),
                5 => (y, x),
                6 => (down - 1 - y, x),
                7 => (down - 1 - y, across - 1 - x),
                8 => (y, across - 1 - x),
                _ => (x, y),
            };
            data.extend_from_slice(upright.pixel(u, v));
        }
    }
    Picture { width: across, height: down, channels: 3, data }
}

fn file(upright: &Picture, orientation: u8) -> Vec<u8> {
    let bytes = jpeg(&stored(upright, orientation), 95, false, false);
    markers::insert_segments(&bytes, None, Some(&exif(orientation)), None)
}

#[test]
fn all_eight_orientations_come_out_upright() {
    let upright = photo(303, 203);
    let chains: [&[Operation]; 4] = [
        &[],
        &[resize(101, 68)],
        &[Operation::Extract { rect: Rect { x: 11, y: 7, width: 200, height: 150 } }, resize(150, 112)],
        &[
            resize(202, 135),
            Operation::Rotate { quarter_turns: 1 },
            Operation::Flip { horizontal: true, vertical: false },
        ],
    ];
    for chain in chains {
        for format in [Format::Jpeg, Format::Webp, Format::Png] {
            let expected = read(&make(&file(&upright, 1), chain, fixed(format, 95)).bytes);
            for orientation in 2..=8 {
                let source = file(&upright, orientation);
                assert_eq!(inspect(&source).unwrap().orientation, orientation);
                let made = read(&make(&source, chain, fixed(format, 95)).bytes);
                let score = score(&expected, &made);
                println!("orientation {orientation}, {format}, {chain:?}: {score:.1}");
                assert!(score > 60.0, "orientation {orientation}, {format}, {chain:?}: {score:.1}");
            }
        }
    }
}

#[test]
fn without_orientation_the_picture_stays_as_it_is_stored() {
    let source = file(&photo(40, 20), 6);
    let mut job = job(&source, &[], lossless());
    job.orient = false;
    let made = run(&job, &|| false).unwrap();
    assert_eq!((made.width, made.height), (20, 40), "the stored size");
    job.orient = true;
    let made = run(&job, &|| false).unwrap();
    assert_eq!((made.width, made.height), (40, 20), "the upright size");
}
