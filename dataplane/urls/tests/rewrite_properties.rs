//! What holds for every URL of another vendor: no panic, nothing that the native grammar refuses, bounded time.

#![expect(clippy::expect_used, reason = "test code fails by panicking")]

use std::time::{Duration, Instant};

use imgplane_urls::{NamedTransformations, Plan, Rewriter, Rules, Target, UrlErrorCode};
use proptest::prelude::*;

const ALL: [Rewriter; 4] = [
    Rewriter::Cloudinary { preserve_asset_delivery_types: false },
    Rewriter::Cloudinary { preserve_asset_delivery_types: true },
    Rewriter::Imgix,
    Rewriter::Akamai,
];

/// Everything that must hold of one URL.
fn check(rewriter: Rewriter, rest: &str, query: Option<&str>) {
    let Some(rewritten) = rewriter.rewrite(rest, query) else { return };
    assert!(rewritten.notes.len() <= 41);
    for note in &rewritten.notes {
        let note = note.to_string();
        assert!(note.is_ascii() && note.len() < 1000, "{note}");
    }
    // Nothing is invented: what is left of the query stood there, in this order.
    let mut before = query.unwrap_or_default().split('&');
    for piece in rewritten.query.as_deref().into_iter().flat_map(|query| query.split('&')) {
        assert!(before.any(|other| other == piece), "{piece} of {query:?}");
    }
    let mut target = Target::parse("a.jpg", None).expect("a file has an address");
    target.strings = vec![rewritten.transformation.clone()];
    // Every name is one that the endpoint stores.
    let names = rewritten.transformation.split([',', ':']).filter_map(|item| item.strip_prefix("n-"));
    let named = NamedTransformations::new(names.map(|name| (name.to_owned(), String::new(), true)), false);
    // Nothing is emitted that the strictest endpoint would not know.
    for rules in
        [Rules::default(), Rules { reject_unknown: true, reject_invalid: true, translate_overlays: false }]
    {
        match Plan::parse_named(&target, &rules, &named) {
            Ok(plan) => assert_eq!(plan.warnings().iter().find(|warning| warning.contains("known")), None),
            Err(error) => {
                assert_ne!(error.code, UrlErrorCode::Einval, "{rest}?{query:?}: {target:?}: {error}");
            }
        }
    }
    if let Ok((target, again)) = Target::rewritten(rest, query, Some(&rewriter)) {
        assert!(target.strings.len() <= 1);
        assert_eq!(again, Some(rewritten));
    }
}

fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![12 => prop::sample::select(words).prop_map(str::to_owned), 1 => "\\PC{0,3}", 1 => "[0-9.:_N-]{0,5}"]
}

/// Fragments of paths, so that random ones get past the first segment.
const PATH: &[&str] = &[
    "/",
    "/",
    "/",
    "/",
    ",",
    ",",
    ",",
    "_",
    ":",
    ".",
    "-",
    "w_",
    "h_",
    "ar_",
    "c_crop",
    "c_fill",
    "c_",
    "g_north",
    "g_south_east",
    "g_center",
    "x_",
    "y_-",
    "z_",
    "dpr_",
    "f_auto",
    "q_auto:best",
    "q_",
    "a_",
    "r_max:",
    "r_",
    "e_blur:",
    "e_sharpen:",
    "e_trim:",
    "e_unsharp_mask:",
    "e_contrast",
    "bo_5px_solid_",
    "b_rgb:",
    "b_blurred:",
    "red",
    "co_",
    "l_text:Roboto_",
    "_bold:",
    "l_",
    "u_",
    "l_text:",
    "fl_layer_apply",
    "fl_progressive",
    "so_",
    "t_",
    "if_w_gt_1",
    "if_end",
    "$a_1",
    "$",
    "1.0",
    "-0.25",
    "g_north_east,x_-",
    "image/upload/",
    "video/fetch/",
    "s--abcdefgh--",
    "v12",
    "https://",
    "tr:",
    "ik-thumbnail.jpg",
    "a.jpg",
    "%2C",
    "%3A",
    "%2F",
    "%252C",
    "%22",
    "%ff",
    "%00",
    "\"",
    "..",
    "@@",
    "0",
    "1",
    "50",
    "-20",
    "0.5",
    "2000",
    "99999999999999999999",
    "B4F9",
    "AAAA54A9",
    "é",
    " ",
    "Hi",
    "ik_canvas",
    "l-end",
    "max",
];

