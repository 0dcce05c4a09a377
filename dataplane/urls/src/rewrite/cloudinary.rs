//! Cloudinary: transformations are path segments in front of the file, each of them one step.

mod chain;
mod overlay;
mod path;
mod position;
mod table;
mod values;

use super::{Notes, Rewritten};

use table::Facts;

pub(super) use table::ROWS;

/// As [`super::Rewriter::rewrite`]. The query is not this vendor's.
pub(super) fn rewrite(rest: &str, query: Option<&str>, preserve_types: bool) -> Option<Rewritten> {
    let path = path::Path::read(rest);
    let mut notes = Notes::default();
    let rest = path.rest(preserve_types, &mut notes)?;
    let facts = Facts { video: path.is_video() };
    let transformation = chain::translate(&path.steps, &facts, &mut notes);
    Some(Rewritten { rest, query: query.map(str::to_owned), transformation, notes: notes.finish() })
}
