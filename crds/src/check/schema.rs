//! The structural part of the schema, with messages that say what is right.

use std::sync::OnceLock;

use jsonschema::{
    Validator,
    error::{TypeKind, ValidationError, ValidationErrorKind},
    paths::{Location, LocationSegment},
};
use serde_json::{Value, json};

use super::{SchemaProblem, without_nulls};
use crate::{
    API_VERSION, Kind,
    duration::{DURATION_PATTERN, DurationError},
    schema::root_schema,
    size::{OPTIONAL_SIZE_PATTERN, SIZE_PATTERN, SizeError},
    text::{LABEL_PATTERN, NAME_PATTERN},
};

/// A name that differs more than this from what was written is no suggestion.
const SUGGESTION_SIMILARITY: f64 = 0.75;

/// A schema ready to judge with, beside its text, in which suggestions are looked up.
struct Judge {
    schema: Value,
    validator: Option<Validator>,
}

impl Judge {
    fn new(kind: Kind) -> Self {
        let mut schema = root_schema(kind);
        close(&mut schema);
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.insert("apiVersion".to_owned(), json!({ "const": API_VERSION }));
            properties.insert("kind".to_owned(), json!({ "const": kind.as_str() }));
            properties.insert("metadata".to_owned(), metadata());
            properties.insert("status".to_owned(), json!({}));
        }
        if let Some(object) = schema.as_object_mut() {
            object.insert("required".to_owned(), json!(["apiVersion", "kind", "metadata", "spec"]));
        }
        // The schema is this crate's own; a test proves that it compiles.
        let validator = jsonschema::validator_for(&schema).ok();
        Self { schema, validator }
    }
}

fn judge(kind: Kind) -> &'static Judge {
    static ORIGIN: OnceLock<Judge> = OnceLock::new();
    static URL_ENDPOINT: OnceLock<Judge> = OnceLock::new();
    static DATA_PLANE: OnceLock<Judge> = OnceLock::new();
    match kind {
        Kind::Origin => &ORIGIN,
        Kind::UrlEndpoint => &URL_ENDPOINT,
        Kind::DataPlane => &DATA_PLANE,
    }
    .get_or_init(|| Judge::new(kind))
}

/// What every object's metadata must have; its other fields are the API server's.
fn metadata() -> Value {
    json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": { "type": "string", "maxLength": 253, "pattern": NAME_PATTERN },
            "namespace": { "type": "string", "maxLength": 63, "pattern": LABEL_PATTERN },
        }
    })
}

/// Refuses unknown fields, and says of int-or-string what JSON Schema understands.
fn close(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
        object.insert("type".to_owned(), json!(["integer", "string"]));
    }
    if object.contains_key("properties") {
        object.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    if let Some(Value::Object(children)) = object.get_mut("properties") {
        children.values_mut().for_each(close);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(child) = object.get_mut(key) {
            close(child);
        }
    }
}

pub(super) fn check(kind: Kind, object: &Value) -> Vec<SchemaProblem> {
    let judge = judge(kind);
    let object = without_nulls(object);
    let mut problems: Vec<_> = match &judge.validator {
        Some(validator) => {
            validator.iter_errors(&object).flat_map(|error| explain(&judge.schema, &error)).collect()
        }
        None => vec![SchemaProblem {
            path: String::new(),
            message: format!("cannot be judged: the schema of {kind} does not compile"),
        }],
    };
    problems.sort();
    problems.dedup();
    problems
}

/// One problem for each thing that the error names.
fn explain(schema: &Value, error: &ValidationError<'_>) -> Vec<SchemaProblem> {
    let path = dotted(error.instance_path());
    let message = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = siblings(schema, error.schema_path());
            return unexpected
                .iter()
                .map(|name| SchemaProblem { path: join(&path, name), message: unknown_field(name, &known) })
                .collect();
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            return vec![SchemaProblem { path: join(&path, name), message: "is required".to_owned() }];
        }
        ValidationErrorKind::Enum { options } => {
            wrong_choice(options.as_array().map(Vec::as_slice).unwrap_or_default(), error.instance())
        }
        ValidationErrorKind::Constant { expected_value } => {
            format!("must be {}, not {}", bare(expected_value), bare(error.instance()))
        }
        // Where there is a choice, naming the choices says more than naming the type.
        ValidationErrorKind::Type { .. } if beside(schema, error.schema_path(), "enum").is_some() => {
            return Vec::new();
        }
        ValidationErrorKind::Type { kind } => wrong_type(kind, error.instance()),
        ValidationErrorKind::Pattern { pattern } => {
            format!("{}, not {}", wrong_text(pattern), error.instance())
        }
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::MinLength { .. } => "must not be empty".to_owned(),
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} items"),
        ValidationErrorKind::MaxProperties { limit } => format!("must have at most {limit} entries"),
        ValidationErrorKind::Minimum { limit } => {
            format!("must be at least {limit}, not {}", error.instance())
        }
        ValidationErrorKind::Maximum { limit } => {
            format!("must be at most {limit}, not {}", error.instance())
        }
        _ => error.to_string(),
    };
    vec![SchemaProblem { path, message }]
}

