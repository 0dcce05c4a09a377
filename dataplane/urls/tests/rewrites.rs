//! Old URLs of other vendors and what they are natively, through the public interface.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

use imgplane_urls::Rewriter::{self, Akamai, Cloudinary, Imgix};
use imgplane_urls::{
    Hints, ImageFacts, ImageInput, LayerFacts, NamedTransformations, Plan, Resolved, Rewritten, Rules, Size,
    Source, SourceKind, Target, TextBox, UrlError,
};

const CLOUDINARY: Rewriter = Cloudinary { preserve_asset_delivery_types: false };
const PRESERVING: Rewriter = Cloudinary { preserve_asset_delivery_types: true };

fn rewrite(rewriter: Rewriter, url: &str) -> Option<Rewritten> {
    let (rest, query) = url.split_once('?').map_or((url, None), |(rest, query)| (rest, Some(query)));
    rewriter.rewrite(rest, query)
}

/// `TRANSFORMATION | REST?QUERY`, or `native`.
fn answer(rewriter: Rewriter, url: &str) -> String {
    match rewrite(rewriter, url) {
        Some(Rewritten { rest, query: Some(query), transformation, .. }) => {
            format!("{transformation} | {rest}?{query}")
        }
        Some(Rewritten { rest, query: None, transformation, .. }) => format!("{transformation} | {rest}"),
        None => "native".to_owned(),
    }
}

/// Compares, and lets the native parser judge what came out.
fn expect(rewriter: Rewriter, rows: &[(&str, &str)]) {
    for (url, expected) in rows {
        assert_eq!(answer(rewriter, url), *expected, "{url}");
        if let Some(rewritten) = rewrite(rewriter, url) {
            refuses_nothing(&rewritten.transformation);
        }
    }
}

/// The native grammar takes the string, as far as features are there.
fn refuses_nothing(string: &str) {
    let mut target = Target::parse("a.jpg", None).unwrap();
    target.strings = vec![string.to_owned()];
    // Every name is one that the endpoint stores.
    let names = string.split([',', ':']).filter_map(|item| item.strip_prefix("n-"));
    let named = NamedTransformations::new(names.map(|name| (name.to_owned(), String::new(), true)), false);
    let refused = Plan::parse_named(&target, &Rules::default(), &named)
        .err()
        .filter(|error| error.code.as_str() == "EINVAL");
    assert_eq!(refused, None, "{string}");
}

/// The string that a step of Cloudinary becomes.
fn steps(rows: &[(&str, &str)]) {
    for (step, expected) in rows {
        expect(CLOUDINARY, &[(&format!("{step}/a.jpg"), &format!("{expected} | a.jpg"))]);
    }
}

/// The string that a query of imgix becomes.
fn queries(rows: &[(&str, &str)]) {
    for (query, expected) in rows {
        expect(Imgix, &[(&format!("a.jpg?{query}"), &format!("{expected} | a.jpg"))]);
    }
}

fn notes(rewriter: Rewriter, url: &str) -> Vec<String> {
    rewrite(rewriter, url).unwrap_or_default().notes.iter().map(ToString::to_string).collect()
}

// === Cloudinary ===

#[test]
fn cloudinary_addresses_become_a_string_and_a_path() {
    expect(
        CLOUDINARY,
        &[
            (
                "h_320,w_240,c_crop,g_south/a_45/dir/pic.jpg",
                "h-320,w-240,cm-extract,fo-bottom:rt-45 | dir/pic.jpg",
            ),
            ("image/upload/w_50/v1690000000/a/b.png", "w-50 | a/b.png"),
            ("q_auto:best/a.jpg", "q-86 | a.jpg"),
            ("video/upload/q_auto:low,so_1.239/clip.mp4", "q-40,so-1.24 | clip.mp4"),
            ("w_abc,h_10/a.jpg", "h-10 | a.jpg"),
            ("winter_2024/a.jpg", "native"),
            ("b_rgb:B4F9,c_pad,w_9,h_9/a.jpg", "bg-BB44FF60,cm-pad_resize,w-9,h-9 | a.jpg"),
            ("t_thumb/a_-67/a.jpg", "n-thumb:rt-N67 | a.jpg"),
            ("h_100,w_<invalid>/a_90/a.jpg", "h-100:rt-90 | a.jpg"),
            ("h_100,w_%3Cinvalid%3E/a_90/a.jpg", "h-100:rt-90 | a.jpg"),
            ("/image/upload/s--Ai4Znfl3--/c_fill,w_50/v12/a.jpg", "c-maintain_ratio,w-50 | a.jpg"),
            ("image/upload/s--Ai4Znfl3--/a.jpg", " | a.jpg"),
            ("s--Ai4Znfl3--/w_5/a.jpg", "w-5 | a.jpg"),
            ("s--no signature--/w_5/a.jpg", "native"),
            ("image/authenticated/a.jpg", " | a.jpg"),
            ("raw/private/v3/a.pdf", " | a.pdf"),
            ("image/unknown/a.jpg", "native"),
            ("image/upload", "native"),
            ("v12/a.jpg", " | a.jpg"),
            ("v12", "native"),
            ("van/v12/a.jpg", "native"),
            ("a.jpg", "native"),
            ("", "native"),
            // What stands behind the first segment that is no step belongs to the path.
            ("w_50/dir/w_60/a.jpg", "w-50 | dir/w_60/a.jpg"),
            ("w_50,nonsense/a.jpg", "native"),
            ("w_50/v1/w_60/a.jpg", "w-50 | w_60/a.jpg"),
            ("w_50//a.jpg", "w-50 | /a.jpg"),
            // The last segment is a file.
            ("w_100", "native"),
            ("w_50/t_shirt.jpg", "w-50 | t_shirt.jpg"),
            ("w_50/a.mp4/ik-thumbnail.jpg", "w-50 | a.mp4/ik-thumbnail.jpg"),
            ("w_50/t_shirt.mp4/ik-thumbnail.jpg", "w-50 | t_shirt.mp4/ik-thumbnail.jpg"),
            // Commas and colons may be encoded, files stay as they are.
            (
                "w_50%2Cc_fill/r_1%3A2%3A3%3A4/caf%C3%A9.jpg",
                "w-50,c-maintain_ratio:r-1_2_3_4 | caf%C3%A9.jpg",
            ),
            (",w_50,,h_60,/a.jpg", "w-50,h-60 | a.jpg"),
            (",/a.jpg", "native"),
            // A variable has a name and a value; other dollars are of the path.
            ("$size_10,w_5/a.jpg", "w-5 | a.jpg"),
            ("$Size2_!S!/w_5/a.jpg", "w-5 | a.jpg"),
            ("$assets/w_5/a.jpg", "native"),
            ("$RECYCLE.BIN/a.jpg", "native"),
            ("$/a.jpg", "native"),
            ("$_10/a.jpg", "native"),
            ("$2x_10/a.jpg", "native"),
            ("$size_/a.jpg", "native"),
            ("$my-size_10/a.jpg", "native"),
            ("w_5/$assets,h_5/a.jpg", "w-5 | $assets,h_5/a.jpg"),
            ("w_%ff/a.jpg", "native"),
            (
                "w_9/a.jpg?v=1&ik-s=abc&ik-t=99&ik-attachment=true",
                "w-9 | a.jpg?v=1&ik-s=abc&ik-t=99&ik-attachment=true",
            ),
        ],
    );
}

