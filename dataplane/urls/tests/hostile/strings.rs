//! Strings that are hostile by repetition, and all the work that one makes.

use imgplane_urls::{Hints, Plan, Rules, Source, Target};

const LENIENT: Rules = Rules { reject_unknown: false, reject_invalid: false, translate_overlays: true };
/// Sizes that are compared, in bytes.
pub(crate) const SHORT: usize = 2000;
pub(crate) const LONG: usize = 8000;

/// Units that are repeated up to a length, between a start and an end.
pub(crate) const HOSTILE: [(&str, &str, &str); 34] = [
    ("", "\"", ""),
    ("", "-\"", ""),
    ("", ",", ""),
    ("", ":", ""),
    ("", "foo-bar,", ""),
    ("", "\u{e9}-\u{fc},", ""),
    ("", "w-abc,", ""),
    ("", "w-1,", ""),
    ("", "e-grayscale,", ""),
    ("", "ar-4:", ""),
    ("", "l-image,", ""),
    ("", "if-w_gt_1,", ""),
    ("", "l-end,", ""),
    ("w-", "iw_mul_", "iw"),
    ("w-", "2_pow_", "2"),
    ("w-", "9", ""),
    ("fo-", "car_", "car"),
    ("fo-", "car_", "unicorn"),
    ("e-gradient-", "ld-top_", ""),
    ("r-", "1_", ""),
    ("pg-name-", "\"a\"_", "\"a\""),
    ("if-", "w_gt_1_and_", "w_gt_1,w-1,if-end"),
    ("l-text,ie-", "QUJD", ",l-end"),
    ("l-text,i-", "\u{1f600}", ",l-end"),
    ("l-text,i-a,pa-", "1_", ",l-end"),
    ("l-text,i-a,ff-", "@@", ".ttf,l-end"),
    ("l-text,i-a,tg-", "b_", "b,l-end"),
    ("l-image,i-", "@@", "a,l-end"),
    ("l-image,i-a,lx-", "bw_add_", "bw,l-end"),
    ("l-image,i-a,", "lx-5,", "l-end"),
    ("l-image,i-a,", "bogus-1,", "l-end"),
    ("l-image,", "i-a,", "l-end"),
    ("oi-a,", "ow-5,", "ox-1"),
    ("obg-red,", "ots-5,", "ox-1"),
];

/// One of them, so long.
pub(crate) fn string((start, unit, end): (&str, &str, &str), length: usize) -> String {
    let times = (length - start.len() - end.len()) / unit.len();
    format!("{start}{}{end}", unit.repeat(times))
}

/// Everything that is done with a string before its source is fetched and after its size is known.
pub(crate) fn work(string: &str) {
    let mut target = Target::parse("photo.jpg", None).unwrap();
    target.strings = vec![string.to_owned()];
    let source =
        Source { width: 1600, height: 1067, orientation: 1, auto_orient: true, max_pixels: 100_000_000 };
    for rules in [Rules::default(), LENIENT] {
        if let Ok(plan) = Plan::parse(&target, &rules) {
            let _ = (plan.normal(), plan.layer_sources(), plan.resolve(&source, &Hints::default()));
        }
    }
}
