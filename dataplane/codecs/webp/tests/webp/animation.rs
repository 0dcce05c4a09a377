//! Frames are muxed, put together on their canvas, and judged.

use imgplane_codec_webp::{
    Animation, Error, MAX_DURATION, Rgba, chunk, decode_first_frame, decode_rgba, encode_rgba, frame_count,
    frames, read_header, with_metadata,
};

use crate::pattern::{LOSSLESS, LOSSY, rgba};

const RED: [u8; 4] = [255, 0, 0, 255];
const GREEN: [u8; 4] = [0, 255, 0, 255];
const CLEAR: [u8; 4] = [0, 0, 0, 0];
const HALF_BLUE: [u8; 4] = [0, 0, 255, 128];

fn solid(pixel: [u8; 4], width: u32, height: u32) -> Vec<u8> {
    encode_rgba(&pixel.repeat((width * height) as usize), width, height, &LOSSLESS).expect("encodes")
}

/// Every frame's duration and canvas.
fn play(webp: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let mut frames = frames(webp).expect("opens");
    let mut played = Vec::new();
    while let Some(frame) = frames.advance().expect("decodes") {
        played.push((frame.duration, frame.canvas.to_vec()));
    }
    played
}

/// A 4x2 canvas from its two 2x2 halves.
fn halves(left: [u8; 4], right: [u8; 4]) -> Vec<u8> {
    [left, left, right, right].concat().repeat(2)
}

#[test]
fn frames_stay_blend_and_replace_on_their_canvas() {
    let mut animation = Animation::new(4, 2, 7).expect("begins");
    animation.push(&solid(RED, 4, 2), 0, 0, 100, true).expect("first");
    animation.push(&solid(GREEN, 2, 2), 2, 0, 50, true).expect("second");
    animation.push(&solid(HALF_BLUE, 2, 2), 0, 0, 20, true).expect("third");
    animation.push(&solid(CLEAR, 2, 2), 0, 0, 20, true).expect("fourth");
    animation.push(&solid(CLEAR, 2, 2), 0, 0, MAX_DURATION + 9, false).expect("fifth");
    let webp = animation.finish(Some(b"icc"), Some(b"exif"), None).expect("finishes");
    // 255 * 128 over 255 * 127, out of 255
    let mixed = [127, 0, 128, 255];
    assert_eq!(
        play(&webp),
        [
            (100, halves(RED, RED)),
            (50, halves(RED, GREEN)),
            (20, halves(mixed, GREEN)),
            (20, halves(mixed, GREEN)),
            (MAX_DURATION, halves(CLEAR, GREEN)),
        ]
    );
    let header = read_header(&webp).expect("header");
    assert_eq!((header.width, header.height, header.animated), (4, 2, true));
    assert!(header.alpha && header.lossless);
    assert_eq!((frame_count(&webp), frames(&webp).map(|frames| frames.loop_count)), (Ok(5), Ok(7)));
    let first = Rgba { data: halves(RED, RED), width: 4, height: 2 };
    assert_eq!(decode_first_frame(&webp), Ok(first));
    assert_eq!(decode_rgba(&webp), Err(Error::Animated));
    assert_eq!((chunk(&webp, b"ICCP"), chunk(&webp, b"EXIF")), (Some(&b"icc"[..]), Some(&b"exif"[..])));
    assert!(with_metadata(webp, Some(b"x"), None, None, 4, 2, true).is_err(), "not a still");
}

#[test]
fn a_frame_disposed_to_the_background_leaves_transparency() {
    let mut animation = Animation::new(4, 2, 0).expect("begins");
    animation.push(&solid(RED, 4, 2), 0, 0, 1, true).expect("first");
    animation.push(&solid(GREEN, 2, 2), 2, 0, 2, true).expect("second");
    animation.push(&solid(HALF_BLUE, 2, 2), 2, 0, 3, true).expect("third");
    let mut webp = animation.finish(None, None, None).expect("finishes");
    // The flag of the second frame: written by others, not by us.
    let second = webp.windows(4).enumerate().filter(|(_, id)| id == b"ANMF").nth(1).expect("frame").0;
    webp[second + 8 + 15] |= 1;
    let played = play(&webp);
    assert_eq!(played[1].1, halves(RED, GREEN));
    assert_eq!(played[2].1, halves(RED, HALF_BLUE), "blended with what was cleared");
}

