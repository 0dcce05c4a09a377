//! The table of all set-ups in `docs/errors.md`: `UPDATE=1` writes it, else it must be there.

use std::{fmt::Write as _, path::Path};

use imgplane_tests::broken::setup::Setup;
use libtest_mimic::Failed;

const BEGIN: &str = "<!-- broken set-ups -->\n";
const END: &str = "<!-- end -->";

/// Compares the guide with the folders.
pub(crate) fn judge(setups: &[Setup]) -> Result<(), Failed> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    let guide = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = guide.split_once(BEGIN).ok_or("docs/errors.md has no mark of the table")?;
    let (_, after) = rest.split_once(END).ok_or("docs/errors.md has no mark behind the table")?;
    let written = format!("{before}{BEGIN}{}{END}{after}", table(setups));
    if guide == written {
        return Ok(());
    }
    if std::env::var_os("UPDATE").is_none() {
        return Err("the table of broken set-ups in docs/errors.md is old: UPDATE=1 writes it".into());
    }
    std::fs::write(&path, written).unwrap();
    Ok(())
}

fn table(setups: &[Setup]) -> String {
    let mut table =
        "\n| set-up | `ik-error` | condition | what to do |\n| --- | --- | --- | --- |\n".to_owned();
    for Setup { folder, expected, .. } in setups {
        let error = match expected.ik_error.as_str() {
            "" => "none: it works".to_owned(),
            error => format!("`{error}`").replace("{HAT_BYTES}", "N"),
        };
        let condition = expected
            .condition
            .map_or_else(String::new, |condition| format!("`{condition:?}`: `{}`", expected.reason));
        let (sentence, remedy) = (capital(&folder.replace('_', " ")), capital(&expected.remedy));
        let _ = writeln!(table, "| {sentence} | {error} | {condition} | {remedy} |");
    }
    table.push('\n');
    table
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
