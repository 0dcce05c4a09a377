//! Runs the conformance vectors: everything in them that a URL and the facts of its source decide.

#![expect(clippy::expect_used, clippy::panic, reason = "broken vector files stop the test")]

#[path = "vectors/row.rs"]
mod row;

use std::collections::BTreeMap;

use imgplane_urls::{
    Hints, ImageFacts, ImageInput, LayerFacts, NamedTransformations, Operation, Plan, Rect, Resolved, Rules,
    Size, Source, Target, TextBox, UrlError,
};
use row::{Fixture, Geometry, Overlay, Pending, Row};

/// Features without which this crate does not know what comes out. Of the others it knows the size, whether or not
/// anybody draws them.
const UNKNOWN: &[&str] = &["PDF"];

#[test]
fn every_vector_that_waits_for_nothing_passes() {
    let fixtures = row::fixtures();
    let mut wrong = Vec::new();
    let (rows, pending) = (row::rows(), row::pending());
    assert_eq!(rows.len(), 330, "rows in tests/vectors");
    for row in &rows {
        let pending = pending.iter().find(|pending| pending.id == row.id);
        let fixture = fixtures.get(&row.source).unwrap_or_else(|| panic!("no fixture {}", row.source));
        match (judge(row, fixture.as_ref(), &Files(&fixtures)), pending) {
            (Ok(()), None) | (Err(_), Some(_)) => {}
            (Ok(()), Some(Pending { id, feature })) => {
                wrong.push(format!("{id} passes; take it off pending.json ({feature})"));
            }
            (Err(why), None) => wrong.push(format!("{} {} {}: {why}", row.id, row.source, row.request)),
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_row_has_its_own_number_and_pending_rows_exist() {
    let mut ids: Vec<u32> = row::rows().iter().map(|row| row.id).collect();
    ids.sort_unstable();
    assert!(ids.iter().copied().eq(1..=330));
    let pending = row::pending();
    assert!(pending.is_sorted_by_key(|pending| pending.id), "sort pending.json by number");
    assert!(pending.iter().all(|pending| ids.contains(&pending.id)));
}

/// Compares one row with what this crate says of it.
fn judge(row: &Row, fixture: Option<&Fixture>, files: &Files<'_>) -> Result<(), String> {
    let answer = match answer(row, fixture, files) {
        Ok(answer) => answer,
        Err(error) => return judge_error(row, &error),
    };
    if let Some(words) = &row.warnings {
        let all = answer.warnings.join("; ");
        if let Some(word) = words.iter().find(|word| !all.contains(*word)) {
            return Err(format!("no warning names {word}: {all}"));
        }
    }
    let Some(size) = answer.size else {
        // Without a file it is the origin that decides.
        let expected = if row.passthrough { 200 } else { 404 };
        return same("status", &expected, &row.status);
    };
    same("status", &200, &row.status)?;
    let tolerance = row.tolerance.unwrap_or(0);
    if size.width.abs_diff(row.width.unwrap_or(0)) > tolerance
        || size.height.abs_diff(row.height.unwrap_or(0)) > tolerance
    {
        return Err(format!("{size}, expected {:?}x{:?}", row.width, row.height));
    }
    same("original", &answer.original, &row.original)?;
    if let Some(content_dpr) = row.content_dpr {
        same("Content-DPR", &answer.content_dpr, &Some(content_dpr))?;
    }
    for name in row.vary.iter().flatten() {
        let used = match name.as_str() {
            "Sec-CH-DPR" => answer.varies_by_dpr,
            "Sec-CH-Width" => answer.varies_by_width,
            other => return Err(format!("vary: {other} is not known to this test")),
        };
        same(name, &used, &true)?;
    }
    if let Some(overlay) = &row.overlay {
        judge_overlay(overlay, answer.resolved.as_ref().ok_or("no plan to judge the overlay by")?)?;
    }
    match (&row.geometry, &answer.resolved) {
        (Some(geometry), Some(resolved)) => judge_geometry(geometry, resolved),
        (Some(_), None) => Err("no plan to judge the geometry by".to_owned()),
        (None, _) => Ok(()),
    }
}

fn judge_error(row: &Row, error: &UrlError) -> Result<(), String> {
    same("status", &error.code.status(), &row.status).map_err(|why| format!("{why}: {error}"))?;
    match &row.error {
        Some(code) => same("code", error.code.as_str(), code.as_str()),
        None => Ok(()),
    }
}

fn same<T: PartialEq + std::fmt::Debug + ?Sized>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what} {found:?}, expected {expected:?}")) }
}

/// What this crate says of a request.
struct Answer {
    /// `None`: the URL alone decides nothing.
    size: Option<Size>,
    original: bool,
    content_dpr: Option<f64>,
    varies_by_width: bool,
    varies_by_dpr: bool,
    warnings: Vec<String>,
    resolved: Option<Resolved>,
}

fn answer(row: &Row, fixture: Option<&Fixture>, files: &Files<'_>) -> Result<Answer, UrlError> {
    let (path, query) = row.target();
    let target = Target::parse(&path, query.as_deref())?;
    let rules = Rules { reject_unknown: row.settings.rejects_unknown(), ..Rules::default() };
    let stored = row.named.iter().flatten().map(|(name, text)| (name.clone(), text.clone(), true));
    let exclusive = row.settings.restrict_unnamed_transformations == Some(true);
    let plan = Plan::parse_named(&target, &rules, &NamedTransformations::new(stored, exclusive))?;
    if row.status == 403 || plan.missing().is_some_and(|feature| UNKNOWN.contains(&feature)) {
        plan.check_supported()?;
    }
    let mut answer = Answer {
        size: None,
        original: plan.is_original(),
        content_dpr: None,
        varies_by_width: plan.uses_width_hint(),
        varies_by_dpr: plan.uses_dpr_hint(),
        warnings: plan.warnings().to_vec(),
        resolved: None,
    };
    // A file that is missing is replaced, where the string says by what.
    let fixture = fixture.or_else(|| files.0.get(plan.default_image()?)?.as_ref());
    let Some(Fixture { width: Some(width), height: Some(height), orientation, .. }) = fixture else {
        return Ok(answer);
    };
    if row.passthrough {
        return Ok(answer);
    }
    if plan.is_original() {
        answer.size = Some(Size { width: *width, height: *height });
        return Ok(answer);
    }
    let source = Source {
        width: *width,
        height: *height,
        orientation: orientation.unwrap_or(1),
        auto_orient: row.settings.auto_orient.unwrap_or(true),
        max_pixels: 100_000_000,
    };
    let mut hints =
        row.hints.as_ref().map_or_else(Hints::default, |hints| Hints { width: hints.width, dpr: hints.dpr });
    if row.settings.data_saver == Some(true) {
        // Whoever heeds that wish leaves the density out.
        hints.dpr = None;
    }
    let resolved = plan.resolve_with(&source, &hints, files)?;
    answer.size = Some(resolved.size);
    answer.content_dpr = resolved.content_dpr;
    answer.warnings.clone_from(&resolved.warnings);
    answer.resolved = Some(resolved);
    Ok(answer)
}

/// The fixtures as files of layers. Nobody measures text here.
struct Files<'a>(&'a BTreeMap<String, Option<Fixture>>);

