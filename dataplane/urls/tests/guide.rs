//! `docs/transformations.md`: its tables of parameters are written from the rows that the parser uses (`UPDATE=1` writes
//! them, else they must be there), and its examples are tried.

#![expect(clippy::expect_used, clippy::panic, reason = "a broken guide stops the test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use imgplane_urls::{
    Hints, Operation, ParameterInfo, Plan, Resolved, Rules, Source, Supported, Target, UrlError, parameters,
};

const END: &str = "<!-- end -->";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/transformations.md")
}

fn guide() -> String {
    std::fs::read_to_string(path()).expect("docs/transformations.md can be read")
}

#[test]
fn tables_of_parameters_are_those_of_the_parser() {
    let guide = guide();
    let mut written = guide.clone();
    let mut groups: BTreeMap<&str, Vec<ParameterInfo>> = BTreeMap::new();
    for info in parameters() {
        groups.entry(info.group).or_default().push(info);
    }
    for (name, rows) in &groups {
        written = replace(&written, &format!("<!-- parameters: {name} -->"), &table(rows));
    }
    written = replace(&written, "<!-- not drawn -->", &not_drawn());
    if guide == written {
        return;
    }
    assert!(std::env::var_os("UPDATE").is_some(), "docs/transformations.md is old: UPDATE=1 writes it");
    std::fs::write(path(), written).expect("docs/transformations.md can be written");
}

/// Puts `text` between a mark and the end behind it.
fn replace(guide: &str, mark: &str, text: &str) -> String {
    let (before, rest) =
        guide.split_once(mark).unwrap_or_else(|| panic!("docs/transformations.md has no {mark}"));
    let (_, after) = rest.split_once(END).unwrap_or_else(|| panic!("{mark} has no end"));
    format!("{before}{mark}\n\n{text}\n{END}{after}")
}

fn table(rows: &[ParameterInfo]) -> String {
    let mut table = "| parameter | values | default | does | stands in | since | this release |\n\
                     | --- | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for info in rows {
        let names = if info.sdk_names.is_empty() {
            String::new()
        } else {
            format!("<br>{}", info.sdk_names.join(", "))
        };
        let ParameterInfo { key, value, range, default, since, meaning, supported, .. } = info;
        let range = if range.is_empty() { String::new() } else { format!("; {range}") };
        let values = format!("{value}{range}").replace('|', "\\|");
        let scopes = info.scopes.join(", ");
        let _ = writeln!(
            table,
            "| `{key}`{names} | {values} | {default} | {meaning} | {scopes} | {since} | {supported} |"
        );
    }
    table
}

/// Everything on the image that is answered with 403 or replaced, by name.
fn not_drawn() -> String {
    let mut text = String::new();
    for info in parameters().filter(|info| info.scopes.contains(&"image")) {
        let values = match info.supported {
            Supported::Yes | Supported::VideosOnly => continue,
            Supported::No => format!("`{}`", info.key),
            Supported::Except(values) => format!("`{}`", values.join("`, `")),
        };
        let joint = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{joint}{values}");
    }
    text.push_str(".\n");
    text
}

#[test]
fn parameters_can_be_read_one_by_one() {
    let all: Vec<ParameterInfo> = parameters().collect();
    let width = all.first().expect("a parameter");
    assert_eq!((width.key, width.sdk_names, width.bad_value), ("w", ["width"].as_slice(), "400"));
    assert_eq!(width.scopes, ["image", "image layer", "block", "text", "video layer"]);
    assert_eq!(width.value, "pixels from 1, a fraction below 1 of the side, an expression, `auto`");
    let months = ["2024-06", "2025-03", "2025-08", "2026-01", "2026-03", "2026-04", "2026-05", "2026-08"];
    for info in &all {
        assert!(months.contains(&info.since), "{}", info.key);
        assert!(
            !info.scopes.is_empty() && !info.value.is_empty() && !info.meaning.is_empty(),
            "{}",
            info.key
        );
    }
    let find = |key: &str| all.iter().find(|info| info.key == key).expect("a known key");
    assert_eq!(find("q").range, "1 to 100, clamped");
    assert_eq!(find("e-usm").bad_value, "counts as bare");
    assert_eq!(find("so").bad_value, "never read");
    assert_eq!(find("fl").value, "`h`, `v`, `h_v`, `v_h`");
}

