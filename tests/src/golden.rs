//! Golden files: what a program printed, held by a file that `UPDATE=1` rewrites.

use std::{fs, path::Path};

/// Compares a text with a file below this crate's `tests`. With `UPDATE` set it writes the file instead.
#[track_caller]
pub fn assert_golden(file: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(&path, found).expect("the golden file can be written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "tests/{file} differs (UPDATE=1 rewrites it) at {}\n--- found\n{found}\n--- expected\n{expected}",
        first_difference(found, &expected)
    );
}

fn first_difference(found: &str, expected: &str) -> String {
    let mut lines = found.lines().zip(expected.lines()).enumerate();
    lines.find(|(_, (found, expected))| found != expected).map_or_else(
        || "its end".to_owned(),
        |(number, (found, expected))| format!("line {}: {found:?}, expected {expected:?}", number + 1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named_with_its_line() {
        assert_eq!(first_difference("a\nb", "a\nc"), r#"line 2: "b", expected "c""#);
        assert_eq!(first_difference("a\nb", "a"), "its end");
    }
}
