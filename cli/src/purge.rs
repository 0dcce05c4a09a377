//! `imgplane purge`: makes every server forget what it keeps of a URL, and waits until they have.

use std::{
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use ureq::{Agent, tls};

use crate::{
    args::Purge,
    exit::{Exit, print},
    key,
};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(15);
/// How often it is asked how far a purge is.
const PAUSE: Duration = Duration::from_millis(500);

/// Runs the command.
pub(crate) fn run(args: &Purge) -> anyhow::Result<Exit> {
    let Some(server) = args.server.as_deref().or_else(|| scheme_and_host(&args.url)) else {
        return Ok(Exit::usage(&"this URL names no server: give one, e.g. --server https://img.example.com"));
    };
    let key = match key::read(&args.key_file) {
        Ok(text) => text,
        Err(error) => return Ok(Exit::usage(&error)),
    };
    let server = Server::new(server, &key);
    let mut wish = json!({"url": args.url});
    if args.resource {
        wish["scope"] = json!("resource");
    }
    let id = match server.ask(&wish) {
        Ok(body) => body["requestId"].as_str().unwrap_or_default().to_owned(),
        Err(error @ Trouble::NoAnswer(..)) => return Ok(Exit::usage(&error)),
        Err(error @ Trouble::Refused(_)) => return Ok(refused(&error)),
    };
    if args.wait == 0 {
        print(&format!("asked for, as {id}\n"))?;
        return Ok(Exit::Fine);
    }
    let began = Instant::now();
    let mut last = "it is pending".to_owned();
    while began.elapsed() < Duration::from_secs(args.wait) {
        match server.progress(&id) {
            Ok(body) if body["status"] == "Completed" => {
                print(&format!("purged everywhere after {:.1} s\n", began.elapsed().as_secs_f64()))?;
                return Ok(Exit::Fine);
            }
            Ok(_) => {}
            Err(error @ Trouble::Refused(_)) => return Ok(refused(&error)),
            // A server that is being replaced: the next one knows.
            Err(error @ Trouble::NoAnswer(..)) => last = error.to_string(),
        }
        thread::sleep(PAUSE);
    }
    eprintln!("not everywhere after {} s: {last}; `imgplane status` says which pods are late", args.wait);
    Ok(Exit::Problems)
}

fn refused(error: &Trouble) -> Exit {
    eprintln!("{error}");
    Exit::Problems
}

/// `https://img.example.com` of a URL.
fn scheme_and_host(url: &str) -> Option<&str> {
    let begin = url.find("://")? + 3;
    let rest = url.get(begin..)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    url.get(..begin + end).filter(|_| end > 0)
}

/// Why a server does not do what it is asked.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("refused: {0}")]
    Refused(String),
    #[error("{0} gives no answer: {1}")]
    NoAnswer(String, ureq::Error),
}

struct Server<'a> {
    agent: Agent,
    base: &'a str,
    authorization: String,
}

impl<'a> Server<'a> {
    fn new(base: &'a str, key: &str) -> Self {
        let roots = tls::TlsConfig::builder().root_certs(tls::RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .timeout_global(Some(ANSWER))
            .http_status_as_error(false)
            .tls_config(roots)
            .build();
        let authorization = format!("Basic {}", STANDARD.encode(format!("{key}:")));
        Self { agent: config.into(), base: base.trim_end_matches('/'), authorization }
    }

    fn ask(&self, wish: &Value) -> Result<Value, Trouble> {
        let request = self.agent.post(format!("{}/v1/files/purge", self.base));
        self.read(request.header("authorization", &self.authorization).send_json(wish))
    }

    fn progress(&self, id: &str) -> Result<Value, Trouble> {
        let request = self.agent.get(format!("{}/v1/files/purge/{id}", self.base));
        self.read(request.header("authorization", &self.authorization).call())
    }

    fn read(&self, answer: Result<http::Response<ureq::Body>, ureq::Error>) -> Result<Value, Trouble> {
        let mut answer = answer.map_err(|error| Trouble::NoAnswer(self.base.to_owned(), error))?;
        let status = answer.status();
        let Ok(body) = answer.body_mut().read_json::<Value>() else {
            let text = format!("{} answers {status} and no JSON: is it an imgplane server?", self.base);
            return Err(Trouble::Refused(text));
        };
        if status.is_success() {
            return Ok(body);
        }
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Err(Trouble::Refused(format!("{}. {} ({})", text("message"), text("help"), status.as_u16())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_its_server() {
        for (url, server) in [
            ("https://img.example.com/shop/a.jpg", Some("https://img.example.com")),
            ("http://127.0.0.1:8080/a.jpg*", Some("http://127.0.0.1:8080")),
            ("https://img.example.com", Some("https://img.example.com")),
            ("https://img.example.com?x", Some("https://img.example.com")),
            ("https:///a.jpg", None),
            ("/shop/a.jpg", None),
        ] {
            assert_eq!(scheme_and_host(url), server, "{url}");
        }
    }
}
