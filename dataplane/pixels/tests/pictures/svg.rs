//! SVG: drawn where pixels are asked for, at the size that is asked for, without a look at anything else, and bounded.

use std::time::{Duration, Instant};

use imgplane_pixels::{Color, Format, Operation, PixelError, Rect, Size, estimate, inspect};

use crate::{
    reference::score,
    scene::{Picture, photo, png},
    work::{fixed, job, lossless, make, read, refuse, resize, try_make},
};

const HEAD: &str = "xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'";

fn svg(attributes: &str, content: &str) -> Vec<u8> {
    format!("<svg {HEAD} {attributes}>{content}</svg>").into_bytes()
}

fn draw(source: &[u8], operations: &[Operation]) -> Picture {
    read(&make(source, operations, lossless()).bytes)
}

/// A drawing with edges in every direction.
fn star() -> Vec<u8> {
    svg(
        "viewBox='0 0 200 100'",
        "<rect width='200' height='100' fill='#fff'/><circle cx='60' cy='50' r='37.3' fill='#0a6'/>\
         <path d='M110 90 L150 10 L190 90 Z' fill='#c02' stroke='#124' stroke-width='3.3'/>",
    )
}

#[test]
fn an_svg_is_measured_and_drawn_at_its_own_size() {
    let source = svg("viewBox='0 0 20 10'", "<rect x='2' y='1' width='5' height='4' fill='#f00'/>");
    let facts = inspect(&source).unwrap();
    assert_eq!((facts.format, facts.width, facts.height, facts.alpha), (Format::Svg, 20, 10, true));
    let got = draw(&source, &[]);
    assert_eq!((got.width, got.height, got.channels), (20, 10, 4));
    assert_eq!((got.pixel(2, 1), got.pixel(6, 4)), (&[255, 0, 0, 255][..], &[255, 0, 0, 255][..]));
    assert_eq!((got.pixel(1, 1)[3], got.pixel(7, 4)[3], got.pixel(19, 9)[3]), (0, 0, 0));
}

#[test]
fn units_and_missing_sides_agree_with_the_header() {
    let rect = "<rect width='100%' height='100%' fill='#00f'/>";
    for (attributes, size) in [
        ("width='40' height='30px'", (40, 30)),
        ("width='1in' height='72pt'", (96, 96)),
        ("width='50' viewBox='0 0 200 100'", (50, 25)),
        ("height='50' viewBox='0 0 200 100'", (100, 50)),
        ("width='100%' height='100%' viewBox='0,0,200,100'", (200, 100)),
        ("viewBox='-10 -5 33.4 21.7'", (33, 22)),
        ("", (300, 150)),
    ] {
        let source = svg(attributes, rect);
        let got = draw(&source, &[]);
        assert_eq!((got.width, got.height), size, "{attributes}");
        if !attributes.contains('-') {
            assert!(got.data.chunks(got.channels).all(|pixel| pixel[..3] == [0, 0, 255]), "{attributes}");
        }
    }
}

#[test]
fn a_larger_picture_is_as_sharp_as_a_drawing_of_that_size() {
    let larger = svg("width='800' height='400' viewBox='0 0 200 100'", std::str::from_utf8(&star()).unwrap());
    let direct = draw(&larger, &[]);
    let enlarged = draw(&star(), &[resize(800, 400)]);
    assert_eq!((enlarged.width, enlarged.height), (800, 400));
    let sharp = score(&direct, &enlarged);
    let soft = draw(&make(&star(), &[], lossless()).bytes, &[resize(800, 400)]);
    let soft = score(&direct, &soft);
    println!("drawn {sharp:.2}, enlarged afterwards {soft:.2}");
    assert!(sharp > 99.0 && soft < 90.0, "{sharp} {soft}");
}

