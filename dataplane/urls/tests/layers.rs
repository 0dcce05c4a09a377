//! Layers: what they start from, which sizes they get, where they lie, what is said of those that cannot be drawn.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test code fails by panicking")]

use imgplane_urls::{
    Align, Blend, Color, Font, Hints, ImageFacts, ImageInput, LayerContent, LayerFacts, LayerKind,
    LayerSource, Operation, Plan, Radius, Rect, Resolved, ResolvedLayer, ResolvedStep, Rules, Size, Source,
    Target, TextBox, Typography, UrlError,
};

/// Knows `logo.png` (300x300 with a margin of 50), `turned.jpg` (stored 120x80, orientation 6), `mark.png` (640x160),
/// `huge.png`, and that letters are as wide as half their size.
struct Files;

impl LayerFacts for Files {
    fn image(&self, input: &ImageInput) -> ImageFacts {
        let known = |width, height, orientation, trimmed| ImageFacts::Known {
            stored: Size { width, height },
            orientation,
            trimmed,
        };
        match input.resource.as_str() {
            "logo.png" => {
                known(300, 300, 1, input.trim.map(|_| Rect { x: 50, y: 50, width: 200, height: 200 }))
            }
            "turned.jpg" => known(120, 80, 6, None),
            "mark.png" => known(640, 160, 1, Some(Rect { x: 600, y: 0, width: 100, height: 100 })),
            "huge.png" => known(20_000, 20_000, 1, None),
            "unknown.png" => ImageFacts::Unknown,
            _ => ImageFacts::Absent,
        }
    }

    fn text(&self, text: &TextBox) -> Option<Size> {
        if text.text.starts_with("unmeasured") {
            return None;
        }
        let letters = text.text.chars().count() as f64 * text.font_size / 2.0;
        Some(text.around(Size { width: text.width.unwrap_or(letters as u32), height: text.font_size as u32 }))
    }
}

fn plan_with(string: &str, rules: Rules) -> Result<Plan, UrlError> {
    let mut target = Target::parse("square.jpg", None)?;
    target.strings = vec![string.to_owned()];
    Plan::parse(&target, &rules)
}

fn plan(string: &str) -> Result<Plan, UrlError> {
    plan_with(string, Rules::default())
}

fn source(auto_orient: bool) -> Source {
    Source { width: 600, height: 600, orientation: 1, auto_orient, max_pixels: 100_000_000 }
}

fn resolve(string: &str) -> Result<Resolved, UrlError> {
    plan(string)?.resolve_with(&source(true), &Hints::default(), &Files)
}

fn error(string: &str) -> String {
    resolve(string).err().map_or_else(|| "none".to_owned(), |error| error.to_string())
}

/// The first layer of the first step that has one.
fn first(string: &str) -> ResolvedLayer {
    let resolved = resolve(string).unwrap_or_else(|error| panic!("{string}: {error}"));
    resolved.steps.into_iter().find_map(|step| step.layers.into_iter().next()).unwrap()
}

/// `WxH at (x,y)` of every layer, those inside others in brackets behind them.
fn places(steps: &[ResolvedStep]) -> String {
    let layers = steps.iter().flat_map(|step| &step.layers).map(|layer| {
        let size = layer.size.map_or_else(|| "?".to_owned(), |size| size.to_string());
        let at = layer.at.map_or_else(|| "?".to_owned(), |(x, y)| format!("({x},{y})"));
        let inner = places(&layer.steps);
        format!("{size} at {at}{}", if inner.is_empty() { inner } else { format!(" [{inner}]") })
    });
    layers.collect::<Vec<_>>().join(", ")
}

