//! What holds for every string: no panic, bounded sizes, parameters that do not disturb each other, bounded time.

use std::time::{Duration, Instant};

use imgplane_urls::{Hints, Operation, Plan, Resolved, Rules, Source, Target, UrlError, UrlErrorCode};
use proptest::prelude::*;

const MAX_PIXELS: u64 = 100_000_000;

fn parse(string: &str, rules: Rules) -> Result<Plan, UrlError> {
    let mut target = Target::parse("photo.jpg", None)?;
    target.strings = vec![string.to_owned()];
    Plan::parse(&target, &rules)
}

fn source(width: u32, height: u32, orientation: u8) -> Source {
    Source { width, height, orientation, auto_orient: true, max_pixels: MAX_PIXELS }
}

fn lenient() -> Rules {
    Rules { reject_unknown: false, reject_invalid: false, translate_overlays: false }
}

/// Fragments of the language, so that random strings get past the first character.
fn fragment() -> impl Strategy<Value = String> {
    let words = [
        "w-",
        "h-",
        "ar-",
        "c-force",
        "c-at_max",
        "cm-extract",
        "cm-pad_extract",
        "cm-pad_resize",
        "fo-top_left",
        "x-",
        "xc-",
        "y-",
        "dpr-",
        "rt-90",
        "rt-auto",
        "fl-h_v",
        "bg-red",
        "r-max",
        "r-",
        "b-",
        "bl-5",
        "e-grayscale",
        "e-shadow-",
        "e-distort-a-",
        "rt-",
        "t-",
        "o-",
        "bg-blurred",
        "q-",
        "f-webp",
        "orig-true",
        "l-image",
        "l-text",
        "l-end",
        "i-a.png",
        "ie-YQ==",
        "if-w_gt_",
        "if-else",
        "if-end",
        "iw",
        "ih",
        "cw",
        "_mul_",
        "_div_",
        "_add_",
        "_pow_",
        "_mod_",
        "N",
        "-",
        "_",
        ",",
        ",",
        ",",
        ":",
        ":",
        "0",
        "1",
        "0.5",
        "400",
        "70000",
        "16-9",
        "4:3",
        "\"",
        " ",
        "é",
        "%",
        "auto",
        "red",
        "foo-bar",
        "tr:",
    ];
    prop_oneof![9 => prop::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,3}"]
}

fn string() -> impl Strategy<Value = String> {
    proptest::collection::vec(fragment(), 0..24).prop_map(|fragments| fragments.concat())
}

/// Steps that resolve for every source, as text.
fn good_item() -> impl Strategy<Value = String> {
    prop_oneof![
        (1_u32..6000).prop_map(|side| format!("w-{side}")),
        (1_u32..6000).prop_map(|side| format!("h-{side}")),
        (1_u32..100).prop_map(|percent| format!("w-0.{percent:02}1")),
        (1_u32..30, 1_u32..30).prop_map(|(across, down)| format!("ar-{across}-{down}")),
        (1_u32..60).prop_map(|tenths| format!("dpr-{}.{}", tenths / 10, tenths % 10)),
        prop::sample::select(vec![
            "c-maintain_ratio",
            "c-maintain_ratio_no_enlarge",
            "c-force",
            "c-at_max",
            "c-at_max_enlarge",
            "c-at_least",
            "cm-pad_resize",
            "cm-pad_resize_no_enlarge",
            "cm-extract",
            "cm-pad_extract",
            "cm-pad_extract_no_shrink",
            "fo-top",
            "fo-left",
            "fo-bottom_right",
            "rt-90",
            "rt-180",
            "rt-N90",
            "fl-h",
            "fl-v",
            "b-3_red",
            "r-max",
            "r-10_max_0_2000",
            "bl-3",
            "e-grayscale",
            "e-contrast",
            "e-sharpen-30",
            "e-usm-2-3-0.5-0.1",
            "e-shadow-bl-4_x-N30",
            "e-gradient-ld-30_sp-0.4",
            "e-gradient-sp-iw_div_3",
            "e-colorize-co-red_in-40",
            "e-distort-a-60",
            "e-distort-p-10_20_90_15_95_80_5_85",
            "cr-red_20_blue",
            "rt-33",
            "o-40",
            "fo-auto",
            "cm-extract",
            "cm-pad_extract",
            "bg-blurred_30",
            "bg-dominant",
            "bg-gradient_dominant_4",
            "bg-white",
            "q-50",
            "f-png",
            "w-iw_div_2",
            "h-ch_mul_0.3",
        ])
        .prop_map(str::to_owned),
    ]
}

