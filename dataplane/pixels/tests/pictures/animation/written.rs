//! What is stored of a frame, and that it is shown as it was drawn.

use imgplane_codec_webp::chunks;
use imgplane_pixels::{
    Blend, Color, Fill, Format, Layer, LayerContent, Operation, Output, Rect, Size, inspect,
};

use super::film::{Film, as_gif, as_webp, read_film, rectangles, sprites};
use crate::{
    scene::photo,
    work::{fixed, make, resize},
};

fn exact(format: Format) -> Output {
    Output { lossless: true, ..fixed(format, 80) }
}

#[test]
fn what_is_written_without_loss_is_what_was_there() {
    for clear in [false, true] {
        for count in [2, 13] {
            let film = sprites(41, 23, count, clear);
            let source = as_gif(&film, 0);
            for format in [Format::Gif, Format::Webp] {
                let made = make(&source, &[], exact(format));
                assert_eq!(made.format, format);
                assert_eq!(read_film(&made.bytes), film.frames, "{format}, clear: {clear}");
            }
        }
    }
}

#[test]
fn translucent_frames_keep_their_opacity_in_webp_and_lose_it_in_gif() {
    let mut film = sprites(24, 18, 6, true);
    for (index, frame) in film.frames.iter_mut().enumerate() {
        frame.iter_mut().filter(|pixel| pixel[3] != 0).for_each(|pixel| pixel[3] = 60 + index as u8 * 30);
    }
    let source = as_webp(&film, 0);
    assert_eq!(read_film(&make(&source, &[], exact(Format::Webp)).bytes), film.frames);
    let gif = Output {
        format: imgplane_pixels::FormatChoice::Negotiated { avif: false, webp: false },
        ..exact(Format::Gif)
    };
    let shown = read_film(&make(&source, &[], gif).bytes);
    for (shown, frame) in shown.iter().flatten().zip(film.frames.iter().flatten()) {
        assert_eq!(shown[3], if frame[3] >= 128 { 255 } else { 0 });
    }
}

#[test]
fn only_the_rectangle_that_changed_is_stored() {
    let still = sprites(40, 30, 1, false);
    let mut moved = still.frames[0].clone();
    for y in 10..14 {
        for x in 21..26 {
            moved[y * 40 + x] = [1, 2, 3, 255];
        }
    }
    let frames = vec![still.frames[0].clone(), moved.clone(), moved, still.frames[0].clone()];
    let film = Film { frames, times: vec![50; 4], ..still };
    let gif = make(&as_gif(&film, 0), &[], fixed(Format::Gif, 80)).bytes;
    // A frame that changes nothing is there for its time.
    assert_eq!(rectangles(&gif), [(0, 0, 40, 30), (21, 10, 5, 4), (0, 0, 1, 1), (21, 10, 5, 4)]);
    let webp = make(&as_gif(&film, 0), &[], exact(Format::Webp)).bytes;
    let places: Vec<_> = chunks(&webp)
        .filter(|chunk| chunk.id == *b"ANMF")
        .map(|chunk| {
            let number = |at: usize| {
                u32::from_le_bytes([chunk.payload[at], chunk.payload[at + 1], chunk.payload[at + 2], 0])
            };
            (number(0) * 2, number(3) * 2, number(6) + 1, number(9) + 1)
        })
        .collect();
    // WebP frames begin at even places.
    assert_eq!(places, [(0, 0, 40, 30), (20, 10, 6, 4), (0, 0, 1, 1), (20, 10, 6, 4)]);
}

#[test]
fn what_stands_still_in_a_lossy_animation_is_not_touched_again() {
    // Two corners change, all of the photograph between them does not.
    let still = photo(160, 96).with_channels(4).data.as_chunks::<4>().0.to_vec();
    let mut changed = still.clone();
    for index in [0, 160 * 96 - 1] {
        changed[index] = [255, 255, 255, 255];
    }
    let film = Film { width: 160, height: 96, frames: vec![still, changed], times: vec![50; 2] };
    let shown = read_film(&make(&as_webp(&film, 0), &[], fixed(Format::Webp, 60)).bytes);
    let differ: Vec<usize> = (0..160 * 96).filter(|index| shown[0][*index] != shown[1][*index]).collect();
    assert!(!differ.is_empty());
    for index in differ {
        let (x, y) = (index % 160, index / 160);
        assert!((x < 8 && y < 8) || (x >= 152 && y >= 88), "{x},{y} changed");
    }
}

