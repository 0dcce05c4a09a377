//! Records as files: compressed JSON shards that fit a ConfigMap or Secret, and an index that seals them.
//!
//! ```text
//! index.json                  schema version, hash of each shard
//! config-00.json.gz ...       data plane, endpoints, origins
//! credentials-00.json.gz ...  credentials and signing keys, and nothing else
//! ```
//!
//! A shard is a JSON array of entries. Every entry is parsed on its own: one that cannot be read is a
//! [`Refusal`] of that object alone.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{Bundle, Hash, Kind, Loaded, ObjectId, Record, Refusal};

/// Version of this format. A pod refuses an index of another one and keeps what it runs.
pub const SCHEMA_VERSION: u32 = 1;

/// Largest compressed shard in bytes: below the 1 MiB of a ConfigMap, with room for its metadata and base64.
const SHARD_BYTES: usize = 600 << 10;
/// Most shards of each of the two sorts, which is as many as a pod mounts.
pub const SHARDS: usize = 16;
/// Largest uncompressed shard that is read, in bytes: what a hostile or broken file may cost.
const MAX_INFLATED: u64 = 64 << 20;

/// File name of the index.
const INDEX: &str = "index.json";

/// Files as they lie in the mounted folder: those for ConfigMaps and those for Secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileSet {
    /// Index and config shards, by file name.
    pub config: BTreeMap<String, Vec<u8>>,
    /// Credential shards, by file name.
    pub secret: BTreeMap<String, Vec<u8>>,
}