#[test]
fn asset_and_delivery_type_stay_where_that_is_wanted() {
    expect(
        PRESERVING,
        &[
            ("image/upload/w_50/a/b.png", "w-50 | image/upload/a/b.png"),
            ("image/upload/w_50/v12/a/b.png", "w-50 | image/upload/a/b.png"),
            ("image/upload/v12/b.png", " | image/upload/b.png"),
            ("image/upload/b.png", "native"),
            ("video/upload/q_auto/b", "q-50 | video/upload/b"),
            ("image/fetch/https://example.com/b.png", " | https://example.com/b.png"),
            ("w_50/b.png", "w-50 | b.png"),
            // An address behind other folders would be a path.
            ("image/fetch/w_50/https://example.com/b.png", "w-50 | https://example.com/b.png"),
        ],
    );
}

#[test]
fn a_fetched_address_stays_the_resource() {
    let rows = [
        ("image/fetch/w_50/https://example.com/w_1/b.png", "https://example.com/w_1/b.png"),
        ("image/fetch/w_50/v1/https://example.com/v2/b.png", "https://example.com/v2/b.png"),
        ("image/fetch/w_50/https:/example.com/tr:w-9/b.png", "https:/example.com/tr:w-9/b.png"),
        ("image/fetch/w_50/https%3A%2F%2Fexample.com%2Fb.png", "https%3A%2F%2Fexample.com%2Fb.png"),
    ];
    for rewriter in [CLOUDINARY, PRESERVING] {
        for (rest, resource) in rows {
            let (target, _) = Target::rewritten(rest, Some("x=1"), Some(&rewriter)).unwrap();
            assert_eq!(
                (target.resource.as_str(), target.source),
                (resource, SourceKind::WebAddress),
                "{rest}"
            );
            assert_eq!(
                (target.strings, target.forwarded_query.as_deref()),
                (vec!["w-50".to_owned()], Some("x=1"))
            );
        }
    }
}

