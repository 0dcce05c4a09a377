//! The guide for people who move shows what the rewriters do. `UPDATE=1` writes its generated parts anew.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use imgplane_urls::{NamedTransformations, Plan, Rewriter, Rules, Target, UrlErrorCode};

const CLOUDINARY: Rewriter = Rewriter::Cloudinary { preserve_asset_delivery_types: false };

/// Rewriters with the names of their parts of the guide, and URLs of before that are shown whole.
const PARTS: [(&str, Rewriter, &[&str]); 3] = [
    (
        "Cloudinary",
        CLOUDINARY,
        &[
            "image/upload/c_fill,g_north,w_300,h_200/q_auto,f_auto/v1690000000/hats/h1.jpg",
            "image/upload/s--Ai4Znfl3--/c_pad,b_rgb:F3F3F3,w_300,h_300/hats/h1.jpg",
            "image/upload/w_500/l_text:Roboto_40_bold:Sale,co_white,g_south,y_20/hats/h1.jpg",
            "image/fetch/c_limit,w_300/https://www.example.com/a.jpg",
        ],
    ),
    (
        "Imgix",
        Rewriter::Imgix,
        &[
            "hats/h1.jpg?w=300&h=200&fit=crop&crop=top,left&auto=format,compress",
            "hats/h1.jpg?w=300&ar=3:2&fit=fill&fill=solid&fill-color=F3F3F3&s=2e3b1a",
            "hats/h1.jpg?w=300&fit=max&fm=webp&q=70&v=17",
        ],
    ),
    ("Akamai", Rewriter::Akamai, &["hats/h1.jpg?imwidth=300", "hats/h1.jpg?imwidth=300&impolicy=hero"]),
];

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/migrating.md")
}

/// What stands between the marks of a rewriter.
fn part(rewriter: Rewriter, urls: &[&str]) -> String {
    let mut text = String::from("\n```\n");
    for url in urls {
        let (rest, query) = url.split_once('?').map_or((*url, None), |(rest, query)| (rest, Some(query)));
        let rewritten = rewriter.rewrite(rest, query).unwrap();
        let query = rewritten.query.map(|query| format!("?{query}")).unwrap_or_default();
        writeln!(text, "{url}\n  tr:{}/{}{query}", rewritten.transformation, rewritten.rest).unwrap();
    }
    text.push_str("```\n\n| there | here |\n| --- | --- |\n");
    for (piece, native) in rewriter.examples() {
        let native = if native.is_empty() { "the default".to_owned() } else { format!("`{native}`") };
        writeln!(text, "| `{piece}` | {native} |").unwrap();
    }
    let dropped: Vec<_> = rewriter.untranslated().iter().map(|key| format!("`{key}`")).collect();
    writeln!(text, "\nDropped, whatever their value: {}.\n", dropped.join(" ")).unwrap();
    text
}

#[test]
fn the_guide_shows_every_row_of_the_rewriters() {
    let before = std::fs::read_to_string(guide()).unwrap();
    let mut text = before.clone();
    for (name, rewriter, urls) in PARTS {
        let (begin, end) = (format!("<!-- begin: {name} -->\n"), format!("<!-- end: {name} -->\n"));
        let (head, rest) = text.split_once(&begin).unwrap();
        let (_, tail) = rest.split_once(&end).unwrap();
        text = format!("{head}{begin}{}{end}{tail}", part(rewriter, urls));
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(guide(), &text).unwrap();
    } else {
        assert!(before == text, "{} shows old rows: run this test with UPDATE=1", guide().display());
    }
}

/// The code spans of a cell.
fn codes(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_native_string_of_the_guide_is_right() {
    let text = std::fs::read_to_string(guide()).unwrap();
    let sections =
        text.split("\n## ").filter(|text| text.starts_with("imgproxy") || text.starts_with("thumbor"));
    let tables = sections.flat_map(str::lines).skip_while(|line| !line.starts_with("| imgproxy |"));
    let rows = tables.filter(|line| line.matches(" | ").count() == 2 && !line.starts_with("| ---"));
    let cells = rows.filter_map(|line| line.split(" | ").nth(1)).flat_map(codes).map(str::to_owned);
    let urls = text.lines().filter_map(|line| line.split_once("/tr:")?.1.split('/').next());
    let mut found = 0;
    for string in cells.chain(urls.map(str::to_owned)) {
        found += 1;
        let mut target = Target::parse("a.jpg", None).unwrap();
        target.strings = vec![string.clone()];
        let named = NamedTransformations::new([("NAME".to_owned(), "w-1".to_owned(), true)], false);
        let rules = Rules { reject_unknown: true, ..Rules::default() };
        let error = Plan::parse_named(&target, &rules, &named).err();
        let wrong = error.filter(|error| error.code != UrlErrorCode::Efeature);
        assert_eq!(wrong, None, "{string}");
    }
    assert!(found > 50, "{found} strings");
}
