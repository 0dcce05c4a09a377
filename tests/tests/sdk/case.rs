//! The cases, and what the SDKs make of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use imgplane_tests::process::tool;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::site::{Endpoint, KEY, Site};

/// The SDKs, by the names of their packages, and whether they can sign.
const SDKS: [(&str, bool); 4] =
    [("@imagekit/javascript", false), ("@imagekit/nodejs", true), ("imagekit", true), ("imagekitio", true)];

/// What is asked of an SDK, and what the server is to answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Case {
    /// Name, unique.
    pub(crate) name: String,
    base: Option<String>,
    src: String,
    /// Objects as the SDKs of npm spell them; their order counts, so that they are passed on as they are.
    transformation: Option<Box<RawValue>>,
    position: Option<String>,
    /// As above.
    query: Option<Box<RawValue>>,
    expires_in: Option<u64>,
    /// What the server answers.
    pub(crate) expect: Expect,
    /// Code of `ik-error` beside a picture that takes the place of another.
    #[serde(default)]
    pub(crate) instead_of: String,
    /// SDKs that get it wrong, and why.
    #[serde(default)]
    without: BTreeMap<String, String>,
}

/// The answer to a case.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Expect {
    /// A picture so wide and high.
    Size([u32; 2]),
    /// A feature that is missing: the code of `ik-error`.
    Refusal(String),
}

/// What an SDK made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Made {
    /// Name of its package.
    pub(crate) sdk: String,
    case: String,
    /// The URL.
    pub(crate) url: String,
}

/// A case as the generators read it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Given<'a> {
    name: &'a str,
    endpoint: String,
    key: &'static str,
    src: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    transformation: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    signed: bool,
    without: &'a BTreeMap<String, String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk")
}

/// All cases.
pub(crate) fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(folder().join("cases.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    for case in &cases {
        for (sdk, why) in &case.without {
            assert!(SDKS.iter().any(|(name, _)| name == sdk) && !why.is_empty(), "{}: {sdk}", case.name);
        }
    }
    cases
}

/// The URLs of all cases and SDKs for an endpoint of the site.
pub(crate) fn made<'a>(cases: &'a [Case], site: &Site, endpoint: Endpoint) -> Vec<(&'a Case, Made)> {
    let given: Vec<_> = cases
        .iter()
        .map(|case| Given {
            name: &case.name,
            endpoint: site.fill_in(case.base.as_deref().unwrap_or("{account}/{endpoint}"), endpoint),
            key: KEY,
            src: site.fill_in(&case.src, endpoint),
            transformation: case.transformation.as_deref(),
            position: case.position.as_deref(),
            query: case.query.as_deref(),
            expires_in: case.expires_in,
            signed: endpoint.signed,
            without: &case.without,
        })
        .collect();
    let given = serde_json::to_vec(&given).unwrap();
    let sdks = tool("sdks");
    let mut node = Command::new("node");
    node.arg(folder().join("urls.mjs")).arg(&sdks);
    let mut python = Command::new(sdks.join("python/bin/python"));
    python.arg(folder().join("urls.py"));

    let lines = run(node, &given) + &run(python, &given);
    let made: Vec<Made> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen: BTreeSet<_> = made.iter().map(|made| (made.sdk.as_str(), made.case.as_str())).collect();
    assert_eq!(seen, expected(cases, endpoint), "every SDK makes every case but those that say why not");
    made.into_iter().map(|made| (cases.iter().find(|case| case.name == made.case).unwrap(), made)).collect()
}

/// What an SDK got of the metadata API.
#[derive(Debug, Deserialize)]
pub(crate) struct Told {
    /// The package.
    pub(crate) sdk: String,
    /// The URL that it asked about.
    pub(crate) url: String,
    /// The answer.
    #[serde(rename = "told")]
    pub(crate) answer: Option<serde_json::Value>,
    /// The status of the error that it threw, and its message.
    pub(crate) status: Option<u16>,
    pub(crate) message: Option<String>,
}

/// What the SDKs that let the API's address be set are told of these URLs.
pub(crate) fn told(site: &Site, urls: &[String]) -> Vec<Told> {
    let given = serde_json::json!({"server": site.address(), "key": KEY, "urls": urls});
    let given = serde_json::to_vec(&given).unwrap();
    let sdks = tool("sdks");
    let mut node = Command::new("node");
    node.arg(folder().join("metadata.mjs")).arg(&sdks);
    let mut python = Command::new(sdks.join("python/bin/python"));
    python.arg(folder().join("metadata.py"));
    let lines = run(node, &given) + &run(python, &given);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn expected(cases: &[Case], endpoint: Endpoint) -> BTreeSet<(&str, &str)> {
    let mut all = BTreeSet::new();
    for case in cases {
        for (sdk, signs) in SDKS {
            if (signs || !endpoint.signed) && !case.without.contains_key(sdk) {
                all.insert((sdk, case.name.as_str()));
            }
        }
    }
    all
}

/// Standard output of a generator.
fn run(mut generator: Command, given: &[u8]) -> String {
    let program = generator.get_program().to_owned();
    let mut child = generator
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}; `make test-deps` installs it", program.display()));
    // Both read everything before they write.
    child.stdin.take().unwrap().write_all(given).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", program.display());
    String::from_utf8(output.stdout).unwrap()
}
