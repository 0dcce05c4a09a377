//! What became of the pieces of a URL, for people who ask why.

use std::fmt;

use crate::message::Bare;

/// Most pieces that are told of; a long URL may have thousands.
const MAX_NOTES: usize = 40;

/// What became of one piece of the vendor's syntax. Shown as `c_crop -> cm-extract` or
/// `w_abc dropped: not a number`, in ASCII, pieces cut after 40 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// It has a native equivalent.
    Translated {
        /// As in the URL, decoded.
        from: String,
        /// The native item.
        to: String,
    },
    /// It was left out.
    Dropped {
        /// As in the URL, decoded.
        what: String,
        /// Continues "dropped: ".
        why: String,
    },
    /// So many more pieces than are told of.
    More(usize),
}

/// Collects notes up to a limit.
#[derive(Debug, Default)]
pub(super) struct Notes {
    notes: Vec<Note>,
    more: usize,
}

// === impl Note ===

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Translated { from, to } => write!(f, "{from} -> {to}"),
            Self::Dropped { what, why } => write!(f, "{what} dropped: {why}"),
            Self::More(count) => write!(f, "and {count} more"),
        }
    }
}

// === impl Notes ===

impl Notes {
    pub(super) fn translated(&mut self, from: &str, to: &str) {
        self.push(|| Note::Translated { from: Bare(from).to_string(), to: Bare(to).to_string() });
    }

    pub(super) fn dropped(&mut self, what: &str, why: impl fmt::Display) {
        self.push(|| Note::Dropped { what: Bare(what).to_string(), why: why.to_string() });
    }

    fn push(&mut self, note: impl FnOnce() -> Note) {
        if self.notes.len() == MAX_NOTES {
            self.more += 1;
        } else {
            self.notes.push(note());
        }
    }

    pub(super) fn finish(mut self) -> Vec<Note> {
        if self.more > 0 {
            self.notes.push(Note::More(self.more));
        }
        self.notes
    }
}