#[test]
fn every_row_of_cloudinary_is_translated() {
    steps(&[
        ("w_100", "w-100"),
        ("w_0.5", "w-0.5"),
        // A 1 with a decimal point is the whole side, without one it is a pixel.
        ("w_1.0,h_1.00", "w-cw,h-ch"),
        ("w_1,h_1", "w-1,h-1"),
        ("c_crop,w_1.0,h_0.5,x_0.0,y_0.5", "cm-extract,w-cw,h-0.5,x-0.0,y-ch_mul_0.5"),
        ("x_1.0,y_-0.25", "x-cw,y-Nch_mul_0.25"),
        ("x_1,y_1.5", "x-1,y-1.5"),
        ("h_100", "h-100"),
        ("ar_2.5", "ar-2.5-1"),
        ("ar_3", "ar-3-1"),
        ("ar_4:3", "ar-4-3"),
        ("g_north", "fo-top"),
        ("g_south", "fo-bottom"),
        ("g_east", "fo-right"),
        ("g_west", "fo-left"),
        ("g_north_west", "fo-top_left"),
        ("g_north_east", "fo-top_right"),
        ("g_south_west", "fo-bottom_left"),
        ("g_south_east", "fo-bottom_right"),
        ("g_center", "fo-center"),
        ("g_auto", "fo-auto"),
        ("g_face", "fo-face"),
        ("g_custom", "fo-custom"),
        ("x_100,y_-20", "x-100,y-N20"),
        ("f_auto/f_jpg/f_jpeg/f_png/f_webp/f_gif/f_avif", "f-auto:f-jpg:f-jpeg:f-png:f-webp:f-gif:f-avif"),
        ("q_60", "q-60"),
        ("q_1/q_100", "q-1:q-100"),
        ("q_auto/q_auto:low/q_auto:eco/q_auto:good/q_auto:best", "q-70:q-50:q-60:q-70:q-86"),
        ("video/upload/q_auto/q_auto:low/q_auto:eco/q_auto:good/q_auto:best", "q-50:q-40:q-45:q-50:q-60"),
        ("a_90", "rt-90"),
        ("a_-67", "rt-N67"),
        ("r_20", "r-20"),
        ("r_max", "r-max"),
        ("r_20:30:40:50", "r-20_30_40_50"),
        ("r_20:max", "r-20_max_20_max"),
        ("r_20:30:40", "r-20_30_40_30"),
        ("e_blur", "bl-1"),
        ("e_blur:500", "bl-5"),
        ("e_blur:150", "bl-1.5"),
        ("e_blur:1", "bl-0.01"),
        ("e_grayscale", "e-grayscale"),
        ("e_contrast", "e-contrast"),
        ("e_contrast:-30", "e-contrast"),
        ("e_sharpen", "e-sharpen"),
        ("e_sharpen:500", "e-sharpen-5"),
        ("e_sharpen:33.3333333", "e-sharpen-0.3333"),
        ("e_unsharp_mask:500", "e-usm-0-5-1-0.05"),
        ("e_unsharp_mask:250", "e-usm-0-2.5-1-0.05"),
        ("e_unsharp_mask", "e-usm-0-1-1-0.05"),
        ("e_trim", "t-true"),
        ("e_trim:20", "t-20"),
        ("e_trim:20:red", "t-20"),
        ("e_trim:1/e_trim:100", "t-1:t-100"),
        ("bo_5px_solid_red", "b-5_red"),
        ("bo_5px_solid_rgb:f00", "b-5_FF0000"),
        ("bo_5px_solid_rgb:f009", "b-5_FF000060"),
        ("bo_5px_solid_rgb:AAAA54", "b-5_AAAA54"),
        ("bo_5px_solid_rgb:AAAA54A9", "b-5_AAAA5466"),
        ("b_red", "bg-red"),
        ("b_BLUE", "bg-blue"),
        ("b_rgb:B4F", "bg-BB44FF"),
        ("b_rgb:B4F9", "bg-BB44FF60"),
        ("b_rgb:AAAA54A9", "bg-AAAA5466"),
        ("b_blurred", "bg-blurred"),
        ("b_blurred:100", "bg-blurred_5"),
        ("b_blurred:100:10", "bg-blurred_5_25"),
        ("b_blurred:2000:-300", "bg-blurred_100_N255"),
        ("b_blurred:30:-1", "bg-blurred_1.5_N0"),
        ("b_blurred:0:0", "bg-blurred_0_0"),
        ("dpr_3.0", "dpr-3.0"),
        ("c_crop", "cm-extract"),
        ("c_fill", "c-maintain_ratio"),
        ("c_fit", "c-at_max"),
        ("c_pad", "cm-pad_resize"),
        ("c_scale", "c-force"),
        ("c_limit", "c-at_max"),
        ("c_lfill", "c-maintain_ratio"),
        ("c_thumb", "c-maintain_ratio"),
        ("c_mfit", "c-at_least"),
        ("t_media_lib_thumb", "n-media_lib_thumb"),
        ("fl_progressive", "pr-true"),
        ("fl_progressive:steep", "pr-true"),
        ("fl_progressive:semi", "pr-true"),
        ("fl_progressive:none", "pr-false"),
        ("fl_lossy.progressive", "pr-true"),
        ("so_10.5599,eo_10.5522,du_10.5500", "so-10.56,eo-10.55,du-10.55"),
        ("so_3,eo_4.5", "so-3,eo-4.5"),
        ("z_2.0", "z-2.0"),
    ]);
}

#[test]
fn a_known_key_without_a_meaning_is_left_out() {
    let values = [
        "w_abc",
        "w_0",
        "w_-5",
        "w_",
        "w_auto",
        "w_iw_div_2",
        "w_1e3",
        "w_N5",
        "ar_0",
        "ar_4:0",
        "ar_4:3:2",
        "g_up",
        "g_auto:face",
        "x_left",
        "f_bmp",
        "q_80:420",
        "q_0",
        "q_101",
        "q_-5",
        "q_auto:best:sensitive",
        "a_hflip",
        "a_",
        "r_",
        "r_-5",
        "r_1:2:3:4:5",
        "e_",
        "e_sepia",
        "e_blur:0",
        "e_blur:3000",
        "e_blur:x",
        "e_sharpen:x",
        "e_unsharp_mask:0",
        "e_trim:x",
        "e_trim:0",
        "e_trim:101",
        "e_trim:0:red",
        "bo_5px_dashed_red",
        "bo_5px_solid_reddish",
        "bo_5px",
        "bo_px_solid_red",
        "b_auto",
        "b_fff",
        "b_rgb:",
        "b_rgb:12345",
        "b_rgb:ggg",
        "b_blurred:2001",
        "b_blurred:5:101",
        "b_blurred:1:2:3",
        "b_blurredish",
        "co_red",
        "dpr_auto",
        "c_imagga_crop",
        "c_",
        "t_a-b",
        "t_",
        "fl_lossy",
        "so_auto",
        "so_10p",
        "z_0",
        "o_50",
        "d_avatar.png",
        "pg_2",
        "dn_300",
        "vc_h264",
        "$size_10",
        "fl_layer_apply",
    ];
    for value in values {
        let rewritten = rewrite(CLOUDINARY, &format!("{value},h_10/a.jpg"));
        assert_eq!(rewritten.map(|rewritten| rewritten.transformation).as_deref(), Some("h-10"), "{value}");
    }
}

#[test]
fn conditions_are_left_out_with_all_that_depends_on_them() {
    steps(&[
        ("w_9/if_w_gt_500,c_fill,w_5/h_9", "w-9:h-9"),
        ("w_9/if_w_gt_500/e_blur/l_logo/fl_layer_apply/if_end/h_9", "w-9:h-9"),
        ("if_w_gt_500,w_5/if_else,w_4/if_end/h_9", "h-9"),
        ("if_end/h_9", "h-9"),
        ("if_w_gt_500/e_blur", "bl-1"),
    ]);
}

