//! What is said of strings before a source is known: errors with their place, missing features, warnings.

use imgplane_urls::{Page, Plan, Rules, Target, UrlError};

const STRICT: Rules = Rules { reject_unknown: true, reject_invalid: true, translate_overlays: false };
const LENIENT: Rules = Rules { reject_unknown: false, reject_invalid: false, translate_overlays: false };

fn plan_with(string: &str, rules: Rules) -> Result<Plan, UrlError> {
    let mut target = Target::parse("photo.jpg", None)?;
    target.strings = vec![string.to_owned()];
    Plan::parse(&target, &rules)
}

fn plan(string: &str) -> Result<Plan, UrlError> {
    plan_with(string, Rules::default())
}

/// What is said of a string that is asked for: its own faults before features that are missing.
fn error(string: &str) -> String {
    let judged = plan(string).and_then(|plan| plan.check_supported());
    judged.err().map_or_else(|| "none".to_owned(), |error| error.to_string())
}

#[test]
fn bad_values_name_key_value_and_place() {
    let rows = [
        ("w-3o0", "EINVAL - w: \"3o0\" is not a number (at character 3)"),
        ("h-100,w-abc", "EINVAL - w: \"abc\" is not a number (at character 9)"),
        ("h-1:é-2,c-bogus", "EINVAL - c: \"bogus\" is not a known value (at character 11)"),
        ("fo-unicorn", "EINVAL - fo: \"unicorn\" is not a known value (at character 4)"),
        ("w-0", "EINVAL - w: \"0\" is not greater than 0 (at character 3)"),
        ("w--5", "EINVAL - w: \"-5\" is not greater than 0 (at character 3)"),
        ("rt-east", "EINVAL - rt: \"east\" is not a number (at character 4)"),
        ("w-bw_div_2", "EINVAL - w: \"bw_div_2\" uses bw, which has no value here (at character 3)"),
        ("if-w_gt_1,h-x,if-end", "EINVAL - h: \"x\" is not a number (at character 13)"),
        (
            "e-distort-p-1_2",
            "EINVAL - e-distort: \"p-1_2\" does not have eight coordinates (at character 11)",
        ),
        ("l-image,i-a.png,w-x,l-end", "EINVAL - w: \"x\" is not a number (at character 19)"),
        ("l-text,i-a,fs-iw,l-end", "EINVAL - fs: \"iw\" uses iw, which has no value here (at character 15)"),
        ("l-image,l-end", "EINVAL - l-image has no input: give i-... or ie-... (at character 1)"),
        ("l-image,i-a,e-upscale,l-end", "EINVAL - e-upscale cannot stand in a layer (at character 22)"),
        ("l-image,i-a,e-edit,l-end", "EINVAL - e-edit cannot stand in a layer (at character 19)"),
        ("l-image,i-a,e-edit-prompt-x,l-end", "EINVAL - e-edit cannot stand in a layer (at character 20)"),
        ("l-image,i-a,e-changebg-x,l-end", "EINVAL - e-changebg cannot stand in a layer (at character 24)"),
        ("l-text,i-a,e-changebg,l-end", "EINVAL - e-changebg cannot stand in a layer (at character 22)"),
        ("l-image,i-a,bg-genfill,l-end", "EINVAL - bg cannot stand in a layer (at character 16)"),
        (
            "oi-logo.png",
            "EINVAL - oi belongs to the old overlay syntax; write a layer, l-...,l-end (at character 1)",
        ),
        (
            "w-1,or",
            "EINVAL - or belongs to the old overlay syntax; write a layer, l-...,l-end (at character 5)",
        ),
        ("if-w_gt_1,pg-2,if-end", "EINVAL - pg cannot stand in an if block (at character 14)"),
        (
            "e-retouch,e-upscale",
            "EINVAL - More than one AI transformation in a step; separate them with a colon (at character 11)",
        ),
        (
            "w-1:e-upscale,w-9,h-9,cm-pad_resize,e-retouch,e-upscale",
            "EINVAL - More than one AI transformation in a step; separate them with a colon (at character 47)",
        ),
        (
            "bg-genfill,w-9,h-9,cm-pad_resize,e-edit-prompt-a",
            "EINVAL - More than one AI transformation in a step; separate them with a colon (at character 34)",
        ),
        ("e-shadow-bl-x", "EINVAL - e-shadow: \"bl-x\" is not a number (at character 10)"),
        (
            "bg-genfill,w-2000",
            "EINVAL - bg: \"genfill\" needs w, h and cm-pad_resize or cm-pad_extract (at character 4)",
        ),
        (
            "w-70000,h-200,cm-pad_resize,bg-genfill",
            "EINVAL - bg: \"genfill\" needs w, h and cm-pad_resize or cm-pad_extract (at character 32)",
        ),
    ];
    for (string, message) in rows {
        assert_eq!(error(string), message, "{string}");
    }
}

