//! Where programs on AWS get keys: the container's endpoint, instance metadata of version 2, STS.

use serde_json::json;

use super::{Asked, Call, Given, ROLE, Reply, at};

/// The session token of instance metadata that this one hands out.
const SESSION: &str = "instance-session";

pub(super) fn container(given: &Given, asked: &Asked) -> Reply {
    let expected = &given.container_authorization;
    if !expected.is_empty() && asked.header("authorization") != expected {
        return Reply::json(401, &json!({"code": "AccessDenied", "message": "Invalid token provided"}));
    }
    let keys = &given.keys;
    let body = json!({
        "AccessKeyId": keys.access, "SecretAccessKey": keys.secret, "Token": keys.session,
        "AccountId": "123456789012", "Expiration": at(keys.lives),
    });
    Reply::json(200, &body)
}

pub(super) fn instance(given: &Given, call: Call, asked: &Asked) -> Reply {
    if call == Call::AwsInstanceToken {
        let seconds = asked.header("x-aws-ec2-metadata-token-ttl-seconds");
        if !asked.header("x-forwarded-for").is_empty() {
            return Reply::text(403, "");
        }
        return if seconds.parse().is_ok_and(|seconds: u32| (1..=21600).contains(&seconds)) {
            Reply::text(200, SESSION).with("x-aws-ec2-metadata-token-ttl-seconds", seconds)
        } else {
            Reply::text(400, "")
        };
    }
    if asked.header("x-aws-ec2-metadata-token") != SESSION {
        return Reply::text(401, "");
    }
    if call == Call::AwsInstanceRole {
        return Reply::text(200, ROLE);
    }
    if !asked.path.ends_with(&format!("/{ROLE}")) {
        return Reply::text(404, "");
    }
    let keys = &given.keys;
    let body = json!({
        "Code": "Success", "LastUpdated": at(std::time::Duration::ZERO), "Type": "AWS-HMAC",
        "AccessKeyId": keys.access, "SecretAccessKey": keys.secret, "Token": keys.session,
        "Expiration": at(keys.lives),
    });
    Reply::text(200, body.to_string())
}

/// What STS says when it refuses: `InvalidIdentityToken`, `ExpiredTokenException` (400), `AccessDenied` (403), and
/// others.
pub fn refusal(status: u16, code: &str, message: &str) -> Reply {
    Reply::xml(
        status,
        format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
        ),
    )
}

pub(super) fn sts(given: &Given, asked: &Asked) -> Reply {
    if asked.field("Action") != "AssumeRoleWithWebIdentity" || asked.field("Version") != "2011-06-15" {
        return refusal(400, "InvalidAction", "Could not find operation");
    }
    let (role, token, session) =
        (asked.field("RoleArn"), asked.field("WebIdentityToken"), asked.field("RoleSessionName"));
    if role.is_empty() || token.is_empty() || !(2..=64).contains(&session.len()) {
        return refusal(400, "ValidationError", "RoleArn, WebIdentityToken and RoleSessionName are needed");
    }
    if let Some((known, identity)) = &given.web_identity {
        if token != *identity {
            return refusal(400, "InvalidIdentityToken", "The ID token provided is not a valid JWT.");
        }
        if role != *known {
            return refusal(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
        }
    }
    let keys = &given.keys;
    Reply::xml(
        200,
        format!(
            "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <AssumeRoleWithWebIdentityResult><Audience>sts.amazonaws.com</Audience><AssumedRoleUser>\
             <AssumedRoleId>AROA:{session}</AssumedRoleId><Arn>{role}/{session}</Arn></AssumedRoleUser>\
             <Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey>\
             <SessionToken>{}</SessionToken><Expiration>{}</Expiration></Credentials>\
             </AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>\
             </AssumeRoleWithWebIdentityResponse>",
            keys.access,
            keys.secret,
            keys.session,
            at(keys.lives)
        ),
    )
}
