//! The guide shows every row of the tables of failures, and the pages of the types show rows of the guide. `UPDATE=1`
//! writes both anew.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use imgplane_origins::{Cause, Row, Table, tables};

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
            // Nor where a fact stands before the colon.
            "what" if before.is_empty() && !shown.is_empty() => {}
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
    let [message, meaning, mut remedy] =
        [row.message, row.meaning, row.remedy].map(|text| shown(text, table));
    let others = [("`WorkloadIdentity`", row.identity), ("`Anonymous`", row.anonymous)];
    for (who, texts) in others {
        if let Some([_, own]) = texts {
            write!(remedy, ". {who}: {}", shown(own, table)).unwrap();
        }
    }
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

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// The pages of the types of origins, with their texts.
fn pages() -> Vec<(PathBuf, String)> {
    let files = std::fs::read_dir(docs().join("origins")).unwrap();
    let mut pages: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    pages.sort();
    pages.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// What was seen, in a row of a table.
fn seen(row: &str) -> &str {
    row.split(" | ").next().unwrap()
}

#[test]
fn the_pages_of_the_types_show_rows_of_the_guide() {
    let guide = guide();
    let mut problems = Vec::new();
    for (path, text) in pages() {
        let mut written = String::new();
        let mut rows = 0;
        for line in text.lines() {
            // Only tables of failures have five columns with a code.
            let is_row = line.starts_with("| ") && line.contains("` | ") && line.matches(" | ").count() == 4;
            let is_head = line.starts_with("| seen |");
            let line = if is_row && !is_head {
                rows += 1;
                let mut same = guide.lines().filter(|row| *row == line || seen(row) == seen(line));
                match (guide.lines().find(|row| *row == line), same.next(), same.next()) {
                    (Some(row), ..) | (None, Some(row), None) => row,
                    (None, ..) => {
                        problems.push(format!("{}: no such row: {line}", path.display()));
                        line
                    }
                }
            } else {
                line
            };
            written.push_str(line);
            written.push('\n');
        }
        assert!(rows >= 5, "{} shows {rows} rows", path.display());
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, written).unwrap();
        } else if text != written {
            problems.push(format!("{} shows old rows: run this test with UPDATE=1", path.display()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_reason_that_a_page_names_exists() {
    let known: Vec<_> = Cause::ALL.iter().map(|cause| format!("{}_{cause}", cause.code())).collect();
    let codes: Vec<_> = Cause::ALL.iter().map(|cause| format!("{}_", cause.code())).collect();
    let mut found = 0;
    for (path, text) in pages() {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for word in words.filter(|word| codes.iter().any(|code| word.starts_with(code) && word != code)) {
            found += 1;
            assert!(known.iter().any(|known| known == word), "{}: {word} is no reason", path.display());
        }
    }
    assert!(found >= 5, "{found} reasons");
}

#[test]
fn the_guide_shows_every_row() {
    let path = docs().join("errors.md");
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