#[test]
fn crops_turns_and_cuts_show_the_same_part_as_of_a_picture() {
    let whole = png(&draw(&star(), &[resize(400, 200)]));
    let window = Rect { x: 90, y: 20, width: 160, height: 120 };
    let cover = Operation::Resize { scaled: Size::new(400, 200), window };
    let turn = Operation::Rotate { quarter_turns: 1 };
    let flip = Operation::Flip { horizontal: true, vertical: false };
    let cut = Operation::Extract { rect: window };
    for after in [vec![], vec![turn.clone()], vec![flip.clone(), turn], vec![flip]] {
        let of_svg: Vec<Operation> = [vec![cover.clone()], after.clone()].concat();
        let of_png: Vec<Operation> = [vec![cut.clone()], after].concat();
        let (drawn, cropped) = (draw(&star(), &of_svg), draw(&whole, &of_png));
        assert_eq!((drawn.width, drawn.height), (cropped.width, cropped.height), "{of_svg:?}");
        // Edges that leave the canvas are cut there, and their steps are rounded anew.
        let alike = score(&cropped, &drawn);
        println!("{of_svg:?}: {alike:.2}");
        assert!(alike > 90.0, "{of_svg:?} scores {alike}");
    }
    // A part that is enlarged is drawn larger.
    let rect = Rect { x: 100, y: 0, width: 100, height: 100 };
    let part = draw(&star(), &[Operation::Extract { rect }, resize(400, 400)]);
    let direct = draw(
        &star(),
        &[resize(800, 400), Operation::Extract { rect: Rect { x: 400, y: 0, width: 400, height: 400 } }],
    );
    assert!(score(&direct, &part) > 99.0);
}

#[test]
fn nothing_stays_transparent_and_a_background_is_put_behind_it() {
    let source = svg("viewBox='0 0 40 20'", "<circle cx='20' cy='10' r='8' fill='#06c' opacity='.5'/>");
    for (format, alpha) in [(Format::Png, 1), (Format::Webp, 3), (Format::Avif, 12)] {
        let got = read(&make(&source, &[resize(80, 40)], fixed(format, 90)).bytes);
        assert_eq!(got.channels, 4, "{format}");
        assert!(got.pixel(0, 0)[3] <= alpha, "{format}");
        assert!(got.pixel(40, 20)[3].abs_diff(128) <= alpha, "{format}: {:?}", got.pixel(40, 20));
    }
    let color = Color { red: 255, green: 192, blue: 203, alpha: 255 };
    let pink =
        draw(&source, &[resize(80, 40), Operation::Background { fill: imgplane_pixels::Fill::Color(color) }]);
    assert_eq!((pink.channels, pink.pixel(0, 0)), (3, &[255, 192, 203][..]));
}

#[test]
fn nothing_outside_of_the_file_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.png");
    std::fs::write(&secret, png(&Picture { width: 1, height: 1, channels: 3, data: vec![255, 0, 0] }))
        .unwrap();
    let plain = folder.path().join("secret.svg");
    std::fs::write(&plain, svg("width='1' height='1'", "<rect width='1' height='1' fill='red'/>")).unwrap();
    let path = secret.display();
    let drawing = plain.display();
    for content in [
        format!("<image href='{path}' width='20' height='10'/>"),
        format!("<image href='file://{path}' width='20' height='10'/>"),
        format!("<image xlink:href='{drawing}' width='20' height='10'/>"),
        "<image href='http://127.0.0.1:9/a.png' width='20' height='10'/>".to_owned(),
        format!("<use href='{drawing}#a'/>"),
        "<script>document.documentElement.setAttribute('style', 'background: red')</script>".to_owned(),
        "<foreignObject width='20' height='10'><body xmlns='http://www.w3.org/1999/xhtml'>x</body></foreignObject>".to_owned(),
        "<style>@import url('http://127.0.0.1:9/a.css'); @font-face { src: url(http://127.0.0.1:9/a.ttf) }</style>".to_owned(),
        format!("<filter id='f'><feImage href='{path}'/></filter><g filter='url(#f)'/>"),
    ] {
        let got = draw(&svg("width='20' height='10'", &content), &[]);
        assert!(got.data.chunks(4).all(|pixel| pixel.get(3) == Some(&0)), "{content}");
    }
    let entity =
        format!("<!DOCTYPE svg [<!ENTITY a SYSTEM '{path}'>]><svg {HEAD} width='20' height='10'>&a;</svg>");
    if let Ok(made) = try_make(entity.as_bytes(), &[], lossless()) {
        assert!(read(&made.bytes).data.chunks(4).all(|pixel| pixel.get(3) == Some(&0)));
    }
}

