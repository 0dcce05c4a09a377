//! Values that are lists of pairs: `ld-top_right_from-red_sp-ih_div_2`.

/// Splits at `_`. A part that starts with one of `keys` and a hyphen opens a pair, any other part belongs to the value
/// before it; what stands before the first pair is dropped.
pub(super) fn pairs<'a>(text: &'a str, keys: &[&str]) -> Vec<(&'a str, &'a str)> {
    let mut pairs: Vec<(&str, usize, usize)> = Vec::new();
    let mut start = 0;
    for part in text.split('_') {
        let end = start + part.len();
        match part.split_once('-') {
            Some((key, _)) if keys.contains(&key) => pairs.push((key, start + key.len() + 1, end)),
            Some(_) | None => {
                if let Some((_, _, value_end)) = pairs.last_mut() {
                    *value_end = end;
                }
            }
        }
        start = end + 1;
    }
    pairs.into_iter().map(|(key, from, to)| (key, text.get(from..to).unwrap_or_default())).collect()
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
            ("foo-1_to-blue_bar-2", vec![("to", "blue_bar-2")]),
            ("true", vec![]),
            ("", vec![]),
            ("ld-", vec![("ld", "")]),
        ] {
            assert_eq!(pairs(text, &keys), expected, "{text}");
        }
    }
}
