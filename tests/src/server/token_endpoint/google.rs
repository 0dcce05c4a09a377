//! Google's token endpoint for service accounts, and the metadata server of its machines.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Asked, Call, Given, Reply};

/// How far the clocks may differ, in seconds.
const SKEW: i64 = 300;

/// What the endpoint says to an assertion it does not accept.
pub fn invalid_grant(description: &str) -> Reply {
    Reply::json(400, &json!({"error": "invalid_grant", "error_description": description}))
}

/// What it says to an account that is gone or disabled.
pub fn invalid_client() -> Reply {
    let body = json!({"error": "invalid_client", "error_description": "The OAuth client was not found."});
    Reply::json(401, &body)
}

pub(super) fn token(given: &Given, asked: &Asked) -> Reply {
    if asked.field("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
        let description = "Invalid grant_type";
        return Reply::json(
            400,
            &json!({"error": "unsupported_grant_type", "error_description": description}),
        );
    }
    let Some(account) = &given.account else { return invalid_grant("Invalid grant: account not found") };
    match account.claims(&asked.field("assertion")) {
        Ok(claims) => match judge(&claims, &account.email, asked.header("host")) {
            Ok(()) => granted(given),
            Err(description) => invalid_grant(description),
        },
        Err(description) => invalid_grant(description),
    }
}

fn judge(claims: &Value, email: &str, host: &str) -> Result<(), &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or("");
    let number = |name: &str| claims.get(name).and_then(Value::as_i64).unwrap_or(0);
    let (issued, expires, now) = (number("iat"), number("exp"), Timestamp::now().as_second());
    let audiences = [format!("http://{host}/token"), "https://oauth2.googleapis.com/token".to_owned()];
    if text("iss") != email {
        return Err("Invalid grant: account not found");
    }
    if !audiences.iter().any(|audience| audience == text("aud")) {
        return Err("Invalid JWT: Failed audience check.");
    }
    if (issued - now).abs() > SKEW || expires <= now || expires - issued > 3600 {
        return Err(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
        );
    }
    let scopes = [
        "https://www.googleapis.com/auth/devstorage.read_only",
        "https://www.googleapis.com/auth/cloud-platform",
    ];
    if !text("scope").split(' ').any(|scope| scopes.contains(&scope)) {
        return Err("Invalid OAuth scope or ID token audience provided.");
    }
    Ok(())
}

fn granted(given: &Given) -> Reply {
    Reply::json(
        200,
        &json!({"access_token": given.token, "expires_in": given.expires_in, "token_type": "Bearer"}),
    )
}

pub(super) fn metadata(given: &Given, call: Call, asked: &Asked) -> Reply {
    let reply = match asked.path.as_str() {
        "/" => Reply::text(200, "0.1/\ncomputeMetadata/\n"),
        _ if asked.header("metadata-flavor") != "Google" => {
            Reply::text(403, "Missing Metadata-Flavor:Google header.")
        }
        _ if !asked.header("x-forwarded-for").is_empty() => {
            Reply::text(403, "X-Forwarded-For is not allowed.")
        }
        _ if call == Call::GoogleMetadata => granted(given),
        "/computeMetadata/v1/universe/universe-domain" => Reply::text(200, "googleapis.com"),
        "/computeMetadata/v1/instance/service-accounts/default/email" => {
            Reply::text(200, "default@test.iam.gserviceaccount.com")
        }
        _ => Reply::text(404, "not found"),
    };
    reply.with("metadata-flavor", "Google")
}
