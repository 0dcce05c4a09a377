//! What holds for every string with layers and conditionals: its normal spelling means the same, no parameter disturbs
//! another, sizes stay within their limits, nothing panics.

use imgplane_urls::{
    Blend, Hints, ImageFacts, ImageInput, LayerFacts, Plan, Rect, Resolved, ResolvedStep, Rules, Size,
    Source, Target, TextBox, UrlError, UrlErrorCode,
};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use proptest::prelude::*;

const MAX_PIXELS: u64 = 100_000_000;
const LENIENT: Rules = Rules { reject_unknown: false, reject_invalid: false, translate_overlays: true };

/// Every file has this size and, where it is trimmed, this margin; letters are squares.
#[derive(Debug, Clone, Copy)]
struct Files {
    size: Size,
    margin: u32,
}

impl LayerFacts for Files {
    fn image(&self, input: &ImageInput) -> ImageFacts {
        let Size { width, height } = self.size;
        let cut = |side: u32| side.saturating_sub(2 * self.margin);
        let rect = Rect { x: self.margin, y: self.margin, width: cut(width), height: cut(height) };
        let orientation = if input.path.ends_with('g') { 6 } else { 1 };
        ImageFacts::Known { stored: self.size, orientation, trimmed: input.trim.map(|_| rect) }
    }

    fn text(&self, text: &TextBox) -> Option<Size> {
        let letters = u32::try_from(text.text.chars().count()).unwrap_or(u32::MAX);
        let side = text.font_size as u32;
        let width = text.width.unwrap_or(letters.saturating_mul(side));
        Some(text.around(Size { width, height: side }))
    }
}

fn files() -> impl Strategy<Value = Files> {
    (1_u32..2000, 1_u32..2000, 0_u32..300)
        .prop_map(|(width, height, margin)| Files { size: Size { width, height }, margin })
}

fn parse(string: &str, rules: Rules) -> Result<Plan, UrlError> {
    let mut target = Target::parse("photo.jpg", None)?;
    target.strings = vec![string.to_owned()];
    Plan::parse(&target, &rules)
}

