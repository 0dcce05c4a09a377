//! What the header reader says about files of every kind.

use imgplane_pixels::{ChromaGrid, Facts, Format, inspect};

use crate::{
    scene::{cutout, gif, gray_jpeg, jpeg, photo, png, webp},
    work::{fixed, make},
};

fn facts(bytes: &[u8]) -> Facts {
    inspect(bytes).unwrap()
}

#[test]
fn headers_tell_size_alpha_depth_and_coding() {
    let (opaque, clear) = (photo(61, 43), cutout(61, 43));
    let avif = |picture| make(&png(picture), &[], fixed(Format::Avif, 80)).bytes;
    let table: [(&str, Vec<u8>, Format, bool); 9] = [
        ("JPEG", jpeg(&opaque, 83, false, false), Format::Jpeg, false),
        ("PNG", png(&opaque), Format::Png, false),
        ("clear PNG", png(&clear), Format::Png, true),
        ("WebP", webp(&opaque, 80.0, false), Format::Webp, false),
        ("clear WebP", webp(&clear, 80.0, false), Format::Webp, true),
        ("GIF", gif(&opaque, 1), Format::Gif, false),
        ("clear GIF", gif(&clear, 1), Format::Gif, true),
        ("AVIF", avif(&opaque), Format::Avif, false),
        ("clear AVIF", avif(&clear), Format::Avif, true),
    ];
    for (name, bytes, format, alpha) in table {
        let facts = facts(&bytes);
        assert_eq!((facts.format, facts.alpha, facts.frames), (format, alpha, 1), "{name}");
        assert_eq!((facts.width, facts.height, facts.bit_depth), (61, 43, 8), "{name}");
    }
}

#[test]
fn jpeg_headers_tell_quality_sampling_and_order() {
    let scene = photo(61, 43);
    for quality in [1, 10, 50, 75, 83, 92, 100] {
        assert_eq!(facts(&jpeg(&scene, quality, false, false)).jpeg_quality, Some(quality));
    }
    assert_eq!(facts(&jpeg(&scene, 80, false, false)).chroma, ChromaGrid::HALF);
    assert_eq!(facts(&jpeg(&scene, 80, true, false)).chroma, ChromaGrid::FULL);
    assert!(facts(&jpeg(&scene, 80, false, true)).progressive);
    assert!(!facts(&jpeg(&scene, 80, false, false)).progressive);
    assert!(facts(&gray_jpeg(&scene, 80)).gray);
}

#[test]
fn a_default_quality_is_taken_and_never_above_that_of_the_source() {
    use imgplane_pixels::{Output, Quality};
    let scene = photo(61, 43);
    for (source, default, expected) in
        [(92, Some(80), 80), (60, Some(80), 60), (60, None, 60), (95, None, 95)]
    {
        let output =
            Output { quality: Quality { explicit: None, default, most: None }, ..fixed(Format::Jpeg, 1) };
        let made = make(&jpeg(&scene, source, false, false), &[], output);
        assert_eq!(made.quality, Some(expected));
        assert_eq!(facts(&made.bytes).jpeg_quality, Some(expected), "{source} {default:?}");
    }
}
