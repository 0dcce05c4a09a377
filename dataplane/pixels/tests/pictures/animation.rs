//! Animations are delivered as their first frame, and say so.

use imgplane_codec_webp::{Animation, Options, encode_rgb};
use imgplane_pixels::{Format, FormatChoice, Output, admit, inspect};

use crate::{
    scene::{Picture, cutout, gif, photo},
    work::{fixed, job, lossless, make, read, resize},
};

const WARNING: &str = "the animation was reduced to its first frame: animated output is not supported yet";

fn animated_webp(colors: &[[u8; 3]]) -> Vec<u8> {
    let mut animation = Animation::new(40, 30, 0).unwrap();
    for color in colors {
        let still =
            encode_rgb(&color.repeat(40 * 30), 40, 30, &Options { lossless: true, ..Options::default() })
                .unwrap();
        animation.push(&still, 0, 0, 100, false).unwrap();
    }
    animation.finish(None, None, None).unwrap()
}

#[test]
fn a_gif_animation_gives_its_first_frame_with_a_warning() {
    let scene = photo(48, 27);
    let source = gif(&scene, 3);
    assert_eq!(inspect(&source).unwrap().frames, 3);
    let made = make(&source, &[], lossless());
    assert_eq!(made.warnings, [WARNING]);
    let still = make(&gif(&scene, 1), &[], lossless());
    assert!(still.warnings.is_empty());
    assert_eq!(read(&made.bytes).data, read(&still.bytes).data);
}

#[test]
fn a_webp_animation_gives_its_first_frame_with_a_warning() {
    let source = animated_webp(&[[200, 10, 20], [0, 250, 0]]);
    let facts = inspect(&source).unwrap();
    assert_eq!((facts.frames, facts.width, facts.height), (2, 40, 30));
    let made = make(&source, &[resize(20, 15)], lossless());
    assert_eq!(made.warnings, [WARNING]);
    assert_eq!(read(&made.bytes).pixel(3, 3), [200, 10, 20]);
}

#[test]
fn a_still_gif_stays_a_gif_with_one_bit_of_alpha() {
    let source = gif(&cutout(60, 40), 1);
    assert!(inspect(&source).unwrap().alpha);
    let fallback =
        Output { format: FormatChoice::Negotiated { avif: false, webp: false }, ..Output::default() };
    let made = make(&source, &[resize(30, 20)], fallback);
    assert_eq!(made.format, Format::Gif);
    let picture = read(&made.bytes);
    assert_eq!(picture.channels, 4);
    assert!(picture.data.chunks(4).all(|pixel| pixel[3] == 0 || pixel[3] == 255));
    assert_eq!((picture.pixel(0, 0)[3], picture.pixel(15, 10)[3]), (0, 255));
}

#[test]
fn a_frame_smaller_than_its_canvas_leaves_the_rest_transparent() {
    let mut source = Vec::new();
    let mut encoder = gif::Encoder::new(&mut source, 10, 8, &[255, 0, 0, 0, 0, 255]).unwrap();
    // Reaches over the right edge, where it is not shown.
    let frame = gif::Frame {
        left: 4,
        top: 2,
        width: 9,
        height: 3,
        buffer: vec![1; 27].into(),
        ..gif::Frame::default()
    };
    encoder.write_frame(&frame).unwrap();
    drop(encoder);
    let made: Picture = read(&make(&source, &[], lossless()).bytes);
    assert_eq!((made.width, made.height, made.channels), (10, 8, 4));
    assert_eq!(made.pixel(9, 4), [0, 0, 255, 255]);
    assert_eq!((made.pixel(3, 2)[3], made.pixel(4, 5)[3], made.pixel(0, 0)[3]), (0, 0, 0));
}

#[test]
fn frames_times_pixels_are_limited() {
    let source = gif(&photo(40, 30), 4);
    let mut job = job(&source, &[], fixed(Format::Png, 80));
    job.limits.max_animation_pixels = 4 * 40 * 30 - 1;
    let error = admit(&job.facts, &job.limits).unwrap_err();
    assert_eq!(error.code(), "ELIMIT");
    assert_eq!(error.to_string(), "The animation's pixels times frames (40x30x4) is 4800, the limit is 4799");
}
