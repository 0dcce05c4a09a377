//! The bearer token of the admin port: kept as a digest, and read again when its file changes, so that a rotated
//! Secret needs no restart.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwapOption;
use http::{HeaderMap, header};
use sha2::{Digest as _, Sha256};

use crate::folder::Changes;

/// Longest token file that is read, in bytes; tokens have a few dozen.
const FILE_BYTES: u64 = 64 << 10;

type TokenDigest = [u8; 32];

/// The token that `/v1/*` asks for. Cloning is cheap, and all clones are one.
#[derive(Clone, Default)]
pub(crate) struct Token(Arc<ArcSwapOption<TokenDigest>>);

/// The token file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    /// It cannot be read.
    #[error("the admin token file {path} cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// There is no token in it.
    #[error("the admin token file {path} is empty: put the token into it")]
    Empty {
        /// The file.
        path: String,
    },
}

impl Token {
    /// Asks for a token from now on; without one, for none.
    pub(crate) fn new(token: Option<&str>) -> Self {
        let this = Self::default();
        this.0.store(token.map(digest).map(Arc::new));
        this
    }

    /// Takes the token from a file. Gives whether it is another one than before.
    pub(crate) fn read(&self, path: &Path) -> Result<bool, TokenError> {
        let new = digest(&read(path)?);
        let changed = self.0.load().as_deref() != Some(&new);
        if changed {
            self.0.store(Some(Arc::new(new)));
        }
        Ok(changed)
    }

    /// Whether a request may pass.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        match &*self.0.load() {
            Some(expected) => bearer(headers).is_some_and(|given| digest(given) == **expected),
            None => true,
        }
    }

    /// Reads the file again whenever it changes. One that cannot be used keeps the token of before.
    pub(crate) async fn follow(self, path: PathBuf) {
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut changes = Changes::of(dir);
        let mut told: Option<String> = None;
        loop {
            changes.next().await;
            let (token, file) = (self.clone(), path.clone());
            match tokio::task::spawn_blocking(move || token.read(&file)).await {
                Ok(Ok(changed)) => {
                    told = None;
                    if changed {
                        tracing::info!("the admin token was replaced");
                    }
                }
                Ok(Err(error)) => {
                    let text = error.to_string();
                    if told.as_deref() != Some(text.as_str()) {
                        tracing::warn!("{text}; the token of before stays in force");
                        told = Some(text);
                    }
                }
                Err(error) => tracing::error!(%error, "the admin token was not read because of a defect"),
            }
        }
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.load().is_some() { "Token(..)" } else { "Token(none)" })
    }
}

fn read(path: &Path) -> Result<String, TokenError> {
    use std::io::Read as _;
    let shown = || path.display().to_string();
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES).read_to_string(&mut text))
        .map_err(|source| TokenError::Unreadable { path: shown(), source })?;
    match text.trim() {
        "" => Err(TokenError::Empty { path: shown() }),
        token => Ok(token.to_owned()),
    }
}

/// Digests are compared instead of tokens: how long that takes tells nothing about the token.
fn digest(token: &str) -> TokenDigest {
    Sha256::digest(token.as_bytes()).into()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())])
    }

    #[test]
    fn the_token_is_read_from_a_bearer_header_only() {
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Basic abc", None),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(bearer(&headers(value)), expected, "{value}");
        }
    }

    #[test]
    fn a_file_replaces_the_token_and_an_unusable_one_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        std::fs::write(&file, "one\n").unwrap();
        let token = Token::default();
        assert!(token.admits(&HeaderMap::new()), "without a token none is asked for");
        assert!(token.read(&file).unwrap());
        assert!(!token.read(&file).unwrap(), "nothing changed");
        assert!(token.admits(&headers("Bearer one")) && !token.admits(&headers("Bearer two")));
        std::fs::write(&file, "two").unwrap();
        assert!(token.read(&file).unwrap());
        assert!(token.admits(&headers("Bearer two")) && !token.admits(&headers("Bearer one")));
        for broken in [" \n", ""] {
            std::fs::write(&file, broken).unwrap();
            assert!(matches!(token.read(&file), Err(TokenError::Empty { .. })));
            assert!(token.admits(&headers("Bearer two")));
        }
        std::fs::remove_file(&file).unwrap();
        assert!(matches!(token.read(&file), Err(TokenError::Unreadable { .. })));
        assert!(!token.admits(&HeaderMap::new()));
    }

    #[test]
    fn a_token_is_not_shown() {
        assert_eq!(format!("{:?}", Token::new(Some("hush"))), "Token(..)");
    }
}
