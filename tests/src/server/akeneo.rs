//! A small Akeneo PIM: tokens for a connection's user, and the three kinds of media files.
//!
//! The only store that is home-made, because the real one is a PHP application with two databases. Its
//! contract: <https://api.akeneo.com/documentation/authentication.html> and `.../api-reference.html`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::json;

use super::scripted::{Asked, Reply, Script, Scripted, lock};

/// The connection that it knows.
pub const CLIENT_ID: &str = "1_5shopclient0f8c7d6e5b4a";
/// Secret of the connection.
pub const CLIENT_SECRET: &str = "clientsecret0k9w8q7z6x5c";
/// User of the connection.
pub const USERNAME: &str = "images_7421_of_the_shop";
/// Password of that user.
pub const PASSWORD: &str = "userpassword0h2j9l4n6b8v";

/// A running PIM, with the connection that the constants name.
pub type Akeneo = Scripted<Pim>;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// A token for user and password.
    PasswordGrant,
    /// A token for a refresh token.
    RefreshGrant,
    /// A product's media file: `media-files/CODE/download`.
    Product,
    /// JSON about a product's media file: `media-files/CODE`, where the ending was forgotten.
    Description,
    /// An asset's media file: `asset-media-files/CODE`.
    Asset,
    /// A reference entity's media file: `reference-entities-media-files/CODE`.
    ReferenceEntity,
    /// Nothing known.
    Unknown,
}

/// Kinds of media files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Of products.
    Product,
    /// Of assets.
    Asset,
    /// Of reference entities.
    ReferenceEntity,
}

/// What the PIM knows.
#[derive(Debug, Default)]
struct Known {
    files: BTreeMap<(Kind, String), (String, Bytes)>,
    access: BTreeSet<String>,
    refresh: BTreeSet<String>,
    /// Number of the token that was given last.
    last: usize,
    expires_in: u64,
    /// Whether user and password are no longer right.
    locked: bool,
}

/// The script of an [`Akeneo`].
#[derive(Debug, Default)]
pub struct Pim {
    known: Mutex<Known>,
}

impl Scripted<Pim> {
    /// Starts without files. Its tokens last an hour.
    pub fn start() -> Self {
        let pim = Self::run(Pim::default());
        pim.set(|known| known.expires_in = 3600);
        pim
    }

    /// Stores a media file; `code` is its literal code, such as `f/d/1/d/fd1d_name.png`.
    pub fn put(&self, kind: Kind, code: &str, content_type: &str, bytes: &[u8]) {
        let file = (content_type.to_owned(), Bytes::copy_from_slice(bytes));
        self.set(|known| known.files.insert((kind, code.to_owned()), file));
    }

    /// Says of the tokens it gives from now on that they last so many seconds. They last until they are revoked.
    pub fn give_for(&self, expires_in: u64) {
        self.set(|known| known.expires_in = expires_in);
    }

    /// Every access token is expired; refresh tokens are not.
    pub fn expire_tokens(&self) {
        self.set(|known| known.access.clear());
    }

    /// Every access and refresh token is expired: user and password are needed.
    pub fn expire_refresh_tokens(&self) {
        self.set(|known| {
            known.access.clear();
            known.refresh.clear();
        });
    }

    /// User and password are wrong from now on, or right again.
    pub fn lock_user(&self, locked: bool) {
        self.set(|known| known.locked = locked);
    }

    fn set<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        change(&mut lock(&self.script().known))
    }
}

/// An answer as Akeneo writes errors.
pub fn refusal(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"code": status, "message": message}))
}

/// The connection's user may not use the API.
pub fn forbidden() -> Reply {
    refusal(403, "You are not allowed to access the web API.")
}

/// Too many requests: come back after so many seconds.
pub fn too_many(retry_after: u32) -> Reply {
    refusal(429, "Too many requests").with("retry-after", &retry_after.to_string())
}

impl Script for Pim {
    type Call = Call;

    fn call(&self, asked: &Asked) -> Call {
        if asked.path == "/api/oauth/v1/token" {
            return match asked.json().get("grant_type").and_then(|kind| kind.as_str()) {
                Some("refresh_token") => Call::RefreshGrant,
                _ => Call::PasswordGrant,
            };
        }
        let rest = asked.path.strip_prefix("/api/rest/v1/").unwrap_or("");
        match rest.split_once('/').unwrap_or_default() {
            ("media-files", code) if code.ends_with("/download") => Call::Product,
            ("media-files", _) => Call::Description,
            ("asset-media-files", _) => Call::Asset,
            ("reference-entities-media-files", _) => Call::ReferenceEntity,
            _ => Call::Unknown,
        }
    }