#[test]
fn what_is_not_executed_yet_is_named_after_everything_else_was_checked() {
    let rows = [
        ("dn-72", "dn (density) is not supported yet"),
        ("c2pa-true", "c2pa (content credentials) is not supported yet"),
        ("bg-genfill,cm-pad_extract,w-10,h-10", "bg-genfill is not supported yet"),
        ("e-bgremove:e-dropshadow", "e-bgremove is not supported yet"),
        ("e-edit-prompt-a hat", "e-edit is not supported yet"),
        ("if-w_gt_1,dn-72,if-end", "dn (density) is not supported yet"),
    ];
    for (string, message) in rows {
        assert_eq!(error(string), format!("EFEATURE - {message}"), "{string}");
        let spoiled = format!("{string}:w-abc");
        assert!(error(&spoiled).starts_with("EINVAL - w: \"abc\""), "{spoiled}: {}", error(&spoiled));
    }
}

#[test]
fn pairs_that_an_effect_does_not_know_are_ignored() {
    for (string, normal) in [
        ("e-dropshadow-az-45_foo-3", "e-dropshadow-az-45_el-45_st-60"),
        ("e-shadow-bl-10_foo-3", "e-shadow-bl-10_st-30_x-2_y-2"),
        ("e-gradient-ld-top_foo-1_from-red", "e-gradient-ld-top_from-FF0000_to-00000000_sp-1"),
        ("e-gradient-foo-1_2_ld-N5", "e-gradient-ld-top_from-FFFFFF_to-00000000_sp-1"),
        ("e-colorize-foo-1_co-red", "e-colorize-co-FF0000_in-100"),
    ] {
        assert_eq!(plan(string).map(|plan| plan.normal()), Ok(normal.to_owned()), "{string}");
    }
}

#[test]
fn a_feature_that_a_later_item_switches_off_is_not_missing() {
    for string in
        ["t-true,t-false", "e-contrast,e-contrast-0", "o-50,o-100", "bg-dominant,bg-red", "rt-30,rt-90"]
    {
        assert_eq!(plan(string).map(|plan| plan.missing()), Ok(None), "{string}");
    }
}

#[test]
fn a_file_that_is_delivered_as_it_is_keeps_its_stand_in() {
    let plan = plan("w-5,di-@@a@@b c.png:orig-true").unwrap();
    assert_eq!(plan.normal(), "orig-true,di-a@@b c.png");
    assert_eq!(plan_with(&plan.normal(), STRICT).map(|again| again.normal()), Ok(plan.normal()));
    assert_eq!(plan.default_image(), Some("a/b%20c.png"));
}

#[test]
fn what_a_lenient_endpoint_leaves_out_is_not_missing() {
    let plan = plan_with("bg-genfill,w-20", LENIENT).unwrap();
    assert_eq!((plan.missing(), plan.ignored()), (None, ["bg-genfill".to_owned()].as_slice()));
}

