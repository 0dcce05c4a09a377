//! Grammars of what Origins name: stores of clouds, headers, hosts, keys of Secrets.

use std::{borrow::Cow, fmt, ops::Deref};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::Grammar;

text!(
    /// Bucket name by the grammar of Google Cloud Storage.
    GoogleBucket,
    Grammar {
        min_length: 1,
        max_length: 222,
        pattern: None,
        rules: &[(
            "self.matches('^[a-z0-9][-._a-z0-9]{1,220}[a-z0-9]$')",
            "must be a bucket name: 3 to 222 lower-case letters, digits, dots, hyphens and underscores",
        )],
    }
);
text!(
    /// Name of a storage account of Azure.
    AzureAccount,
    Grammar {
        min_length: 1,
        max_length: 24,
        pattern: None,
        rules: &[(
            "self.matches('^[a-z0-9]{3,24}$')",
            "must be the name of a storage account: 3 to 24 lower-case letters and digits",
        )],
    }
);
text!(
    /// Name of a container of Azure.
    AzureContainer,
    Grammar {
        min_length: 1,
        max_length: 63,
        pattern: None,
        rules: &[
            (
                r"self.matches('^([a-z0-9][-a-z0-9]{1,61}[a-z0-9]|\\$root|\\$web)$')",
                "must be a container name: 3 to 63 lower-case letters, digits and hyphens, or $root or $web",
            ),
            ("!self.contains('--')", "must not have two hyphens in a row: Azure has no such container"),
        ],
    }
);
text!(
    /// Name of a header of requests.
    HeaderName,
    Grammar {
        min_length: 1,
        max_length: 128,
        pattern: None,
        rules: &[
            (
                r"self.matches('^[-!#$%&*+.^_`|~0-9A-Za-z]+$')",
                "must be the name of a header, such as X-Auth: letters, digits and hyphens, no colon or space",
            ),
            (
                "!self.matches('^(?i:host|connection|content-length|transfer-encoding|upgrade|te|trailer|range\
                 |accept-encoding|x-req-from|proxy-.*)$')",
                "must not be a header that imgplane sets itself: choose another (forwardHostHeader changes Host)",
            ),
        ],
    }
);
text!(
    /// Value of a header of requests.
    HeaderValue,
    Grammar {
        min_length: 1,
        max_length: 4096,
        pattern: None,
        rules: &[(
            "self.matches('^[!-~]([ -~]*[!-~])?$')",
            "must be printable ASCII characters, without line breaks and without spaces at its ends",
        )],
    }
);
text!(
    /// Key of a value in a Secret or ConfigMap.
    DataKey,
    Grammar {
        min_length: 1,
        max_length: 253,
        pattern: None,
        rules: &[(
            "self.matches('^[-._a-zA-Z0-9]+$')",
            "must be a key as Secrets and ConfigMaps have it: letters, digits, hyphens, dots and underscores",
        )],
    }
);
text!(
    /// Hosts of a web proxy: one, all below a name, or all.
    AllowedHost,
    Grammar {
        min_length: 1,
        max_length: 255,
        pattern: None,
        rules: &[(
            r"self == '*' || isIP(self) || self.matches('^(\\*\\.)?([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')",
            "must be a lower-case host such as a.example, *.a.example for all below it, an IP address, or *",
        )],
    }
);