#[test]
fn text_overlays_become_layers() {
    steps(&[
        ("l_text:Roboto_50_bold_left:Hi", "l-text,i-Hi,ff-Roboto,fs-50,tg-b,ia-left,l-end"),
        ("l_text:Roboto_50:Hi", "l-text,i-Hi,ff-Roboto,fs-50,l-end"),
        ("l_text:Roboto_50_italic_start:Hi", "l-text,i-Hi,ff-Roboto,fs-50,tg-i,ia-left,l-end"),
        ("l_text:Roboto_50_italic_bold_end:Hi", "l-text,i-Hi,ff-Roboto,fs-50,tg-b_i,ia-right,l-end"),
        ("l_text:Roboto_50_underline_center:Hi", "l-text,i-Hi,ff-Roboto,fs-50,ia-center,l-end"),
        ("l_text:PT_Serif_50:Hi", "l-text,i-Hi,ff-PT_Serif,fs-50,l-end"),
        ("l_text:Open%20Sans_50:Hello%20World-1.0_x", "l-text,i-Hello World-1.0_x,ff-Open Sans,fs-50,l-end"),
        ("l_text:fonts:Brand.ttf_50:Hi", "l-text,i-Hi,ff-fonts@@Brand.ttf,fs-50,l-end"),
        ("l_text:fonts%2FBrand.ttf_50:Hi", "l-text,i-Hi,ff-fonts@@Brand.ttf,fs-50,l-end"),
        ("l_text:Roboto_50:a:b", "l-text,ie-YTpi,ff-Roboto,fs-50,l-end"),
        ("l_text:Roboto_50:Hello%252C%20World%252F", "l-text,ie-SGVsbG8sIFdvcmxkLw==,ff-Roboto,fs-50,l-end"),
        ("l_text:Roboto_50:30%25", "l-text,ie-MzAl,ff-Roboto,fs-50,l-end"),
        ("l_text:Roboto_50:caf%C3%A9", "l-text,ie-Y2Fmw6k=,ff-Roboto,fs-50,l-end"),
        // What decoding a second time would break was encoded once.
        ("l_text:Roboto_50:100%25ff", "l-text,ie-MTAwJWZm,ff-Roboto,fs-50,l-end"),
        ("l_text:Roboto_50:caf%C3%A9%25e9", "l-text,ie-Y2Fmw6klZTk=,ff-Roboto,fs-50,l-end"),
        // Spaces at the ends of plain text would be lost.
        ("l_text:Roboto_50:%20Hi", "l-text,ie-IEhp,ff-Roboto,fs-50,l-end"),
        // Fonts that cannot be named and sizes that are none leave the text.
        ("l_text:a%22b_50:Hi", "l-text,i-Hi,fs-50,l-end"),
        ("l_text:..:x.ttf_50:Hi", "l-text,i-Hi,fs-50,l-end"),
        ("l_text:_50:Hi", "l-text,i-Hi,fs-50,l-end"),
        ("l_text:Roboto_0:Hi", "l-text,i-Hi,ff-Roboto,l-end"),
        // Parameters beside it act on it.
        (
            "l_text:Roboto_50:Hi,co_rgb:B4F9,w_300,g_south,y_20",
            "l-text,i-Hi,ff-Roboto,fs-50,co-BB44FF60,w-300,lxc-bw_div_2,ly-N20,l-end",
        ),
        ("co_RED,l_text:Roboto_50:Hi/a_90", "l-text,i-Hi,ff-Roboto,fs-50,co-red,l-end:rt-90"),
        (
            "co_red,l_text:Roboto_50:Hi/a_90/fl_layer_apply,x_1,y_2/w_9",
            "l-text,i-Hi,ff-Roboto,fs-50,co-red:rt-90,lx-1,ly-2,l-end:w-9",
        ),
        // Text has its own width without being asked, and nothing but the image below has a name in it.
        ("l_text:Roboto_50:Hi,w_1.0,x_0.5", "l-text,i-Hi,ff-Roboto,fs-50,lx-bw_mul_0.5,l-end"),
        ("l_text:Roboto_50:Hi,g_south_east,x_-3", "l-text,i-Hi,ff-Roboto,fs-50,lx-N0_sub_3,ly-N0,l-end"),
        // What means nothing to text is left out.
        ("l_text:Roboto_50:Hi,c_fit,q_50,t_a", "l-text,i-Hi,ff-Roboto,fs-50,l-end"),
    ]);
    steps(&[
        ("l_text:Roboto_50:", ""),
        ("l_text:Roboto:Hi", ""),
        ("l_text:", ""),
        ("l_text:style:Hi,w_5", ""),
    ]);
}

