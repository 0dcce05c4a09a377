//! `imgplane check`: the same verdict as the cluster's, for continuous integration and pre-commit hooks.

use crate::{
    args::{Check, Output},
    exit::{Exit, print},
    finding::{Finding, Severity, count, counted},
    judge, manifests,
    volumes::VolumeFolders,
};

/// Runs the command.
pub(crate) fn run(args: &Check) -> anyhow::Result<Exit> {
    let manifests = match manifests::read(&args.dir) {
        Ok(manifests) => manifests,
        Err(error) => return Ok(Exit::usage(&error)),
    };
    let (files, objects) = (manifests.files, manifests.objects.len());
    let judged = judge::folder(manifests, &VolumeFolders::new(&args.dir, &args.volumes));
    match args.output {
        Output::Json => {
            // What imgplane ignores is no finding for a program to act on.
            let findings: Vec<_> = of_interest(&judged.findings).collect();
            print(&format!("{}\n", serde_json::to_string_pretty(&findings)?))?;
        }
        Output::Text => {
            let lines: Vec<_> = of_interest(&judged.findings).map(|finding| format!("{finding}\n")).collect();
            print(&lines.concat())?;
            for note in judged.findings.iter().filter(|finding| finding.severity == Severity::Note) {
                eprintln!("{note}");
            }
            eprintln!("{}", summary(&judged.findings, files, objects));
        }
    }
    Ok(if count(&judged.findings).0 == 0 { Exit::Fine } else { Exit::Problems })
}

fn of_interest(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.severity != Severity::Note)
}

fn summary(findings: &[Finding], files: usize, objects: usize) -> String {
    let read = format!("{} in {}", counted(objects, "object"), counted(files, "file"));
    match count(findings) {
        (0, 0) => format!("{read}: no problems"),
        (0, warnings) => format!("{read}: {}", counted(warnings, "warning")),
        (errors, 0) => format!("{read}: {}", counted(errors, "problem")),
        (errors, warnings) => {
            format!("{read}: {}, {}", counted(errors, "problem"), counted(warnings, "warning"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_what_was_read_and_found() {
        let finding = |severity| Finding {
            file: None,
            position: None,
            severity,
            object: None,
            field: String::new(),
            reason: String::new(),
            message: String::new(),
        };
        assert_eq!(summary(&[], 1, 2), "2 objects in 1 file: no problems");
        assert_eq!(
            summary(&[finding(Severity::Error), finding(Severity::Warning), finding(Severity::Note)], 0, 1),
            "1 object in 0 files: 1 problem, 1 warning"
        );
    }
}
