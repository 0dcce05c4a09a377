//! Signs requests with SigV4.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4::SigningParams,
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

/// Signs the requests of one origin.
#[derive(Debug)]
pub(super) struct Signer {
    /// Seconds that the server's clock is ahead of ours, once it has complained.
    ahead: AtomicI64,
}

/// Credentials from their parts.
pub(super) fn keys(access_key: &str, secret_key: &str, token: Option<&str>) -> Credentials {
    Credentials::new(access_key, secret_key, token.map(str::to_owned), None, "imgplane")
}

impl Signer {
    pub(super) const fn new() -> Self {
        Self { ahead: AtomicI64::new(0) }
    }

    /// Follows the server's clock from now on.
    pub(super) fn follow_clock(&self, ours: SystemTime, theirs: SystemTime) {
        let seconds = |time: SystemTime| {
            time.duration_since(UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
        };
        self.ahead.store(seconds(theirs).saturating_sub(seconds(ours)), Ordering::Relaxed);
    }

    /// The headers of a signed GET. Only the host is signed besides what the signature itself needs: proxies may
    /// change the other headers, and no store asks for the signature of a range or a condition.
    pub(super) fn sign(
        &self,
        uri: &Uri,
        region: &str,
        keys: &Credentials,
        now: SystemTime,
    ) -> Result<HeaderMap, String> {
        let ahead = self.ahead.load(Ordering::Relaxed);
        let shift = Duration::from_secs(ahead.unsigned_abs());
        let time = if ahead < 0 { now.checked_sub(shift) } else { now.checked_add(shift) };

        let mut settings = SigningSettings::default();
        // S3 signs the path as it is sent: encoded once, not normalised.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let identity = keys.clone().into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("s3")
            .time(time.unwrap_or(now))
            .settings(settings)
            .build()
            .map_err(|error| error.to_string())?
            .into();
        let request =
            SignableRequest::new("GET", uri.to_string(), std::iter::empty(), SignableBody::UnsignedPayload)
                .map_err(|error| error.to_string())?;
        let (instructions, _) = sign(request, &params).map_err(|error| error.to_string())?.into_parts();
        instructions
            .headers()
            .map(|(name, value)| {
                let mut value = HeaderValue::from_str(value).map_err(|_| "a key is not ASCII".to_owned())?;
                value.set_sensitive(true);
                let name = name.parse::<HeaderName>().map_err(|error| error.to_string())?;
                Ok((name, value))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 24 May 2013, 00:00:00 UTC, in seconds.
    const THEN: u64 = 1_369_353_600;

    /// The example credentials of Amazon's own documentation.
    fn example(token: Option<&str>) -> Credentials {
        keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token)
    }

    fn headers(signer: &Signer, token: Option<&str>) -> HeaderMap {
        let uri = "https://examplebucket.s3.amazonaws.com/a%2Bb.jpg".parse().unwrap();
        signer.sign(&uri, "us-east-1", &example(token), UNIX_EPOCH + Duration::from_secs(THEN)).unwrap()
    }

    #[test]
    fn a_request_is_signed_for_its_host_region_and_time() {
        let headers = headers(&Signer::new(), None);
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        assert_eq!(text("x-amz-date"), "20130524T000000Z");
        assert_eq!(text("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
        let authorization = text("authorization");
        assert!(
            authorization.starts_with(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
                 SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="
            ),
            "{authorization}"
        );
    }

    #[test]
    fn a_session_token_is_sent_and_signed() {
        let headers = headers(&Signer::new(), Some("TOKEN"));
        assert_eq!(headers["x-amz-security-token"], "TOKEN");
        assert!(headers["authorization"].to_str().unwrap().contains("x-amz-security-token, Signature="));
    }

    #[test]
    fn the_servers_clock_is_followed_both_ways() {
        for (theirs, expected) in [(THEN + 3_600, "20130524T010000Z"), (THEN - 3_600, "20130523T230000Z")] {
            let signer = Signer::new();
            let ours = UNIX_EPOCH + Duration::from_secs(THEN);
            signer.follow_clock(ours, UNIX_EPOCH + Duration::from_secs(theirs));
            assert_eq!(headers(&signer, None)["x-amz-date"], expected);
        }
    }

    #[test]
    fn nothing_of_the_keys_is_shown() {
        let shown = format!("{:?} {:?}", example(Some("TOKEN")), headers(&Signer::new(), Some("TOKEN")));
        for secret in ["wJalr", "TOKEN"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