fn resolve(plan: &Plan, (width, height): (u32, u32), files: Files) -> Result<Resolved, UrlError> {
    let source = Source { width, height, orientation: 1, auto_orient: true, max_pixels: MAX_PIXELS };
    let hints = Hints { width: Some(212.0), dpr: Some(2.0) };
    let mut resolved = plan.resolve_with(&source, &hints, &files)?;
    // What has no effect is named in warnings and left out of the normal spelling.
    resolved.warnings.clear();
    Ok(resolved)
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

/// Parameters of a picture, and how they may be misspelled in ways that mean something.
fn item() -> impl Strategy<Value = String> {
    prop_oneof![
        (1_u32..3000).prop_map(|side| format!("w-{side}")),
        (1_u32..3000).prop_map(|side| format!("h-{side}")),
        (0_u32..99, 0_u32..40).prop_map(|(part, side)| format!("h-0.{part:02}{side:03}")),
        (-50_i32..50).prop_map(|x| format!("x-{x}")),
        (1_u32..40, 1_u32..40).prop_map(|(across, down)| format!("ar-{across}_{down}")),
        "(iw|ih|cw|ch|car)_(mul|div|add|sub|mod)_(iw|[1-9]|0\\.5)".prop_map(|text| format!("w-{text}")),
        "N?(iw|cw)_(mul|div)_[1-9]".prop_map(|text| format!("xc-{text}")),
        one_of(&[
            "c-force",
            "c-at_max",
            "cm-extract",
            "cm-pad_resize",
            "cm-pad_extract",
            "fo-top_left",
            "fo-auto",
            "dpr-2",
            "dpr-auto",
            "w-auto",
            "rt-N90",
            "rt--180",
            "rt-auto",
            "rt-360",
            "fl-v_h",
            "bg-red",
            "bg-00F80",
            "bg-FFFFFF40",
            "bg-#123456F0",
            "b-iw_div_20-000000",
            "b-5_red",
            "r-max",
            "r-max_1_2_3",
            "r-2.5",
            "bl-3",
            "e-grayscale",
            "e-grayscale-false",
            "rt-N40.5",
            "t-5",
            "t-false",
            "o-50",
            "o-0.07",
            "o-100",
            "z-0.5,fo-face",
            "fo-cat_dog",
            "cr-red_40_blue",
            "cr-red",
            "bg-blurred_500_N30,w-30,h-40,cm-pad_resize",
            "bg-blurred",
            "bg-dominant",
            "bg-gradient_dominant_4",
        ]),
        effect(),
        one_of(&["w-999999999999999999999999999", "ar-4:3", "h-", "foo-1", "lx-5",]),
    ]
}

/// Effects and prompts, with all that their values may hold.
fn effect() -> impl Strategy<Value = String> {
    prop_oneof![
        one_of(&[
            "e-contrast",
            "e-sharpen",
            "e-sharpen-500",
            "e-usm",
            "e-usm-3-1.5-1-0",
            "e-shadow",
            "e-shadow-y-N300_bl-9_x-N0",
            "e-gradient",
            "e-gradient-ld-30_from-red_sp-ih_div_2",
            "e-gradient-ld-topleft_to-00FF0010_sp-40",
            "e-colorize-co-red_in-N5",
            "e-distort-a-N30",
            "e-distort-p-N1_0_90_0_90_90_N1_90.5",
            "e-bgremove",
            "e-dropshadow-az-45",
        ]),
        (1_u32..400).prop_map(|degrees| format!("rt-{degrees}")),
    ]
}

/// What may stand in the base chain alone.
fn base_only() -> impl Strategy<Value = String> {
    prop_oneof![
        output(),
        one_of(&[
            "dn-3000",
            "dn-idn_div_2",
            "c2pa-1",
            "c2pa-0",
            "di-@@a@@b c,.png",
            "di-a@/@b.png",
            "di-100%.png",
            "di-@@ \u{e9}.png",
            "di-\"a,b:c\".png",
            "e-upscale",
            "e-retouch-0",
            "e-changebg-prompte-YSwgYjogIic",
            "e-edit-prompt-\"a, b\"",
            "bg-genfill-prompte-IGEg,w-30,h-40,cm-pad_extract",
        ]),
    ]
}

fn output() -> impl Strategy<Value = String> {
    one_of(&["q-150", "q-N1", "f-jpeg", "f-orig", "pr-1", "lo-false", "md-true", "cp-0", "orig-false"])
}

/// Place, blending, time: of a layer as a whole.
fn place() -> impl Strategy<Value = String> {
    prop_oneof![
        (-700_i32..700).prop_map(|offset| format!("lx-{offset}")),
        (0_u32..700, 0_u32..10).prop_map(|(offset, tenths)| format!("lyc-N{offset}.{tenths}")),
        "N?(bw|bh)_(mul|div|sub)_(bw|[1-9])".prop_map(|text| format!("ly-{text}")),
        one_of(&[
            "lx-N0",
            "lfo-top",
            "lfo-bottom_right",
            "lap-center",
            "lap-right",
            "lm-multiply",
            "lm-cutout",
            "lm-cutter",
            "lso-5",
            "ldu-N1.5",
            "lxc-0.5",
        ]),
    ]
}

fn text_item() -> impl Strategy<Value = String> {
    prop_oneof![
        (1_u32..200).prop_map(|size| format!("fs-{size}")),
        (1_u32..500).prop_map(|width| format!("w-{width}")),
        one_of(&[
            "fs-bh_div_20",
            "lh-40",
            "ff-pt serif",
            "ff-@@f@@a.TTF",
            "ff-Comic",
            "co-red",
            "co-FF000020",
            "co-0F0F0F",
            "ia-left",
            "ia-center",
            "pa-5",
            "pa-1_2_3",
            "pa-bw_div_50",
            "tg-i_b",
            "tg-strikethrough",
            "bg-white",
            "bg-00FF00",
            "al-3",
            "al-0.25",
            "al-0.004",
            "al-0.996",
            "al-0.123",
            "r-5",
            "r-max",
            "rt-90",
            "fl-h",
            "w-0.5",
            "c-force",
        ]),
    ]
}

fn block_item() -> impl Strategy<Value = String> {
    prop_oneof![
        (1_u32..500).prop_map(|side| format!("w-{side}")),
        one_of(&[
            "h-bh_div_3",
            "h-20",
            "bg-red",
            "bg-00FF00",
            "bg-00FF0020",
            "al-7",
            "r-max",
            "b-3_red",
            "rt-90",
            "w-0.25",
        ]),
    ]
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        one_of(&[
            "i-logo.png",
            "i-@@a@@b c.jpg",
            "i-a/b.png",
            "i-100%.png",
            "ie-YSxiOmMucG5n",
            "ie-YUBAYi5wbmc",
            "i-@"
        ]),
        "[a-z@/%\u{e9} -]{1,12}[a-z]".prop_map(|path| format!("i-{path}")),
    ]
}

