//! Akamai Image Manager: the two sizes that pages write themselves.

use super::Rewritten;
use super::query;
use super::row::{Reads, Row};

/// What a reader may know besides its value: nothing.
type Facts = ();

/// Every parameter that is translated.
pub(super) const ROWS: &[Row<Facts>] = &[
    Row::new("imwidth", Reads::Number("w"), &["imwidth=100"]),
    Row::new("imheight", Reads::Number("h"), &["imheight=100"]),
    Row::new("impolicy", Reads::Nothing("policies live at the vendor; create a named transformation"), &[]),
    Row::new("im", Reads::Nothing("no equivalent"), &[]),
];

/// As [`super::Rewriter::rewrite`].
pub(super) fn rewrite(rest: &str, query: Option<&str>) -> Option<Rewritten> {
    query::rewrite(rest, query?, ROWS, &(), |_| false)
}