fn good_string() -> impl Strategy<Value = String> {
    let step = proptest::collection::vec(good_item(), 1..6).prop_map(|items| items.join(","));
    proptest::collection::vec(step, 1..4).prop_map(|steps| steps.join(":"))
}

/// Everything that must hold of a result.
fn check(resolved: &Resolved) {
    let mut size = resolved.source;
    for step in &resolved.steps {
        assert_eq!(step.input, size, "{step:?}");
        for operation in &step.operations {
            match *operation {
                Operation::Resize { scaled, window } => {
                    assert!(scaled.width > 0 && scaled.height > 0);
                    assert!(
                        u64::from(window.x) + u64::from(window.width) <= u64::from(scaled.width),
                        "{step:?}"
                    );
                    assert!(
                        u64::from(window.y) + u64::from(window.height) <= u64::from(scaled.height),
                        "{step:?}"
                    );
                    size = window.size();
                }
                Operation::Extract { rect } => {
                    assert!(
                        rect.x + rect.width <= size.width && rect.y + rect.height <= size.height,
                        "{step:?}"
                    );
                    size = rect.size();
                }
                Operation::Attend { window } => {
                    assert!(window.width <= size.width && window.height <= size.height, "{step:?}");
                    size = window;
                }
                Operation::Pad { canvas, .. }
                | Operation::Arc { canvas, .. }
                | Operation::Tilt { canvas, .. } => size = canvas,
                Operation::Opacity { share } | Operation::Colorize { share, .. } => {
                    assert!((0.0..=1.0).contains(&share), "{step:?}");
                }
                Operation::Unsharp(mask) => {
                    assert!(mask.sigma >= 0.0 && mask.amount >= 0.0 && mask.threshold >= 0.0, "{step:?}");
                }
                Operation::Gradient(gradient) => assert!(gradient.stop >= 0.0, "{step:?}"),
                Operation::Shadow(shadow) => {
                    assert!(size.pixels() <= 2_000_000 && (0.0..=15.0).contains(&shadow.sigma), "{step:?}");
                }
                Operation::Frame { border, .. } => {
                    let grow = border.map_or(0, |(width, _)| 2 * width);
                    size.width += grow;
                    size.height += grow;
                }
                Operation::Rotate { quarter_turns } => {
                    assert!((1..=3).contains(&quarter_turns));
                    if quarter_turns != 2 {
                        size = size.turned();
                    }
                }
                Operation::Grayscale
                | Operation::Contrast
                | Operation::Recolour(_)
                | Operation::Perspective { .. }
                | Operation::Blur { .. }
                | Operation::Flip { .. }
                | Operation::Background { .. } => {}
            }
            assert!(size.width > 0 && size.height > 0, "{step:?}");
        }
        assert_eq!(step.output, size, "operations lead elsewhere: {step:?}");
        assert!(size.pixels() <= MAX_PIXELS);
    }
    assert_eq!(resolved.size, size);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_string_makes_the_parser_panic(text in string(), strict: bool, width in 1_u32..5000, height in 1_u32..5000) {
        let rules = Rules { reject_unknown: strict, reject_invalid: strict, translate_overlays: !strict };
        match parse(&text, rules) {
            Ok(plan) => {
                for warning in plan.warnings() {
                    prop_assert!(warning.is_ascii());
                }
                if let Ok(resolved) = plan.resolve(&source(width, height, 6), &Hints { width: Some(212.0), dpr: Some(2.0) }) {
                    prop_assert!(resolved.size.pixels() <= MAX_PIXELS);
                    // Without its operations a feature that is missing leads nowhere.
                    if plan.missing().is_none() {
                        check(&resolved);
                    }
                }
            }
            Err(error) => prop_assert!(error.message.is_ascii() && error.message.len() < 400, "{error}"),
        }
    }

    #[test]
    fn no_address_makes_the_target_panic(rest in "(\\PC|/|%[0-9a-f]{2}|tr:|tr%3A|ik-seo/|https:){0,40}", query in "(\\PC|&|=|tr=|ik-s=|%2C){0,40}") {
        if let Ok(target) = Target::parse(&rest, Some(&query)) {
            prop_assert!(!target.resource.is_empty() && !target.resource.starts_with('/'));
            prop_assert_eq!(imgplane_urls::check_resource(&target.resource), Ok(()));
        }
    }

    #[test]
    fn good_strings_resolve_to_operations_that_lead_to_the_stated_size(
        text in good_string(), width in 1_u32..3000, height in 1_u32..3000, orientation in 0_u8..10,
    ) {
        let plan = parse(&text, Rules::default()).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        match plan.resolve(&source(width, height, orientation), &Hints::default()) {
            Ok(resolved) => check(&resolved),
            Err(error) => prop_assert_eq!(error.code, UrlErrorCode::Elimit, "{}: {}", text, error),
        }
    }

    #[test]
    fn extreme_sources_resolve_or_fail_but_never_overflow(text in good_string(), side in prop::sample::select(vec![1, 2, 65_535, 100_000_000, u32::MAX]), tall: bool) {
        let plan = parse(&text, Rules::default()).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let (width, height) = if tall { (1, side) } else { (side, 1) };
        if let Ok(resolved) = plan.resolve(&source(width, height, 1), &Hints::default()) {
            check(&resolved);
        }
    }

    #[test]
    fn a_bad_or_unknown_parameter_never_changes_what_another_one_means(
        text in good_string(), bad in prop::sample::select(vec!["w-abc", "c-bogus", "foo-bar", "zz", "e-unknown-3", "rt-east", "q-", "h--5", "lx-5", "so-1"]), width in 1_u32..3000, height in 1_u32..3000,
    ) {
        let alone = parse(&text, lenient()).map(|plan| plan.resolve(&source(width, height, 1), &Hints::default()));
        for spoiled in [format!("{bad},{text}"), format!("{text},{bad}")] {
            let beside = parse(&spoiled, lenient()).map(|plan| plan.resolve(&source(width, height, 1), &Hints::default()));
            match (&alone, &beside) {
                (Ok(Ok(alone)), Ok(Ok(beside))) => {
                    prop_assert_eq!(&alone.steps, &beside.steps, "{}", spoiled);
                    prop_assert_eq!(alone.output, beside.output);
                }
                (alone, beside) => prop_assert_eq!(alone, beside, "{}", spoiled),
            }
        }
    }

    #[test]
    fn the_order_inside_a_step_does_not_matter(mut items in proptest::collection::vec(good_item(), 1..6), width in 1_u32..3000, height in 1_u32..3000) {
        // Of equal keys the last one counts, so only the first of each is kept here.
        let mut seen = std::collections::HashSet::new();
        items.retain(|item| seen.insert(item.split('-').next().unwrap_or_default().to_owned()));
        let resolve = |items: &[String]| {
            let plan = parse(&items.join(","), Rules::default())?;
            let resolved = plan.resolve(&source(width, height, 1), &Hints::default())?;
            let operations: Vec<Operation> = resolved.steps.into_iter().flat_map(|step| step.operations).collect();
            Ok::<_, UrlError>((resolved.size, resolved.output, operations))
        };
        let forward = resolve(&items);
        items.reverse();
        prop_assert_eq!(forward, resolve(&items), "{}", items.join(","));
    }
}

