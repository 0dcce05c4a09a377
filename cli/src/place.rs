//! Where an origin's files are, in the notation of its store.

use imgplane_config::OriginKind;

use crate::volumes::VolumeFolders;

/// The place that URLs of an origin start from.
pub(crate) fn place(kind: &OriginKind, volumes: &VolumeFolders) -> String {
    let below = |base: &str, folder: &str| {
        format!("{}/{}", base.trim_end_matches('/'), folder.trim_start_matches('/'))
    };
    match kind {
        OriginKind::S3(s3) => below(&format!("s3://{}", s3.bucket), &s3.prefix),
        OriginKind::CloudinaryBackup(s3) => below(&format!("s3://{}", s3.bucket), &s3.prefix),
        OriginKind::S3Compatible(s3) => below(&below(&s3.endpoint, &s3.bucket), &s3.prefix),
        OriginKind::Gcs(gcs) => below(&format!("gs://{}", gcs.bucket), &gcs.prefix),
        OriginKind::AzureBlob(blob) => {
            let usual = || format!("https://{}.blob.core.windows.net", blob.account_name);
            let account = blob.endpoint.clone().unwrap_or_else(usual);
            below(&below(&account, &blob.container), &blob.prefix)
        }
        OriginKind::WebFolder(web) => web.base_url.clone(),
        OriginKind::WebProxy(proxy) => format!("the web: {}", proxy.allowed_hosts.join(", ")),
        OriginKind::AkeneoPim(pim) => pim.base_url.clone(),
        OriginKind::Volume(volume) => volumes.base(volume).display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use imgplane_config::{Auth, AzureBlob, Gcs, WebProxy};

    use super::*;
    use crate::args;

    #[test]
    fn places_are_written_as_their_stores_write_them() {
        let volumes = VolumeFolders::new(Path::new("/site"), &args::Volumes { named: Vec::new() });
        let gcs = Gcs { bucket: "media".into(), endpoint: None, prefix: "raw".into(), auth: Auth::Anonymous };
        let blob = AzureBlob {
            account_name: "shop".into(),
            container: "media".into(),
            endpoint: None,
            prefix: String::new(),
            auth: Auth::Anonymous,
        };
        let elsewhere = AzureBlob { endpoint: Some("http://127.0.0.1:10000/shop".into()), ..blob.clone() };
        let proxy =
            WebProxy { allowed_hosts: vec!["*.a.example".into(), "b.example".into()], ..WebProxy::default() };
        for (kind, expected) in [
            (OriginKind::Gcs(gcs), "gs://media/raw"),
            (OriginKind::AzureBlob(blob), "https://shop.blob.core.windows.net/media/"),
            (OriginKind::AzureBlob(elsewhere), "http://127.0.0.1:10000/shop/media/"),
            (OriginKind::WebProxy(proxy), "the web: *.a.example, b.example"),
        ] {
            assert_eq!(place(&kind, &volumes), expected);
        }
    }
}
