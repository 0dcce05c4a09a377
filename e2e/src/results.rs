//! What the scenarios measured: a table for people and a file for tools.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use serde::Serialize;

/// One measured number.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Seen {
    /// The scenario.
    pub(crate) scenario: String,
    /// What was measured.
    pub(crate) what: String,
    /// The number.
    pub(crate) value: f64,
    /// Its unit, such as `s`.
    pub(crate) unit: &'static str,
    /// What it should not exceed; scenarios fail at far more than that only.
    pub(crate) aim: Option<f64>,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Results {
    seen: Mutex<Vec<Seen>>,
}

impl Results {
    /// Notes a number.
    pub(crate) fn note(&self, seen: Seen) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }

    /// The table, one line a number.
    pub(crate) fn table(&self) -> String {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let rows: Vec<[String; 4]> = seen.iter().map(row).collect();
        let heads = ["scenario", "what", "seen", "aim"].map(str::to_owned);
        let width = |column: usize| {
            let cells = rows.iter().chain([&heads]).filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths = [width(0), width(1), width(2), width(3)];
        let mut table = String::new();
        for row in [&heads].into_iter().chain(&rows) {
            let cells: Vec<String> =
                row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            table.push_str(cells.join("  ").trim_end());
            table.push('\n');
        }
        table
    }

    /// Writes the file.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, serde_json::to_string_pretty(&*seen)? + "\n")
            .with_context(|| format!("{} cannot be written", path.display()))
    }
}

fn row(seen: &Seen) -> [String; 4] {
    let number = |value: f64| {
        if value.fract() == 0.0 {
            format!("{value} {}", seen.unit)
        } else {
            format!("{value:.2} {}", seen.unit)
        }
    };
    [seen.scenario.clone(), seen.what.clone(), number(seen.value), seen.aim.map(number).unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_below_each_other() {
        let results = Results::default();
        let seen = |what: &str, value, aim| Seen {
            scenario: "a_change".to_owned(),
            what: what.to_owned(),
            value,
            unit: "s",
            aim,
        };
        results.note(seen("to every pod", 0.414_5, Some(2.0)));
        results.note(seen("programmed", 1.0, None));
        let expected = "scenario  what          seen    aim\n\
                        a_change  to every pod  0.41 s  2 s\n\
                        a_change  programmed    1 s\n";
        assert_eq!(results.table(), expected);
    }
}
