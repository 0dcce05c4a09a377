//! What must hold of any text, one function per fuzz target. The crate's own tests run them too, on the seeds and on
//! everything that was ever found.

use imgplane_urls::{
    Clock, EndpointAddress, Hints, NamedTransformations, Plan, Rewriter, Router, Rules, SigningKey, Source,
    Target, UrlError, UrlErrorCode, Verdict, check_resource, sign, verify,
};

/// Longest message of an error: it must fit a response header.
const MESSAGE_BYTES: usize = 400;
/// Most pixels of the sources that plans are resolved for.
const MAX_PIXELS: u64 = 100_000_000;
/// Longest text that is of interest: servers refuse longer targets.
const LONGEST: usize = 8 << 10;

/// How strictly strings are read, every way.
const RULES: [Rules; 3] = [
    Rules { reject_unknown: false, reject_invalid: true, translate_overlays: false },
    Rules { reject_unknown: true, reject_invalid: true, translate_overlays: true },
    Rules { reject_unknown: false, reject_invalid: false, translate_overlays: true },
];

/// A request target: what is read of it is sound, and reading never fails in another way than by an error.
pub fn anatomy(text: &str) {
    if text.len() > LONGEST {
        return;
    }
    let (path, query) = split(text);
    let address = |prefix: &str| EndpointAddress {
        account: "shop".to_owned(),
        prefix: prefix.to_owned(),
        domains: vec!["img.example".to_owned()],
    };
    let router = Router::new([address(""), address("p")], &[], []);
    for host in ["img.example", "other.example:443"] {
        if let Ok(route) = router.route(host, path) {
            assert!(path.ends_with(route.rest) && path.ends_with(route.account_rest));
            assert!(route.account_rest.ends_with(route.rest));
        }
    }
    match Target::parse(path, query) {
        Ok(target) => {
            assert_eq!(check_resource(&target.resource), Ok(()));
            assert!(!target.resource.starts_with('/') && target.resource.len() <= text.len());
            let forwarded = target.forwarded_query.unwrap_or_default();
            for piece in forwarded.split('&') {
                let name = piece.split('=').next().unwrap_or_default();
                assert!(name != "tr" && !name.starts_with("ik-") && name != "sdk-version", "{forwarded}");
            }
            let name = target.download_name.unwrap_or_default();
            assert!(!name.contains(|c: char| c.is_control() || c == '/' || c == '\\'), "{name:?}");
        }
        Err(error) => sound(&error, text),
    }
}

/// A transformation string: its normal spelling means the same, its sizes stay within their limits.
pub fn grammar(text: &str) {
    if text.len() > LONGEST {
        return;
    }
    let stored = [("thumb", "w-100,h-100"), ("chain", "n-thumb:rt-90"), ("text", text)];
    let stored = stored.map(|(name, text)| (name.to_owned(), text.to_owned(), true));
    for rules in RULES {
        match plan(text, rules, &NamedTransformations::default()) {
            Ok(first) => {
                let normal = first.normal();
                // What is refused of it is only its length: prompts and texts in base64 are longer.
                match plan(&normal, rules, &NamedTransformations::default()) {
                    Ok(again) => assert_eq!(again.normal(), normal, "{text:?}"),
                    Err(error) => {
                        assert_eq!(error.code, UrlErrorCode::Elimit, "{text:?}: {normal:?}: {error}");
                    }
                }
                resolve(&first, text);
            }
            Err(error) => sound(&error, text),
        }
        let named = NamedTransformations::new(stored.clone(), false);
        let _ = named.check("text", &rules);
        if let Err(error) = plan(text, rules, &named) {
            sound(&error, text);
        }
        if let Ok(strict) = plan(text, rules, &NamedTransformations::new(stored.clone(), true)) {
            assert!(strict.is_named() || !strict.is_explicit(), "{text:?}");
        }
    }
}

/// A value with arithmetic in it, as a side and as a condition.
pub fn expressions(text: &str) {
    if text.len() > LONGEST || text.contains([',', ':']) {
        return;
    }
    for string in [format!("w-{text}"), format!("x-{text},w-9,cm-extract"), format!("if-{text},w-9,if-end")] {
        match plan(&string, RULES[0], &NamedTransformations::default()) {
            Ok(plan) => resolve(&plan, &string),
            Err(error) => sound(&error, &string),
        }
    }
}

