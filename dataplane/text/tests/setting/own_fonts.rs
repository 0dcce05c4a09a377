//! Font files of callers.

use std::sync::Arc;

use imgplane_text::{Font, MAX_FONT_FILE, Text, TextError, draw};

use crate::work::{drawn, file, own, text};

#[test]
fn a_bundled_font_given_as_a_file_looks_the_same_however_it_is_wrapped() {
    let built_in = drawn(&Text { font: Font::BuiltIn("exo"), ..text("Hamburg") });
    for path in ["fonts/exo-regular.ttf", "tests/setting/data/exo.woff", "tests/setting/data/exo.woff2"] {
        assert_eq!(drawn(&Text { font: own(&file(path)), ..text("Hamburg") }), built_in, "{path}");
    }
}

#[test]
fn outlines_of_postscript_fonts_are_drawn() {
    let otf = drawn(&Text { font: own(&file("tests/setting/data/exo.otf")), ..text("Hamburg") });
    let ttf = drawn(&Text { font: Font::BuiltIn("exo"), ..text("Hamburg") });
    assert!(otf.width.abs_diff(ttf.width) < 2 && otf.height.abs_diff(ttf.height) < 2);
}

#[test]
fn characters_that_a_file_lacks_come_from_the_built_in_fonts() {
    let font = own(&file("fonts/exo-regular.ttf"));
    for content in ["你好", "🎉", "Привет"] {
        assert_eq!(drawn(&Text { font: font.clone(), ..text(content) }), drawn(&text(content)), "{content}");
    }
}

#[test]
fn bold_and_italic_are_made_unless_the_file_is_so() {
    let set = |path, bold, italic| drawn(&Text { font: own(&file(path)), bold, italic, ..text("Hamburg") });
    for (path, bold, italic, same) in [
        ("fonts/exo-regular.ttf", true, false, false),
        ("fonts/exo-regular.ttf", false, true, false),
        ("fonts/exo-bold.ttf", true, false, true),
        ("fonts/exo-italic.ttf", false, true, true),
        ("fonts/exo-bold.ttf", false, true, false),
    ] {
        let plain = set(path, false, false);
        assert_eq!(set(path, bold, italic) == plain, same, "{path} {bold} {italic}");
    }
}

#[test]
fn a_font_of_colour_glyphs_is_drawn_in_colour() {
    let bitmap = drawn(&Text { font: own(&file("fonts/twemoji-regular.ttf")), ..text("🎉") });
    assert_eq!(bitmap, drawn(&text("🎉")));
}

#[test]
fn what_is_no_font_is_refused_in_words() {
    let refused = |bytes: &[u8]| {
        let font = Font::File(Arc::from(bytes));
        draw(&Text { font, ..text("x") }).unwrap_err()
    };
    for bytes in [
        &b""[..],
        b"GIF89a",
        b"wOFF",
        b"wOF2",
        b"OTTO",
        b"true",
        b"ttcf\0\0\0\0\0\0\0\0",
        b"\0\x01\0\0\xff\xff",
        b"%!PS-AdobeFont-1.0",
        b"wOFF\0\x01\0\0\0\0\0\x2c\xff\xff\0\0",
    ] {
        let error = refused(bytes);
        assert!(matches!(error, TextError::Font { .. }), "{bytes:?}: {error}");
    }
    let error = refused(&vec![0; MAX_FONT_FILE + 1]);
    assert!(matches!(error, TextError::Limit { .. }), "{error}");
}

#[test]
fn a_small_file_that_unpacks_to_much_is_refused() {
    // 600 tables that all claim the same 60 kB.
    let mut woff = b"wOFF\0\x01\0\0".to_vec();
    woff.extend(60_000_u32.to_be_bytes());
    woff.extend(2_000_u16.to_be_bytes());
    woff.resize(44, 0);
    for table in 0..2_000_u32 {
        for number in [0x6100_0000 + table, 44, 59_000, 59_000, 0] {
            woff.extend(number.to_be_bytes());
        }
    }
    woff.resize(60_000, 0);
    let error = draw(&Text { font: Font::File(woff.into()), ..text("x") }).unwrap_err();
    assert!(matches!(error, TextError::Limit { .. }), "{error}");
}
