//! Steps of one source: order of operations, sizes, output wishes, notes, limits. Sizes of crop modes are covered by
//! the vectors.

use imgplane_urls::{
    Color, Fill, FormatRequest, Gradient, Hints, ImageFacts, ImageInput, LayerFacts, Margins, Operation,
    OutputRequest, Plan, Radius, Recolour, Rect, Resolved, ResolvedStep, Rules, Shadow, Size, Source, Target,
    TextBox, Unsharp, UrlError,
};

const RED: Color = Color { red: 255, green: 0, blue: 0, alpha: 255 };

fn resolve_with(string: &str, source: Source, hints: Hints) -> Result<Resolved, UrlError> {
    plan(string)?.resolve(&source, &hints)
}

fn photo() -> Source {
    Source { width: 1600, height: 1067, orientation: 1, auto_orient: true, max_pixels: 100_000_000 }
}

fn resolve(string: &str) -> Result<Resolved, UrlError> {
    resolve_with(string, photo(), Hints::default())
}

fn plan(string: &str) -> Result<Plan, UrlError> {
    let mut target = Target::parse("photo.jpg", None)?;
    target.strings = vec![string.to_owned()];
    Plan::parse(&target, &Rules::default())
}

/// The operations of all steps.
fn operations(string: &str) -> Vec<Operation> {
    let resolved = resolve(string);
    assert!(resolved.is_ok(), "{string}: {resolved:?}");
    resolved.into_iter().flat_map(|resolved| resolved.steps).flat_map(|step| step.operations).collect()
}

fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

fn scale(width: u32, height: u32) -> Operation {
    let scaled = size(width, height);
    Operation::Resize { scaled, window: scaled.whole() }
}

#[test]
fn one_step_has_a_fixed_order_whatever_the_url_has() {
    let string = "bg-white,fl-h,rt-90,r-max,b-5_red,bl-10,e-grayscale,c-force,h-200,w-300";
    assert_eq!(
        operations(string),
        [
            scale(300, 200),
            Operation::Grayscale,
            Operation::Blur { sigma: 6.0 },
            Operation::Frame { border: Some((5, RED)), radii: Some([Radius::Max; 4]) },
            Operation::Rotate { quarter_turns: 1 },
            Operation::Flip { horizontal: true, vertical: false },
            Operation::Background { fill: Fill::Color("white".parse().unwrap()) },
        ]
    );
    assert_eq!(resolve(string).map(|resolved| resolved.size), Ok(size(210, 310)));
}

#[test]
fn what_changes_nothing_is_no_operation() {
    for string in [
        "w-1600",
        "w-1600,h-1067",
        "rt-0",
        "rt-360",
        "b-0_red",
        "r-0",
        "bg-transparent",
        "dpr-2",
        "ar-1-1",
        "fo-top",
        "q-5",
    ] {
        assert_eq!(operations(string), [], "{string}");
    }
}

#[test]
fn windows_without_scaling_are_cuts() {
    let rect = Rect { x: 266, y: 0, width: 1067, height: 1067 };
    assert_eq!(operations("w-1067,h-1067"), [Operation::Extract { rect }]);
    assert_eq!(operations("w-2000,h-2000,c-maintain_ratio_no_enlarge"), [Operation::Extract { rect }]);
}

#[test]
fn what_is_made_of_the_picture_stands_behind_it() {
    let pad = |fill| Operation::Pad { canvas: size(300, 300), x: 0, y: 50, fill };
    for (background, fill, flattens) in [
        ("dominant", Fill::Dominant, true),
        ("gradient_dominant", Fill::GradientOfTwo, true),
        ("gradient_dominant_4", Fill::GradientOfFour, true),
        ("blurred", Fill::Blurred { sigma: 12.0, brightness: 0 }, false),
        ("blurred_20_N30", Fill::Blurred { sigma: 11.0, brightness: -30 }, false),
    ] {
        let mut expected = vec![scale(300, 200), pad(fill)];
        expected.extend(flattens.then_some(Operation::Background { fill }));
        assert_eq!(
            operations(&format!("w-300,h-300,cm-pad_resize,bg-{background}")),
            expected,
            "{background}"
        );
    }
    assert_eq!(operations("w-300,h-300,bg-blurred"), operations("w-300,h-300"), "there is no padding");
}

