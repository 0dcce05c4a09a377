//! Text with a grammar: one type per grammar, so that a bound, a rule and its message are written once.
//!
//! The types carry what the user wrote. Their grammar stands in the schema, where the API server judges it;
//! whoever needs the meaning parses the text at its own border.

use std::{borrow::Cow, fmt, ops::Deref};

pub use origins::{
    AllowedHost, AzureAccount, AzureContainer, DataKey, GoogleBucket, HeaderName, HeaderValue,
};
pub use pools::{Audience, ProxyAddress};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A name of a Kubernetes object: DNS subdomain.
pub(crate) const NAME_PATTERN: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// A name of a namespace or of a volume: DNS label.
pub(crate) const LABEL_PATTERN: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

/// A CEL rule and what is said when it is broken.
type Rule = (&'static str, &'static str);

/// Bounds and rules of one kind of text.
struct Grammar {
    min_length: u32,
    max_length: u32,
    pattern: Option<&'static str>,
    rules: &'static [Rule],
}

impl Grammar {
    fn schema(&self) -> Schema {
        let mut schema = json_schema!({ "type": "string", "maxLength": self.max_length });
        if self.min_length > 0 {
            schema.insert("minLength".to_owned(), self.min_length.into());
        }
        if let Some(pattern) = self.pattern {
            schema.insert("pattern".to_owned(), pattern.into());
        }
        if !self.rules.is_empty() {
            let rules = self
                .rules
                .iter()
                .map(|(rule, message)| serde_json::json!({ "rule": rule, "message": message }))
                .collect();
            schema.insert("x-kubernetes-validations".to_owned(), serde_json::Value::Array(rules));
        }
        schema
    }
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $grammar:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<T: Into<String>> From<T> for $name {
            fn from(text: T) -> Self {
                Self(text.into())
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                const GRAMMAR: Grammar = $grammar;
                GRAMMAR.schema()
            }
        }
    };
}

mod origins;
mod pools;

const HTTP: Rule = (
    r"self == '' || self.matches('^https?://[^/?#\\s]\\S*$')",
    "must be an absolute address that starts with http:// or https://, such as https://static.example.com",
);
const NO_QUERY: Rule =
    ("!self.contains('?')", "must not have a query: remove the question mark and what follows it");
const NO_FRAGMENT: Rule = ("!self.contains('#')", "must not have a fragment: remove # and what follows it");
const NO_USER: Rule = (
    "!self.matches('^https?://[^/?#]*@')",
    "must not have a user or password before the host: credentials belong in a Secret",
);
const NO_DOT_SEGMENT: Rule = (
    r"!self.matches('(^|/)(\\.|%2[eE]){1,2}(/|$)')",
    "must not have . or .. as a path segment: write the folder that is meant",
);
const NO_DOT_SEGMENT_LITERAL: Rule = (
    r"!self.matches('(^|/)\\.{1,2}(/|$)')",
    "must not have . or .. as a path segment: write the folder that is meant",
);
const NO_CONTROL: Rule =
    (r"!self.matches('[\\x00-\\x1f\\x7f]')", "must not have line breaks or other control characters");
const PRINTABLE: Rule = (r"self.matches('^[ -~]+$')", "must be printable ASCII characters");
const ADDRESS_RULES: &[Rule] = &[HTTP, NO_QUERY, NO_FRAGMENT, NO_USER, NO_DOT_SEGMENT];

