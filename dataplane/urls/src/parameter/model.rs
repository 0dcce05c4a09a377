//! Rows of effects that need a model: at most one of them may stand in a step.

use super::background::prompt;
use super::effect::clamped;
use super::sub_list::pairs;
use super::{BadValue, Context, Parameter, Scopes, Takes, is_off};
use crate::setting::{DropShadow, Model, Setting};

const PICTURE: Scopes = Scopes::BASE.and(Scopes::IMAGE);
const PROMPT: &str = "`prompt-TEXT`, `prompte-BASE64`";

pub(super) const ROWS: &[Parameter] = &[
    row("e-bgremove", PICTURE, Takes::Switch(|_| Setting::Model(Model::RemoveBackground)))
        .sdk(&["aiRemoveBackground"])
        .examples(&[""])
        .means("Makes the background transparent."),
    row("e-removedotbg", PICTURE, Takes::Switch(|_| Setting::Model(Model::RemoveBackgroundElsewhere)))
        .sdk(&["aiRemoveBackgroundExternal"])
        .examples(&[""])
        .means("The same as `e-bgremove`."),
    row("e-dropshadow", PICTURE, Takes::ReadOrBare(drop_shadow))
        .sdk(&["aiDropShadow"])
        .takes("bare; `az-DEGREES`, `el-DEGREES`, `st-PERCENT`, joined by `_`")
        .range("az 0 to 360, el 0 to 90, st 0 to 100, clamped")
        .default("`az-215_el-45_st-60`")
        .examples(&["", "az-45"])
        .means("Cast shadow of a transparent cut-out."),
    row("e-retouch", Scopes::BASE, Takes::Switch(|_| Setting::Model(Model::Retouch)))
        .sdk(&["aiRetouch"])
        .examples(&[""])
        .means("Repairs the quality."),
    row("e-upscale", Scopes::BASE, Takes::Switch(|_| Setting::Model(Model::Upscale)))
        .sdk(&["aiUpscale"])
        .examples(&[""])
        .means("Enlarges to 16 megapixels."),
    row("e-genvar", Scopes::BASE, Takes::Switch(|_| Setting::Model(Model::Vary)))
        .sdk(&["aiVariation"])
        .examples(&[""])
        .means("A variation of the same size."),
    row(
        "e-changebg",
        Scopes::BASE,
        Takes::ReadOrBare(|text, _| Ok(Setting::Model(Model::ChangeBackground(prompt(text)?)))),
    )
    .sdk(&["aiChangeBackground"])
    .takes(PROMPT)
    .examples(&["prompt-a beach"])
    .means("Puts another background behind the subject."),
    row("e-edit", Scopes::BASE, Takes::ReadOrBare(|text, _| Ok(Setting::Model(Model::Edit(prompt(text)?)))))
        .sdk(&["aiEdit"])
        .since("2025-08")
        .takes(PROMPT)
        .examples(&["prompt-add a hat"])
        .means("Edits the content."),
];

const fn row(key: &'static str, scopes: Scopes, takes: Takes) -> Parameter {
    Parameter::row(key, scopes, takes).since("2025-03")
}

fn drop_shadow(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    if is_off(text) {
        return Ok(Setting::Nothing);
    }
    let mut shadow = DropShadow::default();
    for (key, value) in pairs(text, &["az", "el", "st"]) {
        match key {
            "az" => shadow.azimuth = clamped(value, 0.0, 360.0)?,
            "el" => shadow.elevation = clamped(value, 0.0, 90.0)?,
            _ => shadow.strength = clamped(value, 0.0, 100.0)?,
        }
    }
    Ok(Setting::Model(Model::DropShadow(shadow)))
}