#[test]
fn a_focus_that_only_pixels_know_leaves_the_window_to_them() {
    let attend = |width, height| Operation::Attend { window: size(width, height) };
    for focus in ["auto", "auto-custom_override", "face", "cat_dog"] {
        let operations = |string: &str| operations(&format!("{string},fo-{focus}"));
        assert_eq!(operations("w-300,h-300"), [scale(450, 300), attend(300, 300)], "{focus}");
        assert_eq!(operations("w-300,h-200"), [scale(300, 200)], "{focus}: nothing is cut");
        assert_eq!(operations("w-300"), [scale(300, 200)], "{focus}");
        assert_eq!(operations("w-300,h-300,cm-extract"), [attend(300, 300)], "{focus}");
        assert_eq!(operations("w-300,h-300,cm-extract,x-5").len(), 1, "{focus}: a coordinate decides");
        assert_eq!(
            operations("w-300,h-2000,cm-pad_extract"),
            [
                attend(300, 1067),
                Operation::Pad { canvas: size(300, 2000), x: 0, y: 466, fill: Fill::Color(Color::BLACK) }
            ],
            "{focus}"
        );
    }
    assert_eq!(operations("w-300,h-300,fo-custom"), operations("w-300,h-300"), "no area is stored");
}

#[test]
fn effects_are_given_pixels_and_fractions_in_their_fixed_order() {
    let canvas = size(1600, 1067);
    let gradient =
        Gradient { degrees: 180.0, from: "white".parse().unwrap(), to: Color::TRANSPARENT, stop: 1067.0 };
    let unsharp =
        |radius, sigma, amount, threshold| Operation::Unsharp(Unsharp { radius, sigma, amount, threshold });
    for (string, expected) in [
        ("cr-red", Operation::Recolour(Recolour { to: RED, tolerance: 0.35, from: None })),
        ("e-colorize-co-red_in-40", Operation::Colorize { color: RED, share: 0.4 }),
        ("e-contrast", Operation::Contrast),
        ("e-sharpen", unsharp(None, 1.0, 1.0, 0.0)),
        ("e-sharpen-25", unsharp(None, 1.0, 0.5, 0.0)),
        ("e-usm-2-3-0.5-0.1", unsharp(Some(2.0), 3.0, 0.5, 0.1)),
        ("e-gradient", Operation::Gradient(gradient)),
        ("e-gradient-sp-0.25", Operation::Gradient(Gradient { stop: 266.75, ..gradient })),
        ("e-gradient-sp-30", Operation::Gradient(Gradient { stop: 30.0, ..gradient })),
        ("e-gradient-sp-iw_div_4", Operation::Gradient(Gradient { stop: 400.0, ..gradient })),
        ("e-gradient-ld-90", Operation::Gradient(Gradient { degrees: 90.0, stop: 1600.0, ..gradient })),
        ("rt-90:rt-33", Operation::Tilt { degrees: 33.0, canvas: size(1766, 1923) }),
        ("o-40", Operation::Opacity { share: 0.4 }),
        (
            "e-distort-p-10_20_90_15_95_80_5_85",
            Operation::Perspective { corners: [(10.0, 20.0), (90.0, 15.0), (95.0, 80.0), (5.0, 85.0)] },
        ),
    ] {
        assert_eq!(operations(string).last(), Some(&expected), "{string}");
    }
    let shadow = Operation::Shadow(Shadow { sigma: 4.0, strength: 0.5, x: 10, y: -3 });
    assert_eq!(operations("w-100,h-67:e-shadow-bl-4_st-50_x-10_y-N5").last(), Some(&shadow));
    let all = "o-40,fl-h,rt-30,r-5,e-gradient,e-distort-a-0,bl-2,e-usm,e-sharpen,e-contrast,e-grayscale,\
               e-colorize,cr-red,bg-white";
    let names: Vec<String> = operations(all).iter().map(|operation| format!("{operation:?}")).collect();
    let names: Vec<&str> = names.iter().map(|name| name.split([' ', '(']).next().unwrap()).collect();
    assert_eq!(
        names,
        [
            "Recolour",
            "Colorize",
            "Grayscale",
            "Contrast",
            "Unsharp",
            "Unsharp",
            "Blur",
            "Gradient",
            "Frame",
            "Tilt",
            "Flip",
            "Opacity",
            "Background"
        ]
    );
    assert_eq!(resolve(all).unwrap().size, canvas_of_tilt(canvas));
    let mixed = Color { alpha: 255, ..RED };
    assert_eq!(
        operations("o-40,bg-FF000050"),
        [Operation::Opacity { share: 0.4 }, Operation::Background { fill: Fill::Color(mixed) }],
        "a mix with a colour is opaque"
    );
}

