//! Odd shapes: nothing is too small or too thin.

use imgplane_pixels::{Format, Operation, Rect};

use crate::{
    scene::{Picture, cutout, gif, gray_jpeg, jpeg, photo, png, webp},
    work::{fixed, make, read, resize},
};

fn sources(width: u32, height: u32) -> Vec<(&'static str, Vec<u8>)> {
    let scene = photo(width, height);
    let mut clear: Picture = cutout(width, height);
    clear.data[3] = 100;
    vec![
        ("JPEG", jpeg(&scene, 90, false, false)),
        ("JPEG 4:4:4", jpeg(&scene, 90, true, true)),
        ("grey JPEG", gray_jpeg(&scene, 90)),
        ("PNG", png(&scene)),
        ("PNG with alpha", png(&clear)),
        ("WebP", webp(&scene, 90.0, false)),
        ("WebP with alpha", webp(&clear, 90.0, false)),
        ("GIF", gif(&scene, 1)),
    ]
}

#[test]
fn every_size_can_be_read_scaled_turned_and_written() {
    let formats = [Format::Jpeg, Format::Png, Format::Webp, Format::Avif, Format::Gif];
    for (width, height) in [(1, 1), (1, 37), (41, 1), (2, 3), (17, 31), (97, 61)] {
        for (name, source) in sources(width, height) {
            for (to_width, to_height) in [(1, 1), (1, 7), (13, 1), (23, 29), (width, height)] {
                for format in formats {
                    if format == Format::Gif && name != "GIF" {
                        continue;
                    }
                    let turn = Operation::Rotate { quarter_turns: 1 };
                    let made = make(&source, &[resize(to_width, to_height), turn], fixed(format, 80));
                    let picture = read(&made.bytes);
                    let what = format!("{name} {width}x{height} -> {format} {to_width}x{to_height}");
                    assert_eq!(made.format, format, "{what}");
                    assert_eq!((made.width, made.height), (to_height, to_width), "{what}");
                    assert_eq!((picture.width, picture.height), (to_height, to_width), "{what}");
                }
            }
        }
    }
}

#[test]
fn a_single_pixel_can_be_cut_from_anywhere() {
    let scene = photo(37, 23);
    let source = png(&scene);
    for (x, y) in [(0, 0), (36, 0), (0, 22), (36, 22), (18, 11)] {
        let cut = Operation::Extract { rect: Rect { x, y, width: 1, height: 1 } };
        let made = read(&make(&source, &[cut], fixed(Format::Png, 80)).bytes);
        assert_eq!(made.data, scene.pixel(x, y), "{x},{y}");
    }
}

#[test]
fn a_flat_picture_keeps_its_colour_through_every_path() {
    let color = [180_u8, 90, 40];
    let flat = Picture { width: 67, height: 45, channels: 3, data: color.repeat(67 * 45) };
    let sources = [
        ("JPEG", jpeg(&flat, 95, false, false)),
        ("PNG", png(&flat)),
        ("WebP", webp(&flat, 95.0, false)),
        ("lossless WebP", webp(&flat, 95.0, true)),
    ];
    for (name, source) in sources {
        for format in [Format::Jpeg, Format::Png, Format::Webp, Format::Avif] {
            for operations in [vec![], vec![resize(31, 21)], vec![resize(100, 67)]] {
                let made = read(&make(&source, &operations, fixed(format, 95)).bytes);
                for pixel in made.data.chunks(3) {
                    let near = pixel.iter().zip(color).all(|(got, expected)| got.abs_diff(expected) <= 5);
                    assert!(near, "{name} -> {format} {operations:?}: {pixel:?}");
                }
            }
        }
    }
}