const QUERY: &[&str] = &[
    "&",
    "&",
    "&",
    "&",
    "=",
    "=",
    "w=",
    "h=",
    "ar=",
    "crop=",
    "or=",
    "m=",
    "1.0",
    "top",
    "left",
    ",",
    "faces",
    "fit=",
    "crop",
    "max",
    "facearea",
    "fill=solid",
    "fm=",
    "jp2",
    "q=",
    "auto=",
    "format",
    "orient=",
    "6",
    "bg=",
    "fill-color=",
    "dpr=",
    "sharp=",
    "con=",
    "usm=",
    "usmrad=",
    "blur=",
    "trim=auto",
    "s=",
    "txt=",
    "mark64=",
    "imwidth=",
    "imheight=",
    "im=",
    "tr=",
    "ik-s=1",
    "x=1",
    "0",
    "1",
    "50",
    "-20",
    "0.5",
    "2:3",
    "1e9",
    "99999999999999999999",
    "9B4F",
    "%2C",
    "%3A",
    "%ff",
    "%00",
    "é",
];

fn text(words: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(word(words), 0..most).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_url_of_a_vendor_becomes_a_string_that_is_refused(rest in text(PATH, 40), query in proptest::option::of(text(QUERY, 30))) {
        for rewriter in ALL {
            check(rewriter, &rest, query.as_deref());
        }
    }

    #[test]
    fn no_value_becomes_a_string_that_is_refused(key in 0..1000_usize, value in "(\\PC{0,12}|[0-9:.]{1,8}|-?[0-9]{1,30}(\\.[0-9]{1,30})?)", overlay: bool) {
        for rewriter in ALL {
            let pieces = rewriter.examples();
            let piece = &pieces[key % pieces.len()].0;
            let key = piece.split(['=', '_']).next().unwrap_or_default();
            let before = if overlay { "l_logo/" } else { "" };
            check(rewriter, &format!("{before}{key}_{value}/fl_layer_apply/a.jpg"), Some(&format!("fit=crop&h=5&{key}={value}")));
        }
    }

    #[test]
    fn arbitrary_text_makes_no_rewriter_panic(rest in "\\PC{0,60}", query in "\\PC{0,60}") {
        for rewriter in ALL {
            check(rewriter, &rest, Some(&query));
        }
    }
}

/// URLs of 8 KB that would be slow if anything were quadratic or recursive without bound.
#[test]
fn hostile_urls_are_rewritten_in_bounded_time() {
    let full = |unit: &str| unit.repeat(8190 / unit.len());
    let parts = [
        full("w_1/"),
        full("w_1,"),
        full("/"),
        full(","),
        full("l_a/"),
        full("l_a,"),
        full("u_a/"),
        full("fl_layer_apply/"),
        full("l_a/fl_layer_apply/"),
        format!("{}{}", "l_a/".repeat(400), "fl_layer_apply/".repeat(400)),
        full("if_a/"),
        full("if_a/if_end/"),
        full("s--a--/"),
        full("v1/"),
        format!("l_text:{}", full("a_b:")),
        format!("l_text:{}", full("a_")),
        format!("l_text:a_5_{}:x", full("bold_")),
        format!("l_text:a_5:{}", "%25".repeat(2700)),
        format!("l_text:a_5:{}", "é".repeat(4000)),
        format!("l_{}", full("a:")),
        format!("r_{}", full("1:")),
        format!("b_blurred:{}", full("1:")),
        format!("e_trim:{}", full("1:")),
        format!("fl_{}", full("progressive.")),
        format!("w_{}", "9".repeat(8000)),
        format!("b_{}", "f".repeat(8000)),
        full("https:/"),
        full("w=1&"),
        full("fit=crop&"),
        full("usmrad=1&usm=1&"),
        full("ar=1&"),
        full("&"),
        full("="),
        full("mark64&"),
        format!("crop={}", full("top,")),
        format!("auto={}", full("x,")),
        format!("w={}", "9".repeat(8000)),
    ];
    for part in &parts {
        for rewriter in ALL {
            let rest = format!("{part}/a.jpg");
            check(rewriter, &rest, Some(part));
            let judge = || {
                let start = Instant::now();
                let _ = rewriter.rewrite(&rest, Some(part));
                start.elapsed()
            };
            // The best of five, because other work may hold the machine; what is linear takes well under that.
            let best = (0..5).map(|_| judge()).min().unwrap_or_default();
            assert!(best < Duration::from_millis(20), "{best:?} for {part:.40}");
        }
    }
}
