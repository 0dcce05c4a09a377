//! Scripts of the world.

use imgplane_text::{Bitmap, Rgba, Text};

use crate::work::{alpha, drawn, ink, text, weight};

fn is_colored(bitmap: &Bitmap) -> bool {
    bitmap
        .data
        .as_chunks::<4>()
        .0
        .iter()
        .any(|[red, green, blue, alpha]| *alpha > 0 && (red != green || green != blue))
}

#[test]
fn each_script_is_drawn_and_not_as_missing() {
    let missing = drawn(&text("\u{10ffff}"));
    for content in [
        "ß", "é", "Ł", "ế", "Ω", "Ж", "ش", "ﷲ", "ש", "ह", "ก", "中", "國", "の", "カ", "한", "→", "★", "✓",
        "€", "₹", "№", "😀", "❤", "☎", "①", "½", "…", "—",
    ] {
        assert_ne!(drawn(&text(content)), missing, "{content}");
    }
}

#[test]
fn arabic_runs_from_right_to_left_and_joins() {
    // The first letter, with a tall stem, stands at the right.
    let tall_first = drawn(&text("اس"));
    let rows = alpha(&tall_first);
    let top = rows[0].iter().position(|alpha| *alpha > 0).unwrap();
    assert!(top > tall_first.width as usize / 2, "{top} of {}", tall_first.width);
    // Joined, three letters are narrower than apart.
    let joined = drawn(&text("ببب")).width;
    let apart = drawn(&text("ب\u{200c}ب\u{200c}ب")).width;
    assert!(joined < apart, "{joined} {apart}");
}

#[test]
fn numbers_inside_hebrew_run_from_left_to_right() {
    // `ל` has a tall stem: it is leftmost, before the number, after all other letters.
    let bitmap = drawn(&text("אל 17"));
    let swapped = drawn(&text("אל 71"));
    assert_ne!(bitmap, swapped);
    // The number is the same picture as alone, at the left edge.
    let alone = drawn(&text("17"));
    let [left, _, right, _] = ink(&alone).unwrap();
    let columns = |bitmap: &Bitmap| -> Vec<u64> {
        let rows = alpha(bitmap);
        (left..right).map(|x| rows.iter().map(|row| u64::from(row[x])).sum()).collect()
    };
    assert_eq!(columns(&bitmap), columns(&alone));
}

#[test]
fn marks_stay_with_their_letter() {
    for (marked, plain) in [("x\u{301}", "x"), ("q\u{323}\u{302}", "q"), ("שׁ", "ש"), ("กำ", "ก"), ("कि", "क")]
    {
        let (marked_box, plain_box) = (drawn(&text(marked)), drawn(&text(plain)));
        assert!(weight(&marked_box) > weight(&plain_box), "{marked}");
        // A width that has room for one letter does not part them.
        let narrow = drawn(&Text { width: Some(1), line_height: Some(500.0), ..text(marked) });
        assert!(narrow.height < 500, "{marked}");
    }
}

#[test]
fn composed_and_decomposed_letters_are_the_same() {
    for (composed, decomposed) in
        [("é", "e\u{301}"), ("Å", "A\u{30a}"), ("ế", "e\u{302}\u{301}"), ("й", "и\u{306}")]
    {
        assert_eq!(drawn(&text(composed)), drawn(&text(decomposed)), "{composed}");
    }
}

#[test]
fn emoji_have_colours_and_sequences_are_one() {
    for content in ["😀", "🎉", "❤️", "👩🏽‍💻", "🇩🇪", "👨‍👩‍👧‍👦", "1️⃣", "☝🏽", "☎️", "🏴‍☠️"]
    {
        let bitmap = drawn(&text(content));
        assert!(is_colored(&bitmap) || content == "🏴‍☠️", "{content}");
        assert!(bitmap.width < 60, "{content} is one glyph: {}", bitmap.width);
    }
    for content in ["❤", "☎", "1", "#", "©", "☎\u{fe0e}"] {
        assert!(!is_colored(&drawn(&text(content))), "{content} is text");
    }
}

#[test]
fn emoji_take_the_alpha_of_the_text_but_not_its_colour() {
    let red = Rgba { red: 255, green: 0, blue: 0, alpha: 255 };
    let (opaque, pale) = (
        drawn(&Text { color: red, ..text("🎉") }),
        drawn(&Text { color: Rgba { alpha: 51, ..red }, ..text("🎉") }),
    );
    assert_eq!(opaque, drawn(&text("🎉")));
    for (opaque, pale) in opaque.data.as_chunks::<4>().0.iter().zip(pale.data.as_chunks::<4>().0) {
        assert_eq!(pale[3], ((u32::from(opaque[3]) * 51 + 127) / 255) as u8);
    }
}

#[test]
fn han_wraps_anywhere() {
    let wish = Text { width: Some(90), line_height: Some(1000.0), ..text("你好世界") };
    assert_eq!(drawn(&wish).height / 900 + 1, 2);
}

#[test]
fn a_mix_of_everything_is_set() {
    let content = "Hello שלום مرحبا 你好 नमस्ते สวัสดี 🎉 12½ ★\u{202e}rtl\u{202c} z\u{336}\u{335}\u{334}";
    for width in [None, Some(50), Some(200)] {
        let bitmap = drawn(&Text { width, bold: true, italic: true, strikethrough: true, ..text(content) });
        assert!(weight(&bitmap) > 1000);
    }
}
