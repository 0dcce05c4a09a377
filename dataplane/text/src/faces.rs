//! The faces of one text: the wished one first, then those that stand in.

use std::{borrow::Cow, cell::OnceCell};

use harfrust::{
    Font,
    font::attribute::{Style, Weight},
};

use crate::{
    Font as Wish, Text, TextError,
    family::{self, Choice, Entry},
    file,
};

/// Stand-ins in the order in which they are asked. Symbols come before Han and hangul, whose fonts have
/// some as wide as a syllable.
pub(crate) static STAND_INS: [fn() -> &'static Entry; 10] = [
    family::default,
    || &family::ARABIC,
    || &family::HEBREW,
    || &family::DEVANAGARI,
    || &family::THAI,
    || &family::SYMBOLS,
    || &family::SIGNS,
    || &family::HAN,
    || &family::HANGUL,
    || &family::EMOJI,
];

/// Index of the wished face.
pub(crate) const WISHED: usize = 0;

/// Index of the face with emoji in colour.
pub(crate) const EMOJI: usize = STAND_INS.len();

/// A font, and what is done to its outlines.
pub(crate) struct Face {
    pub font: Cow<'static, Font>,
    /// Thicker strokes.
    pub embolden: bool,
    /// Sheared.
    pub slant: bool,
}

/// The faces of one text by index. Those that no character needs are never parsed.
pub(crate) struct Faces {
    wished: Face,
    stand_ins: [OnceCell<Option<Face>>; STAND_INS.len()],
    bold: bool,
    italic: bool,
}

// === impl Faces ===

impl Faces {
    pub(crate) fn new(text: &Text) -> Result<Self, TextError> {
        let wished = match &text.font {
            Wish::BuiltIn(name) => {
                let entry = family::find(name).unwrap_or_else(family::default);
                built_in(entry.choose(text.bold, text.italic))
                    .ok_or_else(|| TextError::Internal { reason: format!("the font {name} is damaged") })?
            }
            Wish::File(bytes) => own(file::parse(bytes)?, text),
        };
        Ok(Self { wished, stand_ins: Default::default(), bold: text.bold, italic: text.italic })
    }

    /// The face of this index, if there is one.
    pub(crate) fn get(&self, index: usize) -> Option<&Face> {
        if index == WISHED {
            return Some(&self.wished);
        }
        let (cell, entry) = (self.stand_ins.get(index - 1)?, STAND_INS.get(index - 1)?);
        cell.get_or_init(|| {
            let mut choice = entry().choose(self.bold, self.italic);
            if index == EMOJI {
                (choice.embolden, choice.slant) = (false, false);
            }
            built_in(choice)
        })
        .as_ref()
    }

    /// Tells whether a face has a glyph for each of these characters.
    pub(crate) fn covers(&self, index: usize, mut characters: impl Iterator<Item = char>) -> bool {
        self.get(index).is_some_and(|face| {
            let charmap = face.font.charmap();
            characters.all(|character| charmap.map_unicode(character).is_some())
        })
    }
}

fn built_in(Choice { face, embolden, slant }: Choice) -> Option<Face> {
    face.font().map(|font| Face { font: Cow::Borrowed(font), embolden, slant })
}

/// A caller's file holds one face: what is wished and it does not claim to be is made.
fn own(font: Font, text: &Text) -> Face {
    let attributes = font.default_attributes();
    Face {
        embolden: text.bold && attributes.weight < Weight::SEMI_BOLD,
        slant: text.italic && attributes.style == Style::Normal,
        font: Cow::Owned(font),
    }
}
