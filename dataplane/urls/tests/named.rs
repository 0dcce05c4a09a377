//! Named transformations: what a name stands for, what may stand beside it, and what is told of mistakes.

use imgplane_urls::{Hints, NamedTransformations, Plan, Rules, Source, Target, UrlError};

const PHOTO: Source =
    Source { width: 1600, height: 1067, orientation: 1, auto_orient: true, max_pixels: 100_000_000 };

fn stored(exclusive: bool) -> NamedTransformations {
    let rows = [
        ("thumb", "tr:w-100,h-100,c-at_max"),
        ("card", "w-400,h-300:rt-90"),
        ("both", "n-card:n-thumb"),
        ("branch", "if-w_gt_1000,n-thumb,if-else,w-50,if-end"),
        ("original", "orig-true"),
        ("fallback", "w-80,di-none.png"),
        ("loop", "n-loop2"),
        ("loop2", "w-1:n-loop"),
        ("one", "n-two"),
        ("two", "n-three"),
        ("three", "n-four"),
        ("four", "w-1"),
        ("typo", "h-10,w-3o0"),
        ("long", "w-1:w-2:w-3:w-4:w-5:w-6:w-7:w-8:w-9:w-10:w-11"),
        ("open", "l-image,i-a.png"),
        ("badge", "w-300:l-text,i- New ,fs-20,l-end,l-image,i-a@@b.png,rt-30,n-thumb,l-end"),
        ("bent", "w-300,l-image,i-a.png,w-3o0,l-end"),
        ("old", "h-9:ot-Old,ots-20,oi-a.png"),
        ("wrong", "h-9:oi-a.png,ow-x"),
        ("deep", "if-w_gt_1,if-w_gt_2,w-7,if-end,if-end"),
        ("deeper", "w-9:if-w_gt_3,n-deep,if-else,n-deep,if-end"),
    ];
    let rows = rows.map(|(name, text)| (name.to_owned(), text.to_owned(), true));
    let off = ("off".to_owned(), "w-1".to_owned(), false);
    NamedTransformations::new(rows.into_iter().chain([off]), exclusive)
}

fn plan(tr: &str, exclusive: bool) -> Result<Plan, UrlError> {
    let target = Target::parse("a.jpg", Some(&format!("tr={tr}")))?;
    Plan::parse_named(&target, &Rules::default(), &stored(exclusive))
}

#[test]
fn a_name_stands_for_its_steps_and_what_is_beside_it_runs_afterwards() {
    for (tr, size) in [
        ("n-thumb", "100x67"),
        ("n-card", "300x400"),
        ("n-thumb:rt-90", "67x100"),
        ("n-thumb,rt-90", "67x100"),
        ("rt-90,n-thumb", "67x100"),
        ("w-800:n-card", "300x400"),
        ("n-card,n-thumb", "100x67"),
        ("n-both", "75x100"),
        ("n-branch", "100x67"),
        ("w-900:n-branch", "50x33"),
        ("if-w_gt_1,n-card,if-else,n-thumb,if-end", "300x400"),
        ("n-four", "1x1"),
        ("n-two", "1x1"),
        ("n-", "1600x1067"),
        ("n-deeper:n-deeper", "7x5"),
        ("if-w_gt_1,n-deep,if-end", "7x5"),
    ] {
        let resolved = plan(tr, false).unwrap().resolve(&PHOTO, &Hints::default()).unwrap();
        assert_eq!(resolved.size.to_string(), size, "{tr}");
    }
}

