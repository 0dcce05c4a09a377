//! The answer of `explain` for people.

use std::fmt;

use super::{
    answer::{Answer, Layer, Signature, Step},
    source::{From, Original},
};

/// An answer with the URL that was asked about.
#[derive(Debug)]
pub(super) struct Table<'a>(pub(super) &'a str, pub(super) &'a Answer);

/// Width of the column of names.
const LABEL: usize = 10;

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(url, answer) = self;
        let mut line = |label: &str, text: &str| writeln!(f, "{label:LABEL$} {}", printable(text));
        line("URL", url)?;
        for (label, value) in
            [("Account", &answer.account), ("Endpoint", &answer.endpoint), ("Resource", &answer.resource)]
        {
            if let Some(value) = value {
                line(label, value)?;
            }
        }
        if answer.endpoint.is_some() {
            let origins =
                if answer.origins.is_empty() { "none".to_owned() } else { answer.origins.join(", then ") };
            line("Origins", &origins)?;
            for place in &answer.places {
                line("", place)?;
            }
        }
        for (index, note) in answer.rewritten.iter().enumerate() {
            line(if index == 0 { "Rewritten" } else { "" }, note)?;
        }
        if let Some(signature) = &answer.signature
            && answer.endpoint.is_some()
        {
            line("Signature", &signed(signature))?;
        }
        if answer.signature_unjudged {
            line("Signature", "not judged: signatures are judged with --manifests only")?;
        }
        if let Some(source) = &answer.source {
            line("Original", &original(source))?;
        }
        steps(f, &answer.steps)?;
        let mut line = |label: &str, text: &str| writeln!(f, "{label:LABEL$} {}", printable(text));
        if answer.error.is_none() {
            line("Output", &output(answer))?;
        }
        if !answer.ignored.is_empty() {
            line("Ignored", &answer.ignored.join(", "))?;
        }
        for (index, warning) in answer.warnings.iter().enumerate() {
            line(if index == 0 { "Warnings" } else { "" }, warning)?;
        }
        if let Some(error) = &answer.error {
            line("Error", &format!("{} - {}", error.code, error.message))?;
            if let Some(character) = error.character {
                let (text, before) = around(&answer.transformation, character);
                line("", &text)?;
                line("", &format!("{:before$}^", ""))?;
            }
        }
        Ok(())
    }
}

/// Longest part of a string that is shown around the place of a mistake, in characters.
const SHOWN: usize = 80;

/// The part of a string around one of its characters (from 1), and how many characters stand before that.
fn around(text: &str, character: usize) -> (String, usize) {
    let at = character.saturating_sub(1);
    let start = if text.chars().count() > SHOWN { at.saturating_sub(SHOWN / 2) } else { 0 };
    (text.chars().skip(start).take(SHOWN).collect(), at - start)
}

fn signed(signature: &Signature) -> String {
    match &signature.signed {
        Some(text) => format!("{}; signed text: {text}", signature.verdict),
        None => signature.verdict.to_owned(),
    }
}

fn steps(f: &mut fmt::Formatter<'_>, steps: &[Step]) -> fmt::Result {
    if steps.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = steps
        .iter()
        .map(|step| {
            let params = step
                .params
                .iter()
                .map(|(key, value)| if value.is_empty() { key.clone() } else { format!("{key}-{value}") });
            (
                printable(&params.collect::<Vec<_>>().join(",")),
                size(step.input),
                size(step.output),
                &step.notes,
            )
        })
        .collect();
    let widest =
        rows.iter().map(|(params, ..)| params.chars().count()).max().unwrap_or(0).max("PARAMETERS".len());
    writeln!(f, "\n  STEP  {:widest$}  {:>13}     {:>13}", "PARAMETERS", "IN", "OUT")?;
    for (index, (params, input, output, notes)) in rows.into_iter().enumerate() {
        writeln!(f, "  {:>4}  {params:widest$}  {input:>13}  -> {output:>13}", index + 1)?;
        for note in notes {
            writeln!(f, "        {}", printable(note))?;
        }
        for layer in steps.get(index).into_iter().flat_map(|step| &step.layers) {
            self::layer(f, layer, 1)?;
        }
    }
    writeln!(f)
}

/// A layer, and those inside it further to the right.
fn layer(f: &mut fmt::Formatter<'_>, layer: &Layer, depth: usize) -> fmt::Result {
    let indent = 6 + 2 * depth;
    let place = match (layer.size, layer.at) {
        (Some([width, height]), Some([x, y])) => format!("{width} x {height} at ({x},{y})"),
        (Some([width, height]), None) => format!("{width} x {height}"),
        (None, _) => "size not known".to_owned(),
    };
    let input: String = layer.input.chars().take(SHOWN).collect();
    writeln!(f, "{:indent$}+ {} {}: {place}", "", layer.kind, printable(&input))?;
    for note in &layer.notes {
        writeln!(f, "{:indent$}  {}", "", printable(note))?;
    }
    let inner = layer.steps.iter().flat_map(|step| &step.layers);
    inner.into_iter().try_for_each(|inner| self::layer(f, inner, depth + 1))
}

fn size(pair: Option<[u32; 2]>) -> String {
    pair.map_or_else(|| "?".to_owned(), |[width, height]| format!("{width} x {height}"))
}

fn original(source: &Original) -> String {
    let mut text = match source.size {
        Some((width, height)) => format!("{width} x {height}"),
        None => "size not known; give it with --source WIDTHxHEIGHT".to_owned(),
    };
    if let Some(format) = source.format {
        text.extend([", ".to_owned(), format.to_string()]);
    }
    match &source.from {
        From::Name => text.push_str(if source.format.is_some() { " by its name" } else { "" }),
        From::Caller => text.push_str(", size as given"),
        From::File { path, after } => {
            text.extend([", from the header of ".to_owned(), path.display().to_string()]);
            if let Some(after) = after {
                text.extend([
                    "; ".to_owned(),
                    after.to_string(),
                    " is asked before and may have another".to_owned(),
                ]);
            }
        }
    }
    if source.orientation > 1 {
        text.extend([", EXIF orientation ".to_owned(), source.orientation.to_string()]);
    }
    text
}

fn output(answer: &Answer) -> String {
    let output = &answer.output;
    let pair = output.width.zip(output.height).map(|(width, height)| [width, height]);
    if answer.unchanged.is_some() {
        let known = pair.map(|pair| size(Some(pair))).into_iter().chain(output.format.map(str::to_owned));
        return std::iter::once("the file as it is".to_owned()).chain(known).collect::<Vec<_>>().join(", ");
    }
    let size = size(pair);
    let format = output.format.map_or("format depends on the pixels", |format| format);
    let quality = output.quality.map(|quality| format!(", quality {quality}")).unwrap_or_default();
    format!("{size}, {format}{quality}")
}

/// URLs may hold anything; control characters do not reach the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