#[test]
fn text_is_drawn_with_the_built_in_fonts() {
    let set = |style: &str, text: &str| {
        let text = format!("<text x='4' y='40' font-size='36' style='{style}'>{text}</text>");
        draw(&svg("width='240' height='56'", &text), &[])
    };
    let ink = |picture: &Picture| picture.data.chunks(4).filter(|pixel| pixel[3] > 127).count();
    let plain = set("", "Hamburg");
    assert!(ink(&plain) > 800, "{} pixels", ink(&plain));
    for (name, style, same) in [
        ("the family that stands for all others", "font-family: Nobody Has This", true),
        ("a generic name", "font-family: sans-serif", true),
        ("what nobody may hand out", "font-family: Arial, Helvetica", true),
        ("serifs", "font-family: Times New Roman", false),
        ("one width", "font-family: Courier New", false),
        ("a family of its own", "font-family: Lobster", false),
        ("bold", "font-weight: bold", false),
        ("italic", "font-style: italic", false),
    ] {
        let other = set(style, "Hamburg");
        assert!(ink(&other) > 600, "{name}");
        assert_eq!(other.data == plain.data, same, "{name}");
    }
    for text in ["\u{6f22}\u{5b57}", "\u{5e9}\u{5dc}\u{5d5}\u{5dd}", "\u{627}\u{644}", "\u{1f600}"] {
        assert!(ink(&set("", text)) > 150, "{text} is drawn");
    }
    let face = set("", "\u{1f600}");
    assert!(
        face.data.chunks(4).any(|pixel| pixel[0] > 200 && pixel[2] < 120 && pixel[3] == 255),
        "in colour"
    );
}

#[test]
fn more_text_than_is_read_is_refused_however_it_is_repeated() {
    let long = format!("<text x='1' y='9'>{}</text>", "word ".repeat(2_001));
    let again = "<defs><text id='t'>0123456789</text></defs>".to_owned() + &"<use href='#t'/>".repeat(1_001);
    for content in [long, again] {
        let error = refuse(&svg("width='20' height='10'", &content), &[], lossless());
        assert_eq!(error.code(), "ELIMIT");
        assert!(
            error.to_string().starts_with("The number of characters that the SVG grows to is 10"),
            "{error}"
        );
    }
    // What is only told, is not drawn.
    let told = format!("<metadata>{}</metadata><title>x</title>", "x".repeat(20_000));
    draw(&svg("width='20' height='10'", &told), &[]);
}

/// Base64 by hand: three bytes become four letters.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte))
                << (8 * (3 - chunk.len()));
            (0..4).map(move |at| {
                if at <= chunk.len() {
                    char::from(LETTERS[(word >> (18 - 6 * at) & 63) as usize])
                } else {
                    '='
                }
            })
        })
        .collect()
}

fn data_url(file: &[u8]) -> String {
    format!("data:image/png;base64,{}", base64(file))
}