#[test]
fn mistakes_say_which_name_and_where() {
    for (tr, message) in [
        ("n-nope", "n: \"nope\" is not a named transformation of this URL endpoint (at character 3)"),
        ("w-1:n-case_1", "n: \"case_1\" is not a named transformation of this URL endpoint (at character 7)"),
        ("n-off", "n: \"off\" is a named transformation that is switched off (at character 3)"),
        ("n-loop", "n: \"loop\" is a named transformation that names itself (at character 7 of n-loop2)"),
        ("n-one", "n: \"four\" is named more than three deep (at character 3 of n-three)"),
        ("n-typo", "w: \"3o0\" is not a number (at character 8 of n-typo)"),
        ("h-1:n-thumb:n-typo", "w: \"3o0\" is not a number (at character 8 of n-typo)"),
        ("n-open", "n-open: l-image has no l-end; a slash in its path is written @@ (at character 1)"),
        ("n-a b", "n: \"a b\" is not a name of letters, digits and underscores (at character 3)"),
    ] {
        let error = plan(tr, false).unwrap_err();
        assert_eq!(error.to_string(), format!("EINVAL - {message}"), "{tr}");
    }
    let error = plan("n-long:n-long:n-long", false).unwrap_err().to_string();
    assert_eq!(error, "ELIMIT - With its named transformations the string has 33 steps; the limit is 30");
    for tr in [
        "if-w_gt_1,n-deeper,if-end",
        "if-w_gt_1,if-w_gt_1,n-deep,if-end,if-end",
        "if-w_gt_1,w-1,if-else,n-deeper,if-end",
    ] {
        let error = plan(tr, false).unwrap_err().to_string();
        let message =
            "With its named transformations the string nests if blocks 4 levels deep; the limit is 3";
        assert_eq!(error, format!("ELIMIT - {message}"), "{tr}");
    }
}

#[test]
fn a_string_of_names_alone_is_the_endpoints_own() {
    for (tr, named) in [
        ("n-thumb", true),
        ("n-thumb:n-card", true),
        ("n-thumb,n-card", true),
        (":n-thumb:", true),
        ("n-branch", true),
        ("n-original", true),
        ("", false),
        ("w-100", false),
        ("n-thumb,w-100", false),
        ("n-thumb:f-auto", false),
        ("n-thumb,di-x.jpg", false),
        ("n-thumb,bogus-1", false),
        ("if-w_gt_1,n-thumb,if-end", false),
        ("n-thumb,l-image,i-x.png,l-end", false),
    ] {
        assert_eq!(plan(tr, false).unwrap().is_named(), named, "{tr}");
    }
}

#[test]
fn where_only_names_are_allowed_everything_else_is_refused() {
    for tr in ["", ":", "n-thumb", "n-thumb:n-card", "n-branch", "n-original"] {
        assert!(plan(tr, true).is_ok(), "{tr}");
    }
    for tr in [
        "w-100",
        "orig-true",
        "di-x.jpg",
        "f-auto",
        "n-thumb,w-1",
        "n-thumb:w-1",
        "n-",
        "bogus",
        "l-image,i-a",
        "l-image,i-a,l-end",
        "if-w_gt_1,n-thumb,if-end",
        "n-thumb,if-end",
        "w-abc",
    ] {
        let error = plan(tr, true).unwrap_err().to_string();
        assert_eq!(
            error, "EINVAL - Only named transformations (n-NAME) are allowed at this URL endpoint",
            "{tr}"
        );
    }
    assert!(plan("n-nope", true).unwrap_err().to_string().contains("is not a named transformation"));
}

#[test]
fn what_a_name_stands_for_counts_as_if_it_stood_there() {
    let original = plan("n-original", false).unwrap();
    assert!(original.is_original() && original.is_explicit());
    let fallback = plan("n-fallback", false).unwrap();
    assert_eq!(fallback.default_image(), Some("none.png"));
    // The file as it is leaves out what else the string says, but not a name that nothing is stored under.
    assert!(plan("orig-true,w-abc,n-thumb", false).unwrap().is_original());
    assert!(
        plan("orig-true,n-nope", false).unwrap_err().to_string().contains("is not a named transformation")
    );
    assert_eq!(plan("n-fallback:di-other.png", false).unwrap().default_image(), Some("other.png"));
}

