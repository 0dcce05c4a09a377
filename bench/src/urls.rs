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
        ("a chain of 1,000 bytes with 8 layers", format!("tr:{}/dir/photo.jpg", long_chain())),
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

/// Steps, expressions, a condition and layers, 1,000 bytes of them.
fn long_chain() -> String {
    const LAYER: &str = "l-image,i-brand@@mark.png,w-bw_div_4,lx-N20,ly-N20,o-60,l-end,l-text,i-Spring%20sale,fs-40,co-FF0000,lfo-top,l-end";
    let step = format!(
        "w-800,h-600,c-at_max,fo-top:{LAYER},bg-FFFFFF,r-20,q-75:if-ar_gt_1,h-iw_div_2_add_10,if-else,rt-90,if-end"
    );
    let mut chain = step.clone();
    while chain.len() + step.len() < 1_000 {
        chain.push(':');
        chain.push_str(&step);
    }
    chain
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