#[test]
fn layers_lie_on_what_the_step_and_the_layers_before_them_made() {
    let rows = [
        (
            "l-image,i-mark.png,w-400,lfo-bottom,l-image,i-logo.png,w-50,lfo-top_left,l-end,l-end",
            "400x100 at (100,500) [50x50 at (0,0)]",
            "600x600",
        ),
        (
            "l-image,i-logo.png,w-300,h-300,l-image,i-logo.png,w-100,l-image,i-logo.png,w-50,l-end,l-end,l-end",
            "300x300 at (150,150) [100x100 at (100,100) [50x50 at (25,25)]]",
            "600x600",
        ),
        ("l-image,i-logo.png,l-end,w-300", "200x200 at (50,50)", "300x300"),
        (
            "l-image,i-logo.png,l-end,l-image,i-logo.png,lx-N0,l-end:w-300",
            "200x200 at (200,200), 200x200 at (400,0)",
            "300x300",
        ),
        (
            "l-image,i-logo.png,lm-cutter,lx-500,ly-500,l-end,l-image,i-ik_canvas,l-end",
            "200x200 at (500,500), 100x100 at (0,0)",
            "100x100",
        ),
        (
            "l-image,i-logo.png,lm-cutter,l-end:l-image,i-ik_canvas,w-bw_div_2,l-end",
            "200x200 at (200,200), 100x200 at (50,0)",
            "200x200",
        ),
        ("if-w_gt_100,l-image,i-logo.png,l-end,if-end", "200x200 at (200,200)", "600x600"),
        ("if-w_lt_100,l-image,i-absent.png,l-end,if-end", "", "600x600"),
        ("l-image,i-turned.jpg,lfo-top_left,l-end", "80x120 at (0,0)", "600x600"),
        ("l-image,i-logo.png,w-iw_div_2,h-cw,l-end", "150x200 at (225,200)", "600x600"),
        ("l-image,i-logo.png,w-0.5,l-end", "100x100 at (250,250)", "600x600"),
        ("l-image,i-logo.png,t-15:w-100:b-5_red:rt-90,lx-bw_sub_cw,l-end", "110x110 at (490,0)", "600x600"),
        ("l-image,i-logo.png,w-100:t-false,l-end", "100x100 at (250,250)", "600x600"),
        ("l-image,i-ik_canvas:w-100,l-end", "100x100 at (250,250)", "600x600"),
        ("l-image,i-ik_canvas,w-0.5,h-bh_div_3,l-end", "300x200 at (150,200)", "600x600"),
        ("l-image,i-ik_canvas,w-100,h-50,b-5_red,rt-90,l-end", "60x110 at (270,245)", "600x600"),
        ("l-text,i-abcd,fs-20,lfo-top,l-end", "40x20 at (280,0)", "600x600"),
        ("l-text,i-abcd,fs-20,pa-1_2_3_4,rt-90,fl-h,l-end", "24x46 at (288,277)", "600x600"),
        ("l-text,i-abcd,fs-bh_div_20,w-bw_div_2,pa-10,l-end", "320x50 at (140,275)", "600x600"),
        (
            "l-text,i-abcd,l-image,i-ik_canvas,h-1,lfo-bottom,l-end,l-end",
            "90x45 at (255,277) [90x1 at (0,44)]",
            "600x600",
        ),
        ("l-text,i-unmeasured,l-image,i-logo.png,l-end,l-end", "? at ?", "600x600"),
        ("l-image,i-unknown.png,w-5,lx-5,l-end", "? at ?", "600x600"),
        ("l-image,i-logo.png,lm-displace,x-10,ly-N5,l-end", "600x600 at (0,0)", "600x600"),
    ];
    for (string, expected, size) in rows {
        let resolved = resolve(string).unwrap_or_else(|error| panic!("{string}: {error}"));
        assert_eq!(places(&resolved.steps), expected, "{string}");
        assert_eq!(resolved.size.to_string(), size, "{string}");
        assert_eq!(resolved.steps.last().map(|step| step.output), Some(resolved.size), "{string}");
    }
}

#[test]
fn orientation_of_a_layer_is_its_own_affair() {
    let at = |string: &str| {
        let plan = plan(string).unwrap();
        let resolved = plan.resolve_with(&source(false), &Hints::default(), &Files).unwrap();
        (places(&resolved.steps), resolved.orient)
    };
    assert_eq!(at("l-image,i-turned.jpg,lfo-top_left,l-end"), ("120x80 at (0,0)".to_owned(), false));
    assert_eq!(at("l-image,i-turned.jpg,rt-auto,lfo-top_left,l-end"), ("80x120 at (0,0)".to_owned(), false));
    assert_eq!(at("rt-auto,l-image,i-turned.jpg,lfo-top_left,l-end"), ("120x80 at (0,0)".to_owned(), true));
}

