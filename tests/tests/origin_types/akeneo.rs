//! An Akeneo PIM: three kinds of media files, tokens that are kept and renewed, and patience with one that is busy.

use std::time::{Duration, Instant};

use imgplane_tests::server::{
    akeneo::{self, Akeneo, CLIENT_ID, CLIENT_SECRET, Call, Kind, PASSWORD, USERNAME},
    imgplane::Imgplane,
};

use crate::{
    get, is_refused, is_text,
    manifests::{by_secret, join, origin, secret},
    photo,
};

const CODE: &str = "f/d/1/d/fd1d_a+b 画.txt";
const PATH: &str = "f/d/1/d/fd1d_a+b%20%E7%94%BB.txt";

/// A PIM with a file of each kind, whose text is the kind.
fn pim() -> Akeneo {
    let pim = Akeneo::start();
    for kind in [Kind::Product, Kind::Asset, Kind::ReferenceEntity] {
        pim.put(kind, CODE, "text/plain", format!("{kind:?}").as_bytes());
    }
    pim.put(Kind::Product, "c/a/t.jpg", "image/jpeg", &photo(60));
    pim
}

fn serve(pim: &Akeneo) -> Imgplane {
    serve_as(pim, PASSWORD)
}

fn serve_as(pim: &Akeneo, password: &str) -> Imgplane {
    let keys = [
        ("clientId", CLIENT_ID),
        ("clientSecret", CLIENT_SECRET),
        ("username", USERNAME),
        ("password", password),
    ];
    let place = format!("akeneoPim: {{baseUrl: \"{}\", {}}}", pim.url("/"), by_secret("pim"));
    Imgplane::start(&join(&[secret("pim", &keys), origin("pim", "AkeneoPIM", &place)]), |_| {})
}

/// An asset, which asks for a token.
async fn asset(server: &Imgplane) -> imgplane_tests::answer::Answer {
    server.get(&format!("/default/pim/asset-media-files/{PATH}")).await
}

#[tokio::test]
async fn the_three_kinds_of_media_files_are_found_with_one_token() {
    let pim = pim();
    let server = serve(&pim);
    for (kind, text) in [
        ("media-files", "Product"),
        ("media-file", "Product"),
        ("asset-media-files", "Asset"),
        ("asset-media-file", "Asset"),
        ("reference-entities-media-files", "ReferenceEntity"),
        ("reference-entities-media-file", "ReferenceEntity"),
    ] {
        is_text(&server.get(&format!("/default/pim/{kind}/{PATH}")).await, text);
        let whole = PATH.replace('/', "%2F");
        is_text(&server.get(&format!("/default/pim/{kind}/{whole}")).await, text);
    }
    let picture = server.get("/default/pim/tr:w-30/media-files/c/a/t.jpg").await;
    assert_eq!(picture.picture().width(), 30);
    is_refused(&server.get("/default/pim/media-files/absent.txt").await, "ENOENT - Akeneo");
    let before = pim.count(Call::Unknown) + pim.count(Call::Description);
    for path in ["products/1.txt", "media-files", "a.jpg"] {
        is_refused(&server.get(&format!("/default/pim/{path}")).await, "ENOENT");
    }
    assert_eq!(pim.count(Call::Unknown) + pim.count(Call::Description), before, "nobody is asked for these");
    assert_eq!((pim.count(Call::PasswordGrant), pim.count(Call::RefreshGrant)), (1, 0));
    for asked in [pim.asked(Call::PasswordGrant), pim.asked(Call::Asset)].concat() {
        assert_eq!(asked.header("x-req-from"), "imagekit", "{asked:?}");
    }
    let printed = server.process.output();
    for secret in [CLIENT_SECRET, PASSWORD, "access-1", "refresh-1"] {
        assert!(!printed.contains(secret), "{secret} is printed");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_refreshed_else_the_password_is_used_once() {
    let pim = pim();
    let server = serve(&pim);
    let grants = || (pim.count(Call::PasswordGrant), pim.count(Call::RefreshGrant));
    is_text(&asset(&server).await, "Asset");
    assert_eq!(grants(), (1, 0));
    pim.expire_tokens();
    is_text(&asset(&server).await, "Asset");
    assert_eq!(grants(), (1, 1), "the refresh token will do");
    pim.expire_refresh_tokens();
    is_text(&asset(&server).await, "Asset");
    assert_eq!(grants(), (2, 2), "the refresh token is refused");
    // The refresh token of the new pair is a new one too.
    pim.expire_tokens();
    is_text(&asset(&server).await, "Asset");
    assert_eq!(grants(), (2, 3));

    pim.forget();
    pim.answer(Call::Asset, akeneo::refusal(401, "The access token provided is invalid."));
    is_refused(&asset(&server).await, "EACCES - Akeneo");
    assert_eq!(pim.count(Call::Asset), 2, "a second 401 is the end");
    assert_eq!(grants(), (0, 1));
}

#[tokio::test]
async fn a_token_of_a_short_life_is_renewed_before_its_end() {
    let pim = pim();
    pim.give_for(2);
    let server = serve(&pim);
    let until = Instant::now() + Duration::from_secs(30);
    while pim.count(Call::PasswordGrant) + pim.count(Call::RefreshGrant) < 3 {
        is_text(&asset(&server).await, "Asset");
        assert!(Instant::now() < until, "it is not renewed");
    }
}

#[tokio::test]
async fn a_pim_that_is_busy_is_waited_for_once_and_for_a_short_while() {
    let pim = pim();
    let server = serve(&pim);
    is_text(&asset(&server).await, "Asset");

    pim.forget();
    pim.answer_once(Call::Asset, akeneo::too_many(1));
    let began = Instant::now();
    is_text(&asset(&server).await, "Asset");
    assert!(began.elapsed() >= Duration::from_secs(1), "only {:?} were waited", began.elapsed());
    assert_eq!(pim.count(Call::Asset), 2);

    for (wait, asked) in [(1, 2), (3, 1)] {
        pim.forget();
        pim.answer(Call::Asset, akeneo::too_many(wait));
        is_refused(&asset(&server).await, "UNIDENTIFIED - Akeneo");
        assert_eq!(pim.count(Call::Asset), asked, "told to wait for {wait} s");
        pim.recover();
    }
}

#[tokio::test]
async fn wrong_credentials_are_said_to_be_wrong() {
    let pim = pim();
    is_refused(&asset(&serve_as(&pim, "wrong")).await, "EACCES");
    assert_eq!(pim.count(Call::PasswordGrant), 1);
    pim.lock_user(true);
    let server = serve(&pim);
    is_refused(&asset(&server).await, "EACCES");
    pim.lock_user(false);
    let until = Instant::now() + Duration::from_secs(30);
    // A failure answers for a second, so that the PIM is not asked by everybody.
    while asset(&server).await.status != 200 {
        assert!(Instant::now() < until, "it does not recover");
    }
    pim.answer(Call::Asset, akeneo::forbidden());
    is_refused(&asset(&server).await, "EACCES");
}

#[tokio::test]
async fn a_part_of_a_file_is_delivered_whatever_the_pim_makes_of_ranges() {
    let pim = pim();
    let server = serve(&pim);
    let path = format!("/default/pim/asset-media-files/{PATH}");
    let answer = get(&server, &path, &[("range", "bytes=1-2")]).await;
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(matches!((answer.status, body.as_str()), (206, "ss") | (200, "Asset")), "{}", answer.status);
}