#[test]
fn image_overlays_become_layers() {
    steps(&[
        ("l_folder:logo.png", "l-image,i-folder@@logo.png,l-end"),
        ("l_folder%2Flogo.png", "l-image,i-folder@@logo.png,l-end"),
        ("l_logo", "l-image,i-logo,l-end"),
        ("l_my%20logo.png", "l-image,i-my logo.png,l-end"),
        ("l_caf%C3%A9:logo.png", "l-image,ie-Y2Fmw6kvbG9nby5wbmc=,l-end"),
        ("l_a%252Cb.png", "l-image,ie-YSxiLnBuZw==,l-end"),
        (
            "w_500/l_logo/w_50/a_90/fl_layer_apply,x_1,y_2/h_9",
            "w-500:l-image,i-logo,w-50:rt-90,lx-1,ly-2,l-end:h-9",
        ),
        ("l_logo/w_50,x_1,y_2/fl_layer_apply", "l-image,i-logo,w-50,lx-1,ly-2,l-end"),
        // A crop of the overlay has coordinates of its own.
        (
            "l_logo/c_crop,w_5,h_5,x_1,y_2,g_north/fl_layer_apply,x_3",
            "l-image,i-logo,cm-extract,w-5,h-5,x-1,y-2,fo-top,lx-3,l-end",
        ),
        // Without fl_layer_apply an overlay is a step of its own.
        ("l_logo,w_50,g_south_east/w_9", "l-image,i-logo,w-50,lfo-bottom_right,l-end:w-9"),
        ("l_logo,w_50/l_other/h_5/fl_layer_apply", "l-image,i-logo,w-50,l-end:l-image,i-other,h-5,l-end"),
        (
            "l_a/l_b/w_1/fl_layer_apply/w_2/fl_layer_apply/w_3",
            "l-image,i-a,l-image,i-b,w-1,l-end:w-2,l-end:w-3",
        ),
        // Offsets count from the edges that a gravity names.
        ("l_logo,g_north_west,x_1,y_2", "l-image,i-logo,lx-1,ly-2,l-end"),
        ("l_logo,g_south_east,x_1", "l-image,i-logo,lx-N1,ly-N0,l-end"),
        ("l_logo,g_east,x_5,y_-2", "l-image,i-logo,lx-N5,lyc-bh_div_2_sub_2,l-end"),
        ("l_logo,g_center,x_3,y_0", "l-image,i-logo,lxc-bw_div_2_add_3,lyc-bh_div_2,l-end"),
        (
            "l_logo,g_center,x_0.5,y_-0.5",
            "l-image,i-logo,lxc-bw_div_2_add_bw_mul_0.5,lyc-bh_div_2_sub_bh_mul_0.5,l-end",
        ),
        ("l_logo,w_1.0,h_1", "l-image,i-logo,w-cw,h-1,l-end"),
        // Negative ones reach over that edge, which a native `N` alone would not.
        ("l_logo,x_-10,y_-5", "l-image,i-logo,lx-0_sub_10,ly-0_sub_5,l-end"),
        ("l_logo,x_-1", "l-image,i-logo,lx-0_sub_1,l-end"),
        ("l_logo,x_-0,y_-0.0", "l-image,i-logo,lx-0,ly-0.0,l-end"),
        ("l_logo,g_north_west,x_-10,y_5", "l-image,i-logo,lx-0_sub_10,ly-5,l-end"),
        ("l_logo,g_south_east,x_-10,y_-5", "l-image,i-logo,lx-N0_sub_10,ly-N0_sub_5,l-end"),
        ("l_logo,g_south_east,x_-1,y_1", "l-image,i-logo,lx-N0_sub_1,ly-N1,l-end"),
        ("l_logo,g_north_east,x_-1,y_-2", "l-image,i-logo,lx-N0_sub_1,ly-0_sub_2,l-end"),
        ("l_logo,g_south_east,x_-0.5", "l-image,i-logo,lx-N0_sub_bw_mul_0.5,ly-N0,l-end"),
        // Of two equal keys the last with a meaning counts.
        ("l_logo,x_1,x_2,x_q,g_north,g_west", "l-image,i-logo,lx-2,lyc-bh_div_2,l-end"),
        ("l_logo,g_face,x_q", "l-image,i-logo,l-end"),
        ("l_logo,co_red,f_png,t_x,w_1", "l-image,i-logo,w-1,l-end"),
        ("l_logo,l_other,w_1", "l-image,i-logo,w-1,l-end"),
        ("fl_layer_apply,w_1", "w-1"),
    ]);
}

/// Every file is 100x100 without a margin, every text 80x20.
struct Files;

impl LayerFacts for Files {
    fn image(&self, _input: &ImageInput) -> ImageFacts {
        ImageFacts::Known { stored: Size { width: 100, height: 100 }, orientation: 1, trimmed: None }
    }

    fn text(&self, text: &TextBox) -> Option<Size> {
        Some(text.around(Size { width: text.width.unwrap_or(80), height: 20 }))
    }
}

/// What a URL of Cloudinary comes to, on an image of 600x400.
fn resolve(url: &str) -> Result<Resolved, UrlError> {
    let (target, _) = Target::rewritten(url, None, Some(&CLOUDINARY))?;
    let named = NamedTransformations::new([("stored".to_owned(), "w-5".to_owned(), true)], false);
    let source =
        Source { width: 600, height: 400, orientation: 1, auto_orient: true, max_pixels: 100_000_000 };
    Plan::parse_named(&target, &Rules::default(), &named)?.resolve_with(&source, &Hints::default(), &Files)
}

#[test]
fn overlays_lie_where_the_vendor_lays_them() {
    let rows = [
        ("l_logo,x_10,y_5", "100x100", (10, 5)),
        ("l_logo,x_-10,y_-5", "100x100", (-10, -5)),
        ("l_logo,g_north_west,x_-10,y_5", "100x100", (-10, 5)),
        ("l_logo,g_south_east,x_10,y_5", "100x100", (490, 295)),
        ("l_logo,g_south_east,x_-10,y_-5", "100x100", (510, 305)),
        ("l_logo,g_north_east,x_-10,y_-5", "100x100", (510, -5)),
        ("l_logo,g_south_west,x_-10", "100x100", (-10, 300)),
        ("l_logo,g_center,x_-10", "100x100", (240, 150)),
        ("l_logo,g_east,y_20", "100x100", (500, 170)),
        ("l_logo,x_0.5,y_-0.1", "100x100", (300, -40)),
        ("l_logo,g_south_east,x_0.1,y_-0.1", "100x100", (440, 340)),
        ("l_logo,w_1.0,h_0.5,c_scale,x_1", "100x50", (1, 0)),
        ("l_text:Roboto_50:Hi,g_south_east,x_-10,y_-5", "80x20", (530, 385)),
        ("l_text:Roboto_50:Hi,w_1.0,x_-10", "80x20", (-10, 0)),
    ];
    for (step, size, at) in rows {
        let resolved = resolve(&format!("{step}/a.jpg")).unwrap();
        let layer = resolved.steps.iter().flat_map(|step| &step.layers).next().unwrap();
        let found = (layer.size.unwrap().to_string(), layer.at.unwrap());
        assert_eq!(found, (size.to_owned(), at), "{step}");
    }
}