#[test]
fn inputs_are_read_as_paths_or_text() {
    let rows = [
        ("l-image,i-logo.png,l-end", LayerKind::Image, "logo.png"),
        ("l-image,i-/unknown.png,l-end", LayerKind::Image, "unknown.png"),
        ("l-image,i-@@unknown.png,l-end", LayerKind::Image, "unknown.png"),
        ("l-image,ie-bG9nby5wbmc,i-absent.png,l-end", LayerKind::Image, "logo.png"),
        ("l-image,ie-,i-logo.png,l-end", LayerKind::Image, "logo.png"),
        ("l-image,i-absent.png:i-logo.png,l-end", LayerKind::Image, "logo.png"),
        ("l-image,i-ik_canvas,l-end", LayerKind::Block, "ik_canvas"),
        ("l-text,i-a@@b - c,l-end", LayerKind::Text, "a@@b - c"),
        ("l-text,i-  two  ,l-end", LayerKind::Text, "  two  "),
        ("l-text, i-a:fs-20,l-end", LayerKind::Text, "a"),
        ("l-text,ie-SGVsbG8sIHdvcmxk,l-end", LayerKind::Text, "Hello, world"),
        ("l-text,ie-fn5 ,l-end", LayerKind::Text, "~~~"),
        ("l-text,ie- SGVsbG8sIHdvcmxk ,l-end", LayerKind::Text, "Hello, world"),
        ("l-text,i-ik_canvas,l-end", LayerKind::Text, "ik_canvas"),
    ];
    for (string, kind, input) in rows {
        let layer = first(string);
        assert_eq!((layer.content.kind(), layer.content.input()), (kind, input), "{string}");
    }
    let long = first(&format!("l-text,i-{},fs-1,l-end", "x".repeat(3000)));
    assert_eq!(long.content.input().len(), 2000);
    let long = first(&format!("l-text,ie-{},fs-1,l-end", "eHh4".repeat(1000)));
    assert_eq!(long.content.input().len(), 625 * 3);
}

#[test]
fn what_has_to_be_fetched_is_listed_in_order() {
    let string = "l-image,i-a b@@c.png,pg-2,l-image,i-d.png,t-false,l-end,l-end,l-text,i-x,ff-@@f@@g.ttf,l-end:\
                  if-w_gt_1,l-text,i-y,ff-Lato,l-end,if-else,l-image,i-ik_canvas,l-image,i-a b/c.png,l-end,l-end,if-end";
    let plan = plan(string).unwrap();
    let sources: Vec<String> = plan
        .layer_sources()
        .into_iter()
        .map(|source| match source {
            LayerSource::Image(ImageInput { path, resource, page, trim }) => {
                format!("{path} {resource} {page:?} {trim:?}")
            }
            LayerSource::Font { resource } => format!("font {resource}"),
        })
        .collect();
    assert_eq!(
        sources,
        [
            "a b/c.png a%20b/c.png Number(2) Some(10)",
            "d.png d.png Number(1) None",
            "font f/g.ttf",
            "a b/c.png a%20b/c.png Number(1) Some(10)",
        ]
    );
}

#[test]
fn text_gets_its_style_in_pixels() {
    let layer = first(
        "l-text,i-Hi,fs-bh_div_20,w-bw_div_2,ff-pt_serif,co-red,ia-left,pa-1_2_3:lh-40,tg-i_b,bg-00FF00,al-5,r-max,l-end",
    );
    let green = Color { red: 0, green: 255, blue: 0, alpha: 128 };
    let expected = TextBox {
        text: "Hi".to_owned(),
        font: Font::BuiltIn("PT_Serif"),
        font_size: 30.0,
        // A name is no six-digit colour, so `al` leaves it alone.
        color: Color { red: 255, green: 0, blue: 0, alpha: 255 },
        align: Align::Left,
        width: Some(300),
        padding: [1, 2, 3, 2],
        line_height: Some(40.0),
        typography: Typography { bold: true, italic: true, strikethrough: false },
        background: Some(green),
    };
    assert_eq!(layer.content, LayerContent::Text(expected));
    let operations: Vec<_> = layer.steps.iter().flat_map(|step| &step.operations).collect();
    assert_eq!(operations, [&Operation::Frame { border: None, radii: Some([Radius::Max; 4]) }]);
}

