//! Rows as aligned columns for people.

use std::fmt::{self, Write as _};

use crate::finding::one_line;

use super::row::Row;

const HEADER: [&str; 5] = ["KIND", "NAMESPACE/NAME", "READY", "REASON", "MESSAGE"];

/// The rows below a header; nothing where there are none.
#[derive(Debug)]
pub(super) struct Table<'a>(pub(super) &'a [Row]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let header = HEADER.map(str::to_owned);
        let lines: Vec<_> = std::iter::once(header)
            .chain(self.0.iter().map(|row| row.columns().map(|cell| one_line(&cell))))
            .collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 4] = std::array::from_fn(width);
        for line in &lines {
            let mut text = String::new();
            for (cell, width) in line.iter().zip(widths.iter().chain([&0])) {
                write!(text, "{cell:width$}  ")?;
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use imgplane_crds::Kind;
    use serde_json::json;

    use super::*;

    fn row(kind: Kind, name: &str, status: &str, reason: &str, message: &str) -> Row {
        Row::new(
            kind,
            &json!({
                "metadata": {"namespace": "shop", "name": name},
                "status": {"conditions": [{"type": "Ready", "status": status, "reason": reason, "message": message}]},
            }),
        )
    }

    #[test]
    fn columns_are_aligned_and_messages_stay_whole() {
        let rows = [
            row(Kind::DataPlane, "pool", "True", "Ready", ""),
            row(
                Kind::Origin,
                "media",
                "False",
                "SecretNotFound",
                "Secret s3 does not exist in namespace shop: create it",
            ),
        ];
        assert_eq!(
            Table(&rows).to_string(),
            "\
KIND       NAMESPACE/NAME  READY  REASON          MESSAGE
DataPlane  shop/pool       True   Ready
Origin     shop/media      False  SecretNotFound  Secret s3 does not exist in namespace shop: create it
"
        );
        assert_eq!(Table(&[]).to_string(), "");
    }

    #[test]
    fn text_from_the_cluster_cannot_break_the_line_or_colour_the_terminal() {
        let table = Table(&[row(Kind::Origin, "a", "False", "Bad", "one\ntwo\u{1b}[31m")]).to_string();
        assert_eq!(table.lines().count(), 2, "{table:?}");
        assert!(!table.contains('\u{1b}'), "{table:?}");
    }
}