#[test]
fn suffixes_and_prompts_are_missing_features_too() {
    let rules = Rules::default();
    for (rest, what) in [
        ("a.gif/ik-gif-video.mp4", "ik-gif-video.mp4"),
        ("a.mp4/ik-master.m3u8", "ik-master.m3u8"),
        ("ik-genimg-prompt-a/b.jpg", "ik-genimg (text to image)"),
    ] {
        let target = Target::parse(rest, None).unwrap();
        let plan = Plan::parse(&target, &rules).unwrap();
        assert_eq!(plan.missing(), Some(what), "{rest}");
        let error = plan.check_supported().unwrap_err();
        assert_eq!(error.to_string(), format!("EFEATURE - {what} is not supported yet"), "{rest}");
    }
}

#[test]
fn the_page_of_a_still_is_the_last_one_that_is_asked_for_of_the_file_itself() {
    for (rest, page, normal) in [
        ("a.gif/ik-thumbnail.jpg", Page::Number(1), ""),
        ("tr:pg-3/a.gif/ik-thumbnail.jpg", Page::Number(3), "pg-3"),
        ("tr:pg-2_5,w-10:pg-4-/a.gif/ik-thumbnail.jpg", Page::Number(4), "pg-2_5,w-10:pg-4-"),
        ("tr:pg-name-%22a%22/a.psd/ik-thumbnail.jpg", Page::Named, "pg-name-\"a\""),
        (
            "tr:l-image,i-b.gif,pg-7,l-end/a.gif/ik-thumbnail.jpg",
            Page::Number(1),
            "l-image,i-b.gif,pg-7,l-end",
        ),
        ("tr:pg-3/a.gif", Page::Number(1), ""),
    ] {
        let target = Target::parse(rest, None).unwrap();
        let plan = Plan::parse(&target, &Rules::default()).unwrap();
        assert_eq!((plan.page(), plan.normal().as_str()), (page, normal), "{rest}");
        assert_eq!(plan.is_explicit(), target.suffix.is_some(), "{rest}: the suffix asks for a picture");
        plan.check_supported().unwrap();
    }
}

#[test]
fn what_has_no_effect_is_listed_and_what_surprises_is_warned_of() {
    let rows: &[(&str, &[&str], &[&str])] = &[
        ("w-1", &[], &[]),
        ("", &[], &[]),
        ("foo-bar", &["foo-bar"], &["foo is not a known parameter and was ignored"]),
        (
            "w300,zz",
            &["w300", "zz"],
            &["w300 is not a known parameter and was ignored", "zz is not a known parameter and was ignored"],
        ),
        ("e-edge", &["e-edge"], &["e-edge is not a known parameter and was ignored"]),
        ("W-1", &["W-1"], &["W is not a known parameter and was ignored"]),
        ("w-,h-1", &["w-"], &["w- has no value and was ignored"]),
        ("so-5,vc-h264", &["so-5", "vc-h264"], &[]),
        ("f-mp4,t-false,o-100", &["f-mp4", "t-false", "o-100"], &[]),
        ("e-sharpen,e-sharpen-false,c2pa-0", &["e-sharpen-false", "c2pa-0"], &[]),
        ("lx-5", &["lx-5"], &["lx-5 means something only in a layer and was ignored"]),
        ("pg-2", &["pg-2"], &["pg-2 means something only with ik-thumbnail.jpg and was ignored"]),
        ("z-2,w-5", &["z-2"], &["z-2 needs fo-face or an object and was ignored"]),
        (
            "bg-blurred,w-70000,h-200,cm-pad_resize",
            &["bg-blurred"],
            &["bg-blurred needs w, h and cm-pad_resize and was ignored"],
        ),
        ("bg-blurred,w-5", &["bg-blurred"], &["bg-blurred needs w, h and cm-pad_resize and was ignored"]),
        ("fo-auto,w-5,h-5", &[], &[]),
        ("fo-custom,w-5,h-5", &[], &[]),
        ("fo-face,w-5,h-5", &[], &["fo-face is not supported yet and counts as fo-auto"]),
        ("fo-cat_dog,w-5,h-5", &[], &["fo-cat_dog is not supported yet and counts as fo-auto"]),
    ];
    for (string, ignored, warnings) in rows {
        let plan = plan(string).unwrap_or_else(|error| panic!("{string}: {error}"));
        assert_eq!(plan.ignored(), *ignored, "{string}");
        assert_eq!(plan.warnings(), *warnings, "{string}");
    }
}

