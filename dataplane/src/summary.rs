//! What this pod says of itself, ready to be read without waiting for a reload that runs.

use std::{collections::BTreeMap, sync::Arc};

use imgplane_config::{
    Hash, ObjectId, SCHEMA_VERSION,
    report::{OriginHealth, RecordState, Report},
};
use imgplane_origins::Origin;
use serde::Deserialize;

/// The state of records and origins after the last load.
#[derive(Debug, Clone, Default)]
pub(crate) struct Summary {
    /// Hash of the config that was loaded last.
    pub(crate) hash: Option<Hash>,
    /// Why the last config could not be used as a whole.
    pub(crate) error: Option<String>,
    /// Every record that runs or was refused.
    pub(crate) records: Arc<[RecordState]>,
    /// How many of them do not run as written.
    pub(crate) refused: usize,
    /// Every origin that is open.
    pub(crate) origins: Arc<BTreeMap<ObjectId, Running>>,
}

/// An origin that is open.
#[derive(Debug)]
pub(crate) struct Running {
    /// Its settings and credential as one hash.
    pub(crate) revision: Hash,
    /// It.
    pub(crate) origin: Arc<Origin>,
}

/// What a report is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Which records it lists.
    #[serde(default)]
    records: Listed,
    /// Which origins it tells of.
    #[serde(default)]
    origins: Told,
}

/// Which origins a report tells of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Told {
    /// All that were asked for files.
    #[default]
    All,
    /// None: ten thousand of them that fail are some megabytes, and who asks for purges wants to read every second.
    None,
}

/// Which records a report lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Listed {
    /// All of them.
    #[default]
    All,
    /// Those that do not run as written: what an operator of ten thousand endpoints wants to read every second.
    Refused,
}

impl Summary {
    /// Whether everything of the config that was loaded last runs as written.
    pub(crate) fn is_settled(&self) -> bool {
        self.hash.is_some() && self.error.is_none() && self.refused == 0
    }

    /// The report. Looks into the window of every origin, which is too much work for threads that move bytes.
    pub(crate) fn report(&self, asked: Asked, tls_error: Option<String>) -> Report {
        let records = match asked.records {
            Listed::All => self.records.to_vec(),
            Listed::Refused => self.refused().cloned().collect(),
        };
        Report {
            schema_version: SCHEMA_VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            config_hash: self.hash.clone(),
            config_error: self.error.clone(),
            settled: self.is_settled(),
            tls_error,
            records,
            origins: match asked.origins {
                Told::All => self.fare(),
                Told::None => Vec::new(),
            },
            purges: Vec::new(),
            cache_error: None,
            store_error: None,
            store_purged: None,
        }
    }

    /// How origins fare that were asked for files.
    fn fare(&self) -> Vec<OriginHealth> {
        let origins = self.origins.values().map(|running| running.origin.health());
        origins.filter(|health| health.requests > 0).collect()
    }

    /// Writes what changed to the log.
    pub(crate) fn log(&self) {
        for record in self.refused() {
            tracing::warn!(
                kind = record.kind.name(),
                id = %record.id,
                reason = record.refused.as_ref().map(|refused| refused.reason.as_str()),
                last_good_runs = record.running.is_some(),
                "a record was refused"
            );
        }
        tracing::info!(
            hash = self.hash.as_ref().map(tracing::field::display),
            records = self.records.len(),
            refused = self.refused,
            "a config was applied"
        );
    }

    fn refused(&self) -> impl Iterator<Item = &RecordState> {
        self.records.iter().filter(|record| record.refused.is_some())
    }
}
