//! Layers and what only pixels decide: where files come from, how they are drawn, who may see them, how long they are kept.

use crate::{
    harness::Harness,
    pictures::{photo, png},
};

/// One colour.
fn plain(width: u32, height: u32, color: [u8; 4]) -> Vec<u8> {
    png(width, height, png::ColorType::Rgba, &color.repeat((width * height) as usize))
}

/// A red block of 20 x 10 with white margins, on a canvas of 60 x 40.
fn logo() -> Vec<u8> {
    let inside = |x: u32, y: u32| (15..35).contains(&x) && (12..22).contains(&y);
    let pixels: Vec<u8> = (0..40)
        .flat_map(|y| (0..60).map(move |x| if inside(x, y) { [255, 0, 0, 255] } else { [255; 4] }))
        .flatten()
        .collect();
    png(60, 40, png::ColorType::Rgba, &pixels)
}

/// The pixels of a PNG.
fn pixels(bytes: &[u8]) -> (u32, u32, Vec<[u8; 4]>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    data.truncate(info.buffer_size());
    let pixels = match info.color_type {
        png::ColorType::GrayscaleAlpha => {
            data.chunks(2).map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]]).collect()
        }
        _ => data.as_chunks::<4>().0.to_vec(),
    };
    (info.width, info.height, pixels)
}

const RED: [u8; 4] = [255, 0, 0, 255];
const BLUE: [u8; 4] = [0, 0, 255, 255];

async fn harness() -> Harness {
    let harness = Harness::start().await;
    harness.file("blue.png", plain(100, 80, BLUE));
    harness.file("marks/logo.png", logo());
    harness
}

#[tokio::test]
async fn image_layers_are_fetched_trimmed_and_drawn_where_they_are_put() {
    let harness = harness().await;
    for (string, place, outside) in [
        // Trimmed to 20 x 10, in the middle.
        ("l-image,i-marks@@logo.png,l-end", (40, 35), (39, 35)),
        ("l-image,i-marks@@logo.png,lx-0,ly-0,l-end", (19, 9), (20, 9)),
        ("l-image,i-marks@@logo.png,lfo-bottom_right,l-end", (80, 70), (79, 70)),
        ("l-image,i-marks@@logo.png,lx-N0,ly-N0,l-end", (99, 79), (79, 79)),
        ("l-image,i-marks@@logo.png,w-40,lx-10,ly-10,l-end", (49, 29), (50, 29)),
        ("l-image,i-marks@@logo.png,rt-90,lx-0,ly-0,l-end", (9, 19), (10, 19)),
        ("l-image,ie-bWFya3MvbG9nby5wbmc=,lx-0,ly-0,l-end", (19, 9), (20, 9)),
    ] {
        let answer = harness.get(&format!("/shop/tr:f-png:{string}/blue.png")).await;
        assert_eq!((answer.status, answer.header("ik-error")), (200, ""), "{string}");
        let (width, height, pixels) = pixels(&answer.body);
        let at = |(x, y): (u32, u32)| pixels[(y * width + x) as usize];
        assert_eq!(((width, height), at(place), at(outside)), ((100, 80), RED, BLUE), "{string}");
    }
}

#[tokio::test]
async fn blocks_and_layers_within_layers_are_drawn() {
    let harness = harness().await;
    let at = |string: &'static str| {
        let harness = &harness;
        async move {
            let answer = harness.get(&format!("/shop/tr:f-png:{string}/blue.png")).await;
            assert_eq!((answer.status, answer.header("ik-error")), (200, ""), "{string}");
            let (width, _, pixels) = pixels(&answer.body);
            move |x: u32, y: u32| pixels[(y * width + x) as usize]
        }
    };
    let block = at("l-image,i-ik_canvas,bg-red,w-30,h-20,lx-5,ly-5,l-end").await;
    assert_eq!((block(5, 5), block(34, 24), block(35, 24)), (RED, RED, BLUE));
    let half = at("l-image,i-ik_canvas,bg-FF000050,w-bw_div_2,l-end").await;
    assert_eq!((half(50, 40), half(10, 40)), ([128, 0, 127, 255], BLUE));
    let nested = "l-image,i-ik_canvas,bg-FFFFFF,w-60,h-60,l-image,i-marks@@logo.png,lx-0,ly-0,l-end,l-end";
    let nested = at(nested).await;
    assert_eq!((nested(20, 10), nested(45, 10), nested(19, 10)), (RED, [255; 4], BLUE));
    let gradient = at("l-image,i-ik_canvas,e-gradient-ld-bottom_from-FF0000_to-0000FF,l-end").await;
    assert!(gradient(50, 0)[0] > 250 && gradient(50, 79)[0] < 5 && gradient(50, 40)[0].abs_diff(127) < 4);
}

