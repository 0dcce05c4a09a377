//! URLs as the official SDKs make them, asked of a real server: with a signature where one is needed, and without.
//!
//! The cases lie in `tests/sdk/cases.json`; two generators beside it put them before the SDKs themselves. In a case
//! `{account}` is the address of the account, `{endpoint}` that of the endpoint below it, `{domain}` that of the domain
//! tied to it, and `{prefix}` its prefix; `base`, the SDK's endpoint, is `{account}/{endpoint}` unless it says otherwise.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test code fails by panicking")]

#[path = "sdk/case.rs"]
mod case;
#[path = "sdk/site.rs"]
mod site;

use case::{Case, Expect, Made, Told, cases, made, told};
use imgplane_tests::answer::Answer;
use site::{OPEN, SIGNED, Site};

#[tokio::test]
async fn what_an_sdk_signs_is_delivered() {
    let site = Site::start();
    let cases = cases();
    let mut wrong = Vec::new();
    for (case, made) in made(&cases, &site, SIGNED) {
        wrong.extend(judge(case, &made, &site.get(&made.url).await));
    }
    none(&wrong);
}

#[tokio::test]
async fn what_was_changed_after_an_sdk_signed_it_is_refused() {
    let site = Site::start();
    let cases = cases();
    let mut wrong = Vec::new();
    for (_, made) in made(&cases, &site, SIGNED) {
        for url in changed(&made.url) {
            let answer = site.get(&url).await;
            let seen = (answer.status, answer.error_code(), answer.header("cache-control"));
            if seen != (401, "EAUTH", "no-store") {
                wrong.push(format!("{}: {url}: {seen:?}", made.sdk));
            }
        }
    }
    none(&wrong);
}

#[tokio::test]
async fn what_an_sdk_makes_without_a_signature_is_delivered_where_none_is_needed() {
    let site = Site::start();
    let cases = cases();
    let mut wrong = Vec::new();
    for (case, made) in made(&cases, &site, OPEN) {
        assert!(!made.url.contains("ik-s="), "{} signs", made.sdk);
        wrong.extend(judge(case, &made, &site.get(&made.url).await));
    }
    none(&wrong);
}

#[test]
fn the_metadata_api_answers_the_sdks_as_the_hosted_service_does() {
    let site = Site::start();
    let [open, signed] = [OPEN, SIGNED].map(|endpoint| site.fill_in("{account}/{endpoint}", endpoint));
    let urls = [
        format!("{signed}/photo.jpg"),
        format!("{signed}/tr:w-120,f-png/my%20folder/summer%20sale.jpg"),
        format!("{signed}/photo.jpg?tr=w-60,h-40&v=2"),
        format!("{signed}/missing.jpg"),
        format!("{open}/photo.jpg"),
    ];
    let answers = told(&site, &urls);
    assert_eq!(answers.len(), 2 * urls.len());
    for Told { sdk, url, answer, status, message } in answers {
        let seen = answer.as_ref().map(|told| {
            let number = |name: &str| told[name].as_u64().unwrap();
            let exact = told["exif"]["makernote"].is_object()
                && told["pHash"].as_str().is_some_and(|hash| hash.len() == 16)
                && told["hasTransparency"] == false
                && number("density") == 72;
            (
                number("width"),
                number("height"),
                told["format"].as_str().unwrap().to_owned(),
                number("quality"),
                exact,
            )
        });
        let place = format!("{sdk} {url}: {answer:?} {status:?} {message:?}");
        let of =
            |width, height, format: &str, quality| Some((width, height, format.to_owned(), quality, true));
        let at = urls.iter().position(|asked| *asked == url).unwrap();
        match at {
            0 => assert_eq!(seen, of(600, 400, "jpg", 85), "{place}"),
            1 => assert_eq!(seen, of(120, 80, "png", 0), "{place}"),
            2 => assert_eq!(seen, of(60, 40, "jpg", 80), "{place}"),
            3 => {
                assert_eq!(status, Some(404), "{place}");
                assert!(message.unwrap().starts_with("There is no such file: ENOENT - "), "{url}");
            }
            _ => assert_eq!(status, Some(403), "the endpoint has no keys: {place}"),
        }
    }
}

/// What is wrong with an answer.
fn judge(case: &Case, made: &Made, answer: &Answer) -> Option<String> {
    let (status, code) = match &case.expect {
        Expect::Size(_) => (200, case.instead_of.as_str()),
        // What this release does not draw: whoever signed it did nothing wrong, and neither did whoever wrote it.
        Expect::Refusal(code) => (403, code.as_str()),
    };
    let place = format!("{}, {}: {}", case.name, made.sdk, made.url);
    if (answer.status, answer.error_code()) != (status, code) {
        return Some(format!("{place}: {} {}", answer.status, answer.header("ik-error")));
    }
    let Expect::Size(size) = &case.expect else { return None };
    let picture = answer.picture();
    let seen = [picture.width(), picture.height()];
    (seen != *size).then(|| format!("{place}: {seen:?} instead of {size:?}"))
}

/// The same URL without its signature, with another byte in its path, in its signature, and with something behind it.
fn changed(url: &str) -> [String; 4] {
    let (unsigned, signature) = url.split_at(url.find("ik-s=").unwrap() - 1);
    assert_eq!(signature.len(), "?ik-s=".len() + 40, "the signature comes last: {url}");
    let (path, query) = url.split_once('?').unwrap();
    let other = if url.ends_with('0') { '1' } else { '0' };
    [
        unsigned.to_owned(),
        format!("{}x?{query}", path.get(..path.len() - 1).unwrap()),
        format!("{}{other}", url.get(..url.len() - 1).unwrap()),
        format!("{url}&v=1"),
    ]
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