fn canvas_of_tilt(Size { width, height }: Size) -> Size {
    let (sin, cos) = 30_f64.to_radians().sin_cos();
    let (width, height) = (f64::from(width), f64::from(height));
    size((width * cos + height * sin).round() as u32, (width * sin + height * cos).round() as u32)
}

/// Knows the margins of the first step that cuts them.
struct Margin(Rect);

impl LayerFacts for Margin {
    fn margins(&self, before: &[ResolvedStep], threshold: u8) -> Margins {
        assert!(threshold == 10 || threshold == 20, "{threshold}");
        if before.is_empty() { Margins::Inside(self.0) } else { Margins::None }
    }

    fn image(&self, _input: &ImageInput) -> ImageFacts {
        ImageFacts::Unknown
    }

    fn text(&self, _text: &TextBox) -> Option<Size> {
        None
    }
}

#[test]
fn margins_are_cut_before_everything_else_of_their_step() {
    let rect = Rect { x: 100, y: 50, width: 800, height: 400 };
    for (string, expected) in [
        ("t-true", size(800, 400)),
        ("w-400,t-true", size(400, 200)),
        ("w-cw_div_4,t-true", size(400, 200)),
        ("w-0.5,t-true", size(800, 400)),
        ("t-true:w-cw_div_4", size(200, 100)),
        ("t-true:t-20,w-iw_div_4", size(400, 200)),
        ("w-300:t-true", size(300, 200)),
    ] {
        let resolved =
            plan(string).unwrap().resolve_with(&photo(), &Hints::default(), &Margin(rect)).unwrap();
        assert_eq!(resolved.size, expected, "{string}");
        if string.starts_with("t-true") {
            assert_eq!(resolved.steps[0].operations[0], Operation::Extract { rect }, "{string}");
        }
    }
    // What lies outside of the picture is no answer.
    for wrong in [Rect { x: 1000, ..rect }, Rect { width: 0, ..rect }] {
        let resolved =
            plan("t-true").unwrap().resolve_with(&photo(), &Hints::default(), &Margin(wrong)).unwrap();
        assert_eq!(resolved.size, size(1600, 1067));
    }
    let unknown = resolve("t-true").unwrap();
    assert!(
        unknown.steps[0].notes[0].contains("only the pixels show a margin"),
        "{:?}",
        unknown.steps[0].notes
    );
}

#[test]
fn padding_is_black_or_the_background() {
    let pad = |color| Operation::Pad { canvas: size(300, 300), x: 0, y: 50, fill: Fill::Color(color) };
    assert_eq!(operations("w-300,h-300,cm-pad_resize"), [scale(300, 200), pad(Color::BLACK)]);
    assert_eq!(
        operations("w-300,h-300,cm-pad_resize,bg-red"),
        [scale(300, 200), pad(RED), Operation::Background { fill: Fill::Color(RED) }]
    );
    // A translucent colour is laid under everything once, not twice under the padding.
    let translucent = Color { alpha: 128, ..RED };
    assert_eq!(
        operations("w-300,h-300,cm-pad_resize,bg-FF000050"),
        [scale(300, 200), pad(Color::TRANSPARENT), Operation::Background { fill: Fill::Color(translucent) }]
    );
}

