//! The guide shows every row of the tables of failures. `UPDATE=1` writes it anew.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

use std::{fmt::Write as _, path::Path};

use imgplane_origins::{Row, Table, tables};

const BEGIN: &str = "<!-- begin: every failure -->\n";
const END: &str = "<!-- end: every failure -->\n";

/// A text of a row as the guide shows it: facts in italics, and where a key stands in words.
fn shown(text: &str, table: &Table) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap();
        shown.push_str(before);
        match name {
            "origin" => shown.push_str(table.origin.unwrap_or("*origin*")),
            "secret" => shown.push_str("*Secret*"),
            // What a provider said follows a colon, or stands alone.
            "what" if before.ends_with(|c: char| c.is_alphanumeric()) => {}
            "challenge" | "retry_after" => {}
            "what" => shown.push('…'),
            name => match name.strip_prefix("secret.") {
                Some(key) => write!(shown, "*Secret* key `{key}`").unwrap(),
                None => write!(shown, "*{name}*").unwrap(),
            },
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

fn line(row: &Row, table: &Table) -> String {
    let again = if row.repeated { ", once more" } else { "" };
    let [message, meaning, remedy] = [row.message, row.meaning, row.remedy].map(|text| shown(text, table));
    format!(
        "| {}{again} | `{}` `{}` | {message} | {meaning} | {remedy} |\n",
        row.seen,
        row.cause.code(),
        row.cause
    )
}

fn guide() -> String {
    let mut text = BEGIN.to_owned();
    for table in tables() {
        write!(
            text,
            "\n### {}\n\n| seen | code and cause | `ik-error` says | the operator reads | what to do |\n| --- | --- | --- \
             | --- | --- |\n",
            table.title
        )
        .unwrap();
        for row in &table.rows {
            text.push_str(&line(row, &table));
        }
    }
    text.push('\n');
    text + END
}

#[test]
fn the_guide_shows_every_row() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{}{after}", guide());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, expected).unwrap();
    } else {
        assert!(text == expected, "docs/errors.md is not what the tables say: run this test with UPDATE=1");
    }
}
