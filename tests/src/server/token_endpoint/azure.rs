//! Azure AD's token endpoint for workloads with a federated token, and the metadata of Azure's machines.

use jiff::Timestamp;
use serde_json::json;

use super::{Asked, Given, Reply};

/// What the endpoint says to a federated token that it does not accept.
pub fn invalid_client() -> Reply {
    refusal(
        401,
        "invalid_client",
        700_213,
        "No matching federated identity record found for presented assertion.",
    )
}

fn refusal(status: u16, error: &str, number: u32, message: &str) -> Reply {
    let body = json!({
        "error": error, "error_description": format!("AADSTS{number}: {message}"), "error_codes": [number],
        "trace_id": "1", "correlation_id": "1",
    });
    Reply::json(status, &body)
}

pub(super) fn token(given: &Given, asked: &Asked) -> Reply {
    const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let (client, assertion) = (asked.field("client_id"), asked.field("client_assertion"));
    if asked.field("grant_type") != "client_credentials" {
        return refusal(
            400,
            "unsupported_grant_type",
            70_003,
            "The app requested an unsupported grant type.",
        );
    }
    if client.is_empty() || assertion.is_empty() || asked.field("client_assertion_type") != KIND {
        return refusal(
            401,
            "invalid_client",
            7_000_218,
            "The request body must contain: client_assertion or client_secret.",
        );
    }
    if asked.field("scope") != "https://storage.azure.com/.default" {
        return refusal(400, "invalid_scope", 70_011, "The provided value for scope is not valid.");
    }
    if let Some((known, expected)) = &given.federated {
        if client != *known {
            return refusal(
                400,
                "unauthorized_client",
                700_016,
                "Application was not found in the directory.",
            );
        }
        if assertion != *expected {
            return invalid_client();
        }
    }
    let body = json!({
        "token_type": "Bearer", "expires_in": given.expires_in, "ext_expires_in": given.expires_in,
        "access_token": given.token,
    });
    Reply::json(200, &body)
}

pub(super) fn instance(given: &Given, asked: &Asked) -> Reply {
    let refuse =
        |error: &str, message: &str| Reply::json(400, &json!({"error": error, "error_description": message}));
    if asked.header("metadata") != "true" {
        return refuse("invalid_request", "Required metadata header not specified");
    }
    if asked.field("api-version").is_empty() {
        return refuse("invalid_request", "Required query variable 'api-version' is missing");
    }
    let resource = asked.field("resource");
    if resource.trim_end_matches('/') != "https://storage.azure.com" {
        return refuse(
            "invalid_resource",
            "AADSTS500011: The resource principal was not found in the tenant.",
        );
    }
    // Numbers are text here, unlike anywhere else.
    let now = Timestamp::now().as_second();
    let expires = now.saturating_add(i64::try_from(given.expires_in).unwrap_or(i64::MAX));
    let body = json!({
        "access_token": given.token, "client_id": asked.field("client_id"), "token_type": "Bearer",
        "expires_in": given.expires_in.to_string(), "ext_expires_in": given.expires_in.to_string(),
        "expires_on": expires.to_string(), "not_before": now.to_string(), "resource": resource,
    });
    Reply::json(200, &body)
}
