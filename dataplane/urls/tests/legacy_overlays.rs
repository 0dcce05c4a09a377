//! Overlay parameters of before layers: refused, or read as layers where the endpoint says so.

#![expect(clippy::panic, reason = "test code fails by panicking")]

use imgplane_urls::{Hints, Plan, Rules, Source, Target, UrlError};

const TRANSLATE: Rules = Rules { reject_unknown: false, reject_invalid: true, translate_overlays: true };

fn plan_with(string: &str, rules: Rules) -> Result<Plan, UrlError> {
    let mut target = Target::parse("square.jpg", None)?;
    target.strings = vec![string.to_owned()];
    Plan::parse(&target, &rules)
}

fn translated(string: &str) -> Plan {
    plan_with(string, TRANSLATE).unwrap_or_else(|error| panic!("{string}: {error}"))
}

#[test]
fn every_old_key_becomes_a_key_of_a_layer() {
    let rows = [
        ("oi-logo.png", "l-image,i-logo.png,l-end"),
        ("oi-a@@b.png", "l-image,i-a@@b.png,l-end"),
        ("oi-a,ox-N5,oy-bh_div_2", "l-image,i-a,lx-N5,ly-bh_div_2,l-end"),
        ("oi-a,ofo-top_left", "l-image,i-a,lfo-top_left,l-end"),
        ("oi-a,ow-100,oh-0.5", "l-image,i-a,w-100,h-0.5,l-end"),
        ("oi-a,ow-100,oiar-4-3", "l-image,i-a,w-100,ar-4-3,l-end"),
        ("oi-a,oib-5_red,oibg-blue", "l-image,i-a,b-5_FF0000,bg-0000FF,l-end"),
        ("oi-a,oidpr-2,oit-false", "l-image,i-a,t-false,dpr-2,l-end"),
        ("oi-a,oiq-50", "l-image,i-a,l-end"),
        ("oi-a,oic-force,oicm-extract,oifo-top", "l-image,i-a,c-force,cm-extract,fo-top,l-end"),
        ("oi-a,oix-1,oiy-2", "l-image,i-a,x-1,y-2,l-end"),
        ("oi-a,oixc-1,oiyc-2", "l-image,i-a,xc-1,yc-2,l-end"),
        ("ot-Hello - you", "l-text,i-Hello - you,l-end"),
        ("ote-SGVsbG8sIHdvcmxk", "l-text,ie-SGVsbG8sIHdvcmxk,l-end"),
        ("ot-a,ote-Yg", "l-text,i-b,l-end"),
        ("ot-a,otw-50,ots-20,otf-lato", "l-text,i-a,w-50,fs-20,ff-Lato,l-end"),
        ("ot-a,otc-FF0000,otia-left,otp-1_2", "l-text,i-a,co-FF0000,ia-left,pa-1_2_1_2,l-end"),
        ("ot-a,otbg-00FF00,ott-b_i,oa-5,or-7", "l-text,i-a,co-00000050,tg-b_i,bg-00FF0050,r-7,l-end"),
        ("obg-FF0000", "l-image,i-ik_canvas,bg-FF0000,l-end"),
        ("obg-FF0000,ow-10,oh-20,or-3,oa-5", "l-image,i-ik_canvas,w-10,h-20,bg-FF000050,r-3,l-end"),
    ];
    for (old, new) in rows {
        let plan = translated(old);
        assert_eq!(plan.normal(), new, "{old}");
        assert_eq!(plan_with(new, Rules::default()).map(|plan| plan.normal()), Ok(new.to_owned()), "{new}");
        assert!(plan.check_supported().is_ok() && plan.is_explicit(), "{old}");
        // The switch is off by default.
        let message = plan_with(old, Rules::default()).map(|plan| plan.normal()).unwrap_err().to_string();
        assert!(message.contains("belongs to the old overlay syntax; write a layer"), "{old}: {message}");
    }
}

#[test]
fn old_keys_of_a_step_are_drawn_after_it_block_image_text() {
    let plan = translated("ot-a,l-image,i-new,l-end,oi-b,w-300,obg-red,ox-5,ow-10:oi-c");
    assert_eq!(
        plan.normal(),
        "w-300,l-image,i-new,l-end,l-image,i-ik_canvas,w-10,bg-FF0000,lx-5,l-end,l-image,i-b,lx-5,w-10,l-end,\
         l-text,i-a,lx-5,l-end:l-image,i-c,l-end"
    );
    let source =
        Source { width: 600, height: 600, orientation: 1, auto_orient: true, max_pixels: 100_000_000 };
    let resolved = plan.resolve(&source, &Hints::default()).unwrap();
    assert_eq!(resolved.steps.iter().map(|step| step.layers.len()).collect::<Vec<_>>(), [4, 1]);
}

#[test]
fn warnings_say_what_became_of_old_keys() {
    assert_eq!(
        translated("oi-a,ow-5,ox-1").warnings(),
        ["the old overlay keys oi, ow, ox were read as l-image with i, w, lx"]
    );
    assert_eq!(
        translated("obg-red,oa-3").warnings(),
        ["the old overlay keys obg, oa were read as l-image with i-ik_canvas, bg, al"]
    );
    let plan = translated("oi-a,ots-20,oa-5");
    assert_eq!(plan.ignored(), ["ots-20", "oa-5"]);
    assert_eq!(
        plan.warnings(),
        [
            "ots-20 belongs to an overlay that the step does not have and was ignored",
            "oa-5 belongs to an overlay that the step does not have and was ignored",
            "the old overlay keys oi were read as l-image with i",
        ]
    );
    assert_eq!(translated("ow-5,oi-").normal(), "");
}

#[test]
fn long_base64_of_old_text_is_cut() {
    let plan = translated(&format!("ote-{}", "eHh4".repeat(50)));
    assert_eq!(plan.normal(), format!("l-text,i-{},l-end", "x".repeat(144 / 4 * 3)));
    // An "x" and 60 times "\u{e9}" of two bytes: 108 bytes end within one of these, which is dropped.
    let plan = translated(&format!("ote-eMOp{}", "w6nDqcOp".repeat(20)));
    assert_eq!(plan.normal(), format!("l-text,i-x{},l-end", "\u{e9}".repeat(53)));
    // A space at the end is a plus.
    assert_eq!(translated("ote-fn5 ").normal(), "l-text,i-~~~,l-end");
}

#[test]
fn errors_in_old_keys_name_the_place_where_they_stand() {
    let error = |string| plan_with(string, TRANSLATE).map(|plan| plan.normal()).unwrap_err().to_string();
    assert_eq!(error("w-1,ote-!!"), "EINVAL - ote: \"!!\" is not base64 text (at character 9)");
    assert_eq!(error("w-1,oi-a,ow-x"), "EINVAL - w: \"x\" is not a number (at character 13)");
    assert_eq!(
        error("oi-../a"),
        "EINVAL - l-image \"../a\": The path holds a \".\" or \"..\" segment (at character 4)"
    );
    let many = ["oi-a,ot-b,obg-red"; 11].join(":");
    assert_eq!(error(&many), "ELIMIT - More than 30 layers; the limit is 30");
}

#[test]
fn old_keys_mean_nothing_inside_a_layer() {
    let plan = translated("l-image,i-a,ow-5,l-end");
    assert_eq!(plan.warnings(), ["ow is not a known parameter and was ignored"]);
}
