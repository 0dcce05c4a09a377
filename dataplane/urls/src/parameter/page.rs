//! `pg`: a page, a list `1_3`, ranges `2-4` and `4-`, or `name-"a"_"b"`.

use super::{BadValue, Context};
use crate::setting::Setting;

pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let understood = match text.strip_prefix("name-") {
        Some(names) => are_names(names),
        None => text.split('_').all(is_page_or_range),
    };
    understood
        .then_some(Setting::Page)
        .ok_or(BadValue::Form("is not a page, a list, a range or quoted names"))
}

fn is_page_or_range(part: &str) -> bool {
    // Pages count from 1.
    let page =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.bytes().any(|byte| byte != b'0');
    match part.split_once('-') {
        None => page(part),
        Some((from, "")) => page(from),
        Some((from, to)) => page(from) && page(to),
    }
}

/// `"a"_"b"`: names may hold any separator.
fn are_names(mut text: &str) -> bool {
    loop {
        let Some((name, rest)) = text.strip_prefix('"').and_then(|text| text.split_once('"')) else {
            return false;
        };
        if name.is_empty() {
            return false;
        }
        match rest.strip_prefix('_') {
            Some(next) => text = next,
            None => return rest.is_empty(),
        }
    }
}
