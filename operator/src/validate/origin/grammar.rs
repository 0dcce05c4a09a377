//! Names by the grammar of their store. The API server judges the same; a folder of manifests and an older definition
//! do not.

use crate::validate::Findings;

/// A name that stands in a host name or a path, so that nothing in it may end either.
pub(super) fn bucket(text: &str, field: &str, findings: &mut Findings) -> String {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if !begins || !text.bytes().all(fits) {
        findings.invalid(field, format!("{text:?} is no bucket name: letters, digits, dots and hyphens"));
    }
    text.to_owned()
}

/// A storage account of Azure.
pub(super) fn account(text: &str, field: &str, findings: &mut Findings) -> String {
    let fits = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !fits || !(3..=24).contains(&text.len()) {
        findings
            .invalid(field, format!("{text:?} is no storage account: 3 to 24 lower-case letters and digits"));
    }
    text.to_owned()
}

/// A container of Azure.
pub(super) fn container(text: &str, field: &str, findings: &mut Findings) -> String {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let fits = text.bytes().all(|byte| edge(Some(byte)) || byte == b'-');
    let ends = edge(text.bytes().next()) && edge(text.bytes().next_back());
    let ordinary = fits && ends && (3..=63).contains(&text.len()) && !text.contains("--");
    if !ordinary && !matches!(text, "$root" | "$web") {
        findings.invalid(
            field,
            format!(
                "{text:?} is no container: 3 to 63 lower-case letters, digits and hyphens, or $root or $web"
            ),
        );
    }
    text.to_owned()
}

/// What is given.
pub(super) fn present(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}