#[test]
fn pictures_in_the_file_itself_are_drawn_within_the_limits() {
    let red = png(&Picture { width: 4, height: 2, channels: 3, data: [255, 0, 0].repeat(8) });
    let source =
        svg("width='20' height='10'", &format!("<image href='{}' width='20' height='10'/>", data_url(&red)));
    assert!(draw(&source, &[]).data.chunks(3).all(|pixel| pixel == [255, 0, 0]));

    let mut bomb = png(&photo(8, 8));
    bomb[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
    let source =
        svg("width='20' height='10'", &format!("<image href='{}' width='20' height='10'/>", data_url(&bomb)));
    let error = refuse(&source, &[], lossless());
    assert_eq!(
        error.to_string(),
        "The resolution in pixels of all pictures in the SVG is 900000000, the limit is 100000000"
    );

    let nested = data_url(&svg("width='9' height='9'", "<rect width='9' height='9'/>"))
        .replace("image/png", "image/svg+xml");
    let source = svg("width='20' height='10'", &format!("<image href='{nested}' width='20' height='10'/>"));
    assert!(draw(&source, &[]).data.chunks(4).all(|pixel| pixel[3] == 0), "no drawing in a drawing");
}

/// Ten times what is called by the number before, and so on.
fn doubling(levels: usize, one: impl Fn(usize) -> String) -> String {
    (1..=levels).map(one).collect()
}

fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let small = "width='64' height='64'";
    let uses = doubling(12, |level| {
        let inner = format!("<use href='#g{}'/>", level - 1).repeat(10);
        format!("<g id='g{level}'>{inner}</g>")
    });
    let patterns = doubling(12, |level| {
        let inner = format!("<rect width='9' height='9' fill='url(#g{})'/>", level - 1).repeat(10);
        format!("<pattern id='g{level}' width='9' height='9' patternUnits='userSpaceOnUse'>{inner}</pattern>")
    });
    let by_style = doubling(12, |level| {
        let inner = format!("<rect width='9' height='9' class='c{}'/>", level - 1).repeat(10);
        format!(
            "<style>.c{level} {{ fill: url(#g{level}) }}</style><pattern id='g{level}' width='9' height='9'>{inner}</pattern>"
        )
    });
    let markers = doubling(8, |level| {
        let line = "M0 0".to_owned() + &" 1 1".repeat(20);
        format!("<marker id='g{level}'><path d='{line}' style='marker:url(#g{})'/></marker>", level - 1)
    });
    let masks = doubling(12, |level| {
        let inner = format!("<rect width='9' height='9' mask='url(#g{})'/>", level - 1).repeat(10);
        format!("<mask id='g{level}'>{inner}</mask>")
    });
    let filtered = |filter: &str, scale: u32| {
        let rect = "<rect width='3000' height='3000' filter='url(#f)'/>";
        svg(&format!("width='{scale}' height='{scale}'"), &format!("<filter id='f'>{filter}</filter>{rect}"))
    };
    let deep = "<g>".repeat(100_000) + &"</g>".repeat(100_000);
    let isolated = "<g opacity='.9'>".repeat(90) + "<rect width='3000' height='3000'/>" + &"</g>".repeat(90);
    let entities = {
        let levels: String = (1..9)
            .map(|level| format!("<!ENTITY e{level} '{}'>", format!("&e{};", level - 1).repeat(10)))
            .collect::<Vec<_>>()
            .concat();
        format!(
            "<!DOCTYPE svg [<!ENTITY e0 'xxxxxxxxxx'>{levels}]><svg {HEAD} {small}><title>&e8;</title></svg>"
        )
    };
    let rules = (0..4000).map(|index| format!(".a{index}{{fill:red}}")).collect::<Vec<_>>().concat();
    vec![
        (
            "uses of uses",
            svg(small, &format!("<defs><rect id='g0' width='1' height='1'/>{uses}</defs><use href='#g12'/>")),
        ),
        (
            "patterns of patterns",
            svg(small, &format!("{patterns}<rect width='64' height='64' fill='url(#g12)'/>")),
        ),
        ("patterns by style", svg(small, &format!("{by_style}<rect width='64' height='64' class='c12'/>"))),
        ("markers of markers", svg(small, &format!("{markers}<path d='M0 0 5 5' marker-end='url(#g8)'/>"))),
        ("masks of masks", svg(small, &format!("{masks}<rect width='64' height='64' mask='url(#g12)'/>"))),
        ("octaves", filtered("<feTurbulence baseFrequency='.1' numOctaves='100000000'/>", 64)),
        ("a wide pen", filtered("<feMorphology operator='dilate' radius='900'/>", 2000)),
        ("many blurs", filtered(&"<feGaussianBlur stdDeviation='9'/>".repeat(2000), 2000)),
        ("results that are kept", filtered(&"<feFlood flood-color='red'/>".repeat(200), 2000)),
        ("layers in layers", svg("width='3000' height='3000'", &isolated)),
        ("deep", svg(small, &deep)),
        ("entities", entities.into_bytes()),
        ("rules", svg(small, &format!("<style>{rules}</style>{}", "<g/>".repeat(20_000)))),
        (
            "a huge pattern",
            svg(
                small,
                "<pattern id='p' width='9e6' height='9e6' patternUnits='userSpaceOnUse'><rect width='9' height='9'/></pattern><rect width='64' height='64' fill='url(#p)'/>",
            ),
        ),
        (
            "many full pages",
            svg("width='8000' height='8000'", &"<rect width='8000' height='8000' fill='#123'/>".repeat(4000)),
        ),
        ("too long", svg(small, &" ".repeat(6 << 20))),
    ]
}