#[test]
fn text_is_mirrored_before_it_is_turned_and_pictures_after() {
    let operations = |string: &str| {
        let steps = first(string).steps;
        steps.into_iter().flat_map(|step| step.operations).collect::<Vec<_>>()
    };
    let flip = Operation::Flip { horizontal: true, vertical: false };
    let turn = Operation::Rotate { quarter_turns: 1 };
    assert_eq!(operations("l-text,i-a,rt-90,fl-h,l-end"), [flip, turn]);
    assert_eq!(operations("l-image,i-logo.png,t-false,rt-90,fl-h,l-end"), [turn, flip]);
}

#[test]
fn opacity_counts_for_six_digit_colours_only() {
    let fill = |string: &str| match first(string).content {
        LayerContent::Block { fill, .. } => fill.to_string(),
        other => format!("{other:?}"),
    };
    for (style, expected) in [
        ("bg-FF0000", "FF0000"),
        ("bg-FF0000,al-5", "FF000050"),
        ("bg-FF0000,al-0.25", "FF000025"),
        ("bg-FF000020,al-5", "FF000020"),
        ("bg-red,al-5", "FF0000"),
        ("al-5", "00000050"),
        ("bg-FF0000,bg-0000FF", "0000FF"),
        ("e-gradient", "00000000"),
        ("e-gradient-false", "000000"),
        ("e-gradient,bg-white", "FFFFFF"),
    ] {
        assert_eq!(fill(&format!("l-image,i-ik_canvas,{style},l-end")), expected, "{style}");
    }
}

#[test]
fn blending_is_named_and_distances_are_magnitudes() {
    for (keys, expected) in [
        ("", Blend::Over),
        ("lm-multiply,", Blend::Multiply),
        ("lm-cutout,", Blend::Cutout),
        ("lm-cutter,", Blend::Cutter),
        ("lm-displace,x-10,", Blend::Displace { x: 10.0, y: 0.0 }),
        ("lm-displace,lx-10,ly-N5,", Blend::Displace { x: 10.0, y: 5.0 }),
        ("lm-displace,x-N3,lx-10,y-bh_div_100,", Blend::Displace { x: 3.0, y: 6.0 }),
    ] {
        assert_eq!(first(&format!("l-image,i-logo.png,{keys}l-end")).blend, expected, "{keys}");
    }
}