#[test]
fn a_one_with_a_decimal_point_is_the_whole_side() {
    let rows = [
        ("w_1.0", "600x400"),
        ("w_300/w_1.0", "300x200"),
        ("w_1,h_1", "1x1"),
        ("c_crop,w_1.0,h_0.5,y_0.5", "600x200"),
        ("c_crop,w_0.5,h_1.0,x_0.25", "300x400"),
    ];
    for (steps, size) in rows {
        assert_eq!(resolve(&format!("{steps}/a.jpg")).unwrap().size.to_string(), size, "{steps}");
    }
}

#[test]
fn what_was_translated_is_refused_like_a_native_string() {
    let rows = [
        ("t_stored/w_1".to_owned(), "none"),
        ("t_unheard_of".to_owned(), "EINVAL"),
        ("c_crop,w_9,h_9,x_599".to_owned(), "EINVAL"),
        ("w_1/".repeat(31), "ELIMIT"),
    ];
    for (steps, code) in rows {
        let error = resolve(&format!("{steps}/a.jpg")).err();
        assert_eq!(error.map_or("none", |error| error.code.as_str()), code, "{steps}");
    }
}

#[test]
fn notes_on_overlays_tell_where_they_are_put() {
    let rows: [(&str, &[&str]); 6] = [
        ("l_logo,g_south_east,x_10,y_5", &["g_south_east,x_10 -> lx-N10", "g_south_east,y_5 -> ly-N5"]),
        ("l_logo,g_south_east", &["g_south_east -> lfo-bottom_right"]),
        ("l_logo,x_-10,y_5", &["x_-10 -> lx-0_sub_10", "y_5 -> ly-5"]),
        // Offsets may stand in another step than the gravity they count by.
        (
            "l_logo,g_south/fl_layer_apply,y_20",
            &["fl_layer_apply -> l-end", "g_south -> lxc-bw_div_2", "g_south,y_20 -> ly-N20"],
        ),
        (
            "l_logo,x_1,g_north,x_2,g_west",
            &[
                "x_1 dropped: a later one counts",
                "g_north dropped: a later one counts",
                "g_west,x_2 -> lx-2",
                "g_west -> lyc-bh_div_2",
            ],
        ),
        ("l_logo,g_face,x_q", &["g_face dropped: an overlay has a fixed place", "x_q dropped: not a number"]),
    ];
    for (step, expected) in rows {
        let mut found = notes(CLOUDINARY, &format!("{step}/a.jpg"));
        assert_eq!(found.remove(0), "l_logo -> l-image,i-logo", "{step}");
        assert_eq!(found, expected, "{step}");
    }
}

#[test]
fn an_overlay_without_an_equivalent_takes_its_steps_with_it() {
    steps(&[
        ("w_9/l_video:clip/w_5,x_1/fl_layer_apply,g_south/h_9", "w-9:h-9"),
        ("l_fetch:aHR0cHM6Ly9leGFtcGxlLmNvbQ==,w_5/h_9", "h-9"),
        ("u_bg,w_5/h_9", "h-9"),
        ("l_..:secret,w_5/h_9", "h-9"),
        ("l_a%00,w_5/h_9", "h-9"),
        ("l_:,w_5/h_9", "h-9"),
        ("u_bg/l_logo/w_5/fl_layer_apply/fl_layer_apply/h_9", "h-9"),
        (
            "l_a/l_b/l_c/l_d/w_1/fl_layer_apply/w_2/fl_layer_apply/fl_layer_apply/fl_layer_apply",
            "l-image,i-a,l-image,i-b,l-image,i-c,w-2,l-end,l-end,l-end",
        ),
    ]);
}

// === imgix ===

#[test]
fn queries_of_imgix_become_one_step() {
    expect(
        Imgix,
        &[
            ("a.jpg?w=100&fit=max&fm=jp2", "w-100,c-at_max,f-jpg | a.jpg"),
            ("a.jpg?crop=left,top&fit=crop&w=10&h=10", "fo-top_left,w-10,h-10 | a.jpg"),
            ("a.jpg?bg=9B4F&orient=6", "bg-BB44FF60,rt-90 | a.jpg"),
            ("a.jpg?ar=2:3&w=100", "w-100 | a.jpg"),
            ("a.jpg?usm=-50&usmrad=2&v=7", "e-usm-2-0.00-1-0.05 | a.jpg?v=7"),
            ("a.jpg?h=100&w=<invalid>&blur=100", "h-100,bl-5.00 | a.jpg"),
            (
                "dir/a.jpg?v=1&w=5&&token=a%26b&ik-s=1&ik-attachment=true",
                "w-5 | dir/a.jpg?v=1&&token=a%26b&ik-s=1&ik-attachment=true",
            ),
            ("a.jpg?v=1", "native"),
            ("a.jpg?W=1", "native"),
            ("a.jpg?", "native"),
            ("a.jpg", "native"),
        ],
    );
}

