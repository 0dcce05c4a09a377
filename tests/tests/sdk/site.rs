//! The server with its two endpoints, and the pictures that the cases name.

use std::path::Path;

use imgplane_tests::{
    answer::{Answer, send},
    pictures::{jpeg, photograph, png},
    server::imgplane::Imgplane,
};

/// What URLs are signed with: a key in the alphabet of real ones.
pub(crate) const KEY: &str = "private_Qm3vT9xW1exampleA=";

/// An endpoint for the same pictures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoint {
    prefix: &'static str,
    domain: &'static str,
    /// It delivers nothing without a signature.
    pub(crate) signed: bool,
}

/// The endpoint that needs signatures.
pub(crate) const SIGNED: Endpoint =
    Endpoint { prefix: "signed", domain: "signed.example.test", signed: true };

/// The endpoint that needs none.
pub(crate) const OPEN: Endpoint = Endpoint { prefix: "open", domain: "open.example.test", signed: false };

/// A running server.
pub(crate) struct Site {
    server: Imgplane,
    client: reqwest::Client,
}

impl Site {
    /// Starts it.
    pub(crate) fn start() -> Self {
        let server = Imgplane::start(&manifests(), |folder| write_pictures(&folder.join("volumes/photos")));
        let mut client = reqwest::Client::builder().no_proxy();
        for endpoint in [SIGNED, OPEN] {
            client = client.resolve(endpoint.domain, server.address);
        }
        Self { server, client: client.build().unwrap() }
    }

    /// The text of a case with the addresses of an endpoint.
    pub(crate) fn fill_in(&self, text: &str, endpoint: Endpoint) -> String {
        let address = self.server.address;
        text.replace("{account}", &format!("http://{address}/default"))
            .replace("{domain}", &format!("http://{}:{}", endpoint.domain, address.port()))
            .replace("{endpoint}", endpoint.prefix)
            .replace("{prefix}", endpoint.prefix)
    }

    /// Where it is.
    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// GET of a URL as a browser sends it.
    pub(crate) async fn get(&self, url: &str) -> Answer {
        send(self.client.get(url).header("accept", "*/*")).await
    }
}

fn manifests() -> String {
    let endpoint = |endpoint: Endpoint, more: &str| {
        format!(
            "---\napiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {{name: {0}}}\nspec:\n  \
             urlPrefix: {0}\n  customDomains: [{1}]\n  origins: [{{name: photos}}]\n  \
             namedTransformations: [{{name: thumbnail, value: 'w-120'}}]\n{more}",
            endpoint.prefix, endpoint.domain
        )
    };
    let security = "  security:\n    signingKeys: [{secretRef: {name: url-keys, key: privateKey}}]\n    \
                    restrictUnsigned: {images: All, videos: All}\n";
    [
        "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {name: photos}\n\
         spec: {type: Volume, volume: {name: photos}}\n",
        &format!("---\napiVersion: v1\nkind: Secret\nmetadata: {{name: url-keys}}\nstringData: {{privateKey: '{KEY}'}}\n"),
        &endpoint(SIGNED, security),
        &endpoint(OPEN, ""),
    ]
    .concat()
}

fn write_pictures(folder: &Path) {
    let wide = jpeg(&photograph("autumn.jpg", 600, 400), 85);
    let high = png(photograph("dogs.jpg", 300, 450));
    for (name, bytes) in [
        ("photo.jpg", &wide),
        ("my folder/summer sale.jpg", &wide),
        ("a+b/c+d.jpg", &wide),
        ("docs/report (final), v2!.jpg", &wide),
        ("photos/café-münchen.jpg", &wide),
        ("catalog/2024/dress.png", &high),
        ("fallbacks/none.png", &high),
        ("चित्र/नमस्ते.png", &high),
        ("stickers/🚀-launch.png", &high),
    ] {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}
