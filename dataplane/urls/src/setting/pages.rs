//! `pg`: which parts of a document are shown.

use std::fmt;

use crate::Page;

/// Parts of a document, in the order written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pages {
    /// From 1.
    Numbers(Vec<Range>),
    /// Layers of a PSD.
    Names(Vec<String>),
}

/// Pages from one on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    /// At least 1.
    pub(crate) from: u32,
    pub(crate) to: End,
}

/// Where a range of pages ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Where it begins: one page.
    Same,
    /// With this page.
    At(u32),
    /// With the document.
    Open,
}

impl Pages {
    /// What it means for a file whose parts have numbers and no names: of a list or a range the first.
    pub(crate) fn first(&self) -> Page {
        match self {
            Self::Numbers(ranges) => Page::Number(ranges.first().map_or(1, |range| range.from)),
            Self::Names(_) => Page::Named,
        }
    }
}

impl fmt::Display for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers(ranges) => {
                for (index, Range { from, to }) in ranges.iter().enumerate() {
                    let joint = if index == 0 { "" } else { "_" };
                    match to {
                        End::Same => write!(f, "{joint}{from}")?,
                        End::At(to) => write!(f, "{joint}{from}-{to}")?,
                        End::Open => write!(f, "{joint}{from}-")?,
                    }
                }
                Ok(())
            }
            Self::Names(names) => {
                f.write_str("name-")?;
                for (index, name) in names.iter().enumerate() {
                    let joint = if index == 0 { "" } else { "_" };
                    write!(f, "{joint}\"{name}\"")?;
                }
                Ok(())
            }
        }
    }
}