#[test]
fn layers_that_cannot_be_drawn_say_why() {
    let rows = [
        (
            "l-image,i-..@@a.png,l-end",
            "EINVAL - l-image \"../a.png\": The path holds a \".\" or \"..\" segment (at character 11)",
        ),
        (
            "l-image,i-a\u{1}.png,l-end",
            "EINVAL - l-image \"a\\u{1}.png\": The path holds a control character (at character 11)",
        ),
        (
            "l-image,ie-Li4vYQ,l-end",
            "EINVAL - l-image \"../a\": The path holds a \".\" or \"..\" segment (at character 12)",
        ),
        ("l-image,i-@@,l-end", "EINVAL - l-image has no input: give i-... or ie-... (at character 1)"),
        ("l-text,i- ,l-end", "EINVAL - l-text has no input: give i-... or ie-... (at character 1)"),
        ("l-text,ie-ICA,l-end", "EINVAL - l-text has no input: give i-... or ie-... (at character 1)"),
        ("l-image,ie-%%,l-end", "EINVAL - ie: \"%%\" is not base64 text (at character 12)"),
        ("l-video,i-a.mp4,l-end", "EINVAL - l-video can be drawn on videos only (at character 1)"),
        ("w-1:l-subtitle,i-a.srt,l-end", "EINVAL - l-subtitles can be drawn on videos only (at character 5)"),
        ("l-image,i-logo.png,lm-displace,l-end", "EINVAL - lm: \"displace\" needs x or y (at character 23)"),
        (
            "l-image,i-ik_canvas,w-iw,l-end",
            "EINVAL - w: \"iw\" uses iw, which has no value here (at character 23)",
        ),
        ("l-text,i-a,lx-cw,l-end", "EINVAL - lx: \"cw\" uses cw, which has no value here (at character 15)"),
        ("l-image,i-absent.png,l-end", "ENOENT - l-image \"absent.png\": the file does not exist"),
        (
            "l-image,i-logo.png,l-image,i-absent.png,l-end,l-end",
            "ENOENT - l-image \"absent.png\": the file does not exist",
        ),
        (
            "l-image,i-huge.png,l-end",
            "ELIMIT - l-image \"huge.png\" has 20000x20000 = 400000000 pixels; the limit is 100000000",
        ),
        (
            "l-image,i-logo.png,w-20000,l-end",
            "ELIMIT - l-image \"logo.png\", step 2 gives 20000x20000 = 400000000 pixels; the limit is 100000000",
        ),
        (
            "l-image,i-ik_canvas,w-20000,h-20000,l-end",
            "ELIMIT - l-image \"ik_canvas\" has 20000x20000 = 400000000 pixels; the limit is 100000000",
        ),
        (
            "l-image,i-logo.png,w-bw_sub_600,l-end",
            "EINVAL - l-image \"logo.png\", step 2: w: \"bw_sub_600\" gives 0; a side must be greater than 0",
        ),
        ("l-image,i-logo.png,lx-bw_div_0,l-end", "EINVAL - l-image \"logo.png\": lx: \"bw_div_0\" gives inf"),
        (
            "l-image,i-logo.png,lm-cutter,lx-600,l-end",
            "EINVAL - l-image \"logo.png\": lm-cutter leaves nothing, the layer lies outside the image",
        ),
        (
            "l-text,i-a,w-16384,l-end",
            "ELIMIT - l-text \"a\": the text needs 16384 pixels on a side; the limit is 16383",
        ),
        (
            "l-text,i-aaaa,fs-9000,l-end",
            "ELIMIT - l-text \"aaaa\": the text takes 18000x9000; the limit is 16383 on a side",
        ),
        ("l-text,i-a,fs-bw_sub_600,l-end", "EINVAL - l-text \"a\": fs gives 0; it must be greater than 0"),
        ("l-text,i-a,pa-0_sub_bw,l-end", "EINVAL - l-text \"a\": pa gives -600; it cannot be negative"),
    ];
    for (string, message) in rows {
        assert_eq!(error(string), message, "{string}");
    }
}

#[test]
fn layers_of_all_kinds_are_supported() {
    for string in [
        "l-image,i-logo.png,e-sharpen,l-end",
        "l-image,i-ik_canvas,w-5,l-end",
        "l-text,i-a,l-end",
        "l-image,i-logo.png,l-text,i-a,l-end,l-end",
    ] {
        let plan = plan(string).unwrap();
        assert!(plan.is_explicit(), "{string}");
        assert_eq!(plan.check_supported(), Ok(()), "{string}");
    }
}

#[test]
fn what_means_nothing_in_a_layer_is_named() {
    let rows: &[(&str, &[&str], &[&str])] = &[
        ("l-image,i-a,q-50,l-end", &["q-50"], &["q-50 has no effect in a layer and was ignored"]),
        ("l-image,i-a,f-png,l-end", &["f-png"], &["f-png means nothing in this layer and was ignored"]),
        ("l-text,i-a,c-force,l-end", &["c-force"], &["c-force means nothing in this layer and was ignored"]),
        ("l-image,i-a,lap-top,l-end", &["lap-top"], &["lap-top needs lx, ly, lxc or lyc and was ignored"]),
        ("l-image,i-a,lfo-top,lx-5,l-end", &["lfo-top"], &[]),
        ("l-image,i-a,ie-YQ,l-end", &["i-a"], &[]),
        ("l-image,i-a,lso-5,ldu-3,l-end", &["lso-5", "ldu-3"], &[]),
        (
            "l-text,i-a,ff-Comic,l-end",
            &[],
            &["ff: \"Comic\" is no built-in font; Open Sans stands in for it"],
        ),
        ("l-image,i-a,foo-1,l-end", &["foo-1"], &["foo is not a known parameter and was ignored"]),
        ("l-image,i-a,w-,l-end", &["w-"], &["w- has no value and was ignored"]),
    ];
    for (string, ignored, warnings) in rows {
        let plan = plan(string).unwrap_or_else(|error| panic!("{string}: {error}"));
        assert_eq!(plan.ignored(), *ignored, "{string}");
        assert_eq!(plan.warnings(), *warnings, "{string}");
    }
}

