//! What the set-ups of `tests/broken` ask on the cluster: the store with its users, and a web server with good and bad
//! certificates.

use std::collections::BTreeMap;

use anyhow::Result;
use imgplane_tests::{
    broken::web,
    pictures,
    server::pki::{Identity, Pki},
};
use serde_json::{Map, Value};

use crate::{
    store,
    suite::{Images, Suite},
    web_server,
};

/// Namespace of the web server.
const NAMESPACE: &str = "e2e-broken-web";
/// Its name, which leads to its pod itself, so that a port on which nothing listens refuses.
const HOST: &str = "web.e2e-broken-web.svc.cluster.local";
/// Port of its plain server; those with TLS have the next ones.
const PORT: u16 = web_server::PORT;
/// Port of [`HOST`] on which nothing listens.
const CLOSED: u16 = 9;
/// Keys of a user who may read everything, and of one who may nothing.
const READER: [&str; 2] = ["BROKENREADER000000001", "rIgHt-sEcReT-0a1b2c3d4e5f6g7h8i9j/kLmN+oP"];
const STRANGER: [&str; 2] = ["BROKENSTRANGER0000002", "oThEr-sEcReT-9z8y7x6w5v4u3t2s1r0q/kLmN+oP"];

/// What stands for the words of the manifests.
pub(crate) type Words = BTreeMap<&'static str, String>;

/// Starts everything.
pub(crate) fn start(suite: &Suite) -> Result<Words> {
    let cluster = &suite.cluster;
    suite.with_store()?;
    store::make_user(cluster, READER[0], READER[1])?;
    store::make_user_without_rights(cluster, STRANGER[0], STRANGER[1])?;
    let pki = Pki::create();
    let hat = pictures::jpeg(&pictures::photograph("cat.jpg", 320, 200), 85);
    cluster.fresh_namespace(NAMESPACE)?;
    cluster.apply(NAMESPACE, &web_server(&suite.images, &pki, &hat).to_string())?;
    cluster.rolled_out(NAMESPACE, web_server::NAME)?;
    let tls = |number: u16| format!("https://{HOST}:{}", PORT + number);
    Ok(BTreeMap::from([
        ("HAT_BYTES", hat.len().to_string()),
        ("S3", store::by_address(cluster)?),
        ("ACCESS_KEY", READER[0].to_owned()),
        ("SECRET_KEY", READER[1].to_owned()),
        ("STRANGER_ACCESS_KEY", STRANGER[0].to_owned()),
        ("STRANGER_SECRET_KEY", STRANGER[1].to_owned()),
        ("NGINX", format!("http://{HOST}:{PORT}")),
        ("TLS_EXPIRED", tls(1)),
        ("TLS_OTHER_HOST", tls(2)),
        ("TLS_UNKNOWN", tls(3)),
        ("TLS_CLIENT", tls(4)),
        ("CA", pki.authority_pem()),
    ]))
}

/// The address of a store that does not listen.
pub(crate) fn closed() -> String {
    format!("http://{HOST}:{CLOSED}")
}

/// Removes it, and the users.
pub(crate) fn end(suite: &Suite) -> Result<()> {
    for [access_key, _] in [READER, STRANGER] {
        store::delete_user(&suite.cluster, access_key)?;
    }
    suite.done_with(NAMESPACE)
}

fn web_server(images: &Images, pki: &Pki, hat: &[u8]) -> Value {
    let certificates = std::array::from_fn::<_, 4, _>(|number| {
        format!("ssl_certificate /secret/{number}.crt; ssl_certificate_key /secret/{number}.key;")
    });
    let certificates = certificates.each_ref().map(String::as_str);
    let mut servers = web::servers(certificates, "/secret/authority.crt").replace("ROOT", web_server::FILES);
    for number in 0..=4 {
        servers = servers.replace(&format!("LISTEN{number}"), &(PORT + number).to_string());
    }
    let mut secret = Map::from_iter([("authority.crt".to_owned(), pki.authority_pem().into())]);
    for (number, identity) in web::identities(pki, &[HOST]).iter().enumerate() {
        secret.extend(pair(number, identity));
    }
    web_server::manifests(images, &servers, &web::files(hat), &secret)
}

fn pair(number: usize, identity: &Identity) -> [(String, Value); 2] {
    [
        (format!("{number}.crt"), identity.certificate_pem().into()),
        (format!("{number}.key"), identity.key_pem().into()),
    ]
}
