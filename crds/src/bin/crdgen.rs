//! Writes the definitions of all kinds to `crds/yaml` and their reference to `docs/crds.md`; with `--check` it says instead whether they are stale.

use std::{fs, path::Path, process::ExitCode};

use imgplane_crds::{Kind, crd_yaml, reference_page};

fn main() -> ExitCode {
    let check = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => {
            eprintln!("usage: crdgen [--check]");
            return ExitCode::from(2);
        }
    };
    match run(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")), check) {
        Ok(stale) if stale.is_empty() => ExitCode::SUCCESS,
        Ok(stale) => {
            eprintln!("stale: {}; run `make crds`", stale.join(", "));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("crdgen: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the files, or with `check` gives the names of those that are not what would be written.
fn run(root: &Path, check: bool) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut files = vec![("docs/crds.md".to_owned(), reference_page())];
    for kind in Kind::ALL {
        files.push((format!("crds/yaml/{}.yaml", kind.as_str().to_lowercase()), crd_yaml(kind)?));
    }
    let mut stale = Vec::new();
    for (name, text) in files {
        let path = root.join(&name);
        if !check {
            fs::write(path, text)?;
        } else if fs::read_to_string(path).ok().as_deref() != Some(&text) {
            stale.push(name);
        }
    }
    Ok(stale)
}
