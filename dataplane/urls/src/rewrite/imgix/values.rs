//! Values of imgix that are more than a word or a number.

use super::super::native::Why;
use super::super::value;
use super::Facts;
use super::table::TURNS;

/// `ar`: means something only beside `fit` and exactly one side.
pub(super) fn aspect(text: &str, facts: &Facts) -> Result<String, Why> {
    if !facts.fit || facts.width == facts.height {
        return Err(Why::Other("needs fit and exactly one of w and h"));
    }
    value::ratio(text)
}

/// `crop`: an edge, two edges in either order, or `faces`.
pub(super) fn crop(text: &str, _facts: &Facts) -> Result<String, Why> {
    let vertical = |word: &str| matches!(word, "top" | "bottom");
    let horizontal = |word: &str| matches!(word, "left" | "right");
    match text.split_once(',') {
        None if text == "faces" => Ok("fo-auto".to_owned()),
        None if vertical(text) || horizontal(text) => Ok(format!("fo-{text}")),
        Some((first, second)) if vertical(first) && horizontal(second) => Ok(format!("fo-{first}_{second}")),
        Some((first, second)) if horizontal(first) && vertical(second) => Ok(format!("fo-{second}_{first}")),
        None | Some(_) => Err(Why::UnknownWord),
    }
}

/// `auto`: a list; only the choice of the format has an equivalent that a URL can ask for.
pub(super) fn auto(text: &str, _facts: &Facts) -> Result<String, Why> {
    if text.split(',').any(|word| word == "format") {
        Ok("f-auto".to_owned())
    } else {
        Err(Why::Other("only format has an equivalent"))
    }
}

/// `q`, as written.
pub(super) fn quality(text: &str, _facts: &Facts) -> Result<String, Why> {
    value::within(text, 1, 100).map(|_| format!("q-{text}"))
}

/// `or`: `orient` under its other name.
pub(super) fn orientation(text: &str, _facts: &Facts) -> Result<String, Why> {
    let found = TURNS.iter().find(|(word, _)| *word == text);
    found.map(|(_, item)| (*item).to_owned()).ok_or(Why::UnknownWord)
}

/// `sharp`: 0-100 here, another scale natively.
pub(super) fn sharpness(text: &str, _facts: &Facts) -> Result<String, Why> {
    Ok(format!("e-sharpen-{}", value::rounded(strength(text, 100)? * 20.0)))
}

/// `con`: any number asks for the one contrast there is.
pub(super) fn contrast(text: &str, _facts: &Facts) -> Result<String, Why> {
    value::number(text).map(|_| "e-contrast".to_owned())
}

/// `usm`: -100 to 100, radius 2.5 unless `usmrad` says otherwise; negative amounts are none.
pub(super) fn unsharp_mask(text: &str, facts: &Facts) -> Result<String, Why> {
    let amount = value::within(text, -100, 100)?.max(0.0) / 5.0;
    let radius = facts.radius.as_deref().unwrap_or("2.5");
    Ok(format!("e-usm-{radius}-{amount:.2}-1-0.05"))
}

/// `usmrad`: part of `usm`.
pub(super) fn radius(text: &str, _facts: &Facts) -> Result<String, Why> {
    value::positive(text)?;
    Err(Why::Other("counts only as part of usm"))
}

/// `blur`: 0-2000 here, a twentieth of it natively.
pub(super) fn blur(text: &str, _facts: &Facts) -> Result<String, Why> {
    Ok(format!("bl-{:.2}", strength(text, 2000)? / 20.0))
}

/// 0 asks for nothing, where the native smallest value would be seen.
fn strength(text: &str, most: i32) -> Result<f64, Why> {
    match value::within(text, 0, most)? {
        0.0 => Err(Why::Other("asks for nothing")),
        value => Ok(value),
    }
}
