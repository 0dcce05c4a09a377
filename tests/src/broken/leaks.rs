//! No secret is told to anybody: every value of every Secret, in every form in which it could be told, is searched in
//! all that was told.

use std::{fmt::Write as _, slice};

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{GeneralPurpose, general_purpose::NO_PAD},
};
use libtest_mimic::Failed;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::setup::Setup;
use crate::answer::Answer;

/// A shorter text may be found by chance.
const SHORTEST: usize = 16;

/// Something that somebody was told.
#[derive(Debug)]
pub struct Told {
    /// What it is.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl Told {
    /// Headers and body of an answer.
    pub fn answer(name: String, answer: &Answer) -> Self {
        let mut bytes = Vec::new();
        for (name, value) in &answer.headers {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(&answer.body);
        Self { name, bytes }
    }
}

/// A secret with the forms that it may have.
#[derive(Debug)]
pub struct Needle {
    /// Whose it is.
    name: String,
    forms: Vec<String>,
}

/// Everything that must not be told.
pub fn needles(setups: &[Setup], tokens: &[String]) -> Vec<Needle> {
    let mut needles = Vec::new();
    for setup in setups {
        for secret in setup.objects().iter().filter(|object| object["kind"] == "Secret") {
            for (key, value) in secret["stringData"].as_object().unwrap() {
                let name = format!("{} key {key}", secret["metadata"]["name"].as_str().unwrap());
                needles.extend(parts(value.as_str().unwrap()).iter().map(|part| needle(&name, part)));
            }
        }
    }
    needles.extend(tokens.iter().map(|token| needle("a token", token)));
    needles
}

fn needle(name: &str, secret: &str) -> Needle {
    assert!(secret.len() >= SHORTEST, "{name}: so short a secret may be found by chance");
    Needle { name: name.to_owned(), forms: forms(secret) }
}

/// What is secret in a value: the key in a key file, the signature in a SAS, each line of a PEM file; else all.
fn parts(value: &str) -> Vec<String> {
    if let Ok(Value::Object(file)) = serde_json::from_str(value) {
        return parts(file["private_key"].as_str().unwrap());
    }
    if let Some((_, signature)) = value.split_once("sig=") {
        let pairs = url::form_urlencoded::parse(value.trim().as_bytes());
        let decoded = pairs.filter(|(name, _)| name == "sig").map(|(_, value)| value.into_owned());
        return decoded.chain([signature.to_owned(), value.to_owned()]).collect();
    }
    let lines = value.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    // The last line of a file may be short.
    lines.filter(|line| value.lines().count() == 1 || line.len() >= SHORTEST).map(str::to_owned).collect()
}

/// As it is, percent-encoded, in hexadecimal, and in Base64, also where it is a piece of something longer.
fn forms(secret: &str) -> Vec<String> {
    let upper = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let lower = lower_case_escapes(&upper);
    let mut forms = vec![secret.to_owned(), upper, lower, form, hex];
    for alphabet in [&STANDARD, &URL_SAFE] {
        let engine = GeneralPurpose::new(alphabet, NO_PAD);
        for before in 0..3_usize {
            // Letters that depend on what stands before and behind are left out.
            let text = engine.encode([&b"xxx"[..before], secret.as_bytes()].concat());
            let (first, bits) = ((before * 8).div_ceil(6), (before + secret.len()) * 8);
            forms.push(text.get(first..bits / 6).unwrap_or_default().to_owned());
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

fn lower_case_escapes(text: &str) -> String {
    let mut left = 0_u8;
    let lower = |c: char| {
        let escaped = left > 0;
        left = if c == '%' { 2 } else { left.saturating_sub(1) };
        if escaped { c.to_ascii_lowercase() } else { c }
    };
    text.chars().map(lower).collect()
}

/// Where secrets were told: the secret, and what told it, never the secret itself.
fn found(needles: &[Needle], told: &[Told]) -> Vec<String> {
    let mut leaks = Vec::new();
    for told in told {
        let text = String::from_utf8_lossy(&told.bytes);
        for needle in needles {
            if let Some(form) = needle.forms.iter().find(|form| text.contains(form.as_str())) {
                let at = text.find(form.as_str()).unwrap_or_default();
                let line = text.get(..at).unwrap_or_default().lines().last().unwrap_or_default();
                leaks.push(format!("{} tells {} behind {line:?}", told.name, needle.name));
            }
        }
    }
    leaks
}

/// Nothing told any of them, and all of these were read, in which no secret is found by the same search.
pub fn judge(needles: &[Needle], told: &[Told], read: &[&str]) -> Result<(), Failed> {
    let leaks = found(needles, told);
    if !leaks.is_empty() {
        return Err(leaks.join("\n").into());
    }
    let harmless = Needle {
        name: "no secret".to_owned(),
        // The first is told by what is running, the second by what is judged before.
        forms: ["s3-access-key-is-unknown", "s3-secret-lacks-a-key"].map(str::to_owned).to_vec(),
    };
    for what in read {
        let mut read = told.iter().filter(|told| told.name == *what);
        if !read.any(|told| !found(slice::from_ref(&harmless), slice::from_ref(told)).is_empty()) {
            return Err(format!("{what} was not read").into());
        }
    }
    Ok(())
}

/// A secret that is told is found, whatever stands around it.
pub fn judge_the_search() -> Result<(), Failed> {
    const SECRET: &str = "pLaNtEd/sEcReT+0123456789?&abc";
    let base64 = |text: String| GeneralPurpose::new(&STANDARD, NO_PAD).encode(text);
    let needles = [needle("planted", SECRET)];
    let encoded = utf8_percent_encode(SECRET, NON_ALPHANUMERIC).to_string();
    let rows = [
        SECRET.to_owned(),
        encoded.clone(),
        encoded.replace("%2F", "%2f").replace("%2B", "%2b").replace("%3F", "%3f"),
        url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect(),
        base64(SECRET.to_owned()),
        base64(format!("user:{SECRET}")),
        base64(format!("users:{SECRET}@host")),
        base64(format!("a:{SECRET}")).replace('/', "_").replace('+', "-"),
    ];
    for row in rows {
        let told = Told { name: "a log".to_owned(), bytes: format!("before {row} behind").into_bytes() };
        if found(&needles, &[told]).len() != 1 {
            return Err(format!("{row} is not found").into());
        }
    }
    let harmless = Told { name: "a log".to_owned(), bytes: b"pLaNtEd/sEcReT".to_vec() };
    if found(&needles, &[harmless]).is_empty() {
        Ok(())
    } else {
        Err("a piece is taken for the whole".into())
    }
}
