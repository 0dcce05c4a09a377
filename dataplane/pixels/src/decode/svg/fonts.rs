//! The fonts that text in an SVG is drawn with: the built-in ones, never those of the node, because the same picture must
//! come out of every pod.
//!
//! Names that drawings are full of and nobody may hand out (Arial, Times, Courier) stand for a built-in family of their
//! kind; so do generic names. Any other name that is not built in is the default family.

use std::sync::{Arc, LazyLock};

use imgplane_text::{FontFile, font_files};
use resvg::usvg::{
    FontFamily, FontResolver, FontStretch, FontStyle,
    fontdb::{Database, Family, ID, Query, Source, Stretch, Style, Weight},
};

/// The family of texts that name none, or an unknown one.
pub(super) const DEFAULT: &str = "Open Sans";
const SERIF: &str = "PT Serif";
const MONOSPACE: &str = "PT Mono";
const CURSIVE: &str = "Lobster";

/// Beginnings of names, in small letters.
const SERIFS: [&str; 7] = ["times", "georgia", "garamond", "palatino", "cambria", "book antiqua", "minion"];
const MONOSPACES: [&str; 6] = ["courier", "consolas", "menlo", "monaco", "lucida console", "sf mono"];

struct Fonts {
    database: Arc<Database>,
    /// What is asked for characters that the wished font lacks.
    stand_ins: Vec<(ID, FontFile)>,
}

/// Read at the first text. Only names and metrics are looked at: the files stay where they are in the program.
static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let mut database = Database::new();
    let mut stand_ins = Vec::new();
    for file in font_files() {
        let ids = database.load_font_source(Source::Binary(Arc::new(file.bytes())));
        if file.stands_in {
            stand_ins.extend(ids.first().map(|id| (*id, file)));
        }
    }
    database.set_sans_serif_family(DEFAULT);
    database.set_serif_family(SERIF);
    database.set_monospace_family(MONOSPACE);
    database.set_cursive_family(CURSIVE);
    database.set_fantasy_family(CURSIVE);
    Fonts { database: Arc::new(database), stand_ins }
});

pub(super) fn database() -> Arc<Database> {
    Arc::clone(&FONTS.database)
}

/// How a font is found.
pub(super) fn resolver() -> FontResolver<'static> {
    FontResolver {
        select_font: Box::new(|font, database| {
            let mut families: Vec<Family<'_>> = font.families().iter().map(family).collect();
            families.push(Family::SansSerif);
            let style = match font.style() {
                FontStyle::Normal => Style::Normal,
                FontStyle::Italic => Style::Italic,
                FontStyle::Oblique => Style::Oblique,
            };
            let weight = Weight(font.weight());
            database.query(&Query { families: &families, weight, stretch: stretch(font.stretch()), style })
        }),
        select_fallback: Box::new(|character, used, _| {
            let mut others = FONTS.stand_ins.iter().filter(|(id, _)| !used.contains(id));
            others.find(|(_, file)| file.covers(character)).map(|(id, _)| *id)
        }),
    }
}

fn family(family: &FontFamily) -> Family<'_> {
    match family {
        FontFamily::Serif => Family::Serif,
        FontFamily::SansSerif => Family::SansSerif,
        FontFamily::Cursive => Family::Cursive,
        FontFamily::Fantasy => Family::Fantasy,
        FontFamily::Monospace => Family::Monospace,
        FontFamily::Named(name) => {
            let small = name.to_lowercase();
            let begins = |names: &[&str]| names.iter().any(|start| small.starts_with(start));
            if begins(&SERIFS) {
                Family::Serif
            } else if begins(&MONOSPACES) {
                Family::Monospace
            } else {
                Family::Name(name)
            }
        }
    }
}

fn stretch(stretch: FontStretch) -> Stretch {
    match stretch {
        FontStretch::UltraCondensed => Stretch::UltraCondensed,
        FontStretch::ExtraCondensed => Stretch::ExtraCondensed,
        FontStretch::Condensed => Stretch::Condensed,
        FontStretch::SemiCondensed => Stretch::SemiCondensed,
        FontStretch::Normal => Stretch::Normal,
        FontStretch::SemiExpanded => Stretch::SemiExpanded,
        FontStretch::Expanded => Stretch::Expanded,
        FontStretch::ExtraExpanded => Stretch::ExtraExpanded,
        FontStretch::UltraExpanded => Stretch::UltraExpanded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_family_is_found_by_the_name_in_its_file() {
        let faces = FONTS.database.faces().count();
        assert_eq!(faces, font_files().count(), "every file is a font");
        for name in [DEFAULT, SERIF, MONOSPACE, CURSIVE, "Roboto", "Noto Sans Arabic", "Twemoji Mozilla"] {
            let query = Query { families: &[Family::Name(name)], ..Query::default() };
            assert!(FONTS.database.query(&query).is_some(), "{name}");
        }
    }

    #[test]
    fn what_a_font_lacks_comes_from_the_first_that_stands_in_for_it() {
        let resolver = resolver();
        let mut database = database();
        for (character, name) in [
            ('A', "Open Sans"),
            ('\u{5d0}', "Open Sans"),
            ('\u{627}', "Noto Sans Arabic"),
            ('\u{6f22}', "Droid Sans Fallback"),
            ('\u{1f600}', "Twemoji"),
        ] {
            let found = (resolver.select_fallback)(character, &[], &mut database).unwrap();
            let face = database.face(found).unwrap();
            assert!(
                face.families.iter().any(|(family, _)| family.starts_with(name)),
                "{character}: {:?}",
                face.families
            );
        }
        assert_eq!((resolver.select_fallback)('\u{10ffff}', &[], &mut database), None);
    }
}
