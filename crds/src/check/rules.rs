//! The CEL rules, evaluated in process.

use std::{cell::OnceCell, thread::LocalKey};

use kube::core::cel::{CompiledSchema, ValidationErrors, Validator, compile_schema};
use serde_json::Value;

use super::{SchemaProblem, without_nulls};
use crate::{Kind, schema::root_schema};

thread_local! {
    // Compiled programs are not shared between threads, and compiling takes longer than judging an object.
    static ORIGIN: OnceCell<CompiledSchema> = const { OnceCell::new() };
    static URL_ENDPOINT: OnceCell<CompiledSchema> = const { OnceCell::new() };
    static DATA_PLANE: OnceCell<CompiledSchema> = const { OnceCell::new() };
}

fn compiled(kind: Kind) -> &'static LocalKey<OnceCell<CompiledSchema>> {
    match kind {
        Kind::Origin => &ORIGIN,
        Kind::UrlEndpoint => &URL_ENDPOINT,
        Kind::DataPlane => &DATA_PLANE,
    }
}

pub(super) fn check(kind: Kind, object: &Value, old: Option<&Value>) -> Vec<SchemaProblem> {
    let object = without_nulls(object);
    let old = old.map(without_nulls);
    let verdict = compiled(kind).with(|cell| {
        let schema = cell.get_or_init(|| compile_schema(&root_schema(kind)));
        Validator::new().validate_compiled(schema, &object, old.as_ref())
    });
    let mut problems: Vec<_> = verdict
        .err()
        .into_iter()
        .flat_map(ValidationErrors::into_vec)
        .map(|error| SchemaProblem { path: error.field_path, message: error.message })
        .collect();
    problems.sort();
    problems
}