#[test]
fn bombs_are_refused_at_once() {
    for (name, source) in bombs() {
        let started = Instant::now();
        let error = refuse(&source, &[], lossless());
        let took = started.elapsed();
        println!("{name}: {error} after {took:?}");
        assert!(
            matches!(error, PixelError::Limit { .. } | PixelError::Undecodable { .. }),
            "{name}: {error:?}"
        );
        assert!(took < Duration::from_secs(2), "{name} took {took:?}");
    }
}

/// Workers have a stack of 2 MiB, and what is too deep for it ends the process.
#[test]
fn the_deepest_drawings_that_are_allowed_take_less_than_half_of_a_stack() {
    let chain = |levels: usize, one: &dyn Fn(usize) -> String| (1..=levels).map(one).collect::<String>();
    let leaf = "<rect id='g0' width='9' height='9' fill='red'/>";
    let groups = "<g opacity='.99' transform='scale(.999)'>".repeat(90) + leaf + &"</g>".repeat(90);
    let uses = chain(45, &|level| format!("<g id='g{level}'><use href='#g{}'/></g>", level - 1));
    let patterns = chain(30, &|level| {
        format!(
            "<pattern id='p{level}' width='9' height='9'><g><rect width='9' height='9' fill='url(#p{})'/></g></pattern>",
            level - 1
        )
    });
    let masks = chain(30, &|level| {
        format!("<mask id='m{level}'><g><rect width='9' height='9' mask='url(#m{})'/></g></mask>", level - 1)
    });
    let clips = chain(40, &|level| {
        format!(
            "<clipPath id='c{level}'><rect width='9' height='9' clip-path='url(#c{})'/></clipPath>",
            level - 1
        )
    });
    let markers = chain(25, &|level| {
        format!(
            "<marker id='a{level}'><g><path d='M0 0 9 9' marker-end='url(#a{})'/></g></marker>",
            level - 1
        )
    });
    let filters = chain(30, &|level| {
        format!(
            "<filter id='f{level}'><feImage href='#r{level}'/></filter><rect id='r{level}' width='9' height='9' filter='url(#f{})'/>",
            level - 1
        )
    });
    for (name, content) in [
        ("groups", groups),
        ("uses", format!("<defs>{leaf}{uses}</defs><use href='#g45'/>")),
        ("patterns", format!("{patterns}<rect width='9' height='9' fill='url(#p30)'/>")),
        ("masks", format!("{masks}<rect width='9' height='9' mask='url(#m30)'/>")),
        ("clips", format!("{clips}<rect width='9' height='9' clip-path='url(#c40)'/>")),
        ("markers", format!("{markers}<path d='M0 0 5 5' marker-end='url(#a25)'/>")),
        ("filters", format!("{filters}<rect width='9' height='9' filter='url(#f30)'/>")),
    ] {
        let source = svg("width='32' height='32'", &content);
        let work = move || try_make(&source, &[], lossless()).map(|made| made.bytes.len());
        let outcome = std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap();
        println!("{name}: {outcome:?}");
        assert!(outcome.is_ok() || name == "filters" || name == "markers", "{name}: {outcome:?}");
    }
}

