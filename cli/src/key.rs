//! Signing keys, as they lie in files.

use std::{
    io::{self, Read as _},
    path::Path,
};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("the key file {place} cannot be read: {error}")]
    Unreadable { place: String, error: io::Error },
    #[error("the key file {place} is no text: give the key as text, in UTF-8")]
    NoText { place: String },
    #[error("the key file {place} is empty")]
    Empty { place: String },
}

/// The key in a file, `-` being standard input. Editors end a file with a line break, which belongs to no key.
pub(crate) fn read(path: &Path) -> Result<String, KeyError> {
    let stdin = path == Path::new("-");
    let place = if stdin { "on standard input".to_owned() } else { path.display().to_string() };
    let mut bytes = Vec::new();
    let outcome = if stdin {
        io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|file| bytes = file)
    };
    if let Err(error) = outcome {
        return Err(KeyError::Unreadable { place, error });
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(KeyError::NoText { place });
    };
    match without_line_break(&text) {
        "" => Err(KeyError::Empty { place }),
        key => Ok(key.to_owned()),
    }
}

fn without_line_break(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_break_at_the_end_is_no_part_of_the_key() {
        for (text, key) in [
            ("private_a=", "private_a="),
            ("private_a=\n", "private_a="),
            ("private_a=\r\n", "private_a="),
            ("private_a=\n\n", "private_a=\n"),
            (" private_a= \n", " private_a= "),
            ("\n", ""),
        ] {
            assert_eq!(without_line_break(text), key, "{text:?}");
        }
    }
}
