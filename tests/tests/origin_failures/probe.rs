//! What a probe says of each origin before any traffic: the verdict, the step at which it fell, and what to do.

use imgplane_config::report::{ProbeOutcome, ProbeResult};
use imgplane_tests::{
    answer::{Answer, client, send},
    server::{
        imgplane::Imgplane,
        nginx::Nginx,
        versitygw::{ROOT_KEY, ROOT_SECRET},
    },
};
use libtest_mimic::Failed;
use serde_json::json;

use crate::s3;

/// What a probe must find.
pub(crate) struct Row {
    /// A sentence: the trial's name.
    pub(crate) name: &'static str,
    /// The origin, in namespace `default`.
    origin: &'static str,
    /// Path of the question; empty: none.
    path: &'static str,
    /// `Reachable`, `Unknown`, or `CODE_Word`.
    verdict: &'static str,
    /// The last step, with a minus where it fell.
    last: &'static str,
    /// A part of the message for the operator.
    message: &'static str,
}

const fn row(
    name: &'static str,
    origin: &'static str,
    path: &'static str,
    verdict: &'static str,
    last: &'static str,
    message: &'static str,
) -> Row {
    Row { name, origin, path, verdict, last, message }
}

const SET_PATH: &str = "set spec.probe.path to a file that is there";

pub(crate) const ROWS: &[Row] = &[
    row("probe_of_a_store_that_says_what_is_absent_is_reachable", "s3", "", "Reachable", "read", ""),
    row("probe_of_a_file_that_is_there_is_reachable", "s3", "dir/a.jpg", "Reachable", "read", ""),
    row(
        "probe_of_a_file_that_is_not_there_names_it",
        "s3",
        "dir/absent.jpg",
        "ENOENT_FileNotFound",
        "-read",
        "dir/absent.jpg is the probe's path",
    ),
    row(
        "probe_with_a_wrong_secret_names_the_credentials",
        "s3-wrong-secret",
        "",
        "EACCES_CredentialsInvalid",
        "-authenticate",
        "Copy both keys anew into the Secret",
    ),
    row(
        "probe_with_an_unknown_access_key_names_the_credentials",
        "s3-unknown-key",
        "",
        "EACCES_CredentialsInvalid",
        "-authenticate",
        "InvalidAccessKeyId",
    ),
    row(
        "probe_with_a_stale_token_names_the_credentials",
        "s3-token",
        "",
        "EACCES_CredentialsInvalid",
        "-authenticate",
        "sessionToken",
    ),
    row(
        "probe_without_credentials_says_that_they_are_missing",
        "s3-no-secret",
        "",
        "EACCES_CredentialsMissing",
        "-authenticate",
        "lacks accessKey or secretKey",
    ),
    row(
        "probe_of_a_missing_bucket_fails",
        "s3-no-bucket",
        "",
        "ENOENT_BucketNotFound",
        "-read",
        "the bucket none does not exist",
    ),
    row(
        "probe_of_another_region_names_it",
        "s3-region",
        "",
        "UNIDENTIFIED_RegionMismatch",
        "-authenticate",
        "Set region of the Origin to us-east-1",
    ),
    row("probe_finds_a_region_that_is_not_given", "s3-elsewhere", "a.jpg", "Reachable", "read", ""),
    row(
        "probe_that_may_mean_absence_or_denial_is_no_verdict",
        "s3-no-read",
        "",
        "Unknown",
        "-read",
        SET_PATH,
    ),
    row(
        "probe_of_a_named_file_that_may_not_be_read_is_a_verdict",
        "s3-no-read",
        "dir/a.jpg",
        "EACCES_AccessDenied",
        "-read",
        "s3:GetObject",
    ),
    row(
        "probe_of_a_store_that_hides_absence_asks_for_a_path",
        "probe-hidden",
        "",
        "Unknown",
        "-read",
        SET_PATH,
    ),
    row("probe_of_the_path_in_the_manifest_is_a_verdict", "probe-hidden-path", "", "Reachable", "read", ""),
    row(
        "probe_of_a_wrong_path_in_the_manifest_is_a_verdict",
        "probe-hidden-wrong-path",
        "",
        "EACCES_AccessDenied",
        "-read",
        "nowhere.jpg is the probe's path",
    ),
    row(
        "probe_with_a_wrong_secret_is_a_verdict_also_where_absence_is_hidden",
        "probe-hidden-wrong-secret",
        "",
        "EACCES_CredentialsInvalid",
        "-authenticate",
        "SignatureDoesNotMatch",
    ),
    row("probe_of_a_web_server_is_reachable", "web", "", "Reachable", "read", ""),
    row(
        "probe_of_a_web_server_that_forbids_the_file_fails",
        "web",
        "status/403.jpg",
        "EACCES_AccessDenied",
        "-read",
        "x-req-from",
    ),
    row(
        "probe_of_a_web_server_with_a_defect_fails",
        "web",
        "status/502.jpg",
        "UNIDENTIFIED_ServerError",
        "-read",
        "502",
    ),
    row(
        "probe_of_a_redirect_to_the_metadata_service_is_blocked",
        "web",
        "metadata.jpg",
        "EACCES_AddressBlocked",
        "-read",
        "metadata",
    ),
    row(
        "probe_of_an_untrusted_certificate_fails_at_tls",
        "untrusted",
        "",
        "UNIDENTIFIED_TlsUntrusted",
        "-tls",
        "certificate not trusted",
    ),
    row(
        "probe_of_a_plain_server_behind_https_fails_at_tls",
        "plain-https",
        "",
        "UNIDENTIFIED_TlsFailed",
        "-tls",
        "Write http://",
    ),
    row(
        "probe_of_a_port_that_refuses_fails_at_connect",
        "refused",
        "",
        "ECONNREFUSED_Refused",
        "-connect",
        "no firewall refuses the pods",
    ),
    row(
        "probe_of_a_port_that_stays_silent_fails_at_connect",
        "silent",
        "",
        "ECONNREFUSED_ConnectTimeout",
        "-connect",
        "let the cluster's egress addresses through",
    ),
    row("probe_that_is_reset_fails_at_read", "reset", "", "ECONNREFUSED_Closed", "-read", "server's log"),
    row(
        "probe_that_is_not_answered_fails_at_read",
        "mute",
        "",
        "UNIDENTIFIED_HeadersTimeout",
        "-read",
        "fetch.headersTimeout",
    ),
    row(
        "probe_of_a_name_that_does_not_exist_fails_at_resolve",
        "no-name",
        "",
        "UNIDENTIFIED_DnsFailed",
        "-resolve",
        "absent.test",
    ),
    row(
        "probe_of_the_metadata_service_fails_at_guard",
        "meta-name",
        "",
        "EACCES_AddressBlocked",
        "-guard",
        "No origin may reach it",
    ),
    row("probe_of_a_name_that_leads_to_the_server_is_reachable", "named", "", "Reachable", "read", ""),
];

