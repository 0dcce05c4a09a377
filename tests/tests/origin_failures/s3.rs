//! S3 and stores that speak its API: good, wrong and missing credentials, missing buckets and keys, odd keys.

use std::net::SocketAddr;

use imgplane_tests::{
    pictures,
    server::versitygw::{ROOT_KEY, ROOT_SECRET, Versitygw},
};

use crate::{Expected, row};

pub(crate) const ROWS: &[Expected] = &[
    row("s3_object_is_found", "/default/s3/dir/a.jpg", 200, ""),
    row("s3_key_with_space_is_found", "/default/s3/my%20pic.jpg", 200, ""),
    row("s3_key_with_literal_plus_is_found", "/default/s3/a+b.jpg", 200, ""),
    row("s3_key_with_encoded_plus_is_found", "/default/s3/a%2Bb.jpg", 200, ""),
    row("s3_key_that_holds_a_percent_sequence_is_found", "/default/s3/image%252Bexample.jpg", 200, ""),
    row("s3_key_in_another_script_is_found", "/default/s3/%E7%94%BB.png", 200, ""),
    row(
        "s3_absent_key_reports_the_known_message",
        "/default/s3/absent.jpg",
        404,
        "ENOENT - No file was found on S3 at the specified path",
    ),
    row("s3_trailing_slash_is_absent_without_asking", "/default/s3/dir/", 404, "ENOENT"),
    row("s3_key_that_is_not_utf8_is_absent_without_asking", "/default/s3/%FF.jpg", 404, "ENOENT"),
    row("s3_missing_bucket_reports_enoent", "/default/s3-no-bucket/a.jpg", 404, "ENOENT - bucket"),
    row("s3_wrong_secret_reports_eacces", "/default/s3-wrong-secret/dir/a.jpg", 404, "EACCES - credentials"),
    row(
        "s3_unknown_access_key_reports_eacces",
        "/default/s3-unknown-key/dir/a.jpg",
        404,
        "EACCES - credentials",
    ),
    row(
        "s3_key_without_read_permission_reports_eacces",
        "/default/s3-no-read/dir/a.jpg",
        404,
        "EACCES - s3:GetObject",
    ),
    row("s3_session_token_that_is_not_valid_reports_eacces", "/default/s3-token/dir/a.jpg", 404, "EACCES"),
    row("s3_anonymous_on_a_private_bucket_reports_eacces", "/default/s3-anonymous/dir/a.jpg", 404, "EACCES"),
    row(
        "s3_credentials_that_are_missing_report_eacces_without_asking",
        "/default/s3-no-secret/dir/a.jpg",
        404,
        "EACCES - not configured",
    ),
    row(
        "s3_wrong_region_is_reported",
        "/default/s3-region/dir/a.jpg",
        404,
        "UNIDENTIFIED - the bucket is in another region",
    ),
    row("s3_region_that_is_not_given_is_discovered", "/default/s3-elsewhere/a.jpg", 200, ""),
    row("s3_compatible_object_is_found", "/default/compatible/a.jpg", 200, ""),
    row(
        "s3_compatible_absent_key_reports_enoent",
        "/default/compatible/absent.jpg",
        404,
        "ENOENT - S3-compatible storage",
    ),
    row("s3_object_above_the_input_limit_reports_elimit", "/default/s3-small/dir/a.jpg", 400, "ELIMIT"),
];

/// versitygw with a bucket `img`, and one of another region.
pub(crate) struct Servers {
    store: Versitygw,
    elsewhere: Versitygw,
}

impl Servers {
    pub(crate) fn start() -> Self {
        let store = Versitygw::start();
        store.make_bucket("img");
        let picture = pictures::jpeg(&pictures::photograph("cat.jpg", 320, 200), 85);
        for key in ["dir/a.jpg", "my%20pic.jpg", "a%2Bb.jpg", "image%252Bexample.jpg", "%E7%94%BB.png"] {
            store.put("img", key, "image/jpeg", &picture);
        }
        store.make_user("NOREAD", "noreadsecret");
        let elsewhere = Versitygw::start_in("eu-west-1");
        elsewhere.make_bucket("img");
        elsewhere.put("img", "a.jpg", "image/jpeg", &picture);
        Self { store, elsewhere }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.store.address
    }

