//! Which query parameters are ours and which go to web origins.

/// The raw query, sorted.
#[derive(Debug, Default)]
pub(super) struct Query<'a> {
    /// Raw values of every `tr`, in order.
    pub(super) strings: Vec<&'a str>,
    /// `ik-attachment=true`.
    pub(super) attachment: bool,
    /// Raw value of `ik-attachment-filename`, when it has one.
    pub(super) attachment_name: Option<&'a str>,
    /// Raw value of `ik-obj-version`, when it has one.
    pub(super) version: Option<&'a str>,
    /// Everything that is not reserved, byte for byte, empty pieces included. `None`: nothing is left.
    pub(super) forwarded: Option<String>,
}

impl<'a> Query<'a> {
    /// Reads a raw query without `?`. Names are compared raw; reserved are `tr`, all that start with `ik-`, and
    /// `sdk-version`, the telemetry of old SDKs.
    pub(super) fn parse(raw: &'a str) -> Self {
        let mut query = Self::default();
        let mut forwarded = Vec::new();
        for pair in raw.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "tr" => query.strings.push(value),
                "ik-attachment" => query.attachment = value == "true",
                "ik-attachment-filename" => {
                    query.attachment_name = Some(value).filter(|name| !name.is_empty());
                }
                "ik-obj-version" => query.version = Some(value).filter(|version| !version.is_empty()),
                "sdk-version" => {}
                _ if name.starts_with("ik-") => {}
                _ => forwarded.push(pair),
            }
        }
        query.forwarded = Some(forwarded.join("&")).filter(|query| !query.is_empty());
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parameters_that_are_not_reserved_go_to_the_origin() {
        let rows: &[(&str, Option<&str>)] = &[
            ("", None),
            ("tr=w-300", None),
            ("v=1&tr=w-300&alt=media", Some("v=1&alt=media")),
            ("ik-sdk-version=x&sdk-version=y&ik-obj-version=z&ik-sanitizeSvg=true", None),
            ("ik=1&transform=2&TR=3", Some("ik=1&transform=2&TR=3")),
            ("token=a%26b=c&flag&empty=", Some("token=a%26b=c&flag&empty=")),
            // Servers may tell an empty piece apart, for example where they verify a signature of the query.
            ("x=1&&y", Some("x=1&&y")),
            ("&x=1&", Some("&x=1&")),
            ("x=1&tr=w-300&&y", Some("x=1&&y")),
            ("&&", Some("&&")),
            ("tr=w-300&", None),
            ("=&=", Some("=&=")),
        ];
        for (raw, forwarded) in rows {
            assert_eq!(Query::parse(raw).forwarded.as_deref(), *forwarded, "{raw}");
        }
    }

    #[test]
    fn transformation_strings_keep_their_order() {
        assert_eq!(Query::parse("tr=w-400&a=b&tr=rt-90&tr=").strings, ["w-400", "rt-90", ""]);
    }

    #[test]
    fn downloads_are_asked_for_with_the_word_true() {
        for (raw, attachment, name) in [
            ("ik-attachment=true", true, None),
            ("ik-attachment=1", false, None),
            ("ik-attachment", false, None),
            ("ik-attachment=true&ik-attachment-filename=a%20b.png", true, Some("a%20b.png")),
            ("ik-attachment=true&ik-attachment-filename=", true, None),
        ] {
            let query = Query::parse(raw);
            assert_eq!((query.attachment, query.attachment_name), (attachment, name), "{raw}");
        }
    }
}