#[test]
fn every_row_of_imgix_is_translated() {
    queries(&[
        ("w=100&h=100", "w-100,h-100"),
        ("w=0.5", "w-0.5"),
        ("w=1.0&h=1.00", "w-cw,h-ch"),
        ("w=1&h=1", "w-1,h-1"),
        ("ar=2:3&w=1.0&fit=crop", "ar-2-3,w-cw"),
        ("ar=2:3&w=100&fit=crop", "ar-2-3,w-100"),
        ("fit=max&h=100&ar=1.5", "c-at_max,h-100,ar-1.5-1"),
        ("ar=2%3A3&w=x&h=100&fit=crop", "ar-2-3,h-100"),
        ("ar=2:3&w=100&h=100&fit=crop", "w-100,h-100"),
        ("ar=2:3&fit=crop", ""),
        ("ar=2:3&w=100&fit=bogus", "w-100"),
        ("crop=top", "fo-top"),
        ("crop=bottom", "fo-bottom"),
        ("crop=left", "fo-left"),
        ("crop=right", "fo-right"),
        ("crop=top%2Cleft", "fo-top_left"),
        ("crop=right,top", "fo-top_right"),
        ("crop=left,bottom", "fo-bottom_left"),
        ("crop=bottom,right", "fo-bottom_right"),
        ("crop=faces", "fo-auto"),
        ("fit=clip", "c-at_max_enlarge"),
        ("fit=crop", ""),
        ("fit=fill", "cm-pad_resize"),
        ("fit=fillmax", "cm-pad_resize"),
        ("fit=max", "c-at_max"),
        ("fit=scale", "c-force"),
        ("fit=facearea", "fo-face"),
        ("fit=fill&fill=solid&fill-color=A9AAAA54", "cm-pad_resize,bg-AAAA5466"),
        ("fit=fill&fill=blur&bg=BLUE", "cm-pad_resize,bg-blue"),
        ("fm=jpeg", "f-jpeg"),
        ("fm=jpg", "f-jpg"),
        ("fm=jp2", "f-jpg"),
        ("fm=png", "f-png"),
        ("fm=png8", "f-png"),
        ("fm=png32", "f-png"),
        ("fm=webp", "f-webp"),
        ("fm=gif", "f-gif"),
        ("fm=avif", "f-avif"),
        ("q=60", "q-60"),
        ("q=1", "q-1"),
        ("q=100", "q-100"),
        ("auto=format", "f-auto"),
        ("auto=compress,format", "f-auto"),
        ("orient=1", "rt-0"),
        ("orient=6", "rt-90"),
        ("orient=3", "rt-180"),
        ("orient=8", "rt-270"),
        ("orient=0", "rt-0"),
        ("orient=90", "rt-90"),
        ("orient=180", "rt-180"),
        ("orient=270", "rt-270"),
        ("or=6", "rt-90"),
        ("or=180", "rt-180"),
        ("bg=B4F", "bg-BB44FF"),
        ("bg=aaaa54", "bg-AAAA54"),
        ("dpr=3.0", "dpr-3.0"),
        ("sharp=10", "e-sharpen-200"),
        ("sharp=100", "e-sharpen-2000"),
        ("sharp=0.07", "e-sharpen-1.4"),
        ("sharp=0.3333333", "e-sharpen-6.6667"),
        ("con=30", "e-contrast"),
        ("con=-50", "e-contrast"),
        ("usm=40", "e-usm-2.5-8.00-1-0.05"),
        ("usm=40&usmrad=x", "e-usm-2.5-8.00-1-0.05"),
        ("usmrad=3&usm=1", "e-usm-3-0.20-1-0.05"),
        ("usmrad=3", ""),
        // A value without a meaning takes nothing from the one that has one.
        ("usmrad=3&usm=1&usmrad=x", "e-usm-3-0.20-1-0.05"),
        ("usmrad=x&usm=1&usmrad=3", "e-usm-3-0.20-1-0.05"),
        ("usmrad=3&usm=1&usmrad=4", "e-usm-4-0.20-1-0.05"),
        ("usm=1&usm=x&usmrad=3&usmrad", "e-usm-3-0.20-1-0.05"),
        ("w=100&w=x&fit=crop&fit=bogus&ar=2:3", "w-100,ar-2-3"),
        ("blur=100", "bl-5.00"),
        ("blur=90", "bl-4.50"),
        ("blur=2000", "bl-100.00"),
        ("trim=auto", "t-true"),
        ("trim=color", "t-true"),
    ]);
}

#[test]
fn imgix_parameters_without_a_meaning_are_dropped() {
    let pieces = [
        "w=0",
        "w=-1",
        "w=",
        "w",
        "h=auto",
        "w=%ff",
        "crop=up",
        "crop=top,bottom",
        "crop=left,left",
        "crop=edges",
        "crop=top,left,faces",
        "fit=clamp",
        "fill=gen",
        "fm=mp4",
        "q=x",
        "q=0",
        "q=101",
        "or=2",
        "auto=compress",
        "orient=2",
        "orient=-90",
        "bg=12345",
        "fill-color=reddish",
        "bg=%23fff",
        "dpr=x",
        "sharp=0",
        "sharp=-1",
        "sharp=101",
        "con=x",
        "usm=x",
        "usm=101",
        "usm=-101",
        "blur=0",
        "blur=-5",
        "blur=x",
        "blur=2001",
        "trim=left",
        "s=0123456789abcdef",
        "ixlib=js-3.8.0",
        "rect=0,0,10,10",
        "txt=Hi",
        "txt-size=3",
        "txt64=SGk",
        "mark=logo.png",
        "mark-align=top",
        "mark64=bG9nbw",
        "blend64=bG9nbw",
        "w64=MTA",
        "rot=90",
        "flip=h",
        "monochrome=f00",
        "~text=Hi",
        "transparency=grid",
        "trim-pad=5",
        "grid-size=5",
        "grid-colors=red",
        "max-width=5",
        "min-width=5",
        "max-height=5",
        "min-height=5",
        "maskbg=red",
        "mono=f00",
        "blendalign=top",
        "m=logo.png",
        "frame=1",
        "loop=1",
        "fps=5",
        "interval=5",
        "reverse=true",
        "skip=2",
        "gif-q=50",
        "fill-gradient-cs=hsl",
        "fill-gen-seed=5",
        "bg-remove=true",
        "bg-remove-fallback=true",
        "bg-replace=beach",
        "bg-replace-neg-prompt=sea",
        "jpg-progressive=true",
        "object-removal-prompt=car",
        "svg-sanitize=true",
        "upscale=true",
    ];
    for piece in pieces {
        assert_eq!(answer(Imgix, &format!("a.jpg?{piece}&h=5&x=1")), "h-5 | a.jpg?x=1", "{piece}");
    }
}