/// A store that answers 403 where an object is absent, as S3 does without the right to list: nginx in front of a
/// versitygw, whose own answer would be 404.
pub(crate) struct Servers {
    nginx: Nginx,
}

const HIDING: &str = r#"
server {
    listen LISTEN0;
    location / {
        proxy_pass http://STORE;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_intercept_errors on;
        error_page 404 =403 @denied;
    }
    location @denied {
        default_type application/xml;
        return 403 '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
    }
}
"#;

impl Servers {
    pub(crate) fn start(store: &s3::Servers) -> Self {
        Self { nginx: Nginx::start(&HIDING.replace("STORE", &store.address().to_string()), |_| {}) }
    }

    pub(crate) fn manifests(&self) -> String {
        let endpoint = self.nginx.url(0);
        let origin = |name: &str, secret_key: &str, probe: &str| {
            let place = format!(
                "s3: {{bucket: img, endpoint: \"{endpoint}\", region: us-east-1, auth: {{type: Secret, secretRef: {{name: \
                 {name}}}}}}}{probe}"
            );
            [s3::secret(name, ROOT_KEY, secret_key, ""), s3::origin(name, "S3", &place, "")].join("---\n")
        };
        [
            origin("probe-hidden", ROOT_SECRET, ""),
            origin("probe-hidden-path", ROOT_SECRET, "\n  probe: {path: dir/a.jpg}"),
            origin("probe-hidden-wrong-path", ROOT_SECRET, "\n  probe: {path: nowhere.jpg}"),
            origin("probe-hidden-wrong-secret", "wrong", ""),
        ]
        .join("---\n")
    }
}

/// Asks for a probe.
pub(crate) async fn ask(server: &Imgplane, row: &Row) -> Answer {
    let mut question = json!({"origin": {"namespace": "default", "name": row.origin}});
    if !row.path.is_empty() {
        question["path"] = row.path.into();
    }
    let url = format!("http://{}/v1/probe", server.admin);
    loop {
        let request =
            client().post(&url).header("content-type", "application/json").body(question.to_string());
        let answer = send(request).await;
        // Trials run side by side and a pod makes only a few probes at once.
        if answer.status != 429 {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Compares a probe with its row.
pub(crate) fn judge(row: &Row, answer: &Answer) -> Result<(), Failed> {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let result: ProbeResult = serde_json::from_str(&text)
        .map_err(|error| format!("{}: status {}: {error}: {text}", row.origin, answer.status))?;
    let (verdict, message) = match &result.outcome {
        ProbeOutcome::Reachable => ("Reachable".to_owned(), String::new()),
        ProbeOutcome::Unknown { message } => ("Unknown".to_owned(), message.clone()),
        ProbeOutcome::Failed(error) => {
            (format!("{}_{}", error.code, error.reason), format!("{}. {}", error.message, error.remedy))
        }
    };
    let last = result
        .steps
        .last()
        .map_or_else(String::new, |step| if step.ok { step.name.clone() } else { format!("-{}", step.name) });
    if (verdict.as_str(), last.as_str()) != (row.verdict, row.last) || !message.contains(row.message) {
        let expected = format!("{} at {} with {:?}", row.verdict, row.last, row.message);
        return Err(format!("{}: expected {expected}, not {text}", row.origin).into());
    }
    let earlier = result.steps.iter().rev().skip(1);
    if !earlier.into_iter().all(|step| step.ok) {
        return Err(format!("{}: only the last step may fail: {text}", row.origin).into());
    }
    for leak in [ROOT_SECRET, ROOT_KEY, "noreadsecret"] {
        if text.contains(leak) {
            return Err(format!("{}: the answer shows {leak}: {text}", row.origin).into());
        }
    }
    Ok(())
}
