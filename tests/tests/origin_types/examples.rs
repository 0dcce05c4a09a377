//! The examples of other clouds' public storage, word for word but for the address of a server that is here.

use std::path::Path;

use imgplane_tests::server::{
    azurite::{ACCOUNT, Azurite},
    fake_gcs::FakeGcs,
    imgplane::Imgplane,
};

use crate::{is_refused, photo};

/// An example with one text in place of another; each must be there.
fn example(name: &str, changes: &[(&str, &str)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
    let mut text = std::fs::read_to_string(path).unwrap();
    for (what, instead) in changes {
        assert!(text.contains(what), "{name} says {what:?}");
        text = text.replace(what, instead);
    }
    text
}

#[tokio::test]
async fn a_public_container_and_a_public_bucket_behind_it() {
    let container = Azurite::start();
    container.make_public_container("media");
    container.put("media", "hats/h1.jpg", "image/jpeg", &photo(60));
    let bucket = FakeGcs::start();
    bucket.make_bucket("shop-public");
    bucket.put("shop-public", "hats/h2.jpg", "image/jpeg", &photo(50));
    let azure = format!("accountName: {ACCOUNT}\n    endpoint: \"{}\"", container.endpoint());
    let google = format!("bucket: shop-public\n    endpoint: \"http://{}\"", bucket.address);
    let changes = [("accountName: shoppublic", azure.as_str()), ("bucket: shop-public", google.as_str())];
    let server = Imgplane::start(&example("public-container.yaml", &changes), |_| {});
    for name in ["h1", "h2"] {
        let answer = server.get(&format!("/shop/tr:w-30/hats/{name}.jpg")).await;
        assert_eq!(answer.picture().width(), 30, "{name}");
    }
    is_refused(&server.get("/shop/hats/h3.jpg").await, "ENOENT");
}

/// The store's own interface has the form of Firebase's: the name of an object as one part of the path, and the query.
#[tokio::test]
async fn firebase_storage_gets_encoded_names_and_its_query() {
    let store = FakeGcs::start();
    store.make_bucket("app.appspot.com");
    store.put("app.appspot.com", "images/stars.jpg", "image/jpeg", &photo(60));
    let url = format!("http://{}/storage/v1", store.address);
    let changes = [("https://firebasestorage.googleapis.com", url.as_str())];
    let server = Imgplane::start(&example("firebase.yaml", &changes), |_| {});
    let object = "/app/b/app.appspot.com/o/images%2Fstars.jpg";
    let answer = server.get(&format!("{object}?alt=media&token=TOKEN&tr=w-30")).await;
    assert_eq!(answer.picture().width(), 30);
    // Without the query it is asked for the object's description, which is no picture.
    let answer = server.get(&format!("{object}?tr=w-30")).await;
    assert_ne!(answer.header("ik-error"), "", "{answer:?}");
    is_refused(&server.get("/app/b/app.appspot.com/o/images%2Fabsent.jpg?alt=media").await, "ENOENT");
}