#[test]
fn a_layer_is_on_every_frame_and_a_window_stays_where_the_first_frame_put_it() {
    let film = sprites(60, 40, 5, false);
    let block = |color| LayerContent::Block { size: Size::new(6, 4), color };
    let green = Color { red: 0, green: 255, blue: 0, alpha: 255 };
    let layer = Layer {
        content: block(green),
        operations: vec![],
        size: Size::new(6, 4),
        at: (50, 30),
        blend: Blend::Over,
    };
    let made = make(&as_gif(&film, 0), &[Operation::Draw(Box::new(layer))], exact(Format::Webp));
    for frame in read_film(&made.bytes) {
        assert_eq!((frame[30 * 60 + 50], frame[33 * 60 + 55]), ([0, 255, 0, 255], [0, 255, 0, 255]));
    }
    // The eye would go to another place in every frame.
    let made =
        make(&as_gif(&film, 0), &[Operation::Attend { window: Size::new(30, 20) }], exact(Format::Webp));
    let frames = read_film(&made.bytes);
    let cut = |frame: &[[u8; 4]], x: usize, y: usize| -> Vec<[u8; 4]> {
        (0..20).flat_map(|row| frame[(y + row) * 60 + x..][..30].to_vec()).collect()
    };
    let places = (0..=20).flat_map(|y| (0..=30).map(move |x| (x, y)));
    let same: Vec<_> = places
        .filter(|(x, y)| frames.iter().zip(&film.frames).all(|(made, frame)| *made == cut(frame, *x, *y)))
        .collect();
    assert_eq!(same.len(), 1, "one window cuts all frames: {same:?}");
}

#[test]
fn the_colour_of_the_border_is_that_of_the_first_frame() {
    let mut film = sprites(20, 20, 3, false);
    for (index, frame) in film.frames.iter_mut().enumerate() {
        frame.fill([index as u8 * 100, 10, 10, 255]);
    }
    let pad = Operation::Pad { canvas: Size::new(30, 20), x: 5, y: 0, fill: Fill::Dominant };
    let frames = read_film(&make(&as_gif(&film, 0), &[pad], exact(Format::Webp)).bytes);
    let seen: Vec<_> = frames.iter().map(|frame| (frame[0], frame[15])).collect();
    let ground = [0, 10, 10, 255];
    assert_eq!(seen, [(ground, ground), (ground, [100, 10, 10, 255]), (ground, [200, 10, 10, 255])]);
}

#[test]
fn geometry_is_that_of_a_still() {
    let film = sprites(48, 27, 4, false);
    let chains: [&[Operation]; 4] = [
        &[resize(24, 14)],
        &[Operation::Rotate { quarter_turns: 1 }, resize(20, 30)],
        &[Operation::Extract { rect: Rect { x: 7, y: 3, width: 20, height: 11 } }],
        &[Operation::Blur { sigma: 2.0 }, Operation::Grayscale, resize(10, 9)],
    ];
    for chain in chains {
        let made = make(&as_gif(&film, 0), chain, exact(Format::Webp));
        let facts = inspect(&made.bytes).unwrap();
        assert_eq!((facts.width, facts.height), (made.width, made.height));
        for (index, frame) in read_film(&made.bytes).iter().enumerate() {
            let alone = Film { frames: vec![film.frames[index].clone()], times: vec![0], ..film.clone() };
            let still = make(&as_gif(&alone, 0), chain, crate::work::lossless());
            let still = crate::work::read(&still.bytes).with_channels(4);
            assert_eq!(frame.as_flattened(), still.data, "{chain:?}, frame {index}");
        }
    }
}