// === Akamai ===

#[test]
fn akamai_has_two_sizes() {
    expect(
        Akamai,
        &[
            ("a.jpg?imwidth=320", "w-320 | a.jpg"),
            ("a.jpg?imheight=100&x=1&imwidth=100", "h-100,w-100 | a.jpg?x=1"),
            ("a.jpg?imwidth=wide&imheight=5", "h-5 | a.jpg"),
            ("a.jpg?impolicy=hero&im=Resize=300", " | a.jpg"),
            ("a.jpg?w=100", "native"),
        ],
    );
}

// === All ===

#[test]
fn native_syntax_wins() {
    for rewriter in [CLOUDINARY, PRESERVING, Imgix, Akamai] {
        for url in [
            "w_100/tr:h-5/a.jpg?w=100&imwidth=5",
            "w_100/tr%3Ah-5/a.jpg?w=100&imwidth=5",
            "w_100/a.jpg?w=100&imwidth=5&tr=h-5",
            "w_100/a.jpg?w=100&imwidth=5&tr=",
        ] {
            assert_eq!(answer(rewriter, url), "native", "{rewriter:?} {url}");
            let (rest, query) = url.split_once('?').unwrap();
            let (target, rewritten) = Target::rewritten(rest, Some(query), Some(&rewriter)).unwrap();
            assert_eq!((Ok(target), rewritten), (Target::parse(rest, Some(query)), None));
        }
    }
}

#[test]
fn a_target_has_the_translated_string_alone() {
    let read = |rest, query, rewriter: Option<Rewriter>| {
        let (target, rewritten) = Target::rewritten(rest, query, rewriter.as_ref()).unwrap();
        (target.resource, target.strings, target.forwarded_query, rewritten.is_some())
    };
    let strings = |string: &str| vec![string.to_owned()];
    assert_eq!(
        read("a/b.jpg", Some("w=5&x=1&ik-s=9"), Some(Imgix)),
        ("a/b.jpg".to_owned(), strings("w-5"), Some("x=1".to_owned()), true)
    );
    assert_eq!(read("w_x/b.jpg", None, Some(CLOUDINARY)), ("b.jpg".to_owned(), Vec::new(), None, true));
    assert_eq!(
        read("w_5/b.jpg", Some("w=5"), None),
        ("w_5/b.jpg".to_owned(), Vec::new(), Some("w=5".to_owned()), false)
    );
    assert_eq!(
        Target::rewritten("w_5/../b.jpg", None, Some(&CLOUDINARY)).map(drop),
        Target::parse("../b.jpg", None).map(drop)
    );
}

#[test]
fn notes_tell_what_became_of_each_piece() {
    assert_eq!(
        notes(
            CLOUDINARY,
            "image/upload/s--abcdefgh--/c_crop,w_abc,e_sepia,o_50/l_logo,x_1/u_bg,w_9/v5/a.jpg"
        ),
        [
            "image/upload dropped: asset and delivery type",
            "s--abcdefgh-- dropped: signatures of the vendor are not checked",
            "v5 dropped: versions are no part of a path here",
            "c_crop -> cm-extract",
            "w_abc dropped: not a number",
            "e_sepia dropped: no equivalent",
            "o_50 dropped: no equivalent",
            "l_logo -> l-image,i-logo",
            "x_1 -> lx-1",
            "u_bg dropped: underlays have no equivalent",
            "w_9 dropped: acts on an overlay that was dropped",
        ]
    );
    assert_eq!(
        notes(CLOUDINARY, "w_0,b_no,co_red,e_blur:0,if_w_gt_1,q_9/w_%C3%A9/$a_1/t_a-b/a.jpg"),
        [
            "w_0,b_no,co_red,e_blur:0,if_w_gt_1,q_9 dropped: conditions are not translated",
            "w_\\u{e9} dropped: not a number",
            "$a_1 dropped: variables are not translated",
            "t_a-b dropped: not a name of letters, digits and underscores",
        ]
    );
    assert_eq!(
        notes(CLOUDINARY, "q_0,e_trim:101/w_1.0/a.jpg"),
        ["q_0 dropped: not from 1 to 100", "e_trim:101 dropped: not from 1 to 100", "w_1.0 -> w-cw"]
    );
    assert_eq!(
        notes(Imgix, "a.jpg?q=0&or=6&m=logo.png").join("; "),
        "q=0 dropped: not from 1 to 100; or=6 -> rt-90; m=logo.png dropped: no equivalent"
    );
    assert_eq!(
        notes(CLOUDINARY, "w_0,b_no,co_red,e_blur:0/a.jpg"),
        [
            "w_0 dropped: not greater than 0",
            "b_no dropped: not a colour",
            "co_red dropped: means something only in an overlay",
            "e_blur:0 dropped: not from 1 to 2000",
        ]
    );
    assert_eq!(
        notes(Imgix, "a.jpg?crop=left%2Ctop&fit=crop&s=abc&w=x&usm=5&usmrad=1&x=1"),
        [
            "crop=left,top -> fo-top_left",
            "fit=crop -> nothing, the default",
            "s=abc dropped: no equivalent",
            "w=x dropped: not a number",
            "usm=5 -> e-usm-1-1.00-1-0.05",
            "usmrad=1 dropped: counts only as part of usm",
        ]
    );
    let many = notes(Imgix, &format!("a.jpg?{}", "w=1&".repeat(1000)));
    assert_eq!((many.len(), many.last().map(String::as_str)), (41, Some("and 960 more")));
}