    pub(crate) fn manifests(&self) -> String {
        let place = |bucket: &str| format!("{{bucket: {bucket}, endpoint: \"http://{}\"}}", self.address());
        [
            self.s3("s3", "img", Some((ROOT_KEY, ROOT_SECRET, "")), ""),
            self.s3("s3-no-bucket", "none", Some((ROOT_KEY, ROOT_SECRET, "")), ""),
            self.s3("s3-wrong-secret", "img", Some((ROOT_KEY, "wrong", "")), ""),
            self.s3("s3-unknown-key", "img", Some(("NOBODY", "nobody", "")), ""),
            self.s3("s3-no-read", "img", Some(("NOREAD", "noreadsecret", "")), ""),
            self.s3("s3-token", "img", Some((ROOT_KEY, ROOT_SECRET, "stale")), ""),
            self.s3("s3-small", "img", Some((ROOT_KEY, ROOT_SECRET, "")), "  limits: {maxInputBytes: 1Ki}\n"),
            origin("s3-anonymous", "S3", &format!("s3: {}", place("img").replace('}', ", auth: {type: Anonymous}}")), ""),
            origin(
                "s3-no-secret",
                "S3",
                &format!("s3: {}", place("img").replace('}', ", auth: {type: Secret, secretRef: {name: nowhere}}}")),
                "",
            ),
            secret("s3-region", ROOT_KEY, ROOT_SECRET, ""),
            origin(
                "s3-region",
                "S3",
                &format!("s3: {}", place("img").replace('}', ", region: eu-west-1, auth: {type: Secret, secretRef: {name: s3-region}}}")),
                "",
            ),
            secret("s3-elsewhere", ROOT_KEY, ROOT_SECRET, ""),
            origin(
                "s3-elsewhere",
                "S3",
                &format!(
                    "s3: {{bucket: img, endpoint: \"http://{}\", auth: {{type: Secret, secretRef: {{name: s3-elsewhere}}}}}}",
                    self.elsewhere.address
                ),
                "",
            ),
            secret("compatible", ROOT_KEY, ROOT_SECRET, ""),
            origin(
                "compatible",
                "S3Compatible",
                &format!(
                    "s3Compatible: {}",
                    place("img").replace('}', ", prefix: /dir/, forcePathStyle: true, auth: {type: Secret, secretRef: {name: compatible}}}")
                ),
                "",
            ),
        ]
        .join("---\n")
    }

    /// An S3 origin with its Secret, and an endpoint of the same name.
    pub(crate) fn s3(
        &self,
        name: &str,
        bucket: &str,
        keys: Option<(&str, &str, &str)>,
        endpoint: &str,
    ) -> String {
        let (access, key, token) = keys.unwrap_or((ROOT_KEY, ROOT_SECRET, ""));
        let place = format!(
            "s3: {{bucket: {bucket}, endpoint: \"http://{}\", auth: {{type: Secret, secretRef: {{name: {name}}}}}}}",
            self.address()
        );
        [secret(name, access, key, token), origin(name, "S3", &place, endpoint)].join("---\n")
    }
}

pub(crate) fn secret(name: &str, access: &str, key: &str, token: &str) -> String {
    let token = if token.is_empty() { String::new() } else { format!(", sessionToken: {token}") };
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nstringData: {{accessKey: {access}, secretKey: {key}{token}}}\n"
    )
}

pub(crate) fn origin(name: &str, kind: &str, place: &str, endpoint: &str) -> String {
    format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {{name: {name}}}\nspec:\n  type: {kind}\n  {place}\n\
         ---\napiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {{name: {name}}}\nspec:\n  urlPrefix: {name}\n  \
         origins: [{{name: {name}}}]\n{endpoint}"
    )
}
