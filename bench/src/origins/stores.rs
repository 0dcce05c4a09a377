//! The origins: real servers of each kind with the same file in them.

use imgplane_tests::server::{
    akeneo::{Akeneo, Kind},
    azurite::Azurite,
    fake_gcs::FakeGcs,
    nginx::Nginx,
    pki::Pki,
    service_account::ServiceAccount,
    token_endpoint::TokenEndpoint,
    versitygw::Versitygw,
};

use super::file::NAME;

/// The web server's plain address.
pub(super) const PLAIN: usize = 0;
/// Its address with TLS and HTTP/1.1.
pub(super) const TLS_1: usize = 1;
/// Its address with TLS and HTTP/2.
pub(super) const TLS_2: usize = 2;

/// Name of every bucket and container.
pub(super) const BUCKET: &str = "media";

/// Connections are kept as long as they are of use: by itself nginx closes each after 1,000 requests.
const WEB: &str = "
sendfile on; tcp_nopush on; keepalive_requests 100000000; IDENTITY
server { listen LISTEN0; root ROOT; }
server { listen LISTEN1 ssl; root ROOT; }
server { listen LISTEN2 ssl http2; root ROOT; }
";
const CONTENT_TYPE: &str = "image/jpeg";

/// All of them, running.
#[derive(Debug)]
pub(super) struct Stores {
    pub(super) web: Nginx,
    pub(super) s3: Versitygw,
    pub(super) gcs: FakeGcs,
    pub(super) azure: Azurite,
    pub(super) pim: Akeneo,
    /// Signed the web server's certificate.
    pub(super) pki: Pki,
    /// Gives out tokens for the bucket at `gcs`, which asks for none.
    pub(super) tokens: TokenEndpoint,
    pub(super) account: ServiceAccount,
}

impl Stores {
    pub(super) fn start(file: &[u8]) -> Self {
        let pki = Pki::create();
        let identity = pki.server(&["localhost", "127.0.0.1"]);
        let web = Nginx::start(&WEB.replace("IDENTITY", &identity.nginx()), |root| {
            // What is missing is seen when the answers are verified.
            let _ = std::fs::write(root.join(NAME), file);
        });
        let s3 = Versitygw::start();
        s3.make_bucket(BUCKET);
        s3.put(BUCKET, NAME, CONTENT_TYPE, file);
        let gcs = FakeGcs::start();
        gcs.make_bucket(BUCKET);
        gcs.put(BUCKET, NAME, CONTENT_TYPE, file);
        let azure = Azurite::start();
        azure.make_container(BUCKET);
        azure.put(BUCKET, NAME, CONTENT_TYPE, file);
        let pim = Akeneo::start();
        pim.put(Kind::Product, NAME, CONTENT_TYPE, file);
        let tokens = TokenEndpoint::start();
        let account = ServiceAccount::generate("robot@test.iam.gserviceaccount.com");
        tokens.trust_account(&account);
        Self { web, s3, gcs, azure, pim, pki, tokens, account }
    }
}
