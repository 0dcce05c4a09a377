//! The size of boxes, and where the ink is in them.

use imgplane_text::{Align, Font, MAX_CHARACTERS, MAX_SIDE, Rgba, Text, TextError, draw, measure};

use crate::work::{WHITE, drawn, ink, text, weight};

#[test]
fn without_width_the_box_is_the_ink() {
    for content in
        ["Hello World", "x", ".", "  spaces around  ", "two\nlines", "gjpqy", "\n\nblank lines\n\n", "ÅÇ"]
    {
        for align in [Align::Left, Align::Center, Align::Right] {
            let bitmap = drawn(&Text { align, ..text(content) });
            let all = [0, 0, bitmap.width as usize, bitmap.height as usize];
            assert_eq!(ink(&bitmap), Some(all), "{content:?} {align:?}");
        }
    }
}

#[test]
fn sizes_are_the_same_everywhere() {
    for (content, font, size, bold, expected) in [
        ("Summer sale 50% off", "Open Sans", 48.0, false, (474, 38)),
        ("Summer sale 50% off", "Lobster", 48.0, true, (408, 52)),
        ("Hello World", "Roboto", 40.0, false, (200, 31)),
        ("A B", "PT Mono", 30.0, false, (53, 23)),
        ("مرحبا", "Open Sans", 45.0, true, (101, 44)),
        ("你好 🎉", "Vollkorn", 45.0, false, (143, 45)),
    ] {
        let wish = Text { font: Font::BuiltIn(font), size, bold, ..text(content) };
        assert_eq!(measure(&wish).unwrap(), expected, "{content} in {font}");
    }
}

#[test]
fn padding_is_added_outside_of_the_content() {
    let (width, height) = measure(&text("Hello")).unwrap();
    let bitmap = drawn(&Text { padding: [1, 20, 300, 4], ..text("Hello") });
    assert_eq!((bitmap.width, bitmap.height), (width + 24, height + 301));
    assert_eq!(ink(&bitmap), Some([4, 1, 4 + width as usize, 1 + height as usize]));
}

#[test]
fn the_background_fills_content_and_padding() {
    let background = Some(Rgba { red: 10, green: 20, blue: 30, alpha: 128 });
    let bitmap = drawn(&Text { background, padding: [5; 4], ..text("Hi") });
    for corner in [0, bitmap.width as usize - 1, bitmap.data.len() / 4 - 1] {
        assert_eq!(bitmap.data.as_chunks::<4>().0[corner], [10, 20, 30, 128]);
    }
}

#[test]
fn with_width_the_box_keeps_it_and_the_lines_are_aligned_in_it() {
    let (natural, height) = measure(&text("Hi")).unwrap();
    for (align, left) in [(Align::Left, 0..=4), (Align::Center, 149..=151), (Align::Right, 296..=300)] {
        let bitmap = drawn(&Text { width: Some(300), align, ..text("Hi") });
        let [x, top, right, bottom] = ink(&bitmap).unwrap();
        assert_eq!((bitmap.width, bitmap.height), (300, height), "{align:?}");
        assert_eq!((right - x, top, bottom), (natural as usize, 0, height as usize), "{align:?}");
        let middle = match align {
            Align::Left => x,
            Align::Center => usize::midpoint(x, right),
            Align::Right => right,
        };
        assert!(left.contains(&middle), "{align:?}: {x}..{right}");
    }
}

#[test]
fn example_of_a_white_box_that_is_its_width_and_padding() {
    let wish =
        Text { size: 30.0, width: Some(300), padding: [10; 4], background: Some(WHITE), ..text("A B") };
    assert_eq!(drawn(&wish).width, 320);
}

#[test]
fn lines_wrap_at_white_space_only_and_long_words_break() {
    for (content, width, count) in [
        ("Hello", 200, 1),
        ("Hello World", 1000, 1),
        ("Hello World", 150, 2),
        ("a b c d", 30, 4),
        ("well-known/or-not", 400, 1),
        ("one\u{a0}two", 400, 1),
    ] {
        // n lines are n - 1 distances high, and a bit.
        let wish = Text { width: Some(width), line_height: Some(1000.0), ..text(content) };
        let height = measure(&wish).unwrap().1;
        assert_eq!(height / 900 + 1, count, "{content:?} in {width}: {height}");
    }
    // A word that is longer than the line is broken wherever it must, and no letter is lost.
    let broken = drawn(&Text { width: Some(60), ..text("incomprehensible") });
    let whole = drawn(&text("incomprehensible"));
    assert!(broken.height > 3 * whole.height, "{}", broken.height);
    assert!(weight(&broken).abs_diff(weight(&whole)) < weight(&whole) / 50);
}

#[test]
fn a_width_too_small_for_any_letter_still_ends() {
    for width in [0, 1, 2] {
        let bitmap = drawn(&Text { width: Some(width), ..text("abc def") });
        assert_eq!(bitmap.width, width.max(1));
    }
}

