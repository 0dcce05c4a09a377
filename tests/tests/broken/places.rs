//! The servers of all set-ups, and the words that stand for them in manifests.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use imgplane_tests::{
    broken::{
        setup::{Fault, Setup},
        web,
    },
    pictures,
    server::{
        akeneo::{self, Akeneo},
        azurite::{Azurite, Sas},
        dns::{Dns, Odd},
        fake_gcs::FakeGcs,
        gate::Gate,
        nginx::Nginx,
        pki::Pki,
        service_account::ServiceAccount,
        token_endpoint::TokenEndpoint,
        versitygw::Versitygw,
    },
};

use crate::faults::Faults;

/// Keys of a user who may read and list the bucket, and of one who may nothing.
const READER: [&str; 2] = ["SHOPMEDIAREADER000000001", "rIgHt-sEcReT-0a1b2c3d4e5f6g7h8i9j/kLmN+oP"];
const STRANGER: [&str; 2] = ["SHOPSTRANGER000000000002", "oThEr-sEcReT-9z8y7x6w5v4u3t2s1r0q/kLmN+oP"];

/// Servers, and what is put in place of words.
pub(crate) struct Places {
    values: BTreeMap<&'static str, String>,
    faulty: BTreeMap<Fault, String>,
    tokens: Vec<String>,
    dns: Dns,
    _running: Running,
}

/// What must live as long as it is asked.
struct Running {
    _s3: Versitygw,
    _azure: Azurite,
    _gcs: FakeGcs,
    _gate: Gate,
    _tokens: Vec<TokenEndpoint>,
    _web: Nginx,
    _pki: Pki,
    _pim: Akeneo,
    _faults: Faults,
}

impl Places {
    /// Starts everything.
    pub(crate) async fn start(setups: &[Setup]) -> Self {
        let hat = pictures::jpeg(&pictures::photograph("cat.jpg", 320, 200), 85);
        let mut values = BTreeMap::new();
        values.insert("HAT_BYTES", hat.len().to_string());
        let s3 = s3(&hat, &mut values);
        let faults = Faults::start();
        let mut faulty = BTreeMap::new();
        for fault in setups.iter().filter_map(|setup| setup.expected.fault) {
            faulty.insert(fault, format!("http://{}", faults.before(s3.address, fault).await));
        }
        let azure = azure(&hat, &mut values);
        let (gcs, gate) = gcs(&hat, &mut values);
        let (token_endpoints, tokens) = accounts(&mut values);
        let pki = Pki::create();
        let web = web(&pki, &hat, &mut values);
        let pim = pim(&hat, &mut values);
        let dns = Dns::start(
            &[("metadata.rebound.test", &["169.254.169.254"])],
            &[("images.failing.test", Odd::Failure), ("images.silent.test", Odd::Silence)],
        );
        let running = Running {
            _s3: s3,
            _azure: azure,
            _gcs: gcs,
            _gate: gate,
            _tokens: token_endpoints,
            _web: web,
            _pki: pki,
            _pim: pim,
            _faults: faults,
        };
        Self { values, faulty, tokens, dns, _running: running }
    }

    /// For `--resolver`.
    pub(crate) fn resolver(&self) -> String {
        self.dns.address.to_string()
    }

    /// Access tokens that are given out, which are as secret as what they are given for.
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.tokens.clone()
    }

    /// The set-up with every word replaced.
    pub(crate) fn fill(&self, setup: &Setup) -> Setup {
        let mut values = self.values.clone();
        let store = setup.expected.fault.and_then(|fault| self.faulty.get(&fault));
        values.extend(store.map(|store| ("S3", store.clone())));
        setup.filled(&values)
    }
}

fn s3(hat: &[u8], values: &mut BTreeMap<&'static str, String>) -> Versitygw {
    let store = Versitygw::start();
    store.make_bucket("media");
    store.put("media", "hat.jpg", "image/jpeg", hat);
    for [key, secret] in [READER, STRANGER] {
        store.make_user(key, secret);
    }
    store.allow_reading_and_listing("media", READER[0]);
    values.insert("S3", format!("http://{}", store.address));
    values.insert("ACCESS_KEY", READER[0].to_owned());
    values.insert("SECRET_KEY", READER[1].to_owned());
    values.insert("STRANGER_ACCESS_KEY", STRANGER[0].to_owned());
    values.insert("STRANGER_SECRET_KEY", STRANGER[1].to_owned());
    store
}

