//! Grammars of what DataPlanes name: proxies and audiences.

use std::{borrow::Cow, fmt, ops::Deref};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::Grammar;

text!(
    /// Address of a forward proxy; empty means absent.
    ProxyAddress,
    Grammar {
        min_length: 0,
        max_length: 300,
        pattern: None,
        rules: &[(
            r"self.matches('^(http://([-.a-zA-Z0-9]+|\\[[0-9a-fA-F:.]+\\]):[0-9]{1,5})?$')",
            "must be http://HOST:PORT, such as http://proxy.example.com:3128, without user, path and query",
        )],
    }
);
text!(
    /// Audience of a token; empty means absent.
    Audience,
    Grammar {
        min_length: 0,
        max_length: 256,
        pattern: None,
        rules: &[
            (r"!self.matches('[\\x00-\\x20\\x7f]')", "must not have spaces or control characters"),
            (
                "!self.contains('kubernetes.default')",
                "must not be that of the API server: pods decode files of strangers and get no key to the cluster",
            ),
        ],
    }
);
