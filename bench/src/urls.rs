//! What reading a URL costs: time alone, in this process, the best of many rounds.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use imgplane_urls::{
    Clock, EndpointAddress, Hints, NamedTransformations, Plan, Rewriter, Router, Rules, SigningKey, Source,
    Target, sign, verify,
};

/// Repetitions of one round; the mean of a round is a few milliseconds long.
const REPETITIONS: u32 = 2_000;
const ROUNDS: usize = 40;

/// Measures and prints the table.
pub(crate) fn run() -> Result<()> {
    println!("| what | µs |\n| --- | --- |");
    for (name, path) in [
        ("`tr:w-300,h-200`", "tr:w-300,h-200/dir/photo.jpg".to_owned()),
        ("a banner of 1,000 bytes with 6 layers", format!("tr:{}/dir/photo.jpg", banner())),
        ("1,000 bytes without a long value, 8 layers", format!("tr:{}/dir/photo.jpg", dense())),
    ] {
        let target = Target::parse(&path, None).context("the path is a target")?;
        let plan = Plan::parse(&target, &Rules::default()).context("the string is a plan")?;
        let source =
            Source { width: 1600, height: 1067, orientation: 1, auto_orient: true, max_pixels: 100_000_000 };
        row(name, "anatomy", || Target::parse(&path, None).is_ok());
        row(name, "plan", || Plan::parse(&target, &Rules::default()).is_ok());
        row(name, "sizes for one source", || plan.resolve(&source, &Hints::default()).is_ok());
    }
    let stored = (0..250).map(|index| (format!("name_{index}"), "w-100,h-100:rt-90".to_owned(), true));
    let named = NamedTransformations::new(stored, false);
    let target = Target::parse("tr:n-name_7/photo.jpg", None).context("the path is a target")?;
    row("`tr:n-NAME`, one of 250", "plan", || Plan::parse_named(&target, &Rules::default(), &named).is_ok());

    let rewriter = Rewriter::Cloudinary { preserve_asset_delivery_types: false };
    row("`image/upload/w_300,h_200,c_fill/v17/photo.jpg`", "translation", || {
        rewriter.rewrite("image/upload/w_300,h_200,c_fill/v17/photo.jpg", None).is_some()
    });

    let address = EndpointAddress { account: "shop".into(), prefix: String::new(), domains: vec![] };
    let router = Router::new([address], &[], []);
    let keys = [SigningKey::new("private_a="), SigningKey::new("private_b=")];
    let url = "https://img.example/shop/tr:w-300,h-200/dir/photo.jpg";
    let [_, last] = &keys;
    let signed =
        sign(url, "https://img.example/shop", last, Some(4_000_000_000)).context("the URL can be signed")?;
    let (path, query) = signed
        .strip_prefix("https://img.example")
        .and_then(|rest| rest.split_once('?'))
        .context("a query")?;
    let route = router.route("img.example", path).context("the path has a route")?;
    let clock = Clock { now: 1_700_000_000, skew: 0 };
    row("a signature, the second of two keys", "verification", || {
        verify(&route, Some(query), &keys, clock).verdict.message().is_none()
    });
    Ok(())
}

/// Bytes of the long strings below.
const LONG: usize = 1_000;

/// As a shop writes them: a cropped photo, two pictures and three sentences upon it, paths and texts of usual length.
fn banner() -> String {
    const PICTURE: &str = "l-image,i-campaigns@@2026@@black-friday@@badges@@new-in-store-now.png,w-bw_mul_0.25,lfo-top_right,o-90,l-end";
    const TEXT: &str = "l-text,i-Everything%20for%20the%20garden%20at%20half%20price%20until%20the%20end%20of%20November,ff-Montserrat,fs-bw_div_18,co-FFFFFF,bg-00000080,pa-12_24,lx-40,ly-N60,l-end";
    filled(&format!(
        "w-1600,ar-16-9,fo-top:{PICTURE},{TEXT},{PICTURE},{TEXT},{PICTURE},{TEXT}:if-ar_gt_1,rt-90,if-end"
    ))
}

/// Steps, expressions, conditions and layers with values as short as they can be.
fn dense() -> String {
    const LAYER: &str = "l-image,i-brand@@mark.png,w-bw_div_4,lx-N20,ly-N20,o-60,l-end,l-text,i-Spring%20sale,fs-40,co-FF0000,lfo-top,l-end";
    let step = format!(
        "w-800,h-600,c-at_max,fo-top:{LAYER},bg-FFFFFF,r-20,q-75:if-ar_gt_1,h-iw_div_2_add_10,if-else,rt-90,if-end"
    );
    filled(&[step.as_str(); 4].join(":"))
}

/// The string with as many steps behind it as make it long.
fn filled(chain: &str) -> String {
    const STEP: &str = ":rt-90,w-640,h-480,c-at_max,bg-FFFFFF,q-70";
    let rest = LONG.saturating_sub(chain.len());
    let steps = STEP.repeat(rest / STEP.len());
    let filled = format!("{chain}{steps}");
    let commas = LONG.saturating_sub(filled.len());
    format!("{filled}{}", ",".repeat(commas))
}

/// Prints the best round's mean. A work that fails would measure something else.
fn row(name: &str, what: &str, work: impl Fn() -> bool) {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let right = (0..REPETITIONS).filter(|_| black_box(work())).count();
        assert_eq!(right, REPETITIONS as usize, "{name}: {what} failed");
        best = best.min(started.elapsed());
    }
    println!("| {name}: {what} | {:.2} |", best.as_secs_f64() * 1e6 / f64::from(REPETITIONS));
}
