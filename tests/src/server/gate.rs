//! What Google Cloud Storage says to credentials: nginx before fake-gcs-server, which lets everybody in.
//!
//! The bearer token's first letters decide, so that a test chooses the answer by the token it hands out.

use std::net::SocketAddr;

use super::{fake_gcs::FakeGcs, nginx::Nginx};

/// A running gate.
#[derive(Debug)]
pub struct Gate {
    /// The nginx.
    pub nginx: Nginx,
    /// Where clients go instead of to the store.
    pub address: SocketAddr,
}

impl Gate {
    /// Puts a gate before a store, whose clients from now on come through it.
    ///
    /// | token | answer |
    /// | --- | --- |
    /// | `good...` | what the store says; a missing object, and the missing bucket `nowhere`, as Google says it |
    /// | none | 403 `AccessDenied` at `/BUCKET/KEY`, 401 at the JSON API |
    /// | `forbidden...` | 403: the account may not read the bucket |
    /// | `busy...` | 429 with `Retry-After: 1` |
    /// | `broken...` | 503 |
    /// | any other | 401: the token is not valid |
    pub fn start(store: &FakeGcs) -> Self {
        let nginx = Nginx::start(&CONFIGURATION.replace("STORE", &store.address.to_string()), |_| {});
        let address = *nginx.addresses.first().expect("the gate's address");
        store.set_public_host(&address.to_string());
        Self { nginx, address }
    }

    /// `http://ADDRESS`, the endpoint of an origin.
    pub fn url(&self) -> String {
        self.nginx.url(0)
    }
}

/// Two maps choose a word, the word names the place that answers. JSON paths are `/storage/` and `/download/`.
const CONFIGURATION: &str = r#"
map $http_authorization $credential {
    default invalid;
    "" none;
    "~^Bearer good" good;
    "~^Bearer forbidden" forbidden;
    "~^Bearer busy" busy;
    "~^Bearer broken" broken;
}
map $uri $missing {
    default "<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>";
    "~^/nowhere/" "<Code>NoSuchBucket</Code><Message>The specified bucket does not exist.</Message>";
}
map $uri $api { default xml; "~^/(storage|download|upload)/" json; }
server {
    listen LISTEN0;
    location / {
        if ($credential != good) { rewrite ^ /-gate/$credential/$api last; }
        proxy_pass http://STORE;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Connection "";
        proxy_intercept_errors on;
        error_page 404 = @missing;
    }
    location @missing {
        default_type application/xml;
        if ($api = json) { return 404 '{"error":{"code":404,"message":"No such object.","errors":[{"message":"No such object.","domain":"global","reason":"notFound"}]}}'; }
        return 404 "<?xml version='1.0' encoding='UTF-8'?><Error>$missing</Error>";
    }
    location = /-gate/none/xml {
        internal; default_type application/xml;
        return 403 "<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code><Message>Access denied.</Message><Details>Anonymous caller does not have storage.objects.get access to the Google Cloud Storage object. Permission 'storage.objects.get' denied on resource (or it may not exist).</Details></Error>";
    }
    location = /-gate/none/json {
        internal; default_type application/json; add_header WWW-Authenticate 'Bearer realm="https://accounts.google.com/"' always;
        return 401 '{"error":{"code":401,"message":"Anonymous caller does not have storage.objects.get access to the Google Cloud Storage object.","errors":[{"message":"Anonymous caller does not have storage.objects.get access to the Google Cloud Storage object.","domain":"global","reason":"required"}]}}';
    }
    location = /-gate/invalid/xml {
        internal; default_type application/xml; add_header WWW-Authenticate 'Bearer realm="https://accounts.google.com/", error=invalid_token' always;
        return 401 "<?xml version='1.0' encoding='UTF-8'?><Error><Code>AuthenticationRequired</Code><Message>Authentication required.</Message></Error>";
    }
    location = /-gate/invalid/json {
        internal; default_type application/json; add_header WWW-Authenticate 'Bearer realm="https://accounts.google.com/", error=invalid_token' always;
        return 401 '{"error":{"code":401,"message":"Invalid Credentials","errors":[{"message":"Invalid Credentials","domain":"global","reason":"authError"}]}}';
    }
    location = /-gate/forbidden/xml {
        internal; default_type application/xml;
        return 403 "<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code><Message>Access denied.</Message><Details>robot@test.iam.gserviceaccount.com does not have storage.objects.get access to the Google Cloud Storage object. Permission 'storage.objects.get' denied on resource (or it may not exist).</Details></Error>";
    }
    location = /-gate/forbidden/json {
        internal; default_type application/json;
        return 403 '{"error":{"code":403,"message":"robot@test.iam.gserviceaccount.com does not have storage.objects.get access to the Google Cloud Storage object.","errors":[{"message":"no access","domain":"global","reason":"forbidden"}]}}';
    }
    location ^~ /-gate/busy/ {
        internal; default_type application/json; add_header Retry-After 1 always;
        return 429 '{"error":{"code":429,"message":"The rate limit was exceeded.","errors":[{"message":"The rate limit was exceeded.","domain":"usageLimits","reason":"rateLimitExceeded"}]}}';
    }
    location ^~ /-gate/broken/ {
        internal; default_type application/json;
        return 503 '{"error":{"code":503,"message":"Backend Error","errors":[{"message":"Backend Error","domain":"global","reason":"backendError"}]}}';
    }
}
"#;
