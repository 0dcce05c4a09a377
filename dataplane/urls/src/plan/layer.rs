//! Checks layers: input, values, what may not stand in one. Drawing them is a feature that is missing.

use super::findings::Findings;
use super::reader::{Named, find};
use crate::UrlError;
use crate::expression::{BASE_VARIABLES, Variable};
use crate::parameter::{Context, Scopes};
use crate::setting::Setting;
use crate::syntax::{Item, Layer, LayerKind, Pair, Step};

/// Names in text and block layers: only the image they are drawn on has a size.
const PARENT_VARIABLES: &[Variable] = &[Variable::Bw, Variable::Bh, Variable::Bar];
const LAYER_VARIABLES: &[Variable] = &[
    Variable::Iw,
    Variable::Ih,
    Variable::Iar,
    Variable::Cw,
    Variable::Ch,
    Variable::Car,
    Variable::Bw,
    Variable::Bh,
    Variable::Bar,
];

/// Fails for a layer that could never be drawn; notes the missing feature otherwise.
pub(super) fn check(findings: &mut Findings<'_>, layer: &Layer<'_>) -> Result<(), UrlError> {
    let pairs = || {
        layer.chain.steps.iter().flat_map(|step| match step {
            Step::Items(items) => items.as_slice(),
            // The parser lets no conditional into a layer.
            Step::If(_) => &[],
        })
    };
    let input = |key: &str, test: fn(&str) -> bool| {
        pairs().any(|item| matches!(item, Item::Pair(pair) if pair.key == key && test(pair.value)))
    };
    let encoded = input("ie", |value| !value.is_empty());
    if !encoded && !input("i", |value| !value.is_empty()) {
        let message = format!("{} has no input: give i-... or ie-...", layer.kind.opener());
        return Err(findings.invalid(&message, layer.at));
    }
    let is_block = layer.kind == LayerKind::Image && !encoded && input("i", |value| value == "ik_canvas");
    let (scope, variables) = match layer.kind {
        LayerKind::Image if is_block => (Scopes::BLOCK, PARENT_VARIABLES),
        LayerKind::Image => (Scopes::IMAGE, LAYER_VARIABLES),
        LayerKind::Text => (Scopes::TEXT, PARENT_VARIABLES),
        LayerKind::Video => (Scopes::VIDEO, LAYER_VARIABLES),
        LayerKind::Subtitles => (Scopes::SUBTITLES, BASE_VARIABLES),
    };
    let context = Context { variables };
    for item in pairs() {
        match item {
            Item::Layer(inner) => check(findings, inner)?,
            Item::Pair(pair) => check_pair(findings, pair, scope, &context)?,
        }
    }
    findings.missing(layer.kind.opener());
    Ok(())
}

fn check_pair(
    findings: &mut Findings<'_>,
    pair: &Pair<'_>,
    scope: Scopes,
    context: &Context,
) -> Result<(), UrlError> {
    let Named { row, value, at } = match find(pair) {
        Ok(named) => named,
        Err(name) => return findings.unknown(pair, name),
    };
    let read = row.takes.read(value, context);
    let is_generated = match &read {
        Ok(Some(Setting::GeneratedBackground)) => true,
        Ok(Some(Setting::Ai(_))) => !row.scopes.meets(Scopes::IMAGE),
        Ok(_) | Err(_) => false,
    };
    if is_generated {
        return Err(findings.invalid(&format!("{} cannot stand in a layer", row.key), at));
    }
    match read {
        _ if !row.scopes.meets(scope) => findings.ignore_because(pair, "means nothing in this layer"),
        Err(why) => findings.bad(pair, (row.key, value, at), &why)?,
        Ok(_) => {}
    }
    Ok(())
}