#[test]
fn regions_of_pad_extract_may_leave_the_image() {
    let rows = [
        (
            "w-300,h-300,cm-pad_extract,x-100,y-200",
            Operation::Extract { rect: Rect { x: 100, y: 200, width: 300, height: 300 } },
        ),
        (
            "w-300,h-300,cm-pad_extract,x-1500,y-N10",
            Operation::Pad { canvas: size(300, 300), x: -1500, y: 10, fill: Fill::Color(Color::BLACK) },
        ),
        (
            "w-300,h-300,cm-pad_extract,xc-0,yc-0",
            Operation::Pad { canvas: size(300, 300), x: 150, y: 150, fill: Fill::Color(Color::BLACK) },
        ),
        (
            "w-2000,h-500,cm-pad_extract,fo-bottom_right",
            Operation::Pad { canvas: size(2000, 500), x: 400, y: -567, fill: Fill::Color(Color::BLACK) },
        ),
    ];
    for (string, operation) in rows {
        assert_eq!(operations(string), [operation], "{string}");
    }
}

#[test]
fn extract_places_a_free_axis_by_what_the_other_one_says() {
    let rows = [
        ("x-100", (100, 0)),
        ("x-100,fo-bottom", (100, 0)),
        ("y-100", (0, 100)),
        ("xc-800", (650, 383)),
        ("xc-800,fo-bottom", (650, 383)),
        ("x-100,yc-500", (100, 350)),
        ("x-100,xc-800,y-5", (100, 5)),
        ("fo-bottom_left", (0, 767)),
    ];
    for (coordinates, (x, y)) in rows {
        let string = format!("w-300,h-300,cm-extract,{coordinates}");
        let rect = Rect { x, y, width: 300, height: 300 };
        assert_eq!(operations(&string), [Operation::Extract { rect }], "{string}");
    }
}

#[test]
fn radii_never_exceed_half_the_shorter_side_of_the_outline() {
    let frame = |string: &str| operations(string).last().copied();
    let radii =
        |values: [f64; 4]| Some(Operation::Frame { border: None, radii: Some(values.map(Radius::Pixels)) });
    assert_eq!(frame("w-300,h-200,r-20"), radii([20.0; 4]));
    assert_eq!(frame("w-300,h-200,r-500"), radii([100.0; 4]));
    assert_eq!(frame("w-300,h-200,r-10_max_0_40"), radii([10.0, 100.0, 0.0, 40.0]));
    assert_eq!(
        frame("w-300,h-200,r-500,b-10_red"),
        Some(Operation::Frame { border: Some((10, RED)), radii: Some([Radius::Pixels(110.0); 4]) })
    );
}

#[test]
fn orientation_is_applied_first_when_the_endpoint_or_the_url_asks() {
    let exif6 = |auto_orient| Source { width: 1200, height: 800, orientation: 6, auto_orient, ..photo() };
    let rows = [
        ("w-400", true, true, size(400, 600)),
        ("w-400", false, false, size(400, 267)),
        ("rt-auto,w-400", false, true, size(400, 600)),
        ("w-400:rt-auto", false, true, size(400, 600)),
        ("if-w_gt_9000,rt-auto,if-end:w-400", false, true, size(400, 600)),
        ("w-400,rt-auto,rt-90", false, false, size(267, 400)),
    ];
    for (string, auto_orient, orient, expected) in rows {
        let resolved = resolve_with(string, exif6(auto_orient), Hints::default()).unwrap();
        assert_eq!((resolved.orient, resolved.size), (orient, expected), "{string} {auto_orient}");
    }
    for (orientation, upright) in
        [(0, size(3, 2)), (1, size(3, 2)), (4, size(3, 2)), (5, size(2, 3)), (8, size(2, 3)), (9, size(3, 2))]
    {
        let source = Source { width: 3, height: 2, orientation, ..photo() };
        let resolved = resolve_with("", source, Hints::default()).unwrap();
        assert_eq!(resolved.source, upright, "orientation {orientation}");
    }
}

#[test]
fn the_last_wish_for_the_encoding_counts_wherever_it_stands() {
    let output = |string: &str| resolve(string).map(|resolved| resolved.output);
    assert_eq!(
        output("w-400:q-20:q-60,f-jpg"),
        Ok(OutputRequest {
            quality: Some(60),
            format: Some(FormatRequest::Jpeg),
            ..OutputRequest::default()
        })
    );
    assert_eq!(
        output("pr-true,lo-1,cp-false,md-0,f-orig:pr-false"),
        Ok(OutputRequest {
            format: Some(FormatRequest::Source),
            quality: None,
            progressive: Some(false),
            lossless: Some(true),
            color_profile: Some(false),
            metadata: Some(false),
        })
    );
    assert_eq!(output("q-90:if-w_lt_100,q-10,if-end").map(|output| output.quality), Ok(Some(90)));
    assert_eq!(output("q-90:if-w_gt_100,q-10,if-end").map(|output| output.quality), Ok(Some(10)));
}

