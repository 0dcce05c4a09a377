//! A row of the tables of failures: what was seen, and what is made of it. The texts are templates, filled with the
//! facts of the case.

use std::ops::RangeInclusive;

use super::{Cause, Failure};

/// What was seen, and what is made of it.
///
/// Texts may hold `{origin}` (what messages call the origin), `{status}`, `{code}` (the provider's), `{what}` (what was
/// said or happened), `{secret}` or `{secret.KEY}` (where the credentials come from), and names of facts of the
/// backend, such as `{bucket}`.
#[derive(Debug)]
pub struct Row {
    /// In the words of the guide.
    pub seen: &'static str,
    pub(super) on: On,
    /// Its class.
    pub cause: Cause,
    /// For the response.
    pub message: &'static str,
    /// For the operator: what it means; it stands after the place, and after status and code where there are any.
    pub meaning: &'static str,
    /// For the operator: what to do.
    pub remedy: &'static str,
    /// Whether the same is asked once more.
    pub repeated: bool,
    /// Whether an absent file may be meant.
    pub ambiguous: bool,
    /// Meaning and remedy where the pod's own identity asks, if they differ.
    pub identity: Option<[&'static str; 2]>,
    /// Meaning and remedy where requests are anonymous, if they differ.
    pub anonymous: Option<[&'static str; 2]>,
}

/// Who asks, for advice that differs: fresh keys help only where there are keys.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Keys of a Secret.
    #[default]
    Secret,
    /// The pod's own identity.
    Identity,
    /// Nobody in particular.
    Anonymous,
}

/// How a row recognises what it is about.
#[derive(Debug)]
pub(crate) enum On {
    /// Not by itself: whoever sees it names the row.
    Named,
    /// By status and provider code; no status or no code means any.
    Answer(&'static [RangeInclusive<u16>], &'static [&'static str]),
    /// By the first letters of the code.
    Prefix(&'static str),
}

impl On {
    fn fits(&self, status: u16, code: &str) -> bool {
        match self {
            Self::Named => false,
            Self::Answer(statuses, codes) => {
                (statuses.is_empty() || statuses.iter().any(|range| range.contains(&status)))
                    && (codes.is_empty() || codes.contains(&code))
            }
            Self::Prefix(prefix) => code.starts_with(prefix),
        }
    }
}

/// What is known of one case.
#[derive(Debug, Default)]
pub(crate) struct Facts<'a> {
    /// What messages call the origin.
    pub(crate) origin: &'a str,
    /// Where it happened, for the operator: a host, a bucket; no secrets.
    pub(crate) place: String,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<&'a str>,
    /// What was said or happened.
    pub(crate) what: String,
    /// Where credentials come from, e.g. `Secret shop/s3-media`; `None`: from the pod's own identity.
    pub(crate) secret: Option<&'a str>,
    pub(crate) by: By,
    /// Further facts by name.
    pub(crate) more: Vec<(&'static str, String)>,
}

impl Row {
    /// The row that is written in a table.
    pub(super) const fn new(
        seen: &'static str,
        on: On,
        cause: Cause,
        [message, meaning, remedy]: [&'static str; 3],
    ) -> Self {
        Self {
            seen,
            on,
            cause,
            message,
            meaning,
            remedy,
            repeated: false,
            ambiguous: false,
            identity: None,
            anonymous: None,
        }
    }

    /// What it is about may pass when it is asked once more.
    pub(super) const fn repeated(mut self) -> Self {
        self.repeated = true;
        self
    }

    /// It may mean no more than an absent file.
    pub(super) const fn or_absent(mut self) -> Self {
        self.ambiguous = true;
        self
    }

    /// Meaning and remedy where the pod's own identity asks.
    pub(super) const fn for_identity(mut self, texts: [&'static str; 2]) -> Self {
        self.identity = Some(texts);
        self
    }

    /// Meaning and remedy where requests are anonymous.
    pub(super) const fn for_anonymous(mut self, texts: [&'static str; 2]) -> Self {
        self.anonymous = Some(texts);
        self
    }

    /// Meaning and remedy for who asks.
    fn texts(&self, by: By) -> [&'static str; 2] {
        let own = match by {
            By::Secret => None,
            By::Identity => self.identity,
            By::Anonymous => self.anonymous,
        };
        own.unwrap_or([self.meaning, self.remedy])
    }

    /// The failure in a case.
    pub(crate) fn failure(&self, facts: &Facts<'_>) -> Failure {
        let [meaning, remedy] = self.texts(facts.by).map(|text| facts.fill(text));
        let answer = match (facts.status, facts.code) {
            (Some(status), Some(code)) => format!("{status} {code} from "),
            (Some(status), None) => format!("{status} from "),
            (None, _) => String::new(),
        };
        let place = match (answer.as_str(), facts.place.as_str()) {
            ("", "") => String::new(),
            ("", place) => format!("{place}: "),
            (answer, "") => format!("{answer}{}: ", facts.origin),
            (answer, place) => format!("{answer}{place}: "),
        };
        Failure {
            ambiguous: self.ambiguous,
            http_status: facts.status,
            provider_code: facts.code.map(str::to_owned),
            may_be_repeated: self.repeated,
            ..Failure::new(self.cause, facts.fill(self.message), format!("{place}{meaning}"), remedy)
        }
    }
}

/// The first row that fits an answer. The last row of every table fits all.
pub(crate) fn of_answer(rows: &'static [Row], status: u16, code: &str) -> &'static Row {
    rows.iter().find(|row| row.on.fits(status, code)).unwrap_or(&super::transport::NOT_HTTP)
}

impl Row {
    /// Whether it fits every answer.
    #[cfg(test)]
    pub(super) const fn is_for_all(&self) -> bool {
        matches!(self.on, On::Answer([], []))
    }
}

impl Facts<'_> {
    fn fill(&self, template: &str) -> String {
        let mut filled = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            filled.push_str(&self.value(name));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, name: &str) -> String {
        if let Some(key) = name.strip_prefix("secret.") {
            return match self.secret {
                Some(secret) => format!("{secret} key {key}"),
                None => IDENTITY.to_owned(),
            };
        }
        match name {
            "origin" => self.origin.to_owned(),
            "status" => self.status.map(|status| status.to_string()).unwrap_or_default(),
            "code" => self.code.unwrap_or_default().to_owned(),
            // The table of the guide has no sentence for what a provider says in its own.
            "what" => self.what.trim_end_matches(['.', ' ']).to_owned(),
            "secret" => self.secret.unwrap_or(IDENTITY).to_owned(),
            _ => self
                .more
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.clone())
                .unwrap_or_default(),
        }
    }
}

/// Where credentials come from that no Secret holds.
const IDENTITY: &str = "the pod's workload identity";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_with_the_facts_of_the_case() {
        let row = Row::new(
            "403",
            On::Answer(&[403..=403], &["Bad"]),
            Cause::CredentialsInvalid,
            ["{origin} said {code}", "the key in {secret.accessKey} is {what}", "Replace {secret}"],
        );
        let mut facts = Facts {
            origin: "S3",
            place: "s3.example for bucket b".to_owned(),
            status: Some(403),
            code: Some("Bad"),
            what: "unknown.".to_owned(),
            secret: Some("Secret shop/keys"),
            by: By::Secret,
            more: Vec::new(),
        };
        let failure = row.failure(&facts);
        assert_eq!(failure.to_string(), "EACCES - S3 said Bad");
        assert_eq!(
            failure.detail,
            "403 Bad from s3.example for bucket b: the key in Secret shop/keys key accessKey is unknown"
        );
        assert_eq!(failure.remedy, "Replace Secret shop/keys");
        facts.secret = None;
        assert_eq!(row.failure(&facts).remedy, "Replace the pod's workload identity");
    }

    #[test]
    fn advice_is_for_who_asks_where_it_differs() {
        let row = Row::new("403", On::Named, Cause::AccessDenied, ["m", "no right", "Replace the key"]);
        let told = |row: &Row, by| row.failure(&Facts { by, ..Facts::default() }).explanation();
        assert_eq!(told(&row, By::Anonymous), "no right. Replace the key");
        let row =
            row.for_identity(["no role", "Give a role"]).for_anonymous(["not public", "Make it public"]);
        for (by, expected) in [
            (By::Secret, "no right. Replace the key"),
            (By::Identity, "no role. Give a role"),
            (By::Anonymous, "not public. Make it public"),
        ] {
            assert_eq!(told(&row, by), expected);
        }
    }

    #[test]
    fn a_row_fits_by_status_code_or_the_first_letters_of_the_code() {
        let answer = |statuses, codes| On::Answer(statuses, codes);
        for (on, status, code, expected) in [
            (answer(&[403..=403], &[]), 403, "x", true),
            (answer(&[500..=599], &[]), 503, "", true),
            (answer(&[], &["a", "b"]), 400, "b", true),
            (answer(&[404..=404], &["a"]), 403, "a", false),
            (On::Prefix("KMS."), 400, "KMS.Disabled", true),
            (On::Prefix("KMS."), 400, "KMSX", false),
            (On::Named, 403, "", false),
        ] {
            assert_eq!(on.fits(status, code), expected, "{on:?} {status} {code}");
        }
    }
}
