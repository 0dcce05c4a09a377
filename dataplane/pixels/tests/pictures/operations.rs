//! Operations in chains, on every kind of decoded picture.

use imgplane_pixels::{
    Blend, Color, Fill, Format, FormatChoice, Gradient, Layer, LayerContent, Operation, Output, Radius,
    Recolour, Rect, Size, Unsharp,
};

use crate::{
    reference::score,
    scene::{Picture, cutout, jpeg, photo, png, webp},
    work::{fixed, lossless, make, read, resize},
};

const RED: Color = Color { red: 255, green: 0, blue: 0, alpha: 255 };

fn fallback() -> Output {
    Output { format: FormatChoice::Negotiated { avif: false, webp: false }, ..Output::default() }
}

#[test]
fn rounded_corners_make_a_jpeg_a_png_and_a_background_makes_it_a_jpeg_again() {
    let source = jpeg(&photo(300, 300), 92, false, false);
    let round = Operation::Frame { border: None, radii: Some([Radius::Max; 4]) };
    let made = make(&source, &[resize(100, 100), round.clone()], fallback());
    assert_eq!(made.format, Format::Png);
    let picture = read(&made.bytes);
    assert_eq!((picture.pixel(0, 0)[3], picture.pixel(50, 50)[3]), (0, 255));

    let made = make(
        &source,
        &[resize(100, 100), round, Operation::Background { fill: Fill::Color(RED) }],
        fallback(),
    );
    assert_eq!(made.format, Format::Jpeg);
    let picture = read(&made.bytes);
    assert!(picture.pixel(0, 0)[0] > 240 && picture.pixel(0, 0)[1] < 16, "{:?}", picture.pixel(0, 0));
}

#[test]
fn a_border_is_scaled_with_the_picture_by_the_next_resize() {
    let source = jpeg(&photo(600, 400), 92, false, false);
    let border = Operation::Frame { border: Some((10, RED)), radii: None };
    let made = make(&source, &[resize(300, 200), border, resize(160, 110)], lossless());
    assert_eq!((made.width, made.height), (160, 110));
    let picture = read(&made.bytes);
    assert!(picture.pixel(1, 1)[0] > 240 && picture.pixel(80, 1)[1] < 20 && picture.pixel(158, 108)[2] < 20);
}

#[test]
fn planes_and_pixels_agree_on_every_chain() {
    let jpeg = jpeg(&photo(401, 267), 98, true, false);
    let png = png(&read(&jpeg));
    let fill = Color { red: 20, green: 120, blue: 220, alpha: 255 };
    let red = Color { red: 210, green: 40, blue: 45, alpha: 255 };
    let sharp = Operation::Unsharp(Unsharp { radius: None, sigma: 1.5, amount: 0.7, threshold: 0.01 });
    let block = LayerContent::Block { size: Size::new(60, 40), color: fill };
    let layer = Layer {
        content: block,
        operations: vec![],
        size: Size::new(60, 40),
        at: (9, 9),
        blend: Blend::Multiply,
    };
    let soft = Fill::Blurred { sigma: 9.0, brightness: -20 };
    let gradient = Gradient { degrees: 135.0, from: fill, to: Color { alpha: 0, ..fill }, stop: 200.0 };
    let chains: [&[Operation]; 16] = [
        &[resize(200, 133), sharp],
        &[resize(200, 133), Operation::Contrast],
        &[resize(200, 133), Operation::Pad { canvas: Size::new(200, 200), x: 0, y: 33, fill: soft }],
        &[
            resize(200, 133),
            Operation::Pad { canvas: Size::new(200, 200), x: 0, y: 33, fill: Fill::GradientOfTwo },
        ],
        &[resize(200, 133), Operation::Colorize { color: fill, share: 0.6 }],
        &[resize(200, 133), Operation::Recolour(Recolour { to: fill, tolerance: 0.3, from: Some(red) })],
        &[resize(200, 133), Operation::Gradient(gradient)],
        &[resize(200, 133), Operation::Tilt { degrees: 20.0, canvas: Size::new(233, 193) }],
        &[resize(200, 133), Operation::Attend { window: Size::new(100, 133) }],
        &[resize(200, 133), Operation::Draw(Box::new(layer))],
        &[resize(200, 133), Operation::Blur { sigma: 3.0 }],
        &[Operation::Blur { sigma: 12.0 }],
        &[
            resize(200, 133),
            Operation::Pad { canvas: Size::new(240, 150), x: 20, y: -5, fill: Fill::Color(fill) },
        ],
        &[Operation::Grayscale, resize(100, 67)],
        &[
            Operation::Extract { rect: Rect { x: 33, y: 21, width: 301, height: 199 } },
            Operation::Rotate { quarter_turns: 1 },
        ],
        &[
            resize(151, 100),
            Operation::Frame { border: Some((7, fill)), radii: Some([Radius::Pixels(12.0); 4]) },
        ],
    ];
    for chain in chains {
        let (one, other) = (make(&jpeg, chain, lossless()), make(&png, chain, lossless()));
        assert_eq!((one.width, one.height), (other.width, other.height), "{chain:?}");
        let score = score(&read(&other.bytes), &read(&one.bytes));
        assert!(score > 90.0, "{chain:?}: {score:.1}");
    }
}

#[test]
fn alpha_edges_have_no_hem_of_hidden_colour() {
    // White on nothing, with magenta hidden in the nothing.
    let mut scene = cutout(200, 150);
    for pixel in scene.data.chunks_mut(4).filter(|pixel| pixel[3] > 0) {
        pixel[..3].fill(230);
    }
    for source in [png(&scene), webp(&scene, 90.0, true)] {
        for chain in [
            vec![resize(67, 50)],
            vec![resize(301, 226)],
            vec![resize(67, 50), Operation::Blur { sigma: 2.0 }],
            vec![Operation::Rotate { quarter_turns: 1 }, resize(31, 41)],
        ] {
            let picture = read(&make(&source, &chain, lossless()).bytes);
            for pixel in picture.data.chunks(4).filter(|pixel| pixel[3] > 24) {
                assert!(pixel[..3].iter().all(|sample| sample.abs_diff(230) <= 6), "{chain:?}: {pixel:?}");
            }
        }
    }
}

#[test]
fn a_half_clear_background_stays_half_clear() {
    let clear = Picture { width: 8, height: 8, channels: 4, data: [0; 4].repeat(64) };
    let color = Color { red: 10, green: 20, blue: 30, alpha: 102 };
    let made =
        read(&make(&png(&clear), &[Operation::Background { fill: Fill::Color(color) }], lossless()).bytes);
    assert_eq!(made.pixel(3, 3), [10, 20, 30, 102]);
}

#[test]
fn blurring_softens_without_moving_or_darkening() {
    let source = png(&photo(160, 120));
    let mean = |picture: &Picture| {
        picture.data.iter().map(|sample| f64::from(*sample)).sum::<f64>() / picture.data.len() as f64
    };
    let sharp = read(&source);
    for sigma in [0.0, 1.5, 8.0, 51.0] {
        let soft = read(&make(&source, &[Operation::Blur { sigma }], fixed(Format::Png, 80)).bytes);
        assert!((mean(&soft) - mean(&sharp)).abs() < 4.0, "sigma {sigma}");
    }
}