#[test]
fn circles_of_references_are_drawn_or_refused_but_end() {
    for content in [
        "<use id='a' href='#a'/>",
        "<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>",
        "<pattern id='a' width='1' height='1'><rect width='1' height='1' fill='url(#a)'/></pattern><rect width='9' height='9' fill='url(#a)'/>",
        "<mask id='a'><rect width='9' height='9' mask='url(#a)'/></mask><rect width='9' height='9' mask='url(#a)'/>",
        "<clipPath id='a' clip-path='url(#b)'/><clipPath id='b' clip-path='url(#a)'/><rect width='9' height='9' clip-path='url(#a)'/>",
        "<marker id='a'><path d='M0 0 1 1' marker-end='url(#a)'/></marker><path d='M0 0 5 5' marker-end='url(#a)'/>",
        "<filter id='a'><feImage href='#b'/></filter><rect id='b' width='9' height='9' filter='url(#a)'/>",
        "<linearGradient id='a' href='#b'/><linearGradient id='b' href='#a'/><rect width='9' height='9' fill='url(#a)'/>",
    ] {
        let _ = try_make(&svg("width='10' height='10'", content), &[], lossless());
    }
}

#[test]
fn ordinary_drawings_stay_within_their_bounds() {
    let shadow = "<filter id='f' x='-20%' y='-20%' width='140%' height='140%'><feGaussianBlur in='SourceAlpha' stdDeviation='4'/>\
         <feOffset dx='3' dy='3' result='o'/><feMerge><feMergeNode in='o'/><feMergeNode in='SourceGraphic'/></feMerge></filter>";
    let cards: String = (0..60)
        .map(|index| {
            format!(
                "<g filter='url(#f)'><rect x='{}' y='{}' width='60' height='40' rx='6' fill='#fff'/></g>",
                index % 10 * 78,
                index / 10 * 90
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let chart: String = (0..3000)
        .map(|index| format!("L{} {}", f64::from(index) * 0.26, (index * 7919) % 500))
        .collect::<Vec<_>>()
        .concat();
    let arrows = "<marker id='m' viewBox='0 0 10 10' refX='5' refY='5' markerWidth='6' markerHeight='6' orient='auto'><path d='M0 0L10 5L0 10z'/></marker>";
    let lines: String = (0..300)
        .map(|index| {
            format!(
                "<path d='M{index} 0C1 2 3 4 {index} 500' marker-end='url(#m)' stroke='#333' fill='none'/>"
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let icons: String = (0..2000)
        .map(|index| {
            format!("<use href='#i' x='{}' y='{}' width='14' height='12'/>", index % 50 * 16, index / 50 * 14)
        })
        .collect::<Vec<_>>()
        .concat();
    let map: String = (0..20_000)
        .map(|index| {
            format!("<path d='M{0} {1}h3v3z' class='c{2}'/>", index % 200 * 4, index / 200 * 5, index % 9)
        })
        .collect::<Vec<_>>()
        .concat();
    for (name, content) in [
        ("shadows", format!("{shadow}{cards}")),
        ("a chart", format!("<path d='M0 0{chart}' fill='none' stroke='#06c' stroke-dasharray='4 2'/>")),
        ("arrows", format!("{arrows}{lines}")),
        (
            "icons",
            format!(
                "<symbol id='i' viewBox='0 0 10 10'><path d='M0 0h10v10z'/><circle cx='5' cy='5' r='2' fill='red'/></symbol>{icons}"
            ),
        ),
        (
            "a map",
            format!(
                "<style>.c0{{fill:#123}}.c1{{fill:url(#a)}}</style><linearGradient id='a'><stop stop-color='red'/></linearGradient>{map}"
            ),
        ),
    ] {
        for size in [(800, 600), (2400, 1800)] {
            let source = svg("viewBox='0 0 800 600'", &content);
            let started = Instant::now();
            make(&source, &[resize(size.0, size.1)], fixed(Format::Webp, 60));
            let needs = estimate(&job(&source, &[resize(size.0, size.1)], fixed(Format::Webp, 60)));
            println!("{name} at {size:?}: {:?}, estimated {} MB", started.elapsed(), needs >> 20);
        }
    }
}

#[test]
fn a_canvas_above_the_limit_is_refused_before_it_is_made() {
    let source = svg("width='60000' height='60000'", "<rect width='9' height='9'/>");
    let error = refuse(&source, &[], lossless());
    assert_eq!(
        error.to_string(),
        "The result's resolution in pixels (60000x60000) is 3600000000, the limit is 100000000"
    );
    assert_eq!(make(&source, &[resize(20, 20)], lossless()).width, 20);
}
