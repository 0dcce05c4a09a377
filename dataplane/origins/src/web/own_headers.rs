//! Headers that a manifest adds to requests, and how failures name them.

use http::{HeaderMap, HeaderName, HeaderValue};
use imgplane_config::{SecretHeader, WebHeader};

use crate::SetupError;

const FIELD: &str = "webFolder.headers";

/// Headers that a manifest adds to requests.
#[derive(Debug, Default)]
pub(crate) struct OwnHeaders {
    map: HeaderMap,
    /// Names of those whose value stands in the manifest, as they are spelt there.
    plain: Vec<String>,
    /// Names of those whose value stands in a Secret.
    secret: Vec<String>,
    /// The Secret; `None`: there are several.
    holder: Option<String>,
}

impl OwnHeaders {
    /// `holder` is what messages call the Secret, e.g. `Secret shop/web`. Secret values are shown nowhere.
    ///
    /// # Errors
    /// A name or value that cannot stand in a request.
    pub(crate) fn new(
        plain: &[WebHeader],
        secret: &[SecretHeader],
        holder: Option<String>,
    ) -> Result<Self, SetupError> {
        let mut headers = Self { holder, ..Self::default() };
        for WebHeader { name, value } in plain {
            headers.add(name, value, false)?;
        }
        for SecretHeader { name, value } in secret {
            headers.add(name, value.expose(), true)?;
        }
        Ok(headers)
    }

    fn add(&mut self, name: &str, value: &str, sensitive: bool) -> Result<(), SetupError> {
        let wrong =
            |what: &str| SetupError::Field { field: FIELD.to_owned(), what: format!("{name}: {what}") };
        let parsed = name.parse::<HeaderName>().map_err(|_| wrong("is no name of a header"))?;
        let mut value =
            HeaderValue::from_str(value).map_err(|_| wrong("its value cannot stand in a header"))?;
        value.set_sensitive(sensitive);
        self.map.append(parsed, value);
        let names = if sensitive { &mut self.secret } else { &mut self.plain };
        names.push(name.to_owned());
        Ok(())
    }

    /// As they go into a request.
    pub(crate) const fn map(&self) -> &HeaderMap {
        &self.map
    }

    /// Which there are and where their values stand; `None`: there are none.
    pub(crate) fn told(&self) -> Option<String> {
        let of =
            |names: &[String], source| (!names.is_empty()).then(|| format!("{} of {source}", and(names)));
        match (of(&self.secret, self.secret_source()), of(&self.plain, FIELD)) {
            (Some(secret), Some(plain)) => Some(format!("{secret}, and {plain}")),
            (one, other) => one.or(other),
        }
    }

    /// The facts of a refusal: all of them, and those that are to be corrected. Credentials stand in Secrets where
    /// there are any.
    pub(crate) fn facts(&self) -> Option<[(&'static str, String); 3]> {
        let (names, source) =
            if self.secret.is_empty() { (&self.plain, FIELD) } else { (&self.secret, self.secret_source()) };
        Some([("headers", self.told()?), ("header", and(names)), ("source", source.to_owned())])
    }

    fn secret_source(&self) -> &str {
        self.holder.as_deref().unwrap_or("the Secrets that webFolder.headers names")
    }
}

fn and(names: &[String]) -> String {
    match names {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(name: &str) -> WebHeader {
        WebHeader { name: name.to_owned(), value: "shop".to_owned() }
    }

    fn secret(name: &str) -> SecretHeader {
        SecretHeader { name: name.to_owned(), value: imgplane_config::SecretText::new("Bearer hush") }
    }

    #[test]
    fn headers_are_added_and_secret_ones_are_not_shown() {
        let headers = OwnHeaders::new(&[plain("X-Team")], &[secret("Authorization")], None).unwrap();
        assert_eq!(headers.map()["x-team"], "shop");
        assert_eq!(headers.map()["authorization"], "Bearer hush");
        assert!(!format!("{headers:?}").contains("hush"));
        let error = OwnHeaders::new(&[plain("a b")], &[], None).unwrap_err().to_string();
        assert_eq!(error, "webFolder.headers: a b: is no name of a header");
    }

    #[test]
    fn they_are_told_by_name_and_place() {
        let holder = || Some("Secret shop/web".to_owned());
        for (headers, told, to_correct) in [
            (
                OwnHeaders::new(&[], &[secret("Authorization")], holder()),
                "Authorization of Secret shop/web",
                "Authorization in Secret shop/web",
            ),
            (
                OwnHeaders::new(&[plain("X-Key")], &[], None),
                "X-Key of webFolder.headers",
                "X-Key in webFolder.headers",
            ),
            (
                OwnHeaders::new(&[plain("X-Team")], &[secret("X-A"), secret("X-B"), secret("X-C")], None),
                "X-A, X-B and X-C of the Secrets that webFolder.headers names, and X-Team of webFolder.headers",
                "X-A, X-B and X-C in the Secrets that webFolder.headers names",
            ),
        ] {
            let headers = headers.unwrap();
            let [(_, all), (_, names), (_, source)] = headers.facts().unwrap();
            assert_eq!((all.as_str(), format!("{names} in {source}").as_str()), (told, to_correct));
        }
        assert_eq!(OwnHeaders::default().facts(), None);
    }
}