/// A request target with a signature in it: nothing verifies but what the key has signed.
pub fn signatures(text: &str) {
    if text.len() > LONGEST {
        return;
    }
    // Not the key of the seeds: none of them is valid here.
    let key = SigningKey::new("private_OfTheFuzzer=");
    let clock = Clock { now: 1_700_000_000, skew: 0 };
    let judge = |text: &str| {
        let (path, query) = split(text);
        let address = EndpointAddress { account: "a".to_owned(), prefix: String::new(), domains: vec![] };
        let router = Router::new([address], &[], []);
        let path = format!("/a/{path}");
        router.route("h", &path).map(|route| verify(&route, query, std::slice::from_ref(&key), clock).verdict)
    };
    if let Ok(Verdict::Valid { .. }) = judge(text) {
        panic!("a signature was found by chance: {text:?}");
    }
    let url = format!("https://h/a/{text}");
    if let Ok(signed) = sign(&url, "https://h/a", &key, Some(clock.now)) {
        let rest = signed.strip_prefix("https://h/a/").unwrap_or_default();
        assert_eq!(judge(rest), Ok(Verdict::Valid { expires: Some(clock.now) }), "{signed}");
    }
}

/// A vendor's request target: a translation never fails a request, and says nothing that the native grammar refuses.
pub fn rewriters(text: &str) {
    if text.len() > LONGEST {
        return;
    }
    let (path, query) = split(text);
    let rewriters = [
        Rewriter::Cloudinary { preserve_asset_delivery_types: false },
        Rewriter::Cloudinary { preserve_asset_delivery_types: true },
        Rewriter::Imgix,
        Rewriter::Akamai,
    ];
    for rewriter in rewriters {
        let Some(rewritten) = rewriter.rewrite(path, query) else { continue };
        for note in &rewritten.notes {
            assert!(note.to_string().is_ascii(), "{note}");
        }
        let names = rewritten.transformation.split([',', ':']).filter_map(|item| item.strip_prefix("n-"));
        let named = names.map(|name| (name.to_owned(), String::new(), true));
        match plan(&rewritten.transformation, RULES[0], &NamedTransformations::new(named, false)) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.code, UrlErrorCode::Elimit, "{text:?}: {rewritten:?}: {error}"),
        }
        let _ = Target::rewritten(path, query, Some(&rewriter));
    }
}

fn split(text: &str) -> (&str, Option<&str>) {
    text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)))
}

fn plan(text: &str, rules: Rules, named: &NamedTransformations) -> Result<Plan, UrlError> {
    let mut target = Target::parse("a.jpg", None)?;
    target.strings.push(text.to_owned());
    Plan::parse_named(&target, &rules, named)
}

fn resolve(plan: &Plan, text: &str) {
    for (width, height) in [(1600, 1067), (1, 1), (65_535, 3)] {
        let source = Source { width, height, orientation: 6, auto_orient: true, max_pixels: MAX_PIXELS };
        for hints in [Hints::default(), Hints { width: Some(211.5), dpr: Some(2.0) }] {
            match plan.resolve(&source, &hints) {
                Ok(resolved) => {
                    assert!(resolved.size.width > 0 && resolved.size.height > 0, "{text:?}");
                    for step in &resolved.steps {
                        let pixels = u64::from(step.output.width) * u64::from(step.output.height);
                        assert!(pixels <= MAX_PIXELS, "{text:?}: {}", step.output);
                    }
                    assert!(resolved.warnings.iter().all(|warning| warning.is_ascii()), "{text:?}");
                }
                Err(error) => sound(&error, text),
            }
        }
    }
}

/// An error fits a header and points into the text.
fn sound(error: &UrlError, text: &str) {
    assert!(error.message.is_ascii() && error.message.len() <= MESSAGE_BYTES, "{text:?}: {error}");
    if let Some(character) = error.character {
        assert!((1..=text.chars().count() + 1).contains(&character), "{text:?}: {error}");
    }
}
