//! Signing keys whose Secret cannot be used at the moment.

use imgplane_config::{Bundle, NamedKey, Record, SigningKeys};

/// Gives back to a bundle the keys that its endpoints list and that could not be read, from those that pods run. A key
/// that is listed no more is not given back: removing it ends the URLs that it signed.
pub fn keep_signing_keys(previous: &[Record<SigningKeys>], bundle: &mut Bundle) {
    for endpoint in &bundle.endpoints {
        let names = &endpoint.body.security.signing_keys;
        let find = |records: &[Record<SigningKeys>]| {
            records.iter().find(|record| record.id == endpoint.id).map(|record| record.body.keys.clone())
        };
        let read = find(&bundle.signing_keys).unwrap_or_default();
        if read.len() == names.len() {
            continue;
        }
        let before = find(previous).unwrap_or_default();
        let named = |keys: &[NamedKey], name: &str| keys.iter().find(|key| key.name == name).cloned();
        let keys: Vec<_> =
            names.iter().filter_map(|name| named(&read, name).or_else(|| named(&before, name))).collect();
        if keys == read {
            continue;
        }
        let Ok(record) = Record::new(endpoint.id.clone(), endpoint.generation, SigningKeys { keys }) else {
            continue;
        };
        bundle.signing_keys.retain(|other| other.id != endpoint.id);
        bundle.signing_keys.push(record);
    }
    bundle.signing_keys.sort_by(|a, b| a.id.cmp(&b.id));
}
