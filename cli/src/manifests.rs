//! Reads a folder of manifests: which files count, which objects are in them, where each field stands.
//!
//! Knows YAML and the outer shape of Kubernetes objects, and nothing of what imgplane's kinds mean. One bad
//! document never hides the others.

mod data;
mod locate;
mod object;
mod walk;
mod yaml;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use imgplane_config::ObjectId;

use crate::finding::{Finding, Position, Severity};

pub(crate) use object::Object;
pub(crate) use walk::WalkError;

/// Name of the folder, below the one with the manifests, that holds volumes and no manifests.
pub(crate) const VOLUMES: &str = "volumes";

/// What a folder holds.
#[derive(Debug, Default)]
pub(crate) struct Manifests {
    /// Objects of any kind, in the order of files and lines; no two of the same kind and name.
    pub(crate) objects: Vec<Object>,
    /// Data of Secrets, decoded.
    pub(crate) secrets: BTreeMap<ObjectId, BTreeMap<String, Vec<u8>>>,
    /// Data of ConfigMaps, decoded.
    pub(crate) config_maps: BTreeMap<ObjectId, BTreeMap<String, Vec<u8>>>,
    /// What could not be read.
    pub(crate) findings: Vec<Finding>,
    /// Files with a document that is no object because of a mistake: an object that is missing now may stand there.
    pub(crate) broken: BTreeSet<PathBuf>,
    /// How many files were read.
    pub(crate) files: usize,
    /// Folders in which a change may change all this.
    pub(crate) folders: Vec<PathBuf>,
}

/// Reads every manifest below a folder.
///
/// # Errors
/// [`WalkError`] when the folder itself cannot be read. All else is a finding.
pub(crate) fn read(dir: &Path) -> Result<Manifests, WalkError> {
    let walked = walk::files(dir)?;
    let mut manifests =
        Manifests { findings: walked.findings, folders: walked.folders, ..Manifests::default() };
    for file in walked.files {
        manifests.files += 1;
        match walk::text(&file) {
            Ok(text) if text.is_empty() => manifests.add_empty(file),
            Ok(text) => manifests.add(&file, &text),
            Err(message) => {
                manifests.findings.push(problem(&file, None, "Unreadable", message));
                manifests.broken.insert(file);
            }
        }
    }
    manifests.drop_twins();
    manifests.read_data();
    Ok(manifests)
}

/// Reads a folder of manifests, or a single file.
///
/// # Errors
/// As [`read`]; of a single file everything is a finding.
pub(crate) fn read_path(path: &Path) -> Result<Manifests, WalkError> {
    if !path.is_file() {
        return read(path);
    }
    let mut manifests = Manifests { files: 1, ..Manifests::default() };
    match walk::text(path) {
        Ok(text) => manifests.add(path, &text),
        Err(message) => manifests.findings.push(problem(path, None, "Unreadable", message)),
    }
    manifests.drop_twins();
    manifests.read_data();
    Ok(manifests)
}

impl Manifests {
    /// A file without a single byte is what a save looks like between truncating and writing. It says nothing, so it
    /// takes nothing away either.
    fn add_empty(&mut self, file: PathBuf) {
        let message = "the file is empty; what it held before goes on serving in `imgplane dev`; \
                       delete the file to remove its objects"
            .to_owned();
        let finding = problem(&file, None, "Empty", message);
        self.findings.push(Finding { severity: Severity::Warning, ..finding });
        self.broken.insert(file);
    }

    fn add(&mut self, file: &Path, text: &str) {
        for document in yaml::documents(text) {
            match document {
                Ok(document) => {
                    let before = self.findings.len();
                    object::extract(file, document, &mut self.objects, &mut self.findings);
                    let new = self.findings.get(before..).unwrap_or_default();
                    if new.iter().any(|finding| finding.severity == Severity::Error) {
                        self.broken.insert(file.to_owned());
                    }
                }
                Err(broken) => {
                    let position = Some(broken.position);
                    self.findings.push(problem(file, position, "InvalidYaml", broken.message));
                    self.broken.insert(file.to_owned());
                }
            }
        }
    }

    /// The same object twice would be applied in an order that nobody chose: the first stays, the rest is named.
    fn drop_twins(&mut self) {
        let mut seen: BTreeMap<(String, String, ObjectId), (PathBuf, usize)> = BTreeMap::new();
        let mut unique = Vec::with_capacity(self.objects.len());
        for object in std::mem::take(&mut self.objects) {
            let key = (object.group().to_owned(), object.kind.clone(), object.id.clone());
            let line = object.position("").line;
            if let Some((file, first)) = seen.get(&key) {
                self.findings.push(object.finding(
                    Severity::Error,
                    "metadata.name",
                    "Duplicate",
                    format!(
                        "the same object already stands in {}:{first}, which is the one that counts; \
                         remove or rename one of the two",
                        file.display()
                    ),
                ));
            } else {
                seen.insert(key, (object.file.clone(), line));
                unique.push(object);
            }
        }
        self.objects = unique;
    }