#[tokio::test]
async fn blend_modes_mix_both_pictures() {
    let harness = harness().await;
    for (string, size, pixel) in [
        ("l-image,i-ik_canvas,bg-808080,lm-multiply,l-end", (100, 80), [0, 0, 128, 255]),
        ("l-image,i-marks@@logo.png,lm-cutout,l-end", (100, 80), [0, 0, 255, 0]),
        ("l-image,i-marks@@logo.png,lm-cutter,l-end", (20, 10), BLUE),
    ] {
        let answer = harness.get(&format!("/shop/tr:f-png:{string}/blue.png")).await;
        assert_eq!((answer.status, answer.header("ik-error")), (200, ""), "{string}");
        let (width, height, pixels) = pixels(&answer.body);
        assert_eq!((width, height), size, "{string}");
        let got = pixels[(height / 2 * width + width / 2) as usize];
        assert!(got[3] == pixel[3] && (got[3] == 0 || got == pixel), "{string}: {got:?}");
    }
}

#[tokio::test]
async fn a_layer_that_does_not_come_is_named() {
    let harness = harness().await;
    harness.file("broken.png", &logo()[..100]);
    harness.file("notes.txt", "no picture");
    for (file, status, error) in [
        ("gone.png", 404, "ENOENT - The layer's file gone.png: "),
        ("notes.txt", 400, "UNIDENTIFIED - The layer's file notes.txt is no image that can be drawn"),
        ("broken.png", 400, "UNIDENTIFIED - "),
    ] {
        let answer = harness.get(&format!("/shop/tr:l-image,i-{file},l-end/blue.png")).await;
        assert_eq!(answer.status, status, "{file}");
        assert!(answer.header("ik-error").starts_with(error), "{file}: {}", answer.header("ik-error"));
    }
}

#[tokio::test]
async fn margins_are_cut_before_all_sizes_that_follow() {
    let harness = harness().await;
    for (string, size) in [
        ("t-true", (20, 10)),
        ("t-true,w-40", (40, 20)),
        ("t-true:w-iw_div_2", (30, 15)),
        // In a later step: the logo on a frame of its own colour.
        ("w-120:t-10", (40, 20)),
        ("cm-pad_resize,w-100,h-100,bg-white:t-true", (33, 17)),
        ("if-iw_gt_10,t-true,if-end:w-10", (10, 5)),
    ] {
        let answer = harness.get(&format!("/shop/tr:f-png:{string}/marks/logo.png")).await;
        assert_eq!((answer.status, answer.header("ik-error")), (200, ""), "{string}");
        let (width, height) = answer.size();
        // Scaled edges may be a pixel wider than the threshold sees them.
        assert!(width.abs_diff(size.0) <= 2 && height.abs_diff(size.1) <= 2, "{string}: {width}x{height}");
    }
    let nothing = harness.get("/shop/tr:f-png,t-true/blue.png").await;
    assert_eq!(nothing.size(), (100, 80), "all of it is margin, so it stays");
}

#[tokio::test]
async fn the_focus_finds_the_subject() {
    let harness = Harness::start().await;
    // A dull wall with a textured, face-coloured block at the right.
    let inside = |x: u32, y: u32| (240..290).contains(&x) && (30..80).contains(&y);
    let mut bytes = Vec::new();
    for y in 0..100 {
        for x in 0..300 {
            let face = if (x / 5 + y / 5) % 2 == 0 { [224, 172, 140] } else { [190, 130, 105] };
            bytes.extend(if inside(x, y) { face } else { [120, 122, 121] });
        }
    }
    harness.file("wall.png", png(300, 100, png::ColorType::Rgb, &bytes));
    for (focus, warning) in [("auto", ""), ("face", "fo-face is not supported yet and counts as fo-auto")] {
        let answer = harness.get(&format!("/shop/tr:f-png,w-100,h-100,fo-{focus}/wall.png")).await;
        assert_eq!((answer.size(), answer.header("ik-warning")), ((100, 100), warning));
        let (_, _, pixels) = pixels(&answer.body);
        let faces = pixels.iter().filter(|pixel| pixel[0] > pixel[2] + 50).count();
        assert_eq!(faces, 2500, "all of it is there: {focus}");
    }
    harness.file("photo.png", photo(300, 100));
    assert_eq!(harness.get("/shop/tr:w-100,h-100,fo-auto/photo.png").await.size(), (100, 100));
}