#[test]
fn lossy_and_partial_first_frames_lie_on_a_transparent_canvas() {
    let still = encode_rgba(&rgba(30, 20), 30, 20, &LOSSY).expect("encodes");
    let mut animation = Animation::new(64, 48, 0).expect("begins");
    animation.push(&still, 10, 6, 40, true).expect("first");
    let webp = animation.finish(None, None, None).expect("finishes");
    let first = decode_first_frame(&webp).expect("decodes");
    let frame = decode_rgba(&still).expect("decodes").data;
    for (y, row) in first.data.chunks_exact(64 * 4).enumerate() {
        for (x, pixel) in row.chunks_exact(4).enumerate() {
            let inside = (10..40).contains(&x) && (6..26).contains(&y);
            let expected = if inside { &frame[((y - 6) * 30 + x - 10) * 4..][..4] } else { &CLEAR[..] };
            if inside && expected[3] == 0 {
                assert_eq!(pixel[3], 0, "{x},{y}");
            } else {
                assert_eq!(pixel, expected, "{x},{y}");
            }
        }
    }
    assert!(!read_header(&webp).expect("header").lossless);
    assert_eq!(decode_first_frame(&still), decode_rgba(&still));
    assert_eq!(frame_count(&still), Ok(1));
    assert!(matches!(frames(&still).map(|_| ()), Err(Error::Corrupt { .. })));
}

#[test]
fn frames_that_do_not_fit_are_refused() {
    let mut animation = Animation::new(8, 8, 0).expect("begins");
    let still = solid(RED, 4, 4);
    for (name, x, y, fits) in [
        ("corner", 4, 4, true),
        ("right", 6, 0, false),
        ("below", 0, 6, false),
        ("far away", u32::MAX - 1, 0, false),
        ("odd x", 1, 0, false),
        ("odd y", 0, 3, false),
    ] {
        assert_eq!(animation.push(&still, x, y, 1, true).is_ok(), fits, "{name}");
    }
    assert!(animation.push(b"GIF89a", 0, 0, 1, true).is_err());
    let whole = animation.finish(None, None, None).expect("finishes");
    assert!(animation_in(&whole), "only a whole still becomes a frame");
    assert_eq!(frame_count(&whole), Ok(1));
    assert!(matches!(
        Animation::new(8, 8, 0).expect("begins").finish(None, None, None),
        Err(Error::InvalidInput { .. })
    ));
    assert!(matches!(Animation::new(0, 8, 0), Err(Error::Dimensions { .. })));
}

/// Whether an animation refuses to become a frame of another.
fn animation_in(webp: &[u8]) -> bool {
    let mut outer = Animation::new(8, 8, 0).expect("begins");
    matches!(outer.push(webp, 0, 0, 1, true), Err(Error::InvalidInput { .. }))
}

#[test]
fn a_cut_or_lying_animation_is_an_error() {
    let mut animation = Animation::new(16, 16, 0).expect("begins");
    for _ in 0..3 {
        animation
            .push(&encode_rgba(&rgba(16, 16), 16, 16, &LOSSY).expect("encodes"), 0, 0, 9, true)
            .expect("frame");
    }
    let webp = animation.finish(None, None, None).expect("finishes");
    for length in 0..webp.len() {
        assert_eq!(frames(&webp[..length]).map(|_| ()), Err(Error::Truncated), "cut to {length}");
        assert!(decode_first_frame(&webp[..length]).is_err(), "cut to {length}");
    }
    let frame = webp.windows(4).position(|id| id == b"ANMF").expect("frame") + 8;
    for (name, at, value) in [("offset", frame, 1), ("width", frame + 6, 14), ("height", frame + 9, 16)] {
        let mut lying = webp.clone();
        lying[at] = value;
        assert!(matches!(decode_first_frame(&lying), Err(Error::Corrupt { .. })), "{name}");
    }
    let mut empty = webp[..12].to_vec();
    empty.extend(&webp[12..webp.windows(4).position(|id| id == b"ANMF").expect("frame")]);
    let size = empty.len() as u32 - 8;
    empty[4..8].copy_from_slice(&size.to_le_bytes());
    assert!(matches!(decode_first_frame(&empty), Err(Error::Corrupt { .. })));
    assert_eq!(frame_count(&empty), Ok(0));
}