#[test]
fn the_default_image_counts_wherever_it_stands_and_asks_for_nothing() {
    for (tr, path) in [
        ("w-300", None),
        ("di-a.jpg", Some("a.jpg")),
        ("w-300,di-@@a@@b.jpg:rt-90", Some("a/b.jpg")),
        ("di-a.jpg:di-b.jpg", Some("b.jpg")),
        ("if-w_gt_9000,di-a.jpg,if-end", Some("a.jpg")),
        ("orig-true,di-a.jpg", Some("a.jpg")),
        ("if-w_gt_1,di-a.jpg,if-else,di-b.jpg,if-end:orig-true", Some("b.jpg")),
        ("di-", None),
    ] {
        assert_eq!(plan(tr, false).unwrap().default_image(), path, "{tr}");
    }
    assert!(!plan("di-a.jpg", false).unwrap().is_explicit());
    assert!(plan("di-..@@a.jpg", false).is_err());
}

#[test]
fn work_of_models_is_known_wherever_it_stands() {
    for (tr, uses_model) in [
        ("w-300", false),
        ("e-grayscale,bg-red", false),
        ("e-bgremove", true),
        ("w-9,h-9,cm-pad_resize,bg-genfill", true),
        ("if-w_gt_9000,e-upscale,if-end", true),
        ("l-image,i-a.png,e-dropshadow,l-end", true),
        ("l-image,i-a.png,w-3,l-end", false),
        ("e-bgremove-false", false),
    ] {
        assert_eq!(plan(tr, false).unwrap().uses_model(), uses_model, "{tr}");
    }
    let prompt = Target::parse("ik-genimg-prompt-a cat/cat.jpg", None).unwrap();
    assert!(Plan::parse(&prompt, &Rules::default()).unwrap().uses_model());
}

#[test]
fn stored_strings_are_judged_as_urls_would_be() {
    let named = stored(true);
    for (name, wrong) in [
        ("thumb", None),
        ("both", None),
        ("typo", Some("w: \"3o0\" is not a number (at character 8)")),
        ("loop", Some("n: \"loop\" is a named transformation that names itself (at character 7 of n-loop2)")),
        ("open", Some("l-image has no l-end; a slash in its path is written @@ (at character 1)")),
    ] {
        let judged = named.check(name, &Rules::default());
        assert_eq!(judged.err().map(|error| error.message).as_deref(), wrong, "{name}");
    }
    // As deep as a URL may go: the URL's own name counts.
    assert!(named.check("two", &Rules::default()).is_ok());
    assert!(named.check("one", &Rules::default()).is_err());
}

/// With old overlays as layers.
fn translated(tr: &str) -> Result<Plan, UrlError> {
    let target = Target::parse("a.jpg", Some(&format!("tr={tr}")))?;
    Plan::parse_named(&target, &Rules { translate_overlays: true, ..Rules::default() }, &stored(false))
}

#[test]
fn stored_layers_are_read_as_if_they_stood_in_the_url() {
    let badge = plan("h-1:n-badge", false).unwrap();
    assert_eq!(badge.normal(), "h-1:w-300:l-text,i- New ,fs-20,l-end,l-image,i-a@@b.png,rt-30,l-end");
    assert_eq!(badge.warnings(), ["n-thumb means nothing in this layer and was ignored"]);
    assert_eq!(badge.missing(), None);
    assert!(plan("n-badge", false).unwrap().is_named());
    let message = plan("h-10:n-bent", false).unwrap_err().to_string();
    assert_eq!(message, "EINVAL - w: \"3o0\" is not a number (at character 25 of n-bent)");
}

#[test]
fn stored_old_overlays_are_layers_where_those_of_urls_are() {
    let old = translated("h-10:n-old,w-5").unwrap();
    assert_eq!(old.normal(), "h-10:h-9:l-image,i-a.png,l-end,l-text,i-Old,fs-20,l-end:w-5");
    assert_eq!(translated("oi-b:n-old").unwrap().layer_sources().len(), 2);
    let message = translated("n-wrong").unwrap_err().to_string();
    assert_eq!(message, "EINVAL - w: \"x\" is not a number (at character 17 of n-wrong)");
    let message = plan("n-old", false).unwrap_err().to_string();
    assert!(
        message.contains("belongs to the old overlay syntax") && message.contains("of n-old"),
        "{message}"
    );
}
