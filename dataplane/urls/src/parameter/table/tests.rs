//! Values as the rows read them.

use super::{GROUPS, find, find_effect};
use crate::expression::BASE_VARIABLES;
use crate::parameter::Context;
use crate::setting::Support;

fn read(key: &str, value: &str) -> String {
    let context = Context { variables: BASE_VARIABLES };
    let row = match key.strip_prefix("e-") {
        Some(name) => find_effect(name).unwrap(),
        None => find(key).unwrap(),
    };
    match row.takes.read(value, &context) {
        Ok(None) => "dropped".to_owned(),
        Ok(Some(setting)) if setting.support() == Support::Idle => "nothing".to_owned(),
        Ok(Some(setting)) => setting.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn no_key_has_two_rows() {
    let mut keys: Vec<_> = GROUPS.iter().flat_map(|group| group.rows).map(|row| row.key).collect();
    keys.sort_unstable();
    let count = keys.len();
    keys.dedup();
    assert_eq!(keys.len(), count);
}

#[test]
fn every_row_is_found_by_its_key_and_nothing_else_is() {
    for row in GROUPS.iter().flat_map(|group| group.rows) {
        let found = match row.key.strip_prefix("e-") {
            Some(name) => find_effect(name),
            None => find(row.key),
        };
        assert_eq!(found.map(|found| found.key), Some(row.key));
    }
    for key in ["", "W", "\0w", "ww", "e-usm", "e", "e-", "é", "grayscale", "zz"] {
        assert!(find(key).is_none(), "{key}");
    }
    for name in ["", "o", "e-usm", "edge", "Grayscale", "é", "w"] {
        assert!(find_effect(name).is_none(), "{name}");
    }
}

#[test]
fn values_are_read_and_shown_in_their_normal_spelling() {
    let rows = [
        ("w", "400", "400"),
        ("w", "0.5", "0.5"),
        ("w", "auto", "auto"),
        ("w", "iw_div_2", "iw_div_2"),
        ("ar", "4-3", "4-3"),
        ("ar", "4_3", "4-3"),
        ("ar", "4:3", "4-3"),
        ("ar", "1.5", "1.5"),
        ("ar", "iar_div_2", "iar_div_2"),
        ("c", "at_max_enlarge", "at_max_enlarge"),
        ("cm", "pad_extract_no_shrink", "pad_extract_no_shrink"),
        ("fo", "bottom_right", "bottom_right"),
        ("fo", "auto-custom_override", "auto-custom_override"),
        ("fo", "car_trafficLight", "car_trafficLight"),
        ("x", "N10", "N10"),
        ("x", "N0", "0"),
        ("xc", "-iw_div_2", "Niw_div_2"),
        ("dpr", "auto", "auto"),
        ("dpr", "2", "2"),
        ("rt", "-90", "270"),
        ("rt", "N90", "270"),
        ("rt", "450", "90"),
        ("rt", "360", "0"),
        ("rt", "auto", "auto"),
        ("rt", "30", "30"),
        ("rt", "N40.5", "319.5"),
        ("rt", "N0.00000000000000001", "0"),
        ("fl", "v_h", "h_v"),
        ("b", "10_000000", "10_000000"),
        ("b", "10-000000", "10_000000"),
        ("b", "ih_div_20_red", "ih_div_20_FF0000"),
        ("b", "iw_div_100-yellow", "iw_div_100_FFFF00"),
        ("r", "20", "20"),
        ("r", "max", "max"),
        ("r", "10_20_max_40", "10_20_max_40"),
        ("r", "5_5_5_5", "5"),
        ("r", "max_max_max_max", "max_max_max_max"),
        ("bg", "f00", "FF0000"),
        ("bg", "FF000050", "FF000050"),
        ("bg", "blurred", "blurred_auto_0"),
        ("bg", "blurred_25", "blurred_25_0"),
        ("bg", "blurred_auto_N30", "blurred_auto_N30"),
        ("bg", "blurred_500_900", "blurred_100_255"),
        ("bg", "dominant", "dominant"),
        ("bg", "genfill", "genfill"),
        ("bg", "genfill-prompt-a beach", "genfill-prompt-a beach"),
        ("bg", "genfill-prompte-YSBiZWFjaA==", "genfill-prompt-a beach"),
        ("bg", "gradient_dominant", "gradient_dominant_2"),
        ("bg", "gradient_dominant_4", "gradient_dominant_4"),
        ("bl", "500", "100"),
        ("bl", "N3", "1"),
        ("q", "150", "100"),
        ("q", "0", "1"),
        ("q", "79.5", "80"),
        ("f", "jpeg", "jpg"),
        ("f", "mp4", "nothing"),
        ("pr", "1", "true"),
        ("lo", "false", "false"),
        ("o", "100", "nothing"),
        ("o", "50", "50"),
        ("o", "0.8", "80"),
        ("o", "0.07", "7"),
        ("o", "1", "1"),
        ("o", "N3", "0"),
        ("o", "1000", "nothing"),
        ("t", "", "10"),
        ("t", "true", "10"),
        ("t", "1", "1"),
        ("t", "15", "15"),
        ("t", "500", "99"),
        ("t", "N5", "1"),
        ("t", "false", "nothing"),
        ("t", "0", "nothing"),
        ("z", "0.5", "0.5"),
        ("pg", "2_3-4_7-", "2_3-4_7-"),
        ("pg", "007", "7"),
        ("pg", r#"name-"a, b"_"c""#, r#"name-"a, b"_"c""#),
        ("cr", "red", "FF0000_35"),
        ("cr", "red_400", "FF0000_100"),
        ("cr", "red_40_blue", "FF0000_40_0000FF"),
        ("dn", "idn_div_2", "idn_div_2"),
        ("dn", "3000", "1200"),
        ("dn", "0", "1"),
        ("n", "Case_1", "nothing"),
        ("di", "@@a@@b c.png", "a@@b c.png"),
        ("di", "a@/@b.png", "a@/@b.png"),
        ("di", "100%.png", "100%.png"),
        ("c2pa", "1", "true"),
        ("c2pa", "false", "nothing"),
        ("w", "", "dropped"),
        ("di", "", "dropped"),
        ("so", "not even a number", "dropped"),
        ("ie", "SGVsbG8", "nothing"),
        ("pa", "10_20", "10_20_10_20"),
        ("pa", "1_2_3", "1_2_3_2"),
        ("pa", "5_5_5_5", "5"),
        ("pa", "iw_div_20", "iw_div_20"),
        ("tg", "strikethrough_i_b", "b_i_strikethrough"),
        ("lx", "35", "35"),
        ("lx", "-35", "N35"),
        ("ly", "N0", "N0"),
        ("lyc", "Niw_div_2", "Niw_div_2"),
        ("lfo", "bottom_right", "bottom_right"),
        ("lap", "center", "center"),
        ("lm", "cutter", "cutter"),
        ("al", "5", "5"),
        ("al", "0.25", "0.25"),
        ("al", "0.5", "5"),
        ("al", "40", "9"),
        ("al", "N1", "1"),
        ("fs", "iw_div_20", "iw_div_20"),
        ("lh", "12.5", "12.5"),
        ("ff", "pt serif", "PT_Serif"),
        ("ff", "open_SANS", "Open Sans"),
        ("ff", "Comic", ""),
        ("ff", "@@fonts@@a.TTF", "fonts@@a.TTF"),
        ("co", "red", "FF0000"),
        ("ia", "right", "right"),
        ("fsh", "red_2", "nothing"),
        ("fol", "2_red", "nothing"),
        ("e-grayscale", "", "true"),
        ("e-grayscale", "true", "true"),
        ("e-grayscale", "false", "nothing"),
        ("e-contrast", "1", "true"),
        ("e-sharpen", "", "50"),
        ("e-sharpen", "true", "50"),
        ("e-sharpen", "10", "10"),
        ("e-sharpen", "500", "99"),
        ("e-sharpen", "0", "nothing"),
        ("e-usm", "", "2-2-0.8-0.024"),
        ("e-usm", "3-1.5-1-0", "3-1.5-1-0"),
        ("e-usm", "3-1.5", "2-2-0.8-0.024"),
        ("e-usm", "1-2-3-4-5", "2-2-0.8-0.024"),
        ("e-usm", "false", "nothing"),
        ("e-shadow", "bl-15_st-40_x-10_y-N10", "bl-15_st-40_x-10_y-N10"),
        ("e-shadow", "y-N300_bl-99_st-999", "bl-15_st-100_x-2_y-N100"),
        ("e-shadow", "true", "bl-10_st-30_x-2_y-2"),
        ("e-shadow", "0", "nothing"),
        (
            "e-gradient",
            "ld-top_right_from-red_sp-ih_div_2",
            "ld-top_right_from-FF0000_to-00000000_sp-ih_div_2",
        ),
        ("e-gradient", "", "ld-bottom_from-FFFFFF_to-00000000_sp-1"),
        ("e-gradient", "ld-30_sp-0.5", "ld-30_from-FFFFFF_to-00000000_sp-0.5"),
        ("e-colorize", "", "co-808080_in-100"),
        ("e-colorize", "in-500_co-red", "co-FF0000_in-100"),
        ("e-distort", "p-10_10_290_0_300_200_0_190", "p-10_10_290_0_300_200_0_190"),
        ("e-distort", "p-N1_0_9_0_9_9_N1_9.5", "p-N1_0_9_0_9_9_N1_9.5"),
        ("e-distort", "a-N30", "a-N30"),
        ("e-edit", "prompt-add a hat", "prompt-add a hat"),
        ("e-changebg", "prompte-YSBiZWFjaA%3D%3D", "prompt-a beach"),
        ("e-changebg", "prompte-YSwgYjogYw", "prompte-YSwgYjogYw"),
        ("e-changebg", "prompte-IGE", "prompte-IGE"),
        ("e-dropshadow", "", "az-215_el-45_st-60"),
        ("e-dropshadow", "az-945_el-930_st-N6", "az-360_el-90_st-0"),
        ("e-upscale", "1", "true"),
        ("e-retouch", "false", "nothing"),
    ];
    for (key, value, expected) in rows {
        assert_eq!(read(key, value), expected, "{key}-{value}");
    }
}

#[test]
fn bad_values_say_what_is_wrong() {
    let rows = [
        ("w", "abc", "is not a number"),
        ("w", "0", "is not greater than 0"),
        ("w", "-5", "is not greater than 0"),
        ("w", "bw_div_2", "uses bw, which has no value here"),
        ("w", "iw_div", "ends with an operator"),
        ("h", "auto", "is not a number"),
        ("ar", "4-0", "is not greater than 0"),
        ("ar", "4-x", "is not a ratio"),
        ("ar", "0", "is not greater than 0"),
        ("ar", "wide", "is not a number"),
        ("c", "bogus", "is not a known value"),
        ("c", "pad_resize", "is not a known value"),
        ("cm", "force", "is not a known value"),
        ("fo", "unicorn", "is not a known value"),
        ("fo", "car_unicorn", "is not a known value"),
        ("fo", "Top", "is not a known value"),
        ("rt", "east", "is not a number"),
        ("fl", "d", "is not a known value"),
        ("b", "10", "is not WIDTH_COLOR"),
        ("b", "N5_red", "is negative"),
        (
            "b",
            "5_reddish",
            "is not a colour: give RRGGBB, RRGGBBAA with AA from 00 to 99, or a CSS colour name",
        ),
        ("r", "1_2", "is neither one radius nor four"),
        ("r", "N1", "is negative"),
        ("r", "round", "is not a number"),
        ("bg", "blurred_x", "is not blurred_INTENSITY_BRIGHTNESS"),
        ("bg", "genfill-make it", "has no prompt-TEXT or prompte-BASE64"),
        ("q", "abc", "is not a number"),
        ("f", "bogus", "is not a known value"),
        ("pr", "yes", "is not true or false"),
        ("z", "0", "is not greater than 0"),
        ("pg", "0", "is not a page, a list, a range or quoted names"),
        ("pg", "name-a", "is not a page, a list, a range or quoted names"),
        ("di", "a@@..@@b", "is not the path of a file"),
        ("n", "a-b", "is not a name of letters, digits and underscores"),
        ("lx", "NN5", "is not a number"),
        ("lx", "N-iw_div_2", "is not a number"),
        ("lfo", "middle", "is not a known value"),
        ("lm", "screen", "is not a known value"),
        ("al", "half", "is not a number"),
        ("fs", "0", "is not greater than 0"),
        ("ff", "..@@a.ttf", "is not the path of a font file"),
        ("tg", "b_u", "is not a known value"),
        ("pa", "1.5", "is not one to four whole numbers"),
        ("pa", "1_2_3_4_5", "is not one to four whole numbers"),
        (
            "e-distort",
            "p-100_0_0_0_100_100_0_100",
            "does not name the corners in the order top left, top right, bottom right, bottom left",
        ),
        ("e-distort", "p-1_2_3", "does not have eight coordinates"),
        ("e-distort", "", "is neither p-CORNERS nor a-DEGREES"),
        ("e-gradient", "ld-upwards", "is not a known value"),
        (
            "e-gradient",
            "from-reddish",
            "is not a colour: give RRGGBB, RRGGBBAA with AA from 00 to 99, or a CSS colour name",
        ),
        ("e-edit", "", "has no prompt-TEXT or prompte-BASE64"),
    ];
    for (key, value, expected) in rows {
        assert_eq!(read(key, value), format!("error: {expected}"), "{key}-{value}");
    }
}
