//! Damaged files give errors or pictures of the announced size, never a panic.

use imgplane_codec_jpeg::markers::{
    Metadata, exif, icc, insert, is_complete, orientation, photoshop, quality, restart_interval, scan_count,
    with_orientation_one, xmp,
};
use imgplane_codec_jpeg::{
    Limits, Sampling, Scale, decode_cmyk, decode_planes, decode_rgb, read_header, working_memory,
};
use turbojpeg::raw;

use crate::pattern::{Picture, Random, SAMPLINGS, encode_raw, pixels};

/// Larger announced pictures are not decoded here: this looks for crashes, not for patience.
const MOST_PIXELS: u64 = 1 << 20;

fn exercise(data: &[u8]) {
    let block = exif(data).unwrap_or(data);
    assert_eq!(with_orientation_one(block).len(), block.len());
    if orientation(block).is_some() {
        assert_eq!(orientation(&with_orientation_one(block)), Some(1));
    }
    let profile = icc(data);
    let metadata =
        Metadata { icc: profile.as_deref(), exif: exif(data), xmp: xmp(data), photoshop: photoshop(data) };
    assert!(insert(data, &metadata).len() >= data.len());
    let _ = (quality(data), restart_interval(data), scan_count(data), is_complete(data));
    let Ok(header) = read_header(data) else { return };
    assert!(working_memory(&header) > 0);
    if u64::from(header.width) * u64::from(header.height) > MOST_PIXELS {
        return;
    }
    let limits = Limits { max_scans: 20 };
    for scale in Scale::ALL {
        if let Ok(planes) = decode_planes(data, scale, &limits) {
            assert_eq!(planes.planes[0].width, header.width.div_ceil(scale.divisor()));
            for plane in &planes.planes {
                assert_eq!(plane.data.len(), plane.stride * plane.height as usize);
            }
        }
        if let Ok(pixels) = decode_rgb(data, scale, &limits) {
            assert_eq!(pixels.data.len(), pixels.width as usize * pixels.height as usize * 3);
        }
        if let Ok(pixels) = decode_cmyk(data, scale, &limits) {
            assert_eq!(pixels.data.len(), pixels.width as usize * pixels.height as usize * 4);
        }
    }
}

#[test]
fn random_damage_never_panics() {
    let mut files: Vec<Vec<u8>> = Vec::new();
    for sampling in SAMPLINGS {
        files.push(Picture::new(37, 29, sampling).encode(70, false));
        files.push(Picture::new(7, 35, sampling).encode(70, true));
    }
    let inks = encode_raw(
        &pixels(20, 10, 4),
        20,
        10,
        &[(raw::TJPARAM_TJPARAM_COLORSPACE, raw::TJCS_TJCS_YCCK as i32)],
    );
    files.push(inks);
    files.push(encode_raw(&pixels(40, 30, 3), 40, 30, &[(raw::TJPARAM_TJPARAM_RESTARTBLOCKS, 2)]));
    let block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let metadata =
        Metadata { icc: Some(&[5; 300]), exif: Some(block), xmp: Some(b"<x/>"), photoshop: Some(b"8BIM") };
    files.push(insert(&Picture::new(33, 17, Sampling::S420).encode(50, true), &metadata));

    let mut random = Random(0x5eed_1234_5678_9abc);
    for round in 0..6000 {
        let mut data = files[round % files.len()].clone();
        for _ in 0..=random.below(6) {
            let at = random.below(data.len());
            match random.below(5) {
                0 => data[at] = random.below(256) as u8,
                1 => data[at] ^= 1 << random.below(8),
                2 => data.insert(at, 0xff),
                3 => data.truncate(at.max(2)),
                // Damage where it changes the meaning: in the first 700 bytes, which are tables and sizes.
                _ => {
                    let at = at.min(random.below(700));
                    data[at] = [0, 1, 2, 4, 0x11, 0x22, 0x41, 0xc0, 0xff][random.below(9)];
                }
            }
        }
        if random.below(3) == 0 {
            // An end, so that what is missing before it is reached.
            data.extend([0xff, 0xd9]);
        }
        exercise(&data);
    }
}

#[test]
fn every_prefix_and_empty_data_are_survived() {
    let jpeg = Picture::new(20, 20, Sampling::S420).encode(50, true);
    for length in 0..jpeg.len() {
        exercise(&jpeg[..length]);
        exercise(&[&jpeg[..length], &[0xff, 0xd9]].concat());
        exercise(&jpeg[length..]);
    }
}

#[test]
fn odd_sampling_factors_decode_as_pixels_or_planes_of_the_right_size() {
    // The factors stand in the frame header; entropy data that does not match them is damage, not danger.
    let jpeg = Picture::new(50, 40, Sampling::S444).encode(90, false);
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("frame");
    for luma in 0..=0x44 {
        for blue in [0x11, 0x12, 0x21, 0x22, 0x41, 0x14, 0x00] {
            for red in [0x11, 0x12, 0x21, 0x22, 0x33] {
                let mut data = jpeg.clone();
                (data[frame + 11], data[frame + 14], data[frame + 17]) = (luma, blue, red);
                exercise(&data);
            }
        }
    }
}