/// Any text: what cannot stand in a string is in base64.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[^,:\"]{0,20}[a-z]".prop_map(|text| format!("i-{text}")),
        one_of(&[
            "ie-SGVsbG8sIHdvcmxk",
            "ie-YTpiLCAiYyI",
            "i-5\" wide",
            "i-\"a,b: c\"",
            "i-  a  ",
            "ie-YQpi"
        ]),
    ]
}

/// Steps of a layer, or of the base: lists of items and whole layers, joined by colons.
fn chain(item: BoxedStrategy<String>, layer: Option<BoxedStrategy<String>>) -> BoxedStrategy<String> {
    let item = match layer {
        Some(layer) => prop_oneof![4 => item, 1 => layer].boxed(),
        None => item,
    };
    let step = prop::collection::vec(item, 0..5).prop_map(|items| items.join(","));
    prop::collection::vec(step, 1..4).prop_map(|steps| steps.join(":")).boxed()
}

fn layer(depth: u32) -> BoxedStrategy<String> {
    let inner = || (depth > 1).then(|| layer(depth - 1));
    let image = prop_oneof![3 => item(), 2 => place(), 1 => one_of(&["t-15", "t-", "pg-2_4-_7-9", "pg-name-\"a,b\""])];
    let of = |opener: &'static str, input: BoxedStrategy<String>, chain: BoxedStrategy<String>| {
        (input, chain).prop_map(move |(input, chain)| format!("{opener},{input},{chain},l-end"))
    };
    let displaced =
        (path(), -20_i32..20).prop_map(|(path, x)| format!("l-image,{path},lm-displace,x-{x},l-end"));
    prop_oneof![
        4 => of("l-image", path().boxed(), chain(image.boxed(), inner())),
        2 => of("l-text", text().boxed(), chain(prop_oneof![2 => text_item(), 1 => place()].boxed(), inner())),
        2 => of("l-image", Just("i-ik_canvas".to_owned()).boxed(), chain(prop_oneof![2 => block_item(), 1 => place()].boxed(), inner())),
        1 => displaced,
    ]
    .boxed()
}

fn conditional(depth: u32) -> BoxedStrategy<String> {
    let branch = move || {
        let plain = chain(prop_oneof![4 => item(), 1 => base_only()].boxed(), Some(layer(1)));
        if depth > 1 { prop_oneof![3 => plain, 1 => conditional(depth - 1)].boxed() } else { plain }
    };
    (
        "(w|h|iw|ih)_(gt|lte|eq|ne)_[0-9]{1,4}(_(and|or)_(ar|iar)_(gte|lt)_(4-3|1\\.5))?",
        branch(),
        prop::option::of(branch()),
    )
        .prop_map(|(condition, then, otherwise)| match otherwise {
            Some(otherwise) => format!("if-{condition},{then},if-else,{otherwise},if-end"),
            None => format!("if-{condition},{then},if-end"),
        })
        .boxed()
}

fn string() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => chain(prop_oneof![4 => item(), 1 => base_only()].boxed(), Some(layer(3))),
        1 => conditional(2),
        1 => one_of(&["oi-a.png,ow-50,ox-N5", "ot-Hello,ots-20,oa-5", "obg-red,ow-9,oh-9,ote-YQ"]),
    ];
    prop::collection::vec(part, 1..4).prop_map(|parts| parts.join(":"))
}

/// Sizes of steps follow from each other and stay within the limits, in layers too.
fn check(steps: &[ResolvedStep], start: Size) -> Size {
    let mut size = start;
    for step in steps {
        assert_eq!(step.input, size, "{step:?}");
        assert!(step.output.width > 0 && step.output.height > 0 && step.output.pixels() <= MAX_PIXELS);
        size = step.output;
        for layer in &step.layers {
            assert_eq!(layer.size.is_some(), layer.at.is_some());
            let Some(own) = layer.size else { continue };
            let last = match layer.steps.first() {
                Some(first) => check(&layer.steps, first.input),
                None => own,
            };
            assert!(last == own || matches!(layer.blend, Blend::Displace { .. }), "{layer:?}");
            assert!(own.pixels() <= MAX_PIXELS);
        }
    }
    size
}

