//! Phrases that several messages share.

use imgplane_config::ObjectId;
use imgplane_crds::Kind;

use crate::{Holder, Withheld};

/// What a mistake leaves running.
pub(super) const KEPT: &str = "pods keep what they ran before, if they did";

/// What it means that a Secret cannot be used.
pub(super) const fn without_secret(kind: Kind) -> &'static str {
    match kind {
        Kind::Origin => {
            "pods keep the credential that they had, and without one every fetch from this origin fails with EACCES"
        }
        Kind::DataPlane => {
            "pods keep the credential that they had, and without one nothing is kept in this store"
        }
        Kind::UrlEndpoint => {
            "pods keep the key that they had, and without it the URLs that it signed are answered 401"
        }
    }
}

/// What it means that a credential has expired.
pub(super) const fn once_expired(kind: Kind) -> &'static str {
    match kind {
        Kind::Origin => "every fetch from this origin fails with EACCES",
        Kind::UrlEndpoint => "the URLs that it signed are answered 401",
        Kind::DataPlane => "nothing is kept in this store",
    }
}

/// What it means that certificates of authorities cannot be used.
pub(super) const WITHOUT_BUNDLE: &str =
    "pods keep the certificates that they had, and without them they trust the public authorities alone";

pub(super) fn unread(holder: Holder, id: &ObjectId, why: Withheld) -> String {
    let holder = holder.as_str();
    match why {
        Withheld::Forbidden => format!("the operator may not read {holder} {id}, which may exist or not"),
        Withheld::Unanswered => format!("{holder} {id} could not be read, and may exist or not"),
    }
}

pub(super) fn to_read(holder: Holder, id: &ObjectId, why: Withheld) -> String {
    let plural = match holder {
        Holder::Secret => "secrets",
        Holder::ConfigMap => "configmaps",
    };
    match why {
        Withheld::Forbidden => {
            let namespace = &id.namespace;
            format!("give the operator's role the verb get on {plural} in namespace {namespace}")
        }
        Withheld::Unanswered => {
            "it is read again; the log of the operator has what the API server answers".to_owned()
        }
    }
}

pub(super) fn effect(kind: Kind) -> String {
    match kind {
        Kind::Origin => format!("the origin is not taken over until this is right, and {KEPT}"),
        Kind::UrlEndpoint => format!("the endpoint is not taken over until this is right, and {KEPT}"),
        Kind::DataPlane => {
            format!(
                "nothing of the DataPlane and its endpoints is taken over until this is right, and {KEPT}"
            )
        }
    }
}

/// How many origins an endpoint has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    /// Origins that can be used.
    pub(crate) usable: usize,
    /// All that are listed.
    pub(crate) listed: usize,
    /// Whether pods may go on running one that cannot be used at the moment.
    pub(crate) kept: bool,
}

impl Left {
    /// For an origin that nobody uses.
    pub(super) fn share(self) -> String {
        let share = self.usable_share();
        if self.usable == 0 && !self.kept { format!("{share}, so no file is found") } else { share }
    }

    /// For an origin that pods may go on running.
    pub(super) fn usable_share(self) -> String {
        let Self { usable, listed, kept: _ } = self;
        match (usable, listed) {
            (0, 1) => "no other origin is listed".to_owned(),
            (0, _) => format!("none of the {listed} listed origins can be used"),
            (1, _) => format!("1 of the {listed} listed origins can be used"),
            _ => format!("{usable} of the {listed} listed origins can be used"),
        }
    }
}

/// Most names that a message lists.
const NAMES_IN_MESSAGE: usize = 5;

/// Some of the names, and how many more there are.
pub(crate) fn names(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_IN_MESSAGE).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_IN_MESSAGE) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

pub(super) fn choices(existing: &[String]) -> String {
    if existing.is_empty() { String::new() } else { format!(" (there is {})", names(existing)) }
}

pub(super) fn found(existing: &[String]) -> String {
    if existing.is_empty() {
        " (there is none)".to_owned()
    } else {
        format!(" (there is {})", names(existing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_found_only_where_pods_keep_none_of_the_origins() {
        for (usable, listed, kept, expected) in [
            (0, 1, false, "no other origin is listed, so no file is found"),
            (0, 2, false, "none of the 2 listed origins can be used, so no file is found"),
            (0, 2, true, "none of the 2 listed origins can be used"),
            (1, 2, false, "1 of the 2 listed origins can be used"),
            (2, 3, true, "2 of the 3 listed origins can be used"),
        ] {
            assert_eq!(Left { usable, listed, kept }.share(), expected);
        }
    }
}
