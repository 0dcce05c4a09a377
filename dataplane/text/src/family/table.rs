//! Which file is which face.

use super::{BuiltIn, Entry};

/// The bytes of a file of `fonts/`.
macro_rules! file {
    ($stem:literal, $face:literal) => {
        BuiltIn::new(include_bytes!(concat!("../../fonts/", $stem, $face, ".ttf")))
    };
}

/// A family by the name of its files, and the faces it has.
macro_rules! family {
    ($name:literal, $stem:literal, regular) => {
        family!($name, $stem, None, None, None)
    };
    ($name:literal, $stem:literal, bold) => {
        family!($name, $stem, Some(file!($stem, "-bold")), None, None)
    };
    ($name:literal, $stem:literal, bold and italic) => {
        family!($name, $stem, Some(file!($stem, "-bold")), Some(file!($stem, "-italic")), None)
    };
    ($name:literal, $stem:literal, all) => {
        family!(
            $name,
            $stem,
            Some(file!($stem, "-bold")),
            Some(file!($stem, "-italic")),
            Some(file!($stem, "-bold-italic"))
        )
    };
    ($name:literal, $stem:literal, $bold:expr, $italic:expr, $bold_italic:expr) => {
        Entry {
            name: $name,
            regular: file!($stem, "-regular"),
            bold: $bold,
            italic: $italic,
            bold_italic: $bold_italic,
        }
    };
}

pub(super) static FAMILIES: [&Entry; 22] = [
    &ABRIL_FATFACE,
    &AMARANTH,
    &ARVO,
    &AUDIOWIDE,
    &CHIVO,
    &CRIMSON_TEXT,
    &EXO,
    &FREDOKA_ONE,
    &GRAVITAS_ONE,
    &KANIT,
    &LATO,
    &LOBSTER,
    &LORA,
    &MONOTON,
    &MONTSERRAT,
    &PT_MONO,
    &PT_SERIF,
    &OPEN_SANS,
    &ROBOTO,
    &OLD_STANDARD,
    &UBUNTU,
    &VOLLKORN,
];

/// Open Sans, which stands in for other families too.
pub(super) static OPEN_SANS: Entry = family!("Open Sans", "open-sans", all);

static ABRIL_FATFACE: Entry = family!("AbrilFatFace", "abril-fatface", regular);
static AMARANTH: Entry = family!("Amaranth", "amaranth", all);
static ARVO: Entry = family!("Arvo", "arvo", all);
static AUDIOWIDE: Entry = family!("Audiowide", "audiowide", regular);
static CHIVO: Entry = family!("Chivo", "chivo", all);
static CRIMSON_TEXT: Entry = family!("Crimson Text", "crimson-text", all);
static EXO: Entry = family!("exo", "exo", all);
static FREDOKA_ONE: Entry = family!("Fredoka One", "fredoka-one", regular);
static GRAVITAS_ONE: Entry = family!("Gravitas One", "gravitas-one", regular);
static KANIT: Entry = family!("Kanit", "kanit", all);
static LATO: Entry = family!("Lato", "lato", all);
static LOBSTER: Entry = family!("Lobster", "lobster", regular);
static LORA: Entry = family!("Lora", "lora", all);
static MONOTON: Entry = family!("Monoton", "monoton", regular);
static MONTSERRAT: Entry = family!("Montserrat", "montserrat", all);
static PT_MONO: Entry = family!("PT Mono", "pt-mono", regular);
static PT_SERIF: Entry = family!("PT_Serif", "pt-serif", all);
static ROBOTO: Entry = family!("Roboto", "roboto", all);
static OLD_STANDARD: Entry = family!("Old Standard", "old-standard-tt", bold and italic);
static UBUNTU: Entry = family!("Ubuntu", "ubuntu", all);
static VOLLKORN: Entry = family!("Vollkorn", "vollkorn", all);

/// Arabic script.
pub(crate) static ARABIC: Entry = family!("Noto Sans Arabic", "noto-sans-arabic", bold);
/// Hebrew script.
pub(crate) static HEBREW: Entry = family!("Noto Sans Hebrew", "noto-sans-hebrew", bold);
/// Devanagari script.
pub(crate) static DEVANAGARI: Entry = family!("Noto Sans Devanagari", "noto-sans-devanagari", regular);
/// Thai script.
pub(crate) static THAI: Entry = family!("Noto Sans Thai", "noto-sans-thai", bold);
/// Stars, check marks, boxes.
pub(crate) static SYMBOLS: Entry = family!("Noto Sans Symbols 2", "noto-sans-symbols-2", regular);
/// Arrows, numbers in circles.
pub(crate) static SIGNS: Entry = family!("Noto Sans Symbols", "noto-sans-symbols", regular);
/// Han and kana.
pub(crate) static HAN: Entry = family!("Droid Sans Fallback", "droid-sans-fallback", regular);
/// Hangul, and double arrows.
pub(crate) static HANGUL: Entry = family!("Nanum Gothic", "nanum-gothic", regular);
/// Emoji in colour.
pub(crate) static EMOJI: Entry = family!("Twemoji", "twemoji", regular);