fn azure(hat: &[u8], values: &mut BTreeMap<&'static str, String>) -> Azurite {
    let store = Azurite::start();
    store.make_container("media");
    for name in ["hat.jpg", "archived.jpg"] {
        store.put("media", name, "image/jpeg", hat);
    }
    store.archive("media", "archived.jpg");
    let sas = Sas::account;
    values.insert("AZURITE", store.endpoint());
    values.insert("SAS", sas().token());
    values.insert("SAS_EXPIRED", sas().expired().token());
    values.insert("SAS_WITHOUT_READ", sas().permissions("wl").token());
    values
        .insert("SAS_OF_ANOTHER_KEY", sas().signed_with("YW5vdGhlci1rZXktdGhhdC13YXMtcm90YXRlZA==").token());
    store
}

fn gcs(hat: &[u8], values: &mut BTreeMap<&'static str, String>) -> (FakeGcs, Gate) {
    let store = FakeGcs::start();
    store.make_bucket("media");
    store.put("media", "hat.jpg", "image/jpeg", hat);
    let gate = Gate::start(&store);
    values.insert("GATE", gate.url());
    (store, gate)
}

/// Key files of service accounts, and what gives tokens for them: the token's first letters decide what the gate says.
fn accounts(values: &mut BTreeMap<&'static str, String>) -> (Vec<TokenEndpoint>, Vec<String>) {
    let account = ServiceAccount::generate("media-reader@shop-project-774100.iam.gserviceaccount.com");
    let revoked = ServiceAccount::generate(&account.email);
    let (mut endpoints, mut tokens) = (Vec::new(), Vec::new());
    // A word, the first letters of the token, whether the account is known, and the key that is used.
    let rows = [
        ("GCS_KEY", "good", true, &account),
        ("GCS_KEY_REFUSED", "stale", true, &account),
        ("GCS_KEY_FORBIDDEN", "forbidden", true, &account),
        ("GCS_KEY_REVOKED", "good", true, &revoked),
        ("GCS_KEY_DISABLED", "good", false, &account),
    ];
    for (word, letters, known, key) in rows {
        let endpoint = TokenEndpoint::start();
        let token = format!("{letters}-{}", unique());
        endpoint.give_token(&token, 3600);
        if known {
            endpoint.trust_account(&account);
        }
        values.insert(word, key.key_json(&endpoint.url("/token")));
        tokens.push(token);
        endpoints.push(endpoint);
    }
    (endpoints, tokens)
}

/// Text that nobody else writes.
fn unique() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    format!("tOkEn-{:x}-{:p}", now.as_nanos(), &raw const now)
}

fn web(pki: &Pki, hat: &[u8], values: &mut BTreeMap<&'static str, String>) -> Nginx {
    let nginx = web::start(pki, hat);
    values.insert("NGINX", nginx.url(0));
    let tls = ["TLS_EXPIRED", "TLS_OTHER_HOST", "TLS_UNKNOWN", "TLS_CLIENT"];
    for (number, word) in tls.into_iter().enumerate() {
        values.insert(word, nginx.url(number + 1).replace("http:", "https:"));
    }
    values.insert("CA", pki.authority_pem());
    nginx
}

/// Files of products can be read, those of assets cannot.
fn pim(hat: &[u8], values: &mut BTreeMap<&'static str, String>) -> Akeneo {
    let pim = Akeneo::start();
    for kind in [akeneo::Kind::Product, akeneo::Kind::Asset] {
        pim.put(kind, "f/d/fd1d_hat.jpg", "image/jpeg", hat);
    }
    pim.answer(akeneo::Call::Asset, akeneo::forbidden());
    values.insert("AKENEO", pim.url(""));
    values.insert("AKENEO_CLIENT_ID", akeneo::CLIENT_ID.to_owned());
    values.insert("AKENEO_CLIENT_SECRET", akeneo::CLIENT_SECRET.to_owned());
    values.insert("AKENEO_USERNAME", akeneo::USERNAME.to_owned());
    values.insert("AKENEO_PASSWORD", akeneo::PASSWORD.to_owned());
    pim
}

/// The volume `photos` of a folder of manifests, with a link that leaves it.
pub(crate) fn fill_volumes(folder: &Path) {
    let photos = folder.join("volumes/photos");
    std::fs::create_dir_all(&photos).unwrap();
    std::os::unix::fs::symlink("../../secret.jpg", photos.join("secret.jpg")).unwrap();
}