/// Pixels of this colour, within a few steps.
fn near(pixels: &[[u8; 4]], color: [u8; 3]) -> usize {
    let is_near =
        |pixel: &&[u8; 4]| pixel.iter().zip(color).all(|(sample, wanted)| sample.abs_diff(wanted) < 40);
    pixels.iter().filter(is_near).count()
}

#[tokio::test]
async fn texts_are_measured_and_drawn() {
    let harness = harness().await;
    for (string, least) in [
        ("l-text,i-Sale,fs-30,co-FF0000,l-end", 100),
        ("l-text,i-Sale,fs-30,co-FF0000,ff-Lobster,tg-b,l-end", 100),
        ("l-text,ie-5L2g5aW9,fs-30,co-FF0000,l-end", 100),
        ("l-text,i-x,fs-10,bg-FF0000,pa-10,co-FF0000,lx-0,ly-0,l-end", 500),
        ("l-text,i-Sale,fs-30,co-FF0000,rt-90,l-end", 100),
        ("l-image,i-ik_canvas,bg-0000FF,w-90,h-60,l-text,i-Sale,fs-30,co-FF0000,l-end,l-end", 100),
    ] {
        let answer = harness.get(&format!("/shop/tr:f-png:{string}/blue.png")).await;
        assert_eq!((answer.status, answer.header("ik-error")), (200, ""), "{string}");
        let (width, height, pixels) = pixels(&answer.body);
        assert_eq!((width, height), (100, 80), "{string}");
        let red = near(&pixels, [255, 0, 0]);
        assert!(red > least && red < 5000, "{string}: {red} red pixels");
    }
}

#[tokio::test]
async fn a_layer_that_cannot_be_drawn_is_named() {
    let harness = harness().await;
    let whole = photo(40, 40);
    harness.file("logos/cut.png", &whole[..whole.len() / 2]);
    harness.file("logos/none.png", b"<html>not found</html>");
    for (file, error) in [
        ("cut.png", "UNIDENTIFIED - The layer's file logos/cut.png: The source could not be decoded"),
        ("none.png", "UNIDENTIFIED - The layer's file logos/none.png is no image"),
    ] {
        let answer = harness.get(&format!("/shop/tr:f-png:l-image,i-logos@@{file},l-end/blue.png")).await;
        let seen = answer.header("ik-error");
        assert!(answer.status == 400 && seen.starts_with(error), "{file}: {} {seen}", answer.status);
    }
}

#[tokio::test]
async fn a_font_comes_from_the_endpoint_and_a_bad_one_is_named() {
    let harness = harness().await;
    let fonts = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("text/fonts");
    let lobster = std::fs::read(fonts.join("lobster-regular.ttf")).unwrap();
    harness.file("fonts/mine.ttf", &lobster);
    harness.file("fonts/broken.ttf", &lobster[..3000]);
    let of = |font: &str| format!("/shop/tr:f-png:l-text,i-Sale,fs-30,ff-{font},l-end/blue.png");
    let mine = harness.get(&of("fonts@@mine.ttf")).await;
    assert_eq!((mine.status, mine.header("ik-error")), (200, ""));
    assert_eq!(mine.body, harness.get(&of("Lobster")).await.body, "the same font is built in");
    // The file itself is still delivered as it is.
    assert_eq!(harness.get("/shop/fonts/mine.ttf").await.body, lobster);
    for (font, status, error) in [
        ("fonts@@gone.ttf", 404, "ENOENT - The layer's file fonts/gone.ttf: "),
        ("fonts@@broken.ttf", 400, "UNIDENTIFIED - The text of a layer could not be set: The font"),
    ] {
        let answer = harness.get(&of(font)).await;
        assert_eq!(answer.status, status, "{font}");
        assert!(answer.header("ik-error").starts_with(error), "{font}: {}", answer.header("ik-error"));
    }
}
