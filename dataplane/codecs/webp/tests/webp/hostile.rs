//! Damaged files give errors or pictures of the announced size, never a panic.

use imgplane_codec_webp::{
    Animation, Chroma, Scale, chunk, chunks, decode_first_frame, decode_rgb, decode_rgba, decode_shrunk_yuv,
    decode_yuv, encode_rgba, frame_count, frames, read_header, with_metadata,
};

use crate::pattern::{LOSSLESS, LOSSY, Random, rgba};

/// Larger announced pictures are not decoded here: this looks for crashes, not for patience.
const MOST_PIXELS: u64 = 1 << 20;

fn exercise(data: &[u8]) {
    let total: usize = chunks(data).map(|chunk| chunk.payload.len() + 8).sum();
    assert!(total <= data.len());
    let _ = chunk(data, b"ICCP");
    let _ = frame_count(data);
    if let Ok(wrapped) = with_metadata(data.to_vec(), Some(b"profile"), None, None, 3, 3, true) {
        assert_eq!(chunk(&wrapped, b"ICCP"), Some(&b"profile"[..]));
    }
    let Ok(header) = read_header(data) else { return };
    let pixels = u64::from(header.width) * u64::from(header.height);
    if pixels > MOST_PIXELS {
        return;
    }
    for rgba in [decode_rgba(data), decode_first_frame(data)].into_iter().flatten() {
        assert_eq!((rgba.width, rgba.height), (header.width, header.height));
        assert_eq!(rgba.data.len() as u64, pixels * 4);
    }
    if let Ok(rgb) = decode_rgb(data) {
        assert_eq!(rgb.data.len() as u64, pixels * 3);
    }
    if let Ok(planes) = decode_yuv(data) {
        assert_eq!(planes.y.len() as u64, pixels);
        assert_eq!(planes.a.is_some(), header.alpha);
    }
    for scale in [Scale::Half, Scale::Quarter, Scale::Eighth] {
        for chroma in [Chroma::Half, Chroma::Full] {
            let Ok(planes) = decode_shrunk_yuv(data, scale, chroma) else { continue };
            let sides = [header.width, header.height].map(|side| u64::from(side.div_ceil(scale.divisor())));
            assert_eq!(planes.y.len() as u64, sides[0] * sides[1]);
        }
    }
    let Ok(mut frames) = frames(data) else { return };
    let mut count = 0;
    while let Ok(Some(frame)) = frames.advance() {
        assert_eq!(frame.canvas.len() as u64, pixels * 4);
        count += 1;
    }
    assert!(frame_count(data).is_ok_and(|most| count <= most));
}

fn files() -> Vec<Vec<u8>> {
    let still =
        |width, height, options| encode_rgba(&rgba(width, height), width, height, options).expect("encodes");
    let lossy = still(37, 29, &LOSSY);
    let mut animation = Animation::new(40, 30, 3).expect("begins");
    animation.push(&lossy, 2, 0, 50, true).expect("frame");
    animation.push(&still(9, 9, &LOSSLESS), 8, 8, 50, true).expect("frame");
    animation.push(&still(40, 30, &LOSSY), 0, 0, 50, false).expect("frame");
    vec![
        lossy.clone(),
        still(23, 31, &LOSSLESS),
        with_metadata(lossy, Some(&[1; 99]), Some(b"exif"), Some(b"xmp"), 37, 29, true).expect("wraps"),
        animation.finish(None, Some(b"exif"), None).expect("finishes"),
    ]
}

#[test]
fn random_damage_never_panics() {
    let files = files();
    let mut random = Random(0x5eed_1234_5678_9abc);
    for round in 0..6000 {
        let mut data = files[round % files.len()].clone();
        for _ in 0..=random.below(6) {
            let at = random.below(data.len());
            match random.below(5) {
                0 => data[at] = random.below(256) as u8,
                1 => data[at] ^= 1 << random.below(8),
                2 => data.insert(at, 0xff),
                3 => data.truncate(at.max(12)),
                // Damage where it changes the meaning: in the container's head.
                _ => {
                    let at = at.min(random.below(80));
                    data[at] = [0, 1, 2, 3, 0x10, 0x7f, 0xfe, 0xff][random.below(8)];
                }
            }
        }
        if random.below(2) == 0 {
            // Repair the stated size, so that the damage behind it is reached.
            let size = data.len() as u32 - 8;
            data[4..8].copy_from_slice(&size.to_le_bytes());
        }
        exercise(&data);
    }
}

#[test]
fn every_prefix_is_survived() {
    for file in files() {
        for length in 0..file.len() {
            exercise(&file[..length]);
        }
    }
}
