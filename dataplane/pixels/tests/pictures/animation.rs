//! Animations in and out: what is kept of them, what a frame stands on, and what is stored of it.

mod film;
mod sources;
mod written;

use imgplane_pixels::{
    Blend, Format, FormatChoice, Layer, LayerContent, Operation, Output, Part, Size, admit, estimate,
    inspect, run,
};

use self::film::{Film, as_apng, as_gif, as_webp, played, sprites};
use crate::{
    scene::{Picture, cutout, gif, photo, png},
    work::{fixed, job, lossless, make, read, resize},
};

/// What clients get that take everything.
fn modern() -> Output {
    Output { format: FormatChoice::Negotiated { avif: true, webp: true }, ..Output::default() }
}

/// What clients get that take nothing new.
fn every() -> Output {
    Output { format: FormatChoice::Negotiated { avif: false, webp: false }, ..Output::default() }
}

#[test]
fn every_animation_becomes_webp_where_that_is_taken_and_gif_elsewhere() {
    let film = sprites(48, 27, 5, true);
    for (name, source) in
        [("gif", as_gif(&film, 0)), ("webp", as_webp(&film, 0)), ("apng", as_apng(&film, 0))]
    {
        assert_eq!(inspect(&source).unwrap().frames, 5, "{name}");
        for (output, format) in [(modern(), Format::Webp), (every(), Format::Gif)] {
            let made = make(&source, &[resize(24, 14)], output);
            assert_eq!((made.format, made.width, made.height), (format, 24, 14), "{name}");
            assert!(made.warnings.is_empty(), "{name}: {:?}", made.warnings);
            let facts = inspect(&made.bytes).unwrap();
            assert_eq!((facts.frames, facts.width, facts.height), (5, 24, 14), "{name} as {format}");
        }
    }
}

#[test]
fn times_and_repetitions_are_kept() {
    let film = Film { times: vec![100, 20, 0, 2550], ..sprites(16, 12, 4, true) };
    for plays in [0, 1, 7] {
        for (name, source) in
            [("gif", as_gif(&film, plays)), ("webp", as_webp(&film, plays)), ("apng", as_apng(&film, plays))]
        {
            for output in [modern(), every()] {
                let made = make(&source, &[], output);
                assert_eq!(played(&made.bytes), (plays, film.times.clone()), "{name} as {}", made.format);
            }
        }
    }
}

#[test]
fn a_format_that_does_not_move_gets_the_first_frame_without_a_warning() {
    let film = sprites(20, 16, 3, false);
    for source in [as_gif(&film, 0), as_webp(&film, 0), as_apng(&film, 0)] {
        for format in [Format::Png, Format::Jpeg, Format::Avif] {
            let made = make(&source, &[], fixed(format, 90));
            assert_eq!((made.format, inspect(&made.bytes).unwrap().frames), (format, 1));
            assert!(made.warnings.is_empty(), "{:?}", made.warnings);
        }
        assert_eq!(read(&make(&source, &[], lossless()).bytes).with_channels(4).data, film.frame(0));
    }
}

#[test]
fn one_frame_is_a_picture_of_its_own() {
    let film = sprites(20, 16, 4, false);
    let clear = sprites(20, 16, 4, true);
    for (name, film, output, format) in [
        ("for every client", &film, every(), Format::Jpeg),
        ("with transparency", &clear, every(), Format::Png),
        ("for new ones", &film, modern(), Format::Avif),
        (
            "in the format of its source",
            &film,
            Output { format: FormatChoice::Source, ..every() },
            Format::Jpeg,
        ),
    ] {
        let job = imgplane_pixels::Job { part: Part::Frame(3), ..job(&as_gif(film, 0), &[], output) };
        let made = run(&job, &|| false).unwrap();
        assert_eq!((made.format, inspect(&made.bytes).unwrap().frames), (format, 1), "{name}");
    }
    let wanted = |number| {
        let job =
            imgplane_pixels::Job { part: Part::Frame(number), ..job(&as_gif(&film, 0), &[], lossless()) };
        run(&job, &|| false)
    };
    assert_eq!(read(&wanted(3).unwrap().bytes).with_channels(4).data, film.frame(2));
    let missing = wanted(5).unwrap_err();
    assert_eq!(
        (missing.code(), missing.to_string().as_str()),
        ("EINVAL", "pg-5 is wanted of a file that has 4 frames")
    );
}

#[test]
fn the_smallest_of_both_formats_is_taken_where_that_is_wanted() {
    let film = sprites(64, 48, 6, false);
    let output = Output { selection: imgplane_pixels::Selection::Smallest, ..modern() };
    let smallest = make(&as_gif(&film, 0), &[], output).bytes.len();
    let [webp, gif] = [modern(), every()].map(|output| make(&as_gif(&film, 0), &[], output).bytes.len());
    assert_eq!(smallest, webp.min(gif));
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
fn frames_times_pixels_are_limited_before_and_after() {
    let source = gif(&photo(40, 30), 4);
    let mut tight = job(&source, &[], fixed(Format::Png, 80));
    tight.limits.max_animation_pixels = 4 * 40 * 30 - 1;
    let error = admit(&tight.facts, &tight.limits).unwrap_err();
    assert_eq!(error.code(), "ELIMIT");
    assert_eq!(error.to_string(), "The animation's pixels times frames (40x30x4) is 4800, the limit is 4799");
    let mut large = job(&source, &[resize(80, 60)], every());
    large.limits.max_animation_pixels = 4 * 80 * 60 - 1;
    let error = run(&large, &|| false).unwrap_err();
    assert_eq!(error.to_string(), "The result's pixels times frames (80x60x4) is 19200, the limit is 19199");
    large.limits.max_animation_pixels += 1;
    run(&large, &|| false).unwrap();
}

#[test]
fn nobody_waits_for_the_last_frame_of_what_nobody_wants() {
    let job = job(&as_gif(&sprites(16, 16, 9, false), 0), &[], every());
    let asked = std::cell::Cell::new(0);
    let cancelled = || {
        asked.set(asked.get() + 1);
        asked.get() > 8
    };
    assert_eq!(run(&job, &cancelled).unwrap_err().code(), "ECANCELLED");
    assert!(asked.get() < 12, "it went on after {} questions", asked.get());
}

#[test]
fn frames_of_nothing_are_estimated_with_the_photograph_that_lies_on_them() {
    let flat = |shade: u8| vec![[shade, shade, shade, 255]; 192 * 192];
    let shades = (0..200).map(|index: u8| flat(if index.is_multiple_of(2) { 255 } else { 200 }));
    let film = Film { width: 192, height: 192, frames: shades.collect(), times: vec![50; 200] };
    let source = as_gif(&film, 0);
    let photo = bytes::Bytes::from(png(&photo(192, 192)));
    let layer = Layer {
        content: LayerContent::Picture {
            name: "logo".to_owned(),
            facts: inspect(&photo).unwrap(),
            source: photo,
            orient: false,
            frame: 1,
        },
        operations: vec![],
        size: Size::new(192, 192),
        at: (0, 0),
        blend: Blend::Multiply,
    };
    let job = job(&source, &[Operation::Draw(Box::new(layer))], every());
    let written = run(&job, &|| false).unwrap().bytes.len();
    assert!(written > 50 * source.len(), "{written} bytes of {}", source.len());
    assert!(estimate(&job) > written as u64 + (1 << 20), "{} for {written}", estimate(&job));
}