proptest! {
    // One case has a hundred strings.
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn most_generated_strings_are_right(texts in prop::collection::vec(string(), 100)) {
        let right = texts.iter().filter(|text| parse(text, LENIENT).is_ok()).count();
        prop_assert!(right > 50, "only {} of 100", right);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_normal_spelling_of_a_plan_means_the_same(text in string(), source in (1_u32..2000, 1_u32..2000), files in files()) {
        let Ok(plan) = parse(&text, LENIENT) else { return Ok(()) };
        let normal = plan.normal();
        let again = parse(&normal, Rules { reject_unknown: true, reject_invalid: true, translate_overlays: false })
            .map_err(|error| TestCaseError::fail(format!("{text} -> {normal}: {error}")))?;
        // The timing of a layer is kept, and counts on videos only.
        let timing = |item: &String| ["lso-", "leo-", "ldu-"].iter().any(|key| item.starts_with(key));
        prop_assert!(again.ignored().iter().all(timing), "{} -> {}: {:?}", &text, &normal, again.ignored());
        prop_assert_eq!(again.normal(), normal.as_str(), "{}", &text);
        prop_assert_eq!(again.layer_sources(), plan.layer_sources());
        prop_assert_eq!(again.check_supported().is_ok(), plan.check_supported().is_ok());
        prop_assert_eq!(resolve(&again, source, files), resolve(&plan, source, files), "{} -> {}", &text, &normal);
    }

    #[test]
    fn sizes_in_layers_stay_within_their_limits(text in string(), source in (1_u32..2000, 1_u32..2000), files in files()) {
        let Ok(plan) = parse(&text, LENIENT) else { return Ok(()) };
        match resolve(&plan, source, files) {
            Ok(resolved) => prop_assert_eq!(check(&resolved.steps, resolved.source), resolved.size),
            Err(UrlError { code, message, .. }) => {
                prop_assert!(code != UrlErrorCode::Efeature && message.is_ascii() && message.len() < 400, "{}", message);
            }
        }
    }

    #[test]
    fn a_bad_parameter_in_a_layer_never_changes_what_another_one_means(
        before in text_item(), after in item(), place in place(),
        bad in one_of(&["w-abc", "c-bogus", "foo-bar", "zz", "rt-east", "h--5", "so-1", "lfo-middle", "lm-", "co-nored", "ie-%%", "pa-1_2_3_4_5"]),
    ) {
        for (opener, item) in [("l-text,i-a", &before), ("l-image,i-a", &after), ("l-image,i-ik_canvas", &after)] {
            let spell = |items: &str| parse(&format!("h-5,{opener},{items},l-end:w-9"), LENIENT).map(|plan| plan.normal());
            let alone = spell(&format!("{item},{place}"));
            for spoiled in [format!("{bad},{item},{place}"), format!("{item},{bad},{place}"), format!("{item},{place},{bad}")] {
                prop_assert_eq!(spell(&spoiled), alone.clone(), "{}", spoiled);
            }
        }
    }

    #[test]
    fn no_bytes_make_anything_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), text in string(), at in any::<prop::sample::Index>()) {
        let escaped = |bytes: &[u8]| percent_encode(bytes, NON_ALPHANUMERIC).to_string();
        // Alone, and somewhere in a string that gets further.
        let mut mixed = text.into_bytes();
        let place = at.index(mixed.len() + 1);
        mixed.splice(place..place, bytes.iter().copied());
        for bytes in [&bytes, &mixed] {
            for rules in [Rules::default(), LENIENT] {
                let plan = Target::parse("photo.jpg", Some(&format!("tr={}", escaped(bytes))))
                    .and_then(|target| Plan::parse(&target, &rules));
                match plan {
                    Ok(plan) => {
                        prop_assert!(plan.warnings().iter().all(|warning| warning.is_ascii() && warning.len() < 400));
                        let files = Files { size: Size { width: 300, height: 200 }, margin: 10 };
                        let _ = (plan.normal(), plan.layer_sources(), resolve(&plan, (600, 400), files));
                    }
                    Err(error) => prop_assert!(error.message.is_ascii() && error.message.len() < 400, "{}", error),
                }
            }
        }
    }
}
