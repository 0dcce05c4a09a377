//! What to do about each `ik-error` code, for whoever runs `imgplane dev`.

use std::collections::BTreeMap;

/// Codes with their advice.
pub(super) fn all() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        (
            "ENOENT",
            "No origin of the endpoint has this file, or no endpoint matches the URL. Compare the path with the file's \
             place below the origin, letter case included.",
        ),
        (
            "EACCES",
            "The origin refuses to hand out the file. Check the credentials and permissions of the Origin, and that \
             links do not lead out of a volume.",
        ),
        (
            "ECONNREFUSED",
            "The origin's server takes no connections. Check host and port of the Origin, and that the server runs.",
        ),
        (
            "UNIDENTIFIED",
            "The original could not be fetched or is no valid picture. The detail says which; try the file at its origin.",
        ),
        (
            "ELIMIT",
            "The file or the result is too large. Raise the limit that the message names, or ask for less.",
        ),
        (
            "EINVAL",
            "The URL has a mistake. The message names the parameter; \"How the URL is read\" shows the rest.",
        ),
        ("EFEATURE", "This feature is not there yet. Leave the parameter out."),
        ("EAUTH", "The signature is missing, wrong or expired."),
    ])
}

/// The advice for an `ik-error` header.
pub(super) fn of(ik_error: Option<&str>) -> Option<&'static str> {
    let code = ik_error?.split(' ').next()?;
    all().get(code).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_found_by_the_code_of_the_header() {
        assert!(of(Some("ENOENT - The file is not there")).unwrap().contains("letter case"));
        assert_eq!(of(Some("EWHAT - new")), None);
        assert_eq!(of(None), None);
    }
}
