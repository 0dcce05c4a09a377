//! `imgplane sidecar`, and the example that carries what it prints.

use std::path::Path;

use crate::folder::Folder;

#[test]
fn the_example_carries_what_the_command_prints() {
    let printed = Folder::new(&[]).run(&["sidecar", "--data-plane", "pages", "--namespace", "pages"]);
    assert_eq!(printed.code(), 0, "{}", printed.err());
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/sidecar/dataplane-sidecar/kustomization.yaml");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, printed.out()).unwrap();
    }
    let carried = std::fs::read_to_string(&path).unwrap();
    assert_eq!(carried, printed.out(), "UPDATE=1 writes {}", path.display());
}

#[test]
fn what_cannot_be_a_sidecar_is_refused() {
    for (arguments, word) in [
        (&["sidecar"][..], "--data-plane"),
        (&["sidecar", "--data-plane", "Pages"], "lower-case"),
        (&["sidecar", "--data-plane", "pages", "--port", "0"], "--port"),
        (&["sidecar", "--data-plane", "pages", "--port", "8081"], "both 8081"),
        (&["sidecar", "--data-plane", "pages", "--image-pull-policy", "Sometimes"], "IfNotPresent"),
    ] {
        let run = Folder::new(&[]).run(arguments);
        assert_eq!((run.code(), run.out().as_str()), (2, ""), "{arguments:?}");
        assert!(run.err().contains(word), "{arguments:?}: {}", run.err());
    }
}
