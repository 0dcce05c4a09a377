//! What the services that give credentials answer.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use serde::Deserialize;

use crate::{renewed::Fresh, told::Told};

/// Of the token service, XML.
#[derive(Deserialize)]
struct AssumeRole {
    #[serde(rename = "AssumeRoleWithWebIdentityResult")]
    result: AssumeRoleResult,
}

#[derive(Deserialize)]
struct AssumeRoleResult {
    #[serde(rename = "Credentials")]
    credentials: Given,
}

/// Of agents and nodes, JSON; the token service uses other names for the token.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given {
    access_key_id: String,
    secret_access_key: String,
    #[serde(alias = "SessionToken")]
    token: Option<String>,
    expiration: Option<String>,
}

/// What the token service says when it gives nothing.
#[derive(Deserialize)]
struct ErrorResponse {
    #[serde(rename = "Error")]
    error: Inner,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inner {
    code: Option<String>,
    message: Option<String>,
}

/// What agents and nodes say then.
#[derive(Deserialize)]
struct Refused {
    #[serde(alias = "Code")]
    code: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

/// Credentials of the token service.
pub(super) fn of_token_service(body: &[u8], now: SystemTime) -> Option<Fresh<Credentials>> {
    let answer: AssumeRole = quick_xml::de::from_str(std::str::from_utf8(body).ok()?).ok()?;
    Some(fresh(answer.result.credentials, now))
}

/// Credentials of an agent or node.
pub(super) fn of_json(body: &[u8], now: SystemTime) -> Option<Fresh<Credentials>> {
    Some(fresh(serde_json::from_slice(body).ok()?, now))
}

/// Why there are none.
pub(super) fn told(body: &[u8]) -> Told {
    let text = String::from_utf8_lossy(body);
    if let Ok(ErrorResponse { error }) = quick_xml::de::from_str(&text) {
        return Told::of(error.code, error.message);
    }
    match serde_json::from_str(&text) {
        Ok(Refused { code, message }) => Told::of(code, message),
        Err(_) => Told::default(),
    }
}

fn fresh(given: Given, now: SystemTime) -> Fresh<Credentials> {
    // Some endpoints write an absent token as an empty one.
    let token = given.token.filter(|token| !token.is_empty());
    let expiration = given.expiration.and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let lifetime = expiration.map(|end| SystemTime::from(end).duration_since(now).unwrap_or(Duration::ZERO));
    let value = Credentials::new(given.access_key_id, given.secret_access_key, token, None, "imgplane");
    Fresh { value, lifetime }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const NOW: SystemTime = UNIX_EPOCH;

    #[test]
    fn credentials_are_read_from_both_shapes() {
        let xml = "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                   <AssumeRoleWithWebIdentityResult><Audience>x</Audience><Credentials><AccessKeyId>ASIA</AccessKeyId>\
                   <SecretAccessKey>key</SecretAccessKey><SessionToken>token</SessionToken>\
                   <Expiration>1970-01-01T01:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
                   <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>";
        let json = r#"{"Code":"Success","AccessKeyId":"ASIA","SecretAccessKey":"key","Token":"token",
                       "Expiration":"1970-01-01T01:00:00Z"}"#;
        for fresh in [of_token_service(xml.as_bytes(), NOW), of_json(json.as_bytes(), NOW)] {
            let Fresh { value, lifetime } = fresh.unwrap();
            assert_eq!(value.access_key_id(), "ASIA");
            assert_eq!(value.session_token(), Some("token"));
            assert_eq!(lifetime, Some(Duration::from_hours(1)));
        }
        let bare = of_json(br#"{"AccessKeyId":"A","SecretAccessKey":"k","Token":""}"#, NOW).unwrap();
        assert_eq!((bare.value.session_token(), bare.lifetime), (None, None));
        assert!(of_json(b"<html>", NOW).is_none());
    }

    #[test]
    fn why_there_are_none_is_read_from_both_shapes() {
        let xml = "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not \
                   authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>";
        let seen = told(xml.as_bytes());
        assert_eq!(seen.text(), "AccessDenied, Not authorized to perform sts:AssumeRoleWithWebIdentity");
        let json = r#"{"code":"AssumeRoleUnauthorizedAccess","message":"no role"}"#;
        assert_eq!(told(json.as_bytes()).text(), "AssumeRoleUnauthorizedAccess, no role");
        assert_eq!(told(b"busy"), Told::default());
    }
}