fn dotted(location: &Location) -> String {
    location.into_iter().fold(String::new(), |path, segment| match segment {
        LocationSegment::Property(name) => join(&path, &name),
        LocationSegment::Index(index) => format!("{path}[{index}]"),
    })
}

fn join(path: &str, name: &str) -> String {
    if name.contains(['.', '/']) {
        format!("{path}[{name}]")
    } else if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Another keyword of the schema whose keyword is at `location`.
fn beside<'a>(schema: &'a Value, location: &Location, keyword: &str) -> Option<&'a Value> {
    let (parent, _) = location.as_str().rsplit_once('/')?;
    schema.pointer(parent)?.get(keyword)
}

/// The fields that are known where an unknown one was found.
fn siblings(schema: &Value, additional_properties: &Location) -> Vec<String> {
    beside(schema, additional_properties, "properties")
        .and_then(Value::as_object)
        .map(|properties| properties.keys().cloned().collect())
        .unwrap_or_default()
}

fn unknown_field(name: &str, known: &[String]) -> String {
    let lower = name.to_ascii_lowercase();
    let nearest = known
        .iter()
        .map(|field| (strsim::jaro_winkler(&lower, &field.to_ascii_lowercase()), field))
        .filter(|(similarity, _)| *similarity >= SUGGESTION_SIMILARITY)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    match nearest {
        Some((_, field)) => format!("unknown field; did you mean {field}?"),
        None => format!("unknown field; known here: {}", known.join(", ")),
    }
}

fn wrong_choice(options: &[Value], found: &Value) -> String {
    let unquoted = !found.is_string() && options.iter().any(|option| bare(option) == bare(found));
    if unquoted {
        format!("must be text: write \"{found}\" in quotes")
    } else {
        format!("must be one of {}, not {found}", listed(options))
    }
}

fn listed(options: &[Value]) -> String {
    options.iter().map(bare).collect::<Vec<_>>().join(", ")
}

/// Text without quotes, everything else as JSON.
fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn wrong_type(expected: &TypeKind, found: &Value) -> String {
    let expected = match expected {
        TypeKind::Single(expected) => named(expected.as_str()).to_owned(),
        TypeKind::Multiple(several) => {
            several.iter().map(|one| named(one.as_str())).collect::<Vec<_>>().join(" or ")
        }
    };
    let (found, hint) = match found {
        Value::Null => ("nothing", String::new()),
        Value::Bool(_) | Value::Number(_) if expected == "text" => {
            ("a bare value", format!(": write \"{found}\" in quotes"))
        }
        Value::Bool(_) => ("true or false", String::new()),
        Value::Number(_) => ("a number", String::new()),
        Value::String(_) => ("text", String::new()),
        Value::Array(_) => ("a list", String::new()),
        Value::Object(_) => ("a map of fields", String::new()),
    };
    format!("must be {expected}, not {found}{hint}")
}

fn named(json_type: &str) -> &str {
    match json_type {
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "text",
        "array" => "a list",
        "object" => "a map of fields",
        other => other,
    }
}

fn wrong_text(pattern: &str) -> String {
    match pattern {
        DURATION_PATTERN => DurationError.to_string(),
        SIZE_PATTERN | OPTIONAL_SIZE_PATTERN => SizeError.to_string(),
        NAME_PATTERN => "must be an object name: lower-case letters, digits, hyphens and dots".to_owned(),
        LABEL_PATTERN => "must be a name of lower-case letters, digits and hyphens".to_owned(),
        other => format!("must match {other}"),
    }
}