    fn read_data(&mut self) {
        for object in &self.objects {
            if object.is_core("Secret") {
                let data = data::of_secret(object, &mut self.findings);
                self.secrets.insert(object.id.clone(), data);
            } else if object.is_core("ConfigMap") {
                let data = data::of_config_map(object, &mut self.findings);
                self.config_maps.insert(object.id.clone(), data);
            }
        }
    }
}

fn problem(file: &Path, position: Option<Position>, reason: &str, message: String) -> Finding {
    Finding {
        file: Some(file.to_owned()),
        position,
        severity: Severity::Error,
        object: None,
        field: String::new(),
        reason: reason.to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const ORIGIN: &str = "apiVersion: imgplane.dev/v1alpha1\nkind: Origin\nmetadata: {name: photos}\n";

    fn lines(dir: &Path, manifests: &Manifests) -> Vec<String> {
        let prefix = format!("{}/", dir.display());
        manifests.findings.iter().map(|finding| finding.to_string().replace(&prefix, "")).collect()
    }

    #[test]
    fn a_folder_is_read_recursively_but_not_its_volumes() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a/b")).unwrap();
        fs::create_dir_all(dir.path().join("volumes/photos")).unwrap();
        fs::write(dir.path().join("a/b/one.yml"), ORIGIN).unwrap();
        fs::write(dir.path().join("two.yaml"), ORIGIN.replace("photos", "two")).unwrap();
        fs::write(dir.path().join("notes.txt"), ": not yaml [").unwrap();
        fs::write(dir.path().join(".hidden.yaml"), ": not yaml [").unwrap();
        fs::write(dir.path().join("volumes/photos/x.yaml"), ": not yaml [").unwrap();
        let manifests = read(dir.path()).unwrap();
        let names: Vec<_> = manifests.objects.iter().map(|object| object.id.to_string()).collect();
        assert_eq!(names, ["default/photos", "default/two"]);
        assert_eq!(lines(dir.path(), &manifests), Vec::<String>::new());
        assert_eq!(manifests.files, 2);
    }

    #[test]
    fn one_broken_document_does_not_hide_the_others() {
        let dir = tempfile::tempdir().unwrap();
        let text = format!("{ORIGIN}---\nkind: [oops\n---\n{}", ORIGIN.replace("photos", "two"));
        fs::write(dir.path().join("all.yaml"), text).unwrap();
        let manifests = read(dir.path()).unwrap();
        assert_eq!(manifests.objects.len(), 2);
        assert_eq!(manifests.objects[1].position("metadata.name"), Position { line: 9, column: 12 });
        let lines = lines(dir.path(), &manifests);
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line: usize = lines[0].split(':').nth(1).unwrap().parse().unwrap();
        assert!((5..=7).contains(&line), "{lines:?}");
        assert!(manifests.broken.contains(&dir.path().join("all.yaml")));
    }

    #[test]
    fn the_same_object_twice_is_a_problem_that_names_both_places() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.yaml"), ORIGIN).unwrap();
        fs::write(dir.path().join("b.yaml"), format!("# again\n{ORIGIN}")).unwrap();
        let manifests = read(dir.path()).unwrap();
        assert_eq!(manifests.objects.len(), 1);
        let lines = lines(dir.path(), &manifests);
        assert_eq!(
            lines,
            ["b.yaml:4: Origin default/photos: metadata.name: the same object already stands in a.yaml:1, \
              which is the one that counts; remove or rename one of the two"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_that_form_a_loop_end_and_no_file_is_read_twice() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("a")).unwrap();
        fs::write(dir.path().join("a/one.yaml"), ORIGIN).unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("a/loop")).unwrap();
        std::os::unix::fs::symlink("one.yaml", dir.path().join("a/two.yaml")).unwrap();
        let manifests = read(dir.path()).unwrap();
        assert_eq!(manifests.objects.len(), 1);
        assert_eq!(lines(dir.path(), &manifests), Vec::<String>::new());
    }

    #[test]
    fn a_missing_folder_says_so() {
        let error = read(Path::new("/no/such/folder")).unwrap_err().to_string();
        assert!(error.contains("/no/such/folder"), "{error}");
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(read(file.path()).unwrap_err().to_string().contains("is not a folder"));
    }
}