#[test]
fn line_height_is_the_distance_of_baselines() {
    let single = measure(&text("H")).unwrap().1;
    for (line_height, distance) in [(50.0, 50), (100.0, 100), (12.5, 13), (0.0, 0)] {
        let wish = Text { line_height: Some(line_height), ..text("H\nH") };
        assert_eq!(measure(&wish).unwrap().1, single + distance, "{line_height}");
        let one = Text { line_height: Some(line_height), ..text("H") };
        assert_eq!(measure(&one).unwrap().1, single, "one line has no distance");
    }
    // Open Sans: (2189 + 600) / 2048 of the font size.
    assert_eq!(measure(&text("H\nH")).unwrap().1, single + 54);
}

#[test]
fn no_text_is_one_clear_pixel_or_the_padding() {
    for content in ["", " ", "\n \n", "\u{200b}"] {
        let bitmap = drawn(&text(content));
        assert_eq!((bitmap.width, bitmap.height, weight(&bitmap)), (1, 1, 0), "{content:?}");
        assert_eq!(measure(&Text { padding: [1, 2, 3, 4], ..text(content) }).unwrap(), (6, 4), "{content:?}");
        assert_eq!(measure(&Text { width: Some(80), ..text(content) }).unwrap(), (80, 1), "{content:?}");
    }
}

#[test]
fn strikethrough_draws_a_line_through_the_letters() {
    let plain = drawn(&Text { width: Some(200), ..text("H") });
    let struck = drawn(&Text { width: Some(200), strikethrough: true, ..text("H") });
    assert_eq!((plain.width, plain.height), (struck.width, struck.height));
    // Open Sans: 50 / 2048 thick: one row of 40 px, as wide as the H's advance.
    let full = struck
        .data
        .as_chunks::<4>()
        .0
        .chunks(200)
        .filter(|row| row.iter().filter(|p| p[3] == 255).count() > 25);
    assert_eq!(full.count(), 1);
    let spaces = drawn(&Text { strikethrough: true, ..text("a b ") });
    let letters = drawn(&Text { strikethrough: true, ..text("a b") });
    assert_eq!(spaces, letters, "white space at the end is not struck");
}

#[test]
fn alpha_counts_once_where_letters_overlap() {
    let half = Rgba { alpha: 100, ..Rgba::BLACK };
    for content in ["مرحبا", "ffi", "e\u{301}", "AVATAR"] {
        let wish = Text { color: half, bold: true, strikethrough: true, ..text(content) };
        assert_eq!(
            drawn(&wish).data.as_chunks::<4>().0.iter().map(|pixel| pixel[3]).max(),
            Some(100),
            "{content}"
        );
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_made() {
    let limit = |wish: &Text| {
        let (measured, drawn) = (measure(wish).unwrap_err(), draw(wish).unwrap_err());
        assert_eq!(measured, drawn);
        matches!(measured, TextError::Limit { .. })
    };
    for (what, wish) in [
        ("size", Text { size: 1e9, ..text("x") }),
        ("ink", Text { size: 16_000.0, ..text("much") }),
        ("width", Text { width: Some(MAX_SIDE + 1), ..text("x") }),
        ("padding", Text { padding: [0, u32::MAX, 0, u32::MAX], ..text("x") }),
        ("padding and width", Text { padding: [0, 1, 0, 0], width: Some(MAX_SIDE), ..text("x") }),
        ("lines", Text { content: "x\n".repeat(900), line_height: Some(16_000.0), ..text("") }),
        ("pixels", Text { padding: [8_000; 4], ..text("x") }),
        ("characters", Text { content: "x".repeat(MAX_CHARACTERS + 1), ..text("") }),
        ("line height", Text { line_height: Some(1e20), ..text("x") }),
    ] {
        assert!(limit(&wish), "{what}");
    }
    for (what, wish) in [
        ("size", Text { size: 0.0, ..text("x") }),
        ("size", Text { size: -1.0, ..text("x") }),
        ("size", Text { size: f32::NAN, ..text("x") }),
        ("size", Text { size: f32::INFINITY, ..text("x") }),
        ("line height", Text { line_height: Some(f32::NAN), ..text("x") }),
        ("line height", Text { line_height: Some(-1.0), ..text("x\ny") }),
    ] {
        assert!(matches!(draw(&wish).unwrap_err(), TextError::Number { .. }), "{what} {wish:?}");
    }
    // A large one that is allowed.
    assert!(measure(&Text { size: 9_000.0, ..text("xy") }).is_ok());
    assert!(measure(&Text { size: 0.01, ..text("xy") }).is_ok());
}

#[test]
fn unknown_families_are_open_sans() {
    let unknown = Text { font: Font::BuiltIn("Comic Sans"), ..text("Hello") };
    assert_eq!(drawn(&unknown), drawn(&text("Hello")));
}

#[test]
fn the_same_text_is_always_the_same_picture() {
    let wish = Text { bold: true, content: "Office 🎉 مرحبا".to_owned(), ..text("") };
    let first = drawn(&wish);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(drawn(&wish), first));
        }
    });
}
