//! Files that other encoders wrote.

use std::{fs, path::Path};

use crate::same::assert_same;

#[test]
fn files_of_other_encoders_give_the_planes_of_libjpeg_turbo() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.filter(|path| path.extension().is_some_and(|ending| ending == "jpg")).collect();
    assert!(files.len() >= 18, "{files:?}");
    for file in files {
        assert_same(&file.display().to_string(), &fs::read(&file).unwrap());
    }
}