#[test]
fn original_in_a_branch_counts_when_the_branch_is_taken() {
    let original = |string: &str| resolve(string).map(|resolved| resolved.original);
    assert_eq!(original("if-w_gt_100,orig-true,if-else,w-5,if-end"), Ok(true));
    assert_eq!(original("if-w_lt_100,orig-true,if-else,w-5,if-end"), Ok(false));
    assert_eq!(original("orig-true,w-5"), Ok(true));
}

#[test]
fn steps_show_normal_spellings_and_what_a_reader_may_wonder_about() {
    let resolved = resolve("w-400,ar-4:3,rt--90,b-2-red,zz:if-ar_lt_1,h-50,if-else,h-60,if-end").unwrap();
    let params = |index: usize| {
        let params = resolved.steps.get(index).map(|step| step.params.clone()).unwrap_or_default();
        params.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(params(0), "w=400 ar=4-3 rt=270 b=2_FF0000");
    assert_eq!(params(1), "if=ar_lt_1");
    assert_eq!(params(2), "h=50");
    let notes: Vec<Vec<String>> = resolved.steps.iter().map(|step| step.notes.clone()).collect();
    assert_eq!(
        notes,
        [vec!["scaled to 450x300, window (25,0,400,300)".to_owned()], vec!["true".to_owned()], vec![]]
    );
    assert_eq!(resolved.warnings, ["zz is not a known parameter and was ignored"]);
}

#[test]
fn coordinates_without_a_cut_are_noted() {
    let notes =
        |string: &str| resolve(string).map(|resolved| resolved.steps.into_iter().flat_map(|step| step.notes));
    let note = "x, y, xc and yc act only with cm-extract and cm-pad_extract";
    assert!(notes("w-300,x-5").is_ok_and(|mut notes| notes.any(|text| text == note)));
    assert!(notes("w-300,cm-extract,x-5").is_ok_and(|mut notes| notes.all(|text| text != note)));
}

#[test]
fn dropped_sides_and_ratios_are_warned_of() {
    let rows = [
        ("w-70000,h-200", "w was ignored: 70000 is more than 65535"),
        ("w-3000,dpr-2", "dpr was ignored: with 2 a side is 6000, outside 1 to 5000"),
        ("w-200,dpr-6", "dpr was ignored: 6 is outside 0.1 to 5"),
    ];
    for (string, warning) in rows {
        let resolved = resolve(string).unwrap();
        assert_eq!(resolved.warnings, [warning], "{string}");
        assert_eq!(
            resolved.steps.first().map(|step| step.notes.clone()),
            Some(vec![warning.to_owned()]),
            "{string}"
        );
    }
}

#[test]
fn halves_are_rounded_up_however_they_are_written() {
    for (string, expected) in [
        ("h-170,ar-1.15", size(196, 170)),
        ("h-170,ar-115-100", size(196, 170)),
        ("w-50,dpr-1.15,h-20", size(58, 23)),
        ("w-1600,h-700:w-0.175,h-0.175,c-force", size(280, 123)),
        ("w-50,h-50:w-cw_mul_1.15,h-50", size(58, 50)),
    ] {
        assert_eq!(resolve(string).map(|resolved| resolved.size), Ok(expected), "{string}");
    }
}

#[test]
fn a_ratio_beside_both_sides_cannot_fail() {
    for (string, expected) in [
        ("w-10,h-10,ar-iw_sub_iw", size(10, 10)),
        ("ar-iw_sub_iw", size(1600, 1067)),
        ("w-70000,h-200,cm-pad_resize,bg-blurred", size(300, 200)),
    ] {
        assert_eq!(resolve(string).map(|resolved| resolved.size), Ok(expected), "{string}");
    }
}

#[test]
fn only_sides_that_the_url_gives_limit_the_pixel_ratio() {
    let rows = [
        ("w-200,dpr-iw_div_800", size(400, 267)),
        ("w-2500,ar-1-3,dpr-2,c-force", size(5000, 15_000)),
        ("w-0.5,dpr-2", size(1600, 1067)),
    ];
    for (string, expected) in rows {
        assert_eq!(resolve(string).map(|resolved| resolved.size), Ok(expected), "{string}");
    }
}

#[test]
fn client_hints_that_make_no_sense_count_as_absent() {
    for value in [0.0, -5.0, f64::NAN, f64::INFINITY] {
        let hints = Hints { width: Some(value), dpr: Some(value) };
        let resolved = resolve_with("w-auto,h-100,dpr-auto", photo(), hints).unwrap();
        assert_eq!((resolved.size, resolved.content_dpr), (size(150, 100), None), "{value}");
    }
    for (value, expected) in
        [(1.333_333, 1.33), (1.335, 1.34), (0.004, 0.1), (0.1, 0.1), (5.0, 5.0), (7.25, 5.0), (1e300, 5.0)]
    {
        let hints = Hints { width: None, dpr: Some(value) };
        assert_eq!(hints.rounded_dpr(), Some(expected), "{value}");
        let resolved = resolve_with("w-100,dpr-auto", photo(), hints).unwrap();
        assert_eq!(resolved.content_dpr, Some(expected), "{value}");
        let hints = Hints { width: Some(value * 1e6), dpr: None };
        assert!(hints.rounded_width().unwrap() <= 65_600.0, "{value}");
    }
    let hints = Hints { width: Some(390.0), dpr: Some(3.0) };
    let resolved = resolve_with("w-auto,dpr-2", photo(), hints).unwrap();
    assert_eq!(
        (resolved.size.width, resolved.content_dpr),
        (400, Some(3.08)),
        "the width hint rules dpr out"
    );
}

#[test]
fn limits_and_impossible_sizes_name_the_step_and_the_numbers() {
    let rows = [
        ("w-20000", "ELIMIT - Step 1 gives 20000x13338 = 266760000 pixels; the limit is 100000000"),
        (
            "w-100:b-60000_red",
            "ELIMIT - Step 2 gives 120100x120067 = 14420046700 pixels; the limit is 100000000",
        ),
        (
            "w-17000,h-10,f-webp",
            "ELIMIT - WebP holds at most 16383 pixels on a side; the result would be 17000x10",
        ),
        ("w-ih_div_0", "EINVAL - Step 1: w: \"ih_div_0\" gives inf; a side must be greater than 0"),
        ("w-100:h-cw_sub_100", "EINVAL - Step 2: h: \"cw_sub_100\" gives 0; a side must be greater than 0"),
        ("w-10,ar-iw_mod_iw", "EINVAL - Step 1: ar: \"iw_mod_iw\" gives 0; a ratio must be greater than 0"),
        ("w-10,dpr-0_div_0", "EINVAL - Step 1: dpr: \"0_div_0\" does not give a number"),
        ("b-Niw_red", "EINVAL - Step 1: b: \"Niw\" gives -1600; a border cannot be negative"),
        ("w-10,h-10,cm-extract,x-0_div_0", "EINVAL - Step 1: x: \"0_div_0\" gives NaN"),
        (
            "w-300,h-300,cm-extract,xc-50,yc-50",
            "EINVAL - Step 1: the region of 300x300 at (-100,-100) leaves the image of 1600x1067",
        ),
    ];
    for (string, message) in rows {
        assert_eq!(
            resolve(string).map(|resolved| resolved.size).map_err(|error| error.to_string()),
            Err(message.to_owned()),
            "{string}"
        );
    }
    let exact = Source { width: 10_000, height: 10_000, ..photo() };
    assert!(resolve_with("e-grayscale", exact, Hints::default()).is_ok(), "the limit itself is allowed");
}

#[test]
fn features_that_nobody_draws_have_sizes_and_normal_spellings() {
    let rows = [
        ("rt-45", size(1886, 1886), "rt=45"),
        ("w-400,h-300,rt-N30", size(496, 460), "w=400 h=300 rt=330"),
        ("w-400,h-300,b-10_red,rt-30", size(524, 487), "w=400 h=300 b=10_FF0000 rt=30"),
        (
            "w-300,e-distort-p-10_10_290_0_300_200_0_190",
            size(300, 200),
            "w=300 e-distort=p-10_10_290_0_300_200_0_190",
        ),
        ("w-400,h-200,e-distort-a-180", size(455, 227), "w=400 h=200 e-distort=a-180"),
        ("w-400,h-200,e-distort-a-N180,rt-90", size(227, 455), "w=400 h=200 e-distort=a-N180 rt=90"),
        ("w-500,e-shadow", size(500, 333), "w=500 e-shadow=bl-10_st-30_x-2_y-2"),
        ("w-300,o-0.5,e-usm", size(300, 200), "w=300 o=50 e-usm=2-2-0.8-0.024"),
        (
            "w-300,h-300,cm-pad_resize,bg-blurred",
            size(300, 300),
            "w=300 h=300 cm=pad_resize bg=blurred_auto_0",
        ),
        ("w-300,e-edit-prompt-a hat", size(300, 200), "w=300 e-edit=prompt-a hat"),
    ];
    for (string, expected, shown) in rows {
        let resolved = resolve(string).unwrap();
        let params = resolved.steps.first().map(|step| step.params.clone()).unwrap_or_default();
        let params: Vec<String> = params.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!((resolved.size, params.join(" ").as_str()), (expected, shown), "{string}");
    }
}

#[test]
fn a_shadow_of_a_large_image_is_over_its_limit() {
    let sized = |width, height| Source { width, height, ..photo() };
    assert!(resolve_with("e-shadow", sized(2000, 1000), Hints::default()).is_ok());
    assert_eq!(
        resolve_with("w-5,h-5:w-2001,h-1000,c-force,e-shadow", photo(), Hints::default())
            .unwrap_err()
            .to_string(),
        "ELIMIT - Step 2: e-shadow takes at most 2000000 pixels; the image has 2001x1000 = 2001000"
    );
    assert!(resolve("w-100,e-shadow").is_ok(), "the size is taken after the geometry of the step");
}

#[test]
fn what_only_pixels_decide_is_noted_and_sized_as_if_there_were_nothing() {
    let margin = "t: only the pixels show a margin; sizes are as if there were none";
    let window = "fo-face: the pixels decide where the window lies";
    let stored = "fo-custom: an area that is stored with the file decides, else the window is centred";
    let cut = "fo-car: without w and h it would cut to what was found, and nothing was";
    let rows: &[(&str, Size, &[&str])] = &[
        ("t-true", size(1600, 1067), &[margin]),
        ("t-5,w-100", size(100, 67), &[margin]),
        ("t-false,w-100", size(100, 67), &[]),
        ("fo-car", size(1600, 1067), &[cut]),
        ("fo-car,ar-2_1", size(1600, 1067), &["ar has no effect without w or h", cut]),
        ("fo-auto", size(1600, 1067), &[]),
        ("w-300,fo-auto", size(300, 200), &[]),
        ("w-300,h-200,c-force,fo-face", size(300, 200), &[]),
        ("w-1067,h-1067,fo-face,z-2", size(1067, 1067), &[window]),
        ("w-1067,h-1067,fo-custom", size(1067, 1067), &["source rect (266,0,1067,1067)", stored]),
        ("w-1600,cm-extract,fo-face", size(1600, 1067), &[window]),
        ("w-1600,cm-extract,fo-face,y-0", size(1600, 1067), &[]),
        (
            "e-upscale",
            size(1600, 1067),
            &["e-upscale: the model decides the size; sizes are as if it kept it"],
        ),
        ("e-retouch", size(1600, 1067), &[]),
    ];
    for (string, expected, notes) in rows {
        let resolved = resolve(string).unwrap();
        let found: Vec<String> = resolved.steps.iter().flat_map(|step| step.notes.clone()).collect();
        assert_eq!(
            (resolved.size, found.iter().map(String::as_str).collect::<Vec<_>>().as_slice()),
            (*expected, *notes),
            "{string}"
        );
    }
}
