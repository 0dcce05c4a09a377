//! `pg`: a page, a list `1_3`, ranges `2-4` and `4-`, or `name-"a"_"b"`.

use super::{BadValue, Context};
use crate::setting::{End, Pages, Range, Setting};

pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    let pages = match text.strip_prefix("name-") {
        Some(text) => names(text).map(Pages::Names),
        None => text.split('_').map(range).collect::<Option<Vec<_>>>().map(Pages::Numbers),
    };
    pages.map(Setting::Pages).ok_or(BadValue::Form("is not a page, a list, a range or quoted names"))
}

fn range(text: &str) -> Option<Range> {
    match text.split_once('-') {
        None => Some(Range { from: page(text)?, to: End::Same }),
        Some((from, "")) => Some(Range { from: page(from)?, to: End::Open }),
        Some((from, to)) => Some(Range { from: page(from)?, to: End::At(page(to)?) }),
    }
}

/// Pages count from 1. A number that is too large names a page that no document has.
fn page(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let page = text.parse().unwrap_or(u32::MAX);
    (page > 0).then_some(page)
}

/// `"a"_"b"`: names may hold any separator.
fn names(mut text: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    loop {
        let (name, rest) = text.strip_prefix('"')?.split_once('"')?;
        if name.is_empty() {
            return None;
        }
        names.push(name.to_owned());
        match rest.strip_prefix('_') {
            Some(next) => text = next,
            None => return rest.is_empty().then_some(names),
        }
    }
}
