//! What a frame of a file stands on: what the ones before left, in each format's own way.

use std::borrow::Cow;

use gif::DisposalMethod::{Any, Background, Keep, Previous};
use imgplane_pixels::{Format, PixelError, inspect};
use png::{BlendOp, DisposeOp};

use super::film::{Frame, as_gif, read_film, sprites};
use crate::work::{fixed, lossless, make, refuse};

const RED: [u8; 4] = [255, 0, 0, 255];
const BLUE: [u8; 4] = [0, 0, 255, 255];
const NONE: [u8; 4] = [0; 4];

/// A GIF of four pixels in a row, of frames that begin at `left` and hold red (1), blue (2) or nothing (0).
fn row(frames: &[(u16, &[u8], gif::DisposalMethod)]) -> Vec<u8> {
    let palette = [0, 0, 0, 255, 0, 0, 0, 0, 255];
    let mut encoder = gif::Encoder::new(Vec::new(), 4, 1, &palette).unwrap();
    for (left, pixels, dispose) in frames {
        let frame = gif::Frame {
            left: *left,
            width: pixels.len() as u16,
            height: 1,
            dispose: *dispose,
            transparent: Some(0),
            buffer: Cow::Borrowed(pixels),
            ..gif::Frame::default()
        };
        encoder.write_frame(&frame).unwrap();
    }
    encoder.into_inner().unwrap()
}

#[test]
fn a_gif_frame_stands_on_what_the_one_before_left() {
    let whole: &[u8] = &[1, 1, 1, 1];
    let part: &[u8] = &[2, 0];
    let kept = [RED, BLUE, RED, RED];
    for (name, dispose, second, third) in [
        ("unspecified", Any, kept, [RED, BLUE, RED, BLUE]),
        ("kept", Keep, kept, [RED, BLUE, RED, BLUE]),
        ("cleared", Background, kept, [RED, NONE, NONE, BLUE]),
        ("as before", Previous, kept, [RED, RED, RED, BLUE]),
    ] {
        let source = row(&[(0, whole, Keep), (1, part, dispose), (3, &[2], Keep)]);
        let frames = read_film(&source);
        assert_eq!(frames, [vec![RED; 4], second.to_vec(), third.to_vec()], "{name}");
    }
}

#[test]
fn a_first_frame_that_is_cleared_leaves_nothing() {
    let source = row(&[(1, &[1, 2], Background), (0, &[2], Previous), (3, &[1], Keep)]);
    let expected: [Frame; 3] =
        [vec![NONE, RED, BLUE, NONE], vec![BLUE, NONE, NONE, NONE], vec![NONE, NONE, NONE, RED]];
    assert_eq!(read_film(&source), expected);
}

#[test]
fn an_interlaced_frame_has_its_rows_in_place() {
    let film = sprites(9, 21, 2, false);
    let mut encoder = gif::Encoder::new(Vec::new(), 9, 21, &[]).unwrap();
    for pixels in &film.frames {
        let mut colors = pixels.clone();
        colors.sort_unstable();
        colors.dedup();
        let passes = [(0, 8), (4, 8), (2, 4), (1, 2)];
        let order = passes.iter().flat_map(|(start, step)| (*start..21).step_by(*step));
        let stored = order.flat_map(|row| &pixels[row * 9..][..9]);
        let frame = gif::Frame {
            width: 9,
            height: 21,
            interlaced: true,
            palette: Some(colors.iter().flat_map(|color| color[..3].to_vec()).collect()),
            buffer: stored.map(|pixel| colors.binary_search(pixel).unwrap() as u8).collect(),
            ..gif::Frame::default()
        };
        encoder.write_frame(&frame).unwrap();
    }
    assert_eq!(read_film(&encoder.into_inner().unwrap()), film.frames);
}

/// An APNG of four pixels in a row. `apart`: its default image is no frame.
fn apng(apart: bool, frames: &[(u32, &[[u8; 4]], DisposeOp, BlendOp)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 4, 1);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(frames.len() as u32, 0).unwrap();
    encoder.set_sep_def_img(apart).unwrap();
    let mut writer = encoder.write_header().unwrap();
    if apart {
        writer.write_image_data(&[9; 16]).unwrap();
    }
    for (left, pixels, dispose, blend) in frames {
        writer.set_frame_dimension(pixels.len() as u32, 1).unwrap();
        writer.set_frame_position(*left, 0).unwrap();
        writer.set_dispose_op(*dispose).unwrap();
        writer.set_blend_op(*blend).unwrap();
        writer.write_image_data(pixels.as_flattened()).unwrap();
    }
    writer.finish().unwrap();
    out
}

#[test]
fn an_apng_frame_is_laid_on_or_put_in_the_place_of_what_the_one_before_left() {
    let half = [0, 0, 255, 128];
    let (source, over) = (BlendOp::Source, BlendOp::Over);
    for (name, dispose, blend, second, third) in [
        ("over", DisposeOp::None, over, [127, 0, 128, 255], [127, 0, 128, 255]),
        ("in place", DisposeOp::None, source, half, half),
        ("cleared", DisposeOp::Background, source, half, NONE),
        ("as before", DisposeOp::Previous, over, [127, 0, 128, 255], RED),
    ] {
        for apart in [false, true] {
            let file = apng(
                apart,
                &[
                    (0, &[RED; 4], DisposeOp::None, source),
                    (1, &[half], dispose, blend),
                    (3, &[BLUE], DisposeOp::None, source),
                ],
            );
            let expected = [[RED; 4], [RED, second, RED, RED], [RED, third, RED, BLUE]];
            assert_eq!(read_film(&file), expected.map(Vec::from), "{name}, apart: {apart}");
        }
    }
}

#[test]
fn a_file_without_its_trailer_is_whole_and_one_that_ends_in_a_frame_is_not() {
    let film = sprites(16, 12, 3, false);
    let source = as_gif(&film, 0);
    let bare = &source[..source.len() - 1];
    assert_eq!(read_film(bare), film.frames);
    for length in [source.len() - 2, source.len() - 9] {
        let error = refuse(&source[..length], &[], lossless());
        assert_eq!(error, PixelError::Truncated { format: Format::Gif }, "{length} bytes");
    }
}

#[test]
fn a_frame_that_is_larger_than_what_was_admitted_is_refused() {
    let palette = [0, 0, 0, 255, 255, 255];
    let mut encoder = gif::Encoder::new(Vec::new(), 4, 4, &palette).unwrap();
    for side in [4, 400] {
        let buffer = vec![1; side * side].into();
        let frame = gif::Frame { width: side as u16, height: side as u16, buffer, ..gif::Frame::default() };
        encoder.write_frame(&frame).unwrap();
    }
    let source = encoder.into_inner().unwrap();
    assert_eq!(inspect(&source).unwrap().frames, 2);
    let error = refuse(&source, &[], fixed(Format::Webp, 80));
    assert_eq!(error.code(), "UNIDENTIFIED");
    assert!(error.to_string().ends_with("a frame is larger than the canvas"), "{error}");
    // Of the first frame nothing is wrong.
    make(&source, &[], lossless());
}