    fn reply(&self, call: Call, asked: &Asked) -> Reply {
        let mut known = lock(&self.known);
        let code = asked.path.splitn(6, '/').nth(5).unwrap_or("");
        match call {
            Call::PasswordGrant | Call::RefreshGrant => grant(&mut known, call, asked),
            Call::Product => {
                download(&known, asked, Kind::Product, code.strip_suffix("/download").unwrap_or(code))
            }
            Call::Description => describe(&known, asked, code),
            Call::Asset => download(&known, asked, Kind::Asset, code),
            Call::ReferenceEntity => download(&known, asked, Kind::ReferenceEntity, code),
            Call::Unknown => refusal(404, &format!("No route found for \"{} {}\"", asked.method, asked.path)),
        }
    }
}

fn grant(known: &mut Known, call: Call, asked: &Asked) -> Reply {
    if asked.method != "POST" {
        return refusal(405, "Method Not Allowed");
    }
    if !asked.header("content-type").starts_with("application/json") {
        return refusal(415, "The content type is not supported.");
    }
    let client = STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    if asked.header("authorization") != format!("Basic {client}") {
        return refusal(
            422,
            "Parameter \"client_id\" is missing or does not match any client, or secret is invalid",
        );
    }
    let body = asked.json();
    let text = |name: &str| body.get(name).and_then(|value| value.as_str()).unwrap_or("");
    if call == Call::RefreshGrant {
        // A refresh token is good for one exchange.
        if !known.refresh.remove(text("refresh_token")) {
            return refusal(422, "Refresh token is invalid or has expired");
        }
    } else if text("grant_type") != "password" {
        return refusal(422, "Parameter \"grant_type\" is missing, empty or invalid");
    } else if known.locked || text("username") != USERNAME || text("password") != PASSWORD {
        return refusal(422, "No user found for the given username and password");
    }
    known.last += 1;
    let (access, refresh) = (format!("access-{}", known.last), format!("refresh-{}", known.last));
    known.access.insert(access.clone());
    known.refresh.insert(refresh.clone());
    let body = json!({
        "access_token": access, "refresh_token": refresh, "expires_in": known.expires_in,
        "token_type": "bearer", "scope": null,
    });
    Reply::json(200, &body)
}

/// Why a request is not let in.
fn stranger(known: &Known, asked: &Asked) -> Option<Reply> {
    match asked.header("authorization").strip_prefix("Bearer ") {
        None => Some(refusal(401, "Authentication is required")),
        Some(token) if known.access.contains(token) => None,
        Some(_) => Some(refusal(401, "The access token provided has expired.")),
    }
}

fn download(known: &Known, asked: &Asked, kind: Kind, code: &str) -> Reply {
    if let Some(reply) = unroutable(asked).or_else(|| stranger(known, asked)) {
        return reply;
    }
    let code = decode(code);
    let Some((content_type, bytes)) = known.files.get(&(kind, code.clone())) else {
        return refusal(404, &format!("Media file \"{code}\" does not exist."));
    };
    let name = code.rsplit('/').next().unwrap_or("");
    Reply::new(200, content_type, bytes.clone())
        .with("content-disposition", &format!("attachment; filename=\"{}\"", name.escape_default()))
}

fn describe(known: &Known, asked: &Asked, code: &str) -> Reply {
    if let Some(reply) = unroutable(asked).or_else(|| stranger(known, asked)) {
        return reply;
    }
    let code = decode(code);
    match known.files.get(&(Kind::Product, code.clone())) {
        Some((kind, bytes)) => {
            let body = json!({"code": code, "mime_type": kind, "size": bytes.len(), "extension": "png"});
            Reply::json(200, &body)
        }
        None => refusal(404, &format!("Media file \"{code}\" does not exist.")),
    }
}

/// Web servers before PHP refuse an encoded slash.
fn unroutable(asked: &Asked) -> Option<Reply> {
    asked.path.to_uppercase().contains("%2F").then(|| Reply::new(404, "text/html", "<h1>Not Found</h1>"))
}

fn decode(code: &str) -> String {
    percent_encoding::percent_decode_str(code).decode_utf8_lossy().into_owned()
}
