//! Values that are lists of pairs: `ld-top_right_from-red_sp-ih_div_2`.

/// Splits at `_`. A part that starts with a word and a hyphen opens a pair, any other part belongs to the value before
/// it. Pairs whose word is none of `keys` are dropped, and so is what stands before the first pair.
pub(super) fn pairs<'a>(text: &'a str, keys: &[&str]) -> Vec<(&'a str, &'a str)> {
    let mut pairs: Vec<(&str, usize, usize)> = Vec::new();
    let mut start = 0;
    for part in text.split('_') {
        let end = start + part.len();
        match part.split_once('-') {
            Some((key, _)) if is_word(key) => pairs.push((key, start + key.len() + 1, end)),
            Some(_) | None => {
                if let Some((_, _, value_end)) = pairs.last_mut() {
                    *value_end = end;
                }
            }
        }
        start = end + 1;
    }
    pairs
        .into_iter()
        .filter(|(key, ..)| keys.contains(key))
        .map(|(key, from, to)| (key, text.get(from..to).unwrap_or_default()))
        .collect()
}

/// What a key looks like. Nothing that belongs to a value does and has a hyphen behind it.
fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_without_a_key_belong_to_the_value_before() {
        let keys = ["ld", "from", "to", "sp"];
        for (text, expected) in [
            (
                "ld-top_right_from-red_sp-ih_div_2",
                vec![("ld", "top_right"), ("from", "red"), ("sp", "ih_div_2")],
            ),
            ("sp-1_ld-45", vec![("sp", "1"), ("ld", "45")]),
            ("foo-1_to-blue_bar-2", vec![("to", "blue")]),
            ("ld-top_foo-1_2_from-red", vec![("ld", "top"), ("from", "red")]),
            ("ld--5_sp-N2", vec![("ld", "-5"), ("sp", "N2")]),
            ("sp-2_-5", vec![("sp", "2_-5")]),
            ("true", vec![]),
            ("", vec![]),
            ("ld-", vec![("ld", "")]),
        ] {
            assert_eq!(pairs(text, &keys), expected, "{text}");
        }
    }
}