#[test]
fn a_lenient_endpoint_ignores_bad_values_and_says_so() {
    let plan = plan_with("w-300,w-abc,c-bogus", LENIENT).unwrap();
    assert_eq!(plan.ignored(), ["w-abc", "c-bogus"]);
    assert_eq!(
        plan.warnings(),
        ["w: \"abc\" is not a number and was ignored", "c: \"bogus\" is not a known value and was ignored"]
    );
    assert!(plan_with("l-image,i-a", LENIENT).is_err(), "brackets must balance everywhere");
}

#[test]
fn a_strict_endpoint_refuses_unknown_keys() {
    for (string, message) in [
        ("w-1,bogus-1", "EINVAL - bogus is not a known parameter (at character 5)"),
        ("e-edge", "EINVAL - e-edge is not a known parameter (at character 1)"),
        ("l-image,i-a,bogus-1,l-end", "EINVAL - bogus is not a known parameter (at character 13)"),
    ] {
        assert_eq!(plan_with(string, STRICT).unwrap_err().to_string(), message, "{string}");
    }
    assert!(plan_with("w-1,so-5,lx-1", STRICT).is_ok());
}

#[test]
fn a_flood_of_warnings_is_counted_not_kept() {
    let string: Vec<String> = (0..50).map(|number| format!("foo{number}-1")).collect();
    let plan = plan(&string.join(",")).unwrap();
    assert_eq!(plan.warnings().len(), 11);
    assert_eq!(plan.warnings().last().map(String::as_str), Some("and 40 more"));
    assert_eq!(plan.ignored().len(), 50);
}

#[test]
fn original_counts_in_the_base_chain_and_ignores_everything_else() {
    for (string, original) in [
        ("orig-true", true),
        ("orig-1,w-abc,l-text,i-a,l-end", true),
        ("w-100:orig-true", true),
        ("orig-true:orig-false", false),
        ("orig-false", false),
        ("if-w_gt_1,orig-true,if-end", false),
        ("w-100", false),
    ] {
        assert_eq!(plan(string).map(|plan| plan.is_original()), Ok(original), "{string}");
    }
    assert!(plan("orig-true,l-image,i-a").is_err(), "brackets must balance");
    assert!(plan("orig-true,e-contrast").is_ok_and(|plan| plan.check_supported().is_ok()));
}

#[test]
fn only_parameters_that_do_something_make_a_request_explicit() {
    for (string, explicit) in [
        ("", false),
        (",:,", false),
        ("foo-bar", false),
        ("so-5", false),
        ("t-false", false),
        ("t-5", true),
        ("e-usm", true),
        ("orig-false", false),
        ("w-", false),
        ("w-1", true),
        ("q-50", true),
        ("if-w_gt_1,w-1,if-end", true),
        ("orig-true", true),
    ] {
        assert_eq!(plan(string).map(|plan| plan.is_explicit()), Ok(explicit), "{string}");
    }
}

#[test]
fn client_hints_are_named_wherever_auto_stands() {
    for (string, width, dpr) in [
        ("w-auto", true, false),
        ("w-100,dpr-auto", false, true),
        ("w-auto,w-100", true, false),
        ("if-w_gt_1,w-auto:dpr-auto,if-end", true, true),
        ("w-100,fo-auto,rt-auto,f-auto", false, false),
    ] {
        let plan = plan(string).unwrap();
        assert_eq!((plan.uses_width_hint(), plan.uses_dpr_hint()), (width, dpr), "{string}");
    }
}