/// Strings of 8 KB that would be slow if anything were quadratic or recursive without bound.
#[test]
fn hostile_strings_are_judged_in_bounded_time() {
    let full = |unit: &str| unit.repeat(8190 / unit.len());
    let strings = [
        full("\""),
        full("-\""),
        full("l-image,"),
        full("l-end,"),
        full("if-w_gt_1,"),
        full("foo-bar,"),
        full("é-ü,"),
        full("w-abc,"),
        full("w-1,"),
        full(":"),
        full("ar-4:"),
        format!("ar-{}", full("4:")),
        format!("w-{}", full("iw_mul_").trim_end_matches("_mul_")),
        format!("w-{}", full("2_pow_").trim_end_matches("_pow_")),
        format!("w-{}", "9".repeat(8000)),
        format!("rt-{}", "9".repeat(8000)),
        format!("fo-{}", full("car_").trim_end_matches('_')),
        format!("e-gradient-{}", full("ld-top_").trim_end_matches('_')),
        format!("r-{}", full("1_")),
        format!("l-text,ie-{},l-end", "A".repeat(8000)),
        format!(
            "if-{},w-1,if-end",
            full("w_gt_1_and_").trim_end_matches("_and_").get(..8000).unwrap_or_default()
        ),
    ];
    for string in &strings {
        let string = string.get(..string.len().min(8192)).unwrap_or(string);
        let judge = || {
            let start = Instant::now();
            for rules in [Rules::default(), lenient()] {
                if let Ok(plan) = parse(string, rules) {
                    let _ = plan.resolve(&source(1600, 1067, 1), &Hints::default());
                }
            }
            start.elapsed()
        };
        // The best of five, because other work may hold the machine; what is linear takes well under a millisecond.
        let best = (0..5).map(|_| judge()).min().unwrap_or_default();
        assert!(best < Duration::from_millis(50), "{best:?} for {string:.40}");
    }
}
