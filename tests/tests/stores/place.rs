//! Where stores are: buckets of real servers.

use imgplane_config::{Auth, AzureBlob, Credential, Gcs, S3Compatible, SecretText, StoreKind, Tls};
use imgplane_tests::server::{
    azurite::{ACCOUNT, Azurite, KEY},
    fake_gcs::FakeGcs,
    versitygw::{ROOT_KEY, ROOT_SECRET, Versitygw},
};

/// A type with its place, and what it authenticates with.
pub(crate) type Place = (StoreKind, Option<Credential>);

/// Keys of S3.
pub(crate) fn keys(access: &str, secret: &str) -> Credential {
    Credential::S3 {
        access_key: SecretText::new(access),
        secret_key: SecretText::new(secret),
        session_token: None,
    }
}

/// The bucket `cache` of an S3 server, or of what is put in front of it.
pub(crate) fn s3(endpoint: String, credential: Credential) -> Place {
    let config = S3Compatible {
        bucket: "cache".to_owned(),
        endpoint,
        region: Some("us-east-1".to_owned()),
        force_path_style: true,
        prefix: "imgplane/".to_owned(),
        auth: Auth::Secret,
        tls: Tls::default(),
    };
    (StoreKind::S3Compatible(config), Some(credential))
}

/// The bucket `cache` of a new server.
pub(crate) fn versitygw() -> (Versitygw, Place) {
    let server = Versitygw::start();
    server.make_bucket("cache");
    let place = s3(format!("http://{}", server.address), keys(ROOT_KEY, ROOT_SECRET));
    (server, place)
}

/// A bucket of Google's.
pub(crate) fn gcs(server: &FakeGcs) -> Place {
    server.make_bucket("cache");
    let config = Gcs {
        bucket: "cache".to_owned(),
        endpoint: Some(format!("http://{}", server.address)),
        prefix: "imgplane/".to_owned(),
        auth: Auth::Anonymous,
    };
    (StoreKind::Gcs(config), None)
}

/// A container of Azure's.
pub(crate) fn azure(server: &Azurite) -> Place {
    server.make_container("cache");
    let config = AzureBlob {
        account_name: ACCOUNT.to_owned(),
        container: "cache".to_owned(),
        endpoint: Some(server.endpoint()),
        prefix: "imgplane/".to_owned(),
        auth: Auth::Secret,
    };
    (StoreKind::AzureBlob(config), Some(Credential::AzureKey { account_key: SecretText::new(KEY) }))
}