/// The records do not fit into the shards that a pod mounts.
#[derive(Debug, thiserror::Error)]
pub enum TooLarge {
    /// More shards than are mounted.
    #[error(
        "the {sort} records need more than {SHARDS} shards of {SHARD_BYTES} bytes; use several DataPlanes"
    )]
    Shards {
        /// `config` or `credentials`.
        sort: &'static str,
    },
    /// A record cannot be written.
    #[error("a record could not be written: {0}")]
    Write(#[from] std::io::Error),
    /// A record cannot be written as JSON.
    #[error("a record could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// The folder as a whole cannot be read; what runs goes on running.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No index.
    #[error("{INDEX} is missing")]
    NoIndex,
    /// The index is not what this version writes.
    #[error("{INDEX} cannot be read: {0}")]
    BadIndex(String),
    /// Written for another version of the data plane.
    #[error(
        "{INDEX} has schema version {found}, this data plane reads {SCHEMA_VERSION}: run matching versions"
    )]
    Version {
        /// The version found.
        found: u32,
    },
    /// A shard that the index names is missing, cut or from another write.
    #[error("{name} {what}")]
    Shard {
        /// File name.
        name: String,
        /// What is wrong with it.
        what: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Index {
    schema_version: u32,
    hash: Hash,
    shards: BTreeMap<String, Hash>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    kind: Kind,
    id: ObjectId,
    generation: i64,
    hash: Hash,
    body: Box<RawValue>,
}

impl FileSet {
    /// Hash of the whole set, as its index names it and as pods report it; absent when there is no readable index.
    pub fn hash(&self) -> Option<Hash> {
        let index: Index = serde_json::from_slice(self.config.get(INDEX)?).ok()?;
        Some(index.hash)
    }

    /// Writes a bundle. The same bundle gives the same bytes.
    ///
    /// # Errors
    /// [`TooLarge`] when the records need more shards than a pod mounts.
    pub fn write(bundle: &Bundle) -> Result<Self, TooLarge> {
        let mut config = vec![entry(Kind::DataPlane, &bundle.data_plane)?];
        for record in &bundle.endpoints {
            config.push(entry(Kind::UrlEndpoint, record)?);
        }
        for record in &bundle.origins {
            config.push(entry(Kind::Origin, record)?);
        }
        let credentials = bundle.credentials.iter().map(|record| entry(Kind::Credential, record));
        let keys = bundle.signing_keys.iter().map(|record| entry(Kind::SigningKeys, record));
        let credentials = credentials.chain(keys).collect::<Result<Vec<_>, _>>()?;

        let mut files =
            Self { config: shards("config", &config)?, secret: shards("credentials", &credentials)? };
        let shards: BTreeMap<_, _> = files
            .config
            .iter()
            .chain(&files.secret)
            .map(|(name, bytes)| (name.clone(), Hash::of(bytes)))
            .collect();
        let hash = Hash::of(&serde_json::to_vec(&shards)?);
        let index = Index { schema_version: SCHEMA_VERSION, hash, shards };
        files.config.insert(INDEX.to_owned(), serde_json::to_vec_pretty(&index)?);
        Ok(files)
    }

    /// The hash that the index of a set of files names, without reading the rest.
    ///
    /// # Errors
    /// As [`FileSet::read`] where the index is the reason.
    pub fn peek(mut file: impl FnMut(&str) -> Option<Vec<u8>>) -> Result<Hash, ReadError> {
        read_index(&mut file).map(|index| index.hash)
    }

    /// Reads files by name, e.g. from the mounted folder.
    ///
    /// # Errors
    /// [`ReadError`] when the set as a whole is unusable: nothing of it may then be taken, because parts of
    /// two writes would mix. A record that cannot be read is no error but an entry of [`Loaded::refused`].
    pub fn read(mut file: impl FnMut(&str) -> Option<Vec<u8>>) -> Result<Loaded, ReadError> {
        let index = read_index(&mut file)?;
        let mut loaded = Loaded { hash: Some(index.hash), ..Loaded::default() };
        for (name, hash) in index.shards {
            let shard = |what: &str| ReadError::Shard { name: name.clone(), what: what.to_owned() };
            let bytes = file(&name).ok_or_else(|| shard("is missing"))?;
            if Hash::of(&bytes) != hash {
                return Err(shard("is not the one that the index names"));
            }
            let text = inflate(&bytes).map_err(|error| shard(&format!("cannot be unpacked: {error}")))?;
            let entries: Vec<Entry> = serde_json::from_slice(&text)
                .map_err(|error| shard(&format!("is not a list of records: {error}")))?;
            let secret = name.starts_with("credentials");
            for entry in entries {
                take(&entry, secret, &mut loaded);
            }
        }
        Ok(loaded)
    }
}

fn entry<T: Serialize>(kind: Kind, record: &Record<T>) -> Result<Entry, serde_json::Error> {
    Ok(Entry {
        kind,
        id: record.id.clone(),
        generation: record.generation,
        hash: record.hash.clone(),
        body: serde_json::value::to_raw_value(&record.body)?,
    })
}

/// Sorts one entry into the result, or notes why it cannot be used.
fn take(entry: &Entry, secret: bool, loaded: &mut Loaded) {
    let refuse = |entry: &Entry, reason: String| Refusal {
        kind: entry.kind,
        id: entry.id.clone(),
        generation: entry.generation,
        hash: entry.hash.clone(),
        reason,
    };
    if secret != entry.kind.is_secret() {
        loaded.refused.push(refuse(entry, "stands in a file of the wrong sort".to_owned()));
        return;
    }
    let outcome = match entry.kind {
        Kind::DataPlane => parse(entry).map(|record| loaded.data_plane = Some(record)),
        Kind::UrlEndpoint => parse(entry).map(|record| loaded.endpoints.push(record)),
        Kind::Origin => parse(entry).map(|record| loaded.origins.push(record)),
        // serde's message may quote the text it read, so that of a secret is replaced.
        Kind::Credential => parse(entry)
            .map(|record| loaded.credentials.push(record))
            .map_err(|_| "the credential record does not have the expected fields".to_owned()),
        Kind::SigningKeys => parse(entry)
            .map(|record| loaded.signing_keys.push(record))
            .map_err(|_| "the record of the signing keys does not have the expected fields".to_owned()),
    };
    if let Err(reason) = outcome {
        loaded.refused.push(refuse(entry, reason));
    }
}

fn read_index(file: &mut impl FnMut(&str) -> Option<Vec<u8>>) -> Result<Index, ReadError> {
    let text = file(INDEX).ok_or(ReadError::NoIndex)?;
    let bad = |error: serde_json::Error| ReadError::BadIndex(error.to_string());
    // The version first: another one may have any other form.
    let any: serde_json::Value = serde_json::from_slice(&text).map_err(bad)?;
    let found = any.get("schemaVersion").and_then(serde_json::Value::as_u64).unwrap_or(0);
    if found != u64::from(SCHEMA_VERSION) {
        return Err(ReadError::Version { found: u32::try_from(found).unwrap_or(u32::MAX) });
    }
    serde_json::from_value(any).map_err(bad)
}

fn parse<T: DeserializeOwned>(entry: &Entry) -> Result<Record<T>, String> {
    let body = serde_json::from_str(entry.body.get()).map_err(|error| error.to_string())?;
    Ok(Record { id: entry.id.clone(), generation: entry.generation, hash: entry.hash.clone(), body })
}

/// Packs entries, in order, into shards within the bound.
fn shards(sort: &'static str, entries: &[Entry]) -> Result<BTreeMap<String, Vec<u8>>, TooLarge> {
    let mut files = BTreeMap::new();
    let mut rest = entries;
    while !rest.is_empty() {
        if files.len() == SHARDS {
            return Err(TooLarge::Shards { sort });
        }
        let (taken, bytes) = largest_fit(sort, rest)?;
        files.insert(format!("{sort}-{:02}.json.gz", files.len()), bytes);
        rest = rest.get(taken..).unwrap_or_default();
    }
    Ok(files)
}

/// The longest run of entries, by halving, whose shard is within the bound.
fn largest_fit(sort: &'static str, entries: &[Entry]) -> Result<(usize, Vec<u8>), TooLarge> {
    let mut count = entries.len();
    loop {
        let bytes = deflate(&serde_json::to_vec(entries.get(..count).unwrap_or_default())?)?;
        if bytes.len() <= SHARD_BYTES {
            return Ok((count, bytes));
        }
        if count <= 1 {
            return Err(TooLarge::Shards { sort });
        }
        count = (count * SHARD_BYTES / bytes.len()).clamp(1, count - 1);
    }
}

fn deflate(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text)?;
    encoder.finish()
}

