//! Rows that wait for a feature: those of the URL language stand beside the vectors, those of the server here. The
//! lists only shrink: a row that passes while it stands in one fails its trial.

use std::path::Path;

use serde::Deserialize;

/// Number of the row and the feature of the server that it waits for, by number.
const SERVER: &[(u32, &str)] = &[
    (79, "bg-blurred"),
    (112, "z"),
    (134, "rt by any angle"),
    (135, "rt by any angle"),
    (136, "rt by any angle"),
    (137, "rt by any angle"),
    (151, "t"),
    (152, "o"),
    (153, "o"),
    (155, "e-shadow"),
    (156, "e-shadow"),
    (158, "e-sharpen"),
    (159, "e-gradient"),
    (160, "e-colorize"),
    (161, "e-distort"),
    (183, "l-image"),
    (184, "l-image"),
    (185, "l-image"),
    (186, "l-image"),
    (187, "l-image"),
    (188, "l-image"),
    (189, "l-image"),
    (190, "l-image"),
    (191, "l-image"),
    (192, "l-image"),
    (193, "l-image"),
    (194, "l-image"),
    (195, "l-image"),
    (196, "l-image"),
    (197, "l-image"),
    (198, "l-image"),
    (199, "l-image"),
    (200, "l-image"),
    (201, "l-image"),
    (202, "l-image"),
    (203, "l-image"),
    (204, "l-image"),
    (205, "l-image"),
    (206, "l-image"),
    (207, "l-image"),
    (208, "l-image"),
    (209, "l-image"),
    (210, "l-image"),
    (211, "l-image"),
    (212, "l-image"),
    (213, "l-image"),
    (214, "l-image"),
    (215, "l-image"),
    (219, "l-image"),
    (220, "l-text"),
    (221, "l-text"),
    (222, "l-text"),
    (223, "l-text"),
    (241, "e-usm"),
    (243, "e-usm"),
    (256, "HEIC"),
    (257, "HEIC"),
    (258, "HEIC"),
    (259, "HEIC"),
    (260, "HEIC"),
    (274, "animated output"),
    (275, "animated output"),
    (276, "animated output"),
    (278, "animated output"),
    (279, "animated output"),
    (280, "l-image"),
    (281, "animated output"),
    (284, "animated output"),
    (285, "animated WebP"),
    (286, "animated WebP"),
    (287, "l-image"),
    (292, "l-image"),
    (321, "l-image"),
    (322, "l-image"),
];

#[derive(Deserialize)]
struct Pending {
    id: u32,
    feature: String,
}

/// The rows that wait.
pub(crate) struct Waiting(Vec<Pending>);

impl Waiting {
    /// Reads the list beside the vectors and adds the server's own.
    pub(crate) fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dataplane/urls/tests/vectors/pending.json");
        let mut rows: Vec<Pending> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        rows.extend(SERVER.iter().map(|&(id, feature)| Pending { id, feature: feature.to_owned() }));
        Self(rows)
    }

    /// The feature that a row waits for.
    pub(crate) fn feature(&self, id: u32) -> Option<&str> {
        self.0.iter().find(|row| row.id == id).map(|row| row.feature.as_str())
    }
}