#[test]
fn hints_in_layers_make_the_answer_vary_but_do_not_describe_it() {
    let plan = plan("l-image,i-logo.png,w-auto,dpr-auto,l-end").unwrap();
    assert!(plan.uses_width_hint() && plan.uses_dpr_hint());
    let hints = Hints { width: Some(150.0), dpr: Some(2.0) };
    let resolved = plan.resolve_with(&source(true), &hints, &Files).unwrap();
    assert_eq!((places(&resolved.steps).as_str(), resolved.content_dpr), ("200x200 at (200,200)", None));
}

#[test]
fn trimming_that_leaves_the_picture_is_not_believed() {
    let layer = first("l-image,i-mark.png,l-end");
    assert_eq!((layer.size, layer.steps.len()), (Some(Size { width: 640, height: 160 }), 0));
    let layer = first("l-image,i-logo.png,l-end");
    let rect = Rect { x: 50, y: 50, width: 200, height: 200 };
    assert_eq!(
        layer.steps.first().map(|step| step.operations.as_slice()),
        Some(&[Operation::Extract { rect }][..])
    );
}

#[test]
fn steps_of_an_image_layer_have_the_geometry_of_the_base_chain() {
    for (items, size) in [
        ("t-false,rt-30", "410x410"),
        ("t-5,w-100:rt-45", "141x141"),
        ("t-false,w-100,h-50,e-distort-a-180", "114x57"),
        ("t-false,w-100,b-5_red,o-50,cr-red_40_blue,e-sharpen-10", "110x110"),
    ] {
        let layer = first(&format!("l-image,i-logo.png,{items},l-end"));
        assert_eq!(layer.size.map(|size| size.to_string()).as_deref(), Some(size), "{items}");
    }
    let error = error("l-image,i-mark.png,w-3000,e-shadow,l-end");
    assert_eq!(
        error,
        "ELIMIT - l-image \"mark.png\", step 1: e-shadow takes at most 2000000 pixels; the image has 3000x750 = 2250000"
    );
}

#[test]
fn pages_and_thresholds_are_spelled_normally() {
    for (items, shown) in [
        ("pg-007_02-", "pg-7_2-"),
        ("t-500,pg-name-\"a, b\"", "pg-name-\"a, b\",t-99"),
        ("t-true", ""),
        ("t-0", "t-false"),
        ("t-5:t-", ""),
    ] {
        let shown = if shown.is_empty() { String::new() } else { format!("{shown},") };
        let normal = plan(&format!("l-image,i-a,{items},l-end")).map(|plan| plan.normal());
        assert_eq!(normal, Ok(format!("l-image,i-a,{shown}l-end")), "{items}");
    }
    assert_eq!(plan("l-image,i-a,t-false,l-end").map(|plan| plan.ignored().to_vec()), Ok(vec![]));
}

#[test]
fn work_of_models_in_a_layer_counts() {
    assert_eq!(plan("l-image,i-a,e-bgremove,l-end").map(|plan| plan.uses_model()), Ok(true));
    assert_eq!(plan("l-image,i-a,e-grayscale,l-end").map(|plan| plan.uses_model()), Ok(false));
}

#[test]
fn backgrounds_made_from_a_picture_need_one() {
    for layer in ["l-image,i-ik_canvas", "l-text,i-a"] {
        let plan = plan(&format!("{layer},bg-dominant,l-end")).unwrap();
        assert_eq!(plan.warnings(), ["bg-dominant needs a picture and was ignored"], "{layer}");
        assert_eq!(plan.ignored(), ["bg-dominant"], "{layer}");
        assert_eq!(plan.normal(), format!("{layer},l-end"));
    }
}