fn inflate(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    GzDecoder::new(bytes).take(MAX_INFLATED).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Credential, DataPlaneConfig, EndpointConfig, NamedKey, SecretText, SigningKeys};

    fn endpoint(name: &str) -> Record<EndpointConfig> {
        let body: EndpointConfig =
            serde_json::from_value(serde_json::json!({"account": "shop", "prefix": name})).unwrap();
        Record::new(ObjectId::new("shop", name), 3, body).unwrap()
    }

    fn bundle(endpoints: usize) -> Bundle {
        let data_plane =
            DataPlaneConfig { hosts: vec!["img.example.com".into()], ..DataPlaneConfig::default() };
        let credential = Credential::S3 {
            access_key: SecretText::new("AKIA"),
            secret_key: SecretText::new("hush"),
            session_token: None,
        };
        let keys = SigningKeys {
            keys: vec![NamedKey { name: "url-keys/privateKey".into(), value: SecretText::new("quiet") }],
        };
        Bundle {
            data_plane: Record::new(ObjectId::new("imgplane-system", "default"), 1, data_plane).unwrap(),
            endpoints: (0..endpoints).map(|i| endpoint(&format!("e{i:05}"))).collect(),
            origins: vec![],
            credentials: vec![Record::new(ObjectId::new("shop", "media"), 2, credential).unwrap()],
            signing_keys: vec![Record::new(ObjectId::new("shop", "e00000"), 3, keys).unwrap()],
        }
    }

    fn read(files: &FileSet) -> Result<Loaded, ReadError> {
        FileSet::read(|name| files.config.get(name).or_else(|| files.secret.get(name)).cloned())
    }

    #[test]
    fn a_bundle_survives_its_files() {
        let bundle = bundle(3);
        let files = FileSet::write(&bundle).unwrap();
        let loaded = read(&files).unwrap();
        assert_eq!(loaded.data_plane.as_ref(), Some(&bundle.data_plane));
        assert_eq!(loaded.endpoints, bundle.endpoints);
        assert_eq!(loaded.credentials, bundle.credentials);
        assert_eq!(loaded.signing_keys, bundle.signing_keys);
        assert!(loaded.refused.is_empty());
        assert_eq!(files, FileSet::write(&bundle).unwrap(), "the same bundle gives the same bytes");
        assert_eq!(files.hash(), loaded.hash, "a pod reports the hash that the writer knows");
        let peeked = FileSet::peek(|name| files.config.get(name).cloned()).unwrap();
        assert_eq!(Some(peeked), loaded.hash, "the index alone tells it");
    }

    #[test]
    fn secrets_stand_only_in_secret_files() {
        let files = FileSet::write(&bundle(1)).unwrap();
        for (name, bytes) in &files.config {
            let text = if name == INDEX { bytes.clone() } else { inflate(bytes).unwrap() };
            let text = String::from_utf8_lossy(&text);
            assert!(!text.contains("hush") && !text.contains("quiet"), "{name} holds a secret value");
        }
        let secret = inflate(&files.secret["credentials-00.json.gz"]).unwrap();
        let secret = String::from_utf8_lossy(&secret);
        assert!(secret.contains("hush") && secret.contains("quiet"));
        assert_eq!(format!("{:?}", SecretText::new("hush")), "SecretText(..)");
    }

    #[test]
    fn one_bad_record_is_refused_alone() {
        let mut files = FileSet::write(&bundle(3)).unwrap();
        let text = String::from_utf8(inflate(&files.config["config-00.json.gz"]).unwrap()).unwrap();
        let broken = text.replace(r#""prefix":"e00001""#, r#""prefix":7"#);
        assert_ne!(text, broken);
        rewrite(&mut files, "config-00.json.gz", &broken);
        let loaded = read(&files).unwrap();
        assert_eq!(loaded.endpoints.len(), 2);
        assert_eq!(loaded.refused.len(), 1);
        assert_eq!(loaded.refused[0].id, ObjectId::new("shop", "e00001"));
        assert!(loaded.refused[0].reason.contains("invalid type"), "{}", loaded.refused[0].reason);
    }

    #[test]
    fn parts_of_two_writes_never_mix() {
        let mut files = FileSet::write(&bundle(3)).unwrap();
        let other = FileSet::write(&bundle(4)).unwrap();
        files.config.insert("config-00.json.gz".into(), other.config["config-00.json.gz"].clone());
        assert!(matches!(read(&files), Err(ReadError::Shard { .. })));
        files.config.remove("config-00.json.gz");
        assert!(matches!(read(&files), Err(ReadError::Shard { .. })));
        assert!(matches!(FileSet::read(|_| None), Err(ReadError::NoIndex)));
    }

    #[test]
    fn a_bad_record_of_keys_is_refused_without_showing_any() {
        let mut files = FileSet::write(&bundle(1)).unwrap();
        let name = "credentials-00.json.gz";
        let text = String::from_utf8(inflate(&files.secret[name]).unwrap()).unwrap();
        let broken = text.replace(r#""keys":["#, r#""keyz":["#);
        assert_ne!(text, broken);
        let bytes = deflate(broken.as_bytes()).unwrap();
        let mut index: Index = serde_json::from_slice(&files.config[INDEX]).unwrap();
        index.shards.insert(name.to_owned(), Hash::of(&bytes));
        files.config.insert(INDEX.to_owned(), serde_json::to_vec(&index).unwrap());
        files.secret.insert(name.to_owned(), bytes);
        let loaded = read(&files).unwrap();
        assert_eq!((loaded.signing_keys.len(), loaded.credentials.len()), (0, 1));
        let [refused] = &loaded.refused[..] else { panic!("{:?}", loaded.refused) };
        assert_eq!((refused.kind, refused.id.name.as_str()), (Kind::SigningKeys, "e00000"));
        assert!(!refused.reason.contains("quiet"), "{}", refused.reason);
    }

    #[test]
    fn another_schema_version_is_refused_with_advice() {
        let mut files = FileSet::write(&bundle(1)).unwrap();
        let index = String::from_utf8(files.config[INDEX].clone()).unwrap();
        files
            .config
            .insert(INDEX.into(), index.replace("\"schemaVersion\": 1", "\"schemaVersion\": 9").into_bytes());
        let error = read(&files).unwrap_err().to_string();
        assert!(error.contains("schema version 9"), "{error}");
    }

    #[test]
    fn many_records_are_split_within_the_bound_and_come_back_whole() {
        let entries: Vec<Entry> = (0..2_000_u64)
            .map(|i| {
                // Incompressible filler, so that the split is exercised without a gigantic test.
                let filler: String =
                    (0..40).map(|k| Hash::of(&(i * 64 + k).to_le_bytes()).to_string()).collect();
                Entry {
                    kind: Kind::Origin,
                    id: ObjectId::new("n", i.to_string()),
                    generation: 0,
                    hash: Hash::of(b""),
                    body: serde_json::value::to_raw_value(&filler).unwrap(),
                }
            })
            .collect();
        let files = shards("config", &entries).unwrap();
        assert!(files.len() > 1);
        let mut count = 0;
        for bytes in files.values() {
            assert!(bytes.len() <= SHARD_BYTES);
            count += serde_json::from_slice::<Vec<Entry>>(&inflate(bytes).unwrap()).unwrap().len();
        }
        assert_eq!(count, entries.len());
    }

    fn rewrite(files: &mut FileSet, name: &str, text: &str) {
        let bytes = deflate(text.as_bytes()).unwrap();
        let mut index: Index = serde_json::from_slice(&files.config[INDEX]).unwrap();
        index.shards.insert(name.to_owned(), Hash::of(&bytes));
        files.config.insert(INDEX.to_owned(), serde_json::to_vec(&index).unwrap());
        files.config.insert(name.to_owned(), bytes);
    }
}
