//! Writes the definitions of all kinds to `crds/yaml`; with `--check` it says instead whether they are stale.

use std::{fs, path::Path, process::ExitCode};

use imgplane_crds::{Kind, crd_yaml};

fn main() -> ExitCode {
    let check = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => {
            eprintln!("usage: crdgen [--check]");
            return ExitCode::from(2);
        }
    };
    match run(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/yaml")), check) {
        Ok(stale) if stale.is_empty() => ExitCode::SUCCESS,
        Ok(stale) => {
            eprintln!("stale: {}; run `cargo run -p imgplane-crds --bin crdgen`", stale.join(", "));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("crdgen: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the files, or with `check` gives the names of those that are not what would be written.
fn run(folder: &Path, check: bool) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut stale = Vec::new();
    if !check {
        fs::create_dir_all(folder)?;
    }
    for kind in Kind::ALL {
        let name = format!("{}.yaml", kind.as_str().to_lowercase());
        let yaml = crd_yaml(kind)?;
        let path = folder.join(&name);
        if check {
            if fs::read_to_string(&path).ok().as_deref() != Some(&yaml) {
                stale.push(name);
            }
        } else {
            fs::write(path, yaml)?;
        }
    }
    Ok(stale)
}
