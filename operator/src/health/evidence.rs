//! One class of failure, from one pod or merged over many, made fit for a status.
//!
//! Reports come from pods that others may run: whatever they say is cut to size, and only plain words become codes.

use std::{borrow::Cow, cmp::Ordering};

use imgplane_config::report::ErrorSample;
use imgplane_crds::LastError;
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

/// Longest code or reason, in bytes, as the definition of the status bounds it.
const WORD: usize = 64;
/// Longest code of a provider, in characters.
const PROVIDER_CODE: usize = 128;
/// Longest message and path, in characters.
const TEXT: usize = 1024;

/// What stands in place of a code that is none.
const UNIDENTIFIED: &str = "UNIDENTIFIED";

/// One class of failure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trouble {
    pub(super) code: String,
    pub(super) reason: Option<String>,
    http_status: Option<u16>,
    provider_code: Option<String>,
    ambiguous: bool,
    pub(super) message: String,
    sample_path: Option<String>,
    first_seen: u64,
    last_seen: u64,
    pub(super) count: u64,
    pods: usize,
}

/// What makes two failures the same class.
type Class = (String, Option<String>, Option<u16>, Option<String>);

/// What happened, and what to do about it. Older pods say both in one.
fn told(sample: &ErrorSample) -> Cow<'_, str> {
    let ErrorSample { message, remedy, .. } = sample;
    if remedy.is_empty() { Cow::Borrowed(message) } else { Cow::Owned(format!("{message}: {remedy}")) }
}

impl Trouble {
    pub(super) fn of(sample: &ErrorSample) -> Self {
        Self {
            code: word(&sample.code).unwrap_or_else(|| UNIDENTIFIED.to_owned()),
            reason: word(&sample.reason),
            http_status: sample.http_status.filter(|status| *status < 1000),
            provider_code: sample.provider_code.as_deref().map(|code| text(code, PROVIDER_CODE)),
            ambiguous: sample.ambiguous,
            message: text(&told(sample), TEXT),
            sample_path: Some(text(&sample.sample_path, TEXT)).filter(|path| !path.is_empty()),
            first_seen: sample.first_seen,
            last_seen: sample.last_seen,
            count: sample.count,
            pods: 1,
        }
    }

    /// Whether the origin may have meant that there is no such file.
    pub(super) const fn is_ambiguous(&self) -> bool {
        self.ambiguous
    }

    pub(super) fn class(&self) -> Class {
        (self.code.clone(), self.reason.clone(), self.http_status, self.provider_code.clone())
    }

    /// Adds what another pod saw of the same class.
    pub(super) fn merge(&mut self, other: &Self) {
        if other.last_seen > self.last_seen {
            self.message.clone_from(&other.message);
            self.sample_path.clone_from(&other.sample_path);
        }
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.count = self.count.saturating_add(other.count);
        self.ambiguous &= other.ambiguous;
        self.pods += other.pods;
    }

    /// What says most comes first: what is certain, then the order of codes, then the most frequent.
    pub(super) fn worst_first(&self, other: &Self) -> Ordering {
        let rank = |trouble: &Self| (trouble.ambiguous, rank(&trouble.code));
        rank(self)
            .cmp(&rank(other))
            .then_with(|| other.count.cmp(&self.count))
            .then_with(|| self.class().cmp(&other.class()))
    }

    /// `CODE_Word`; the code alone where a pod does not know the word.
    pub(super) fn condition_reason(&self) -> String {
        match &self.reason {
            Some(reason) => format!("{}_{reason}", self.code),
            None => self.code.clone(),
        }
    }

    pub(super) fn last_error(&self) -> LastError {
        LastError {
            code: self.code.clone(),
            reason: self.reason.clone(),
            message: self.message.clone(),
            http_status: self.http_status,
            provider_code: self.provider_code.clone(),
            sample_path: self.sample_path.clone(),
            first_seen: time(self.first_seen),
            last_seen: time(self.last_seen),
            count: i64::try_from(self.count).unwrap_or(i64::MAX),
            pods: i32::try_from(self.pods).unwrap_or(i32::MAX),
        }
    }
}

/// Codes from the worst, as the data plane ranks them.
fn rank(code: &str) -> u8 {
    match code {
        "EACCES" => 0,
        "ECONNREFUSED" => 1,
        UNIDENTIFIED => 2,
        "ELIMIT" => 3,
        "ENOENT" => 4,
        _ => 5,
    }
}

/// A plain word, as conditions take it for a reason.
fn word(text: &str) -> Option<String> {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
        && text.len() <= WORD;
    plain.then(|| text.to_owned())
}

/// Text on one line and of bounded length.
fn text(text: &str, most: usize) -> String {
    text.chars().take(most).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn time(unix_seconds: u64) -> Time {
    let seconds = i64::try_from(unix_seconds).unwrap_or(i64::MAX);
    Time(Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH))
}