text!(
    /// Name of an object in the same namespace.
    ObjectName,
    Grammar { min_length: 1, max_length: 253, pattern: Some(NAME_PATTERN), rules: &[] }
);
text!(
    /// Name of a namespace or of a volume.
    LabelName,
    Grammar { min_length: 1, max_length: 63, pattern: Some(LABEL_PATTERN), rules: &[] }
);
text!(
    /// Bucket name by the grammar of Amazon S3.
    AmazonBucket,
    Grammar {
        min_length: 1,
        max_length: 63,
        pattern: None,
        rules: &[
            (
                "self.matches('^[a-z0-9][-.a-z0-9]{1,61}[a-z0-9]$')",
                "must be a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens",
            ),
            ("!self.contains('..')", "must not have two dots in a row: Amazon S3 has no such bucket"),
            (
                r"!self.matches('^[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+$')",
                "must not look like an IP address: Amazon S3 has no such bucket",
            ),
        ],
    }
);
text!(
    /// Bucket name by the wider grammar of other stores.
    Bucket,
    Grammar {
        min_length: 1,
        max_length: 255,
        pattern: None,
        rules: &[(
            "self.matches('^[A-Za-z0-9][-._A-Za-z0-9]*$')",
            "must be a bucket name: letters, digits, dots, hyphens and underscores, no slash",
        )],
    }
);
text!(
    /// Name of a store's region; empty means absent.
    Region,
    Grammar {
        min_length: 0,
        max_length: 64,
        pattern: None,
        rules: &[(
            "self.matches('^[-_A-Za-z0-9]*$')",
            "must be a region name such as eu-west-1: letters, digits, hyphens and underscores",
        )],
    }
);
text!(
    /// Address of a service or web server that must be given.
    WebAddress,
    Grammar { min_length: 1, max_length: 512, pattern: None, rules: ADDRESS_RULES }
);
text!(
    /// Address of a service; empty means absent.
    OptionalAddress,
    Grammar { min_length: 0, max_length: 512, pattern: None, rules: ADDRESS_RULES }
);
text!(
    /// Folder inside a bucket or volume, literal text; empty means the root.
    Folder,
    Grammar { min_length: 0, max_length: 512, pattern: None, rules: &[NO_DOT_SEGMENT_LITERAL, NO_CONTROL] }
);
text!(
    /// Name of a stored transformation.
    TransformationName,
    Grammar { min_length: 1, max_length: 64, pattern: Some("^[A-Za-z0-9_]+$"), rules: &[] }
);
text!(
    /// A transformation string. What it says is judged by whoever knows the language.
    TransformationText,
    Grammar { min_length: 1, max_length: 8192, pattern: None, rules: &[] }
);
text!(
    /// A piece of a `User-Agent` header.
    UserAgentPiece,
    Grammar { min_length: 1, max_length: 128, pattern: None, rules: &[PRINTABLE] }
);
text!(
    /// A page whose host is compared with that of a `Referer` header.
    ReferrerText,
    Grammar {
        min_length: 1,
        max_length: 253,
        pattern: None,
        rules: &[(
            r"self.matches('^(https?://)?[-A-Za-z0-9.]+(:[0-9]{1,5})?(/\\S*)?$')",
            "must be a page or a host, such as https://www.shop.example; no wildcards",
        )],
    }
);
text!(
    /// Path of a file as in a URL, with a query where the place takes one; empty means absent.
    FilePath,
    Grammar {
        min_length: 0,
        max_length: 1024,
        pattern: None,
        rules: &[
            (
                r"!self.matches('^([^?]*/)?(\\.|%2[eE]){1,2}([/?]|$)')",
                "must not have . or .. as a path segment: write the file that is meant",
            ),
            NO_CONTROL,
        ],
    }
);
text!(
    /// Host name without scheme, port or path.
    HostName,
    Grammar {
        min_length: 1,
        max_length: 253,
        pattern: None,
        rules: &[(
            r"self.matches('^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')",
            "must be a lower-case host name such as img.example.com, without scheme, port or path",
        )],
    }
);
text!(
    /// Range of IP addresses.
    Cidr,
    Grammar {
        min_length: 1,
        max_length: 49,
        pattern: None,
        rules: &[("isCIDR(self)", "must be an address range such as 10.0.0.0/8 or fc00::/7")],
    }
);
text!(
    /// Account id, the first path segment of URLs on shared hosts; empty means absent.
    AccountId,
    Grammar {
        min_length: 0,
        max_length: 63,
        pattern: None,
        rules: &[(
            "self.matches('^[-_A-Za-z0-9]*$')",
            "must be one path segment: letters, digits, hyphens and underscores",
        )],
    }
);
text!(
    /// Identifier of an endpoint in its URLs; empty means the account's default endpoint.
    UrlPrefix,
    Grammar {
        min_length: 0,
        max_length: 63,
        pattern: None,
        rules: &[
            (
                "self.startsWith('tr:') || self.matches('^[-_A-Za-z0-9]*$')",
                "must be one path segment: letters, digits, hyphens and underscores",
            ),
            ("!self.startsWith('tr:')", "must not start with tr: because that begins a transformation"),
            (
                "!self.startsWith('ik-')",
                "must not start with ik- because URLs use that for endings such as ik-thumbnail.jpg",
            ),
        ],
    }
);
text!(
    /// Key of a Kubernetes label.
    LabelKey,
    Grammar {
        min_length: 1,
        max_length: 317,
        pattern: Some(r"^([a-z0-9]([-.a-z0-9]*[a-z0-9])?/)?[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?$"),
        rules: &[],
    }
);
text!(
    /// Value of a Kubernetes label.
    LabelValue,
    Grammar {
        min_length: 0,
        max_length: 63,
        pattern: Some(r"^([A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?)?$"),
        rules: &[],
    }
);
text!(
    /// Value of a Kubernetes annotation.
    AnnotationValue,
    Grammar { min_length: 0, max_length: 4096, pattern: None, rules: &[] }
);
text!(
    /// An API group; empty means the core group.
    GroupName,
    Grammar {
        min_length: 0,
        max_length: 253,
        pattern: Some(r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$"),
        rules: &[],
    }
);
text!(
    /// A kind of an API.
    KindName,
    Grammar {
        min_length: 1,
        max_length: 63,
        pattern: Some(r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"),
        rules: &[],
    }
);
text!(
    /// A container image; empty means absent.
    ImageReference,
    Grammar {
        min_length: 0,
        max_length: 512,
        pattern: None,
        rules: &[(
            r"self.matches('^[-a-zA-Z0-9._:/@]*$')",
            "must be a container image such as registry.example.com/imgplane/dataplane:1.0",
        )],
    }
);
text!(
    /// An IP address or a range of them.
    AddressOrRange,
    Grammar {
        min_length: 1,
        max_length: 49,
        pattern: None,
        rules: &[("isIP(self) || isCIDR(self)", "must be an IP address or a range such as 203.0.113.0/28")],
    }
);
