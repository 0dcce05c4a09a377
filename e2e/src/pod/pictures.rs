//! The pictures that the scenarios ask for. They are part of the program, so that any volume or store can be filled
//! from its image.

use std::{fs, process::ExitCode};

use anyhow::Context as _;

use crate::args::PicturesOptions;

/// A photograph, a drawing, and a text that is no picture.
const PICTURES: [(&str, &[u8]); 3] = [
    ("cat.jpg", include_bytes!("../../../examples/demo/volumes/photos/cat.jpg")),
    ("logo.png", include_bytes!("../../../examples/demo/volumes/photos/logo.png")),
    ("prices.json", include_bytes!("../../../examples/demo/volumes/photos/prices.json")),
];

/// Writes them into a folder.
pub(crate) fn write(options: &PicturesOptions) -> anyhow::Result<ExitCode> {
    let folder = &options.folder;
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for (name, bytes) in PICTURES {
        let path = folder.join(name);
        fs::write(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
