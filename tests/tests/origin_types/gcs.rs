//! Google Cloud Storage: files by their odd names, below a prefix, private ones, public buckets, and the two forms of a
//! service account's key.

use imgplane_tests::server::{
    dns::Dns,
    egress_proxy::EgressProxy,
    fake_gcs::FakeGcs,
    gate::Gate,
    imgplane::Imgplane,
    nginx::Nginx,
    pki::Pki,
    service_account::ServiceAccount,
    token_endpoint::{Call, TokenEndpoint},
};

use crate::{
    ODD_NAMES, is_private, is_refused, is_text,
    manifests::{by_secret, data_plane, join, origin, secret},
    photo, shows_its_custom_coordinates,
};

/// A store behind its gate, what gives out tokens for it, and the account that gets some.
pub(crate) struct Cloud {
    pub(crate) store: FakeGcs,
    pub(crate) gate: Gate,
    pub(crate) tokens: TokenEndpoint,
    pub(crate) account: ServiceAccount,
}

impl Cloud {
    /// With an empty bucket `media`.
    pub(crate) fn start() -> Self {
        let store = FakeGcs::start();
        store.make_bucket("media");
        let gate = Gate::start(&store);
        let tokens = TokenEndpoint::start();
        let account = ServiceAccount::generate("robot@test.iam.gserviceaccount.com");
        tokens.trust_account(&account);
        Self { store, gate, tokens, account }
    }

    /// The member `gcs` of an Origin; `more` are further members of it.
    pub(crate) fn place(&self, more: &str) -> String {
        format!("gcs: {{bucket: media, endpoint: \"{}\", {more}}}", self.gate.url())
    }

    /// The Secret `gcs` with the account's key file, and an origin of this name that uses it.
    pub(crate) fn origin(&self, name: &str) -> String {
        join(&[self.key_file(), origin(name, "GCS", &self.place(&by_secret("gcs")))])
    }

    fn key_file(&self) -> String {
        secret("gcs", &[("key.json", &self.account.key_json(&self.tokens.url("/token")))])
    }
}

#[tokio::test]
async fn files_are_found_by_any_name_below_a_prefix_with_a_key_file() {
    let cloud = Cloud::start();
    for (_, name) in ODD_NAMES {
        cloud.store.put("media", name, "text/plain", name.as_bytes());
        cloud.store.put("media", &format!("50% raw/{name}"), "text/plain", format!("raw {name}").as_bytes());
    }
    cloud.store.put("media", "cat.jpg", "image/jpeg", &photo(60));
    let below = format!("prefix: \"/50% raw/\", {}", by_secret("gcs"));
    let manifests = [cloud.origin("gcs"), origin("below", "GCS", &cloud.place(&below))];
    let server = Imgplane::start(&join(&manifests), |_| {});
    for (path, name) in ODD_NAMES {
        is_text(&server.get(&format!("/default/gcs/{path}")).await, name);
        is_text(&server.get(&format!("/default/below/{path}")).await, &format!("raw {name}"));
    }
    assert_eq!(server.get("/default/gcs/tr:w-30/cat.jpg").await.picture().width(), 30);
    is_refused(&server.get("/default/gcs/absent.jpg").await, "ENOENT - Google Cloud Storage");
    is_refused(&server.get("/default/below/cat.jpg").await, "ENOENT");
    assert_eq!(cloud.tokens.count(Call::Google), 2, "one token for each origin");
}

#[tokio::test]
async fn a_private_file_needs_a_signature() {
    let cloud = Cloud::start();
    for (name, kind, bytes) in
        [("cat.jpg", "image/jpeg", photo(60)), ("a.txt", "text/plain", b"secret".to_vec())]
    {
        cloud.store.put_with("media", name, kind, &bytes, "", &[("isprivatefile", "True")]);
    }
    let server = Imgplane::start(&cloud.origin("gcs"), |_| {});
    is_private(&server, "gcs", "cat.jpg", "a.txt").await;
}

#[tokio::test]
async fn a_public_bucket_needs_no_token_and_a_private_one_refuses_to_go_without() {
    let cloud = Cloud::start();
    cloud.store.put("media", "a.txt", "text/plain", b"hidden");
    let open = FakeGcs::start();
    open.make_bucket("media");
    open.put("media", "a.txt", "text/plain", b"open");
    let anonymous = "auth: {type: Anonymous}";
    let place = format!("gcs: {{bucket: media, endpoint: \"http://{}\", {anonymous}}}", open.address);
    let manifests = [origin("open", "GCS", &place), origin("closed", "GCS", &cloud.place(anonymous))];
    let server = Imgplane::start(&join(&manifests), |_| {});
    is_text(&server.get("/default/open/a.txt").await, "open");
    is_refused(&server.get("/default/closed/a.txt").await, "EACCES");
}

/// The two fields carry no address of the token service, so Google's own is asked: through the egress proxy, which
/// finds it on this machine.
#[tokio::test]
async fn two_fields_of_a_key_file_will_do_even_with_broken_line_breaks() {
    let cloud = Cloud::start();
    cloud.store.put("media", "a.txt", "text/plain", b"found");
    let pki = Pki::create();
    let identity = pki.server(&["oauth2.googleapis.com"]);
    let google = Nginx::start(
        &format!(
            "server {{ listen LISTEN0 ssl; {} location / {{ proxy_pass http://{}; }} }}",
            identity.nginx(),
            cloud.tokens.address
        ),
        |_| {},
    );
    let proxy = EgressProxy::start(&[("oauth2.googleapis.com:443", google.addresses[0])]);
    let dns = Dns::start(&[], &[]);
    let in_words = cloud.account.private_key.replace('\n', "\\n");
    let email = cloud.account.email.as_str();
    let manifests = [
        secret("words", &[("clientEmail", email), ("privateKey", &in_words)]),
        origin("words", "GCS", &cloud.place(&by_secret("words"))),
        secret("lines", &[("clientEmail", email), ("privateKey", &cloud.account.private_key)]),
        origin("lines", "GCS", &cloud.place(&by_secret("lines"))),
        data_plane(&format!("network: {{egressProxy: \"{}\"}}", proxy.url())),
    ];
    let authority = pki.authority().display().to_string();
    let server = Imgplane::start_in(
        &join(&manifests),
        |_| {},
        &["--resolver", &dns.address.to_string()],
        &[("SSL_CERT_FILE", &authority)],
    );
    is_text(&server.get("/default/words/a.txt").await, "found");
    is_text(&server.get("/default/lines/a.txt").await, "found");
    assert_eq!(proxy.asked(), ["CONNECT oauth2.googleapis.com:443 HTTP/1.1"; 2]);
    assert_eq!(cloud.tokens.count(Call::Google), 2);
}

#[tokio::test]
async fn custom_coordinates_decide_what_stays() {
    let cloud = Cloud::start();
    let about = [("custom-coordinates", "40,10,10,10")];
    cloud.store.put_with("media", "cat.jpg", "image/jpeg", &photo(60), "", &about);
    let server = Imgplane::start(&cloud.origin("gcs"), |_| {});
    shows_its_custom_coordinates(&server, "gcs", "cat.jpg").await;
}
