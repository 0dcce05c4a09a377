//! Decodes the data of Secrets and ConfigMaps. No message of this file ever holds a value.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::finding::{Finding, Severity};

use super::Object;

/// The entries of a Secret: `data` decoded, then `stringData`, which wins.
pub(super) fn of_secret(object: &Object, findings: &mut Vec<Finding>) -> BTreeMap<String, Vec<u8>> {
    let sections = [("data", true), ("stringData", false)];
    data(object, sections, "SecretMalformed", "stringData, which takes plain text", findings)
}

/// The entries of a ConfigMap: `data`, and `binaryData` decoded.
pub(super) fn of_config_map(object: &Object, findings: &mut Vec<Finding>) -> BTreeMap<String, Vec<u8>> {
    let sections = [("data", false), ("binaryData", true)];
    data(object, sections, "Invalid", "data, which takes plain text", findings)
}

/// The entries of sections, each encoded or not; a later one wins.
fn data(
    object: &Object,
    sections: [(&str, bool); 2],
    reason: &str,
    plain: &str,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, Vec<u8>> {
    let mut entries = BTreeMap::new();
    let mut refuse = |field: &str, message: &str| {
        findings.push(object.finding(Severity::Error, field, reason, message));
    };
    for (section, encoded) in sections {
        let map = match object.value.get(section) {
            None | Some(Value::Null) => continue,
            Some(Value::Object(map)) => map,
            Some(_) => {
                refuse(section, "must be a map of keys to text");
                continue;
            }
        };
        for (key, value) in map {
            let field = format!("{section}[\"{key}\"]");
            match (value, encoded) {
                (Value::String(text), false) => {
                    entries.insert(key.clone(), text.clone().into_bytes());
                }
                (Value::String(text), true) => {
                    // Line breaks are what `base64` without `-w0` leaves behind; the API server takes them as well.
                    let packed: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
                    match STANDARD.decode(packed) {
                        Ok(bytes) => {
                            entries.insert(key.clone(), bytes);
                        }
                        Err(_) => {
                            refuse(
                                &field,
                                &format!("is not base64; encode the value, or move it to {plain}"),
                            );
                        }
                    }
                }
                (Value::Null, _) => {
                    entries.insert(key.clone(), Vec::new());
                }
                (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_), _) => {
                    refuse(&field, "must be text; put it in quotes");
                }
            }
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{
        super::{object::extract, yaml},
        *,
    };

    fn read(text: &str) -> (BTreeMap<String, Vec<u8>>, Vec<String>) {
        read_as("Secret", of_secret, text)
    }

    fn read_as(
        kind: &str,
        data: fn(&Object, &mut Vec<Finding>) -> BTreeMap<String, Vec<u8>>,
        text: &str,
    ) -> (BTreeMap<String, Vec<u8>>, Vec<String>) {
        let (mut objects, mut findings) = (Vec::new(), Vec::new());
        let text = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: s}}\n{text}");
        for document in yaml::documents(&text) {
            extract(Path::new("m.yaml"), document.unwrap(), &mut objects, &mut findings);
        }
        let entries = data(&objects[0], &mut findings);
        (entries, findings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn data_is_decoded_and_string_data_wins() {
        let (entries, findings) =
            read("data:\n  a: |\n    aHVz\n    aA==\n  b: aHVzaA==\nstringData: {b: plain}\n");
        assert_eq!(findings, Vec::<String>::new());
        assert_eq!(entries["a"], b"hush");
        assert_eq!(entries["b"], b"plain");
    }

    #[test]
    fn a_config_map_has_text_and_encoded_values() {
        let (entries, findings) =
            read_as("ConfigMap", of_config_map, "data: {ca.crt: pem}\nbinaryData: {b: aHVzaA==, c: '!'}\n");
        assert_eq!(entries["ca.crt"], b"pem");
        assert_eq!(entries["b"], b"hush");
        assert!(findings.len() == 1 && findings[0].contains("binaryData[\"c\"]"), "{findings:?}");
    }

    #[test]
    fn mistakes_name_the_key_and_never_the_value() {
        for (text, field, word) in [
            ("data: {key: 'topsecret!'}", "data[\"key\"]", "stringData"),
            ("stringData: {key: 12345}", "stringData[\"key\"]", "quotes"),
            ("data: topsecret", "data", "map"),
        ] {
            let (_, findings) = read(text);
            assert_eq!(findings.len(), 1, "{text}");
            assert!(findings[0].contains(field) && findings[0].contains(word), "{findings:?}");
            assert!(!findings[0].contains("topsecret") && !findings[0].contains("12345"), "{findings:?}");
        }
    }
}
