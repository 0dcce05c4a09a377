//! `fo-custom`: the area that is stored with a picture decides what stays of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at what it did not expect")]

use imgplane_urls::{
    Hints, ImageFacts, ImageInput, LayerFacts, Operation, Plan, Rect, Resolved, Rules, Size, Source, Target,
    TextBox,
};

/// An area of the picture, which is 1600x1000, and one of a layer's file, which is 400x400.
struct Stored;

const AREA: Rect = Rect { x: 1200, y: 100, width: 200, height: 100 };
const OF_LAYER: Rect = Rect { x: 0, y: 300, width: 100, height: 100 };

impl LayerFacts for Stored {
    fn area(&self, of: Option<&ImageInput>) -> Option<Rect> {
        Some(if of.is_some() { OF_LAYER } else { AREA })
    }

    fn image(&self, _input: &ImageInput) -> ImageFacts {
        ImageFacts::Known { stored: Size { width: 400, height: 400 }, orientation: 1, trimmed: None }
    }

    fn text(&self, _text: &TextBox) -> Option<Size> {
        None
    }
}

fn resolve(string: &str) -> Resolved {
    let source =
        Source { width: 1600, height: 1000, orientation: 1, auto_orient: true, max_pixels: 100_000_000 };
    let mut target = Target::parse("photo.jpg", None).unwrap();
    target.strings = vec![string.to_owned()];
    let plan = Plan::parse(&target, &Rules::default()).unwrap();
    assert!(plan.warnings().is_empty(), "{string}: {:?}", plan.warnings());
    plan.resolve_with(&source, &Hints::default(), &Stored).unwrap_or_else(|error| panic!("{string}: {error}"))
}

fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
    Rect { x, y, width, height }
}

/// The last cut of the chain.
fn cut(string: &str) -> Option<Rect> {
    let steps = resolve(string).steps;
    steps.iter().flat_map(|step| &step.operations).fold(None, |last, operation| match operation {
        Operation::Extract { rect } => Some(*rect),
        Operation::Resize { window, .. } => Some(*window),
        _ => last,
    })
}

#[test]
fn a_window_lies_around_the_area_and_inside_the_picture() {
    for (string, expected) in [
        // The middle of the area is 1300,150.
        ("cm-extract,w-200,h-200,fo-custom", rect(1200, 50, 200, 200)),
        ("cm-extract,w-201,h-201,fo-custom", rect(1200, 50, 201, 201)),
        ("cm-extract,w-400,h-400,fo-custom", rect(1100, 0, 400, 400)),
        ("cm-extract,w-1000,h-400,fo-custom", rect(600, 0, 1000, 400)),
        ("cm-extract,w-400,h-400,fo-auto-custom_override", rect(1100, 0, 400, 400)),
        ("cm-extract,w-400,fo-custom", rect(1100, 0, 400, 1000)),
        // Scaled by a half: the middle is 650,75.
        ("w-500,h-500,fo-custom", rect(300, 0, 500, 500)),
        ("w-800,h-300,fo-custom", rect(0, 0, 800, 300)),
        ("c-maintain_ratio_no_enlarge,w-2000,h-2000,fo-custom", rect(600, 0, 1000, 1000)),
        ("cm-pad_extract,w-400,h-400,fo-custom", rect(1100, 0, 400, 400)),
        ("cm-extract,w-400,h-400,x-0,y-0,fo-custom", rect(0, 0, 400, 400)),
    ] {
        assert_eq!(cut(string), Some(expected), "{string}");
    }
}

#[test]
fn without_sides_the_area_itself_is_left() {
    for (string, expected) in [
        ("fo-custom", Some(AREA)),
        ("cm-extract,fo-custom", Some(AREA)),
        ("fo-custom,ar-1_1", Some(rect(1200, 50, 200, 200))),
        ("fo-custom,ar-4_1", Some(rect(1100, 100, 400, 100))),
        ("fo-custom,ar-1_4", Some(rect(1200, 0, 200, 800))),
        ("fo-custom,ar-1_10", Some(rect(1250, 0, 100, 1000))),
        ("cm-pad_resize,fo-custom", None),
        ("fo-center", None),
    ] {
        assert_eq!(cut(string), expected, "{string}");
        let notes: Vec<_> = resolve(string).steps.into_iter().flat_map(|step| step.notes).collect();
        assert!(notes.iter().all(|note| !note.contains("no effect")), "{string}: {notes:?}");
    }
}

#[test]
fn documented_tight_crops_grow_along_one_side() {
    // A box of 982x301 with ratio 2 becomes 982x491, one of 292x322 with ratio 1 becomes 322x322.
    struct Box(Rect);
    impl LayerFacts for Box {
        fn area(&self, _of: Option<&ImageInput>) -> Option<Rect> {
            Some(self.0)
        }
        fn image(&self, _input: &ImageInput) -> ImageFacts {
            ImageFacts::Unknown
        }
        fn text(&self, _text: &TextBox) -> Option<Size> {
            None
        }
    }
    let source =
        Source { width: 1600, height: 1067, orientation: 1, auto_orient: true, max_pixels: 100_000_000 };
    for (area, ratio, expected) in
        [(rect(300, 300, 982, 301), "2_1", (982, 491)), (rect(300, 300, 292, 322), "1_1", (322, 322))]
    {
        let mut target = Target::parse("photo.jpg", None).unwrap();
        target.strings = vec![format!("fo-custom,ar-{ratio}")];
        let plan = Plan::parse(&target, &Rules::default()).unwrap();
        let resolved = plan.resolve_with(&source, &Hints::default(), &Box(area)).unwrap();
        assert_eq!((resolved.size.width, resolved.size.height), expected);
    }
}

#[test]
fn the_area_goes_along_with_what_happens_to_the_picture() {
    for (before, expected) in [
        ("w-800", rect(600, 50, 100, 50)),
        ("cm-extract,w-1000,h-1000,x-600,y-0", rect(600, 100, 200, 100)),
        ("cm-pad_resize,w-1600,h-2000", rect(1200, 600, 200, 100)),
        ("b-10_red", rect(1210, 110, 200, 100)),
        ("rt-90", rect(800, 1200, 100, 200)),
        ("rt-180", rect(200, 800, 200, 100)),
        ("fl-h", rect(200, 100, 200, 100)),
        ("fl-v", rect(1200, 800, 200, 100)),
        ("e-grayscale", AREA),
        // A part of it.
        ("cm-extract,w-100,h-1000,x-1300,y-0", rect(0, 100, 100, 100)),
    ] {
        assert_eq!(cut(&format!("{before}:fo-custom")), Some(expected), "{before}");
    }
    for lost in ["rt-45", "cm-extract,w-100,h-100,x-0,y-0", "w-400,h-1000,fo-auto"] {
        let centred = resolve(&format!("{lost}:cm-extract,w-50,h-50"));
        let asked = resolve(&format!("{lost}:cm-extract,w-50,h-50,fo-custom"));
        let operations = |resolved: Resolved| resolved.steps.last().unwrap().operations.clone();
        assert_eq!(operations(asked), operations(centred), "{lost}: nothing is left of it");
    }
}

#[test]
fn a_layer_has_the_area_of_its_own_file() {
    let resolved = resolve("l-image,i-logo.png,cm-extract,w-200,h-200,fo-custom,t-false,l-end");
    let operations = &resolved.steps[0].layers[0].steps[0].operations;
    assert_eq!(operations[..], [Operation::Extract { rect: rect(0, 200, 200, 200) }]);
}