/// Fixtures with margins, and what trimming leaves of them.
const TRIMMED: [(&str, Rect); 1] = [("logo.png", Rect { x: 50, y: 50, width: 200, height: 200 })];

impl LayerFacts for Files<'_> {
    fn image(&self, input: &ImageInput) -> ImageFacts {
        let Some(Some(Fixture { width: Some(width), height: Some(height), orientation, .. })) =
            self.0.get(&input.resource)
        else {
            return ImageFacts::Absent;
        };
        let trimmed = TRIMMED.iter().find(|(name, _)| input.trim.is_some() && *name == input.resource);
        ImageFacts::Known {
            stored: Size { width: *width, height: *height },
            orientation: orientation.unwrap_or(1),
            trimmed: trimmed.map(|(_, rect)| *rect),
        }
    }

    fn text(&self, _text: &TextBox) -> Option<Size> {
        None
    }
}

/// Compares the first layer of the first step that has one.
fn judge_overlay(expected: &Overlay, resolved: &Resolved) -> Result<(), String> {
    let layer = resolved.steps.iter().find_map(|step| step.layers.first()).ok_or("no layer")?;
    same("overlay", &layer.size.map(|size| [size.width, size.height]), &Some(expected.size))?;
    same("overlay at", &layer.at.map(|(x, y)| [x, y]), &Some(expected.at))
}

/// Compares the operations of the last step with the numbers of a row.
fn judge_geometry(geometry: &Geometry, resolved: &Resolved) -> Result<(), String> {
    let step = resolved.steps.last().ok_or("no step")?;
    let mut current = step.input;
    let mut seen = Geometry::default();
    for operation in &step.operations {
        match *operation {
            Operation::Resize { scaled, window } => {
                if window.x + window.width > scaled.width || window.y + window.height > scaled.height {
                    return Err(format!("window {window} leaves {scaled}"));
                }
                seen.scaled = Some([scaled.width, scaled.height]);
                seen.window = Some([window.x, window.y]);
                current = window.size();
            }
            Operation::Extract { rect: Rect { x, y, width, height } } => {
                seen.rect = Some([x, y, width, height]);
                current = Size { width, height };
            }
            Operation::Pad { canvas, x, y, .. } => {
                seen.inner = Some([current.width, current.height]);
                seen.at = Some([x, y]);
                current = canvas;
            }
            Operation::Frame { border, .. } => {
                seen.border = border.map(|(width, _)| width);
            }
            _ => {}
        }
    }
    let expected = geometry;
    let check = |wanted: bool, equal: bool| !wanted || equal;
    let right = check(expected.scaled.is_some(), seen.scaled == expected.scaled)
        && check(expected.window.is_some(), seen.window == expected.window)
        && check(expected.rect.is_some(), seen.rect == expected.rect)
        && check(expected.inner.is_some(), seen.inner == expected.inner)
        && check(expected.at.is_some(), seen.at == expected.at)
        && check(expected.border.is_some(), seen.border == expected.border);
    if right { Ok(()) } else { Err(format!("geometry {seen:?}, expected {expected:?}")) }
}
