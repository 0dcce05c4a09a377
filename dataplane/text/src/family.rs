//! The built-in families, and the fonts that stand in for characters they lack.

mod table;

use std::sync::OnceLock;

use harfrust::Font;

pub(crate) use table::{ARABIC, DEVANAGARI, EMOJI, HAN, HANGUL, HEBREW, SIGNS, SYMBOLS, THAI};

/// A built-in family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// Its name as documented.
    pub name: &'static str,
    /// It has a bold face of its own.
    pub bold: bool,
    /// It has an italic face of its own.
    pub italic: bool,
}

/// A font file inside the program.
///
/// The bytes are part of the executable: the kernel maps them, pages that were never read take no memory, and it may
/// drop the others. The tables of a face are parsed at its first use and kept for the life of the process together with
/// what the shaper derives from them, about 25 kB: an idle process that has set no text pays nothing, one that has set
/// text in every face 1.6 MB and what is mapped of 16 MB of files.
#[derive(Debug)]
pub(crate) struct BuiltIn {
    bytes: &'static [u8],
    font: Parsed,
}

/// Wrapped, for [`Font`] cannot be printed.
struct Parsed(OnceLock<Option<Font>>);

/// A family with its files.
#[derive(Debug)]
pub(crate) struct Entry {
    name: &'static str,
    regular: BuiltIn,
    bold: Option<BuiltIn>,
    italic: Option<BuiltIn>,
    bold_italic: Option<BuiltIn>,
}

/// A face of a family, and what it needs to look as wished.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    pub face: &'static BuiltIn,
    pub embolden: bool,
    pub slant: bool,
}

/// A built-in font, for those who set text by other means.
#[derive(Debug, Clone, Copy)]
pub struct FontFile {
    face: &'static BuiltIn,
    /// It is asked for characters that the wished font lacks.
    pub stands_in: bool,
}

impl FontFile {
    /// The file: TrueType or OpenType.
    pub fn bytes(self) -> &'static [u8] {
        self.face.bytes
    }

    /// Tells whether it has a glyph for a character.
    pub fn covers(self, character: char) -> bool {
        self.face.font().is_some_and(|font| font.charmap().map_unicode(character).is_some())
    }
}

/// Lists all built-in fonts. Those that stand in come in the order in which they are asked.
pub fn font_files() -> impl Iterator<Item = FontFile> {
    let faces = |entry: &'static Entry| {
        let others = [&entry.bold, &entry.italic, &entry.bold_italic];
        std::iter::once(&entry.regular).chain(others.into_iter().flatten())
    };
    let stand_ins = || crate::faces::STAND_INS.iter().map(|entry| entry());
    let first = stand_ins().map(|entry| FontFile { face: &entry.regular, stands_in: true });
    let rest = table::FAMILIES.iter().copied().chain(stand_ins().skip(1)).flat_map(move |entry| {
        let stands_in = stand_ins().any(|other| std::ptr::eq(other, entry));
        // Its regular face came first.
        faces(entry).skip(usize::from(stands_in)).map(|face| FontFile { face, stands_in: false })
    });
    first.chain(rest)
}

/// Lists the built-in families.
pub fn families() -> impl Iterator<Item = Family> {
    table::FAMILIES.iter().map(|entry| Family {
        name: entry.name,
        bold: entry.bold.is_some(),
        italic: entry.italic.is_some(),
    })
}

/// Tells whether a family of this name is built in. Case, spaces and `_` do not count.
pub fn is_built_in(name: &str) -> bool {
    find(name).is_some()
}

pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    table::FAMILIES.iter().copied().find(|entry| letters(entry.name).eq(letters(name)))
}

/// The family of texts that name none, or an unknown one. It stands in for others, too: it has Greek and Cyrillic.
pub(crate) fn default() -> &'static Entry {
    &table::OPEN_SANS
}

fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|letter| !matches!(letter, ' ' | '_')).flat_map(char::to_lowercase)
}

// === impl BuiltIn ===

impl BuiltIn {
    const fn new(bytes: &'static [u8]) -> Self {
        Self { bytes, font: Parsed(OnceLock::new()) }
    }

    /// The parsed font; `None` never, or the file in the program is damaged.
    pub(crate) fn font(&'static self) -> Option<&'static Font> {
        self.font.0.get_or_init(|| Font::new(self.bytes, 0)).as_ref()
    }
}

impl std::fmt::Debug for Parsed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Parsed").field("used", &self.0.get().is_some()).finish()
    }
}

// === impl Entry ===

impl Entry {
    /// The face that comes nearest. Italic letters have shapes of their own, so they win over weight.
    pub(crate) fn choose(&'static self, bold: bool, italic: bool) -> Choice {
        let slanted = self.italic.as_ref().filter(|_| italic);
        let heavy = self.bold.as_ref().filter(|_| bold);
        let both = self.bold_italic.as_ref().filter(|_| bold && italic);
        match (both, slanted, heavy) {
            (Some(face), _, _) => Choice { face, embolden: false, slant: false },
            (None, Some(face), _) => Choice { face, embolden: bold, slant: false },
            (None, None, Some(face)) => Choice { face, embolden: false, slant: italic },
            (None, None, None) => Choice { face: &self.regular, embolden: bold, slant: italic },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_without_case_spaces_and_underscores() {
        for (name, known) in [
            ("Open Sans", true),
            ("open_sans", true),
            ("OPENSANS", true),
            ("PT_Serif", true),
            ("pt serif", true),
            ("Exo", true),
            ("Abril Fat Face", true),
            ("Comic Sans", false),
            ("Open-Sans", false),
            ("", false),
        ] {
            assert_eq!(is_built_in(name), known, "{name}");
        }
    }

    #[test]
    fn the_table_is_that_of_the_documentation() {
        let without: Vec<_> =
            families().filter(|family| !family.bold || !family.italic).map(|family| family.name).collect();
        assert_eq!(families().count(), 22);
        assert_eq!(
            without,
            ["AbrilFatFace", "Audiowide", "Fredoka One", "Gravitas One", "Lobster", "Monoton", "PT Mono"]
        );
    }

    #[test]
    fn what_a_family_lacks_is_made_from_the_nearest_face() {
        for (name, bold, italic, made) in [
            ("Lobster", true, true, (true, true)),
            ("Lobster", false, false, (false, false)),
            ("Old Standard", true, true, (true, false)),
            ("Old Standard", true, false, (false, false)),
            ("Roboto", true, true, (false, false)),
        ] {
            let choice = find(name).unwrap().choose(bold, italic);
            assert_eq!((choice.embolden, choice.slant), made, "{name} bold {bold} italic {italic}");
        }
    }
}
