//! The tables as the guide shows them.

use super::{akeneo, azure, gcs, picture, row::Row, s3, transfer, transport, volume, web};

/// The failures of one backend.
#[derive(Debug)]
pub struct Table {
    /// Heading.
    pub title: &'static str,
    /// What messages call the origin, where the table is of one type.
    pub origin: Option<&'static str>,
    /// In the order of the guide.
    pub rows: Vec<&'static Row>,
}

/// Every failure that can be told, backend by backend.
pub fn tables() -> Vec<Table> {
    let table = |title, origin, rows: Vec<&'static Row>| Table { title, origin, rows };
    let of = |answers: &'static [Row], named: &'static [&'static Row]| {
        named.iter().copied().chain(answers).collect::<Vec<_>>()
    };
    vec![
        table("On the way to an answer", None, [transport::ROWS, transport::TLS].concat()),
        table("While the file comes", None, transfer::ROWS.to_vec()),
        table("The picture", None, picture::ROWS.to_vec()),
        table("WebFolder and WebProxy", None, of(web::ANSWERS, web::NAMED)),
        table("S3, S3Compatible and CloudinaryBackup", Some("S3"), of(s3::ANSWERS, s3::NAMED)),
        table(
            "GCS",
            Some(gcs::LABEL),
            gcs::NAMED.iter().copied().chain(gcs::ANSWERS).chain(gcs::TOKENS).collect(),
        ),
        table("AzureBlob", Some(azure::LABEL), of(azure::ANSWERS, azure::NAMED)),
        table(
            "AkeneoPIM",
            Some(akeneo::LABEL),
            akeneo::NAMED.iter().copied().chain(akeneo::ANSWERS).chain(akeneo::TOKENS).collect(),
        ),
        table("Volume", Some(volume::LABEL), volume::ROWS.to_vec()),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What may stand in braces.
    const KNOWN: [&str; 31] = [
        "origin",
        "status",
        "code",
        "what",
        "secret",
        "host",
        "advice",
        "limit",
        "read",
        "slots",
        "size",
        "bucket",
        "region",
        "asked",
        "location",
        "container",
        "account",
        "expiry",
        "start",
        "folder",
        "hops",
        "challenge",
        "retry_after",
        "headers",
        "header",
        "source",
        "secret.accessKey",
        "secret.secretKey",
        "secret.sessionToken",
        "secret.sasToken",
        "secret.accountKey",
    ];

    #[test]
    fn every_row_is_complete_and_holds_known_names_only() {
        let mut count = 0;
        for Table { title, rows, .. } in tables() {
            let mut seen = BTreeSet::new();
            for row in rows {
                count += 1;
                assert!(seen.insert(row.seen), "{title}: {} stands twice", row.seen);
                let others = row.identity.into_iter().chain(row.anonymous).flatten();
                for text in [row.message, row.meaning, row.remedy].into_iter().chain(others) {
                    assert!(!text.is_empty() && !text.ends_with('.'), "{title}: {text:?}");
                    for part in text.split('{').skip(1) {
                        let name = part.split('}').next().unwrap();
                        assert!(KNOWN.contains(&name), "{title}: {{{name}}} in {text:?}");
                    }
                }
                assert!(row.message.is_ascii() && row.message.len() < 150, "{title}: {}", row.message);
                assert!(
                    row.remedy.starts_with(|c: char| c.is_ascii_uppercase() || c == '{'),
                    "{}",
                    row.remedy
                );
            }
        }
        assert!(count >= 60, "{count} rows");
    }

    #[test]
    fn every_answer_has_a_row() {
        for rows in [
            web::ANSWERS,
            s3::ANSWERS,
            gcs::ANSWERS,
            gcs::TOKENS,
            azure::ANSWERS,
            akeneo::ANSWERS,
            akeneo::TOKENS,
        ] {
            assert!(rows.last().unwrap().is_for_all());
        }
    }
}
