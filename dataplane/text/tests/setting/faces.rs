//! Every built-in family in every face.

use imgplane_text::{Font, Text, families};

use crate::work::{drawn, text, weight};

/// A character of no font: what is drawn for it is what must not be drawn for others.
const NOWHERE: &str = "\u{10ffff}";

#[test]
fn every_family_draws_latin_text_in_each_face_and_letter_by_letter() {
    for family in families() {
        let font = Font::BuiltIn(family.name);
        for (bold, italic) in [(false, false), (true, false), (false, true), (true, true)] {
            let set = |content: &str| drawn(&Text { font: font.clone(), bold, italic, ..text(content) });
            let whole = set("Hamburgefonstiv 123");
            assert!(whole.width > 150 && whole.height > 20, "{family:?} {bold} {italic}");
            let missing = set(NOWHERE);
            for letter in "Hamburgefonstiv123äöüßéñ€".chars() {
                assert_ne!(set(&letter.to_string()), missing, "{family:?} {bold} {italic} {letter}");
            }
        }
    }
}

#[test]
fn each_face_of_a_family_is_another() {
    for family in families() {
        let set = |bold, italic| {
            let font = Font::BuiltIn(family.name);
            drawn(&Text { font, bold, italic, ..text("Hamburg") })
        };
        let faces = [set(false, false), set(true, false), set(false, true), set(true, true)];
        for (index, face) in faces.iter().enumerate() {
            for other in &faces[index + 1..] {
                assert_ne!(face, other, "{family:?}");
            }
        }
        assert!(weight(&faces[1]) > weight(&faces[0]), "{family:?}: bold has more ink");
        assert!(weight(&faces[3]) > weight(&faces[2]), "{family:?}: bold italic has more ink");
    }
}

#[test]
fn what_is_made_bold_is_wider_and_higher_by_a_24th_of_the_size() {
    let set = |bold| drawn(&Text { font: Font::BuiltIn("Lobster"), size: 96.0, bold, ..text("I") });
    let (plain, bold) = (set(false), set(true));
    for (plain, bold) in [(plain.width, bold.width), (plain.height, bold.height)] {
        assert!((3..=6).contains(&(bold - plain)), "{plain} {bold}");
    }
}

#[test]
fn what_is_made_italic_leans_to_the_right() {
    let set = |italic| drawn(&Text { font: Font::BuiltIn("PT Mono"), size: 100.0, italic, ..text("H") });
    let (plain, slanted) = (set(false), set(true));
    assert_eq!(plain.height, slanted.height);
    // 12 degrees over a height of about 70 px.
    assert!((10..=20).contains(&(slanted.width - plain.width)), "{} {}", plain.width, slanted.width);
}

#[test]
fn ligatures_and_kerning_are_on() {
    let width =
        |font, content: &str| drawn(&Text { font: Font::BuiltIn(font), size: 400.0, ..text(content) }).width;
    let apart = |font, a: &str, b: &str| width(font, &format!("{a}\u{200c}{b}"));
    for font in ["Lato", "Crimson Text", "Lobster", "PT_Serif"] {
        assert_ne!(width(font, "fi"), apart(font, "f", "i"), "{font}");
    }
    for font in ["Lato", "Montserrat", "Lora"] {
        let loose = width(font, "HAH") + width(font, "HVH") - width(font, "HH");
        assert!(width(font, "HAVH") < loose, "{font}");
    }
}