#[test]
fn old_overlays_in_the_guide_are_read_as_the_layers_it_says() {
    let layers = |string: &str, translate_overlays: bool| {
        let mut target = Target::parse("photo.jpg", None)?;
        target.strings = vec![string.to_owned()];
        let plan = Plan::parse(&target, &Rules { translate_overlays, ..Rules::default() })?;
        Ok::<_, UrlError>(plan.normal())
    };
    for (old, new) in cells(&guide(), "<!-- overlays -->") {
        assert_eq!(layers(&old, true), layers(&new, false), "{old}");
        assert!(layers(&old, false).is_err(), "{old}");
    }
}

/// First and second cell of each row of the tables under a mark, without backticks.
fn cells(guide: &str, mark: &str) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for part in guide.split(mark).skip(1) {
        let (table, _) = part.split_once(END).unwrap_or_else(|| panic!("{mark} has no end"));
        for line in table.lines().filter(|line| line.starts_with("| `")) {
            let mut cells = line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`'));
            rows.push((
                cells.next().unwrap_or_default().to_owned(),
                cells.next().unwrap_or_default().to_owned(),
            ));
        }
    }
    assert!(!rows.is_empty(), "no rows under {mark}");
    rows
}

fn plan(string: &str) -> Result<Plan, UrlError> {
    let mut target = Target::parse("photo.jpg", None)?;
    target.strings = vec![string.to_owned()];
    Plan::parse(&target, &Rules::default())
}

fn resolve(string: &str) -> Result<Resolved, UrlError> {
    let source =
        Source { width: 1600, height: 1067, orientation: 1, auto_orient: true, max_pixels: 100_000_000 };
    plan(string)?.resolve(&source, &Hints::default())
}

#[test]
fn sizes_in_the_guide_are_right() {
    for (string, size) in cells(&guide(), "<!-- sizes -->") {
        assert_eq!(resolve(&string).map(|resolved| resolved.size.to_string()), Ok(size), "{string}");
    }
}

#[test]
fn results_of_expressions_in_the_guide_are_right() {
    for (expression, value) in cells(&guide(), "<!-- expressions -->") {
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{expression}: {value} is no number"));
        // A region may stand anywhere, so its left edge shows any number, rounded.
        let resolved = resolve(&format!("w-1,h-1,cm-pad_extract,y-0,x-{expression}"));
        let operations = resolved.map(|resolved| resolved.steps.into_iter().flat_map(|step| step.operations));
        let left = match operations.map(|mut operations| operations.next()) {
            Ok(Some(Operation::Pad { x, .. })) => -x,
            Ok(Some(Operation::Extract { rect })) => i64::from(rect.x),
            other => panic!("{expression}: {other:?}"),
        };
        assert_eq!(left, (value + 0.5).floor() as i64, "{expression}");
    }
}

#[test]
fn errors_in_the_guide_are_the_ones_that_are_given() {
    for (string, message) in cells(&guide(), "<!-- errors -->") {
        let judged = plan(&string).and_then(|plan| plan.check_supported()).and_then(|()| resolve(&string));
        assert_eq!(judged.map(|_| ()).map_err(|error| error.to_string()), Err(message), "{string}");
    }
}

#[test]
fn addresses_in_the_guide_mean_the_same_picture() {
    for (address, meaning) in cells(&guide(), "<!-- addresses -->") {
        let rest = address.strip_prefix("/ACCOUNT/").unwrap_or_else(|| panic!("{address} has no account"));
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let target = Target::parse(path, query).unwrap_or_else(|error| panic!("{address}: {error}"));
        let found = format!("{} of {}", target.strings.join(":"), target.resource);
        assert_eq!(found, meaning, "{address}");
    }
}
