//! Rows of what a layer shows and where it lies.

use super::scopes::LAYER;
use crate::parameter::{Parameter, Scopes, Takes, overlay};
use crate::setting::Setting;

/// The input of a layer is read with the layer.
const INPUT: Takes = Takes::Read(|_, _| Ok(Setting::Nothing));

const OFFSET: &str = "pixels, an expression; `N` in front of either";

pub(super) const ROWS: &[Parameter] = &[
    Parameter::row("i", LAYER.and(Scopes::SUBTITLES), INPUT)
        .takes("a path, its slashes written `@@`; a text; `ik_canvas` for a block")
        .examples(&["logo.png", "ik_canvas"])
        .means("What the layer shows; of a text, the first 2000 characters."),
    Parameter::row("ie", LAYER.and(Scopes::SUBTITLES), INPUT)
        .takes("base64 in either alphabet, padded or not")
        .examples(&["bG9nby5wbmc"])
        .means("The same in base64, of which 2500 characters count; wins over `i`."),
    Parameter::row("lx", LAYER, Takes::Read(overlay::offset))
        .sdk(&["position x"])
        .takes(OFFSET)
        .examples(&["10", "N10", "bw_sub_cw"])
        .means("Left edge. `N` measures the gap to the right edge instead."),
    Parameter::row("ly", LAYER, Takes::Read(overlay::offset))
        .sdk(&["position y"])
        .takes(OFFSET)
        .examples(&["10", "N10"])
        .means("Top edge. `N` measures the gap to the bottom edge instead."),
    Parameter::row("lxc", LAYER, Takes::Read(overlay::offset))
        .sdk(&["position xCenter"])
        .takes(OFFSET)
        .since("2026-04")
        .examples(&["300"])
        .means("Middle of the layer from left to right; `lx` wins."),
    Parameter::row("lyc", LAYER, Takes::Read(overlay::offset))
        .sdk(&["position yCenter"])
        .takes(OFFSET)
        .since("2026-04")
        .examples(&["300"])
        .means("Middle of the layer from top to bottom; `ly` wins."),
    Parameter::row("lfo", LAYER, Takes::Read(overlay::place))
        .sdk(&["position focus"])
        .takes("nine places")
        .default("`center`")
        .examples(&["bottom_right"])
        .means("Place of the layer; ignored beside `lx`, `ly`, `lxc` and `lyc`."),
    Parameter::row("lap", LAYER, Takes::Read(overlay::place))
        .sdk(&["position anchorPoint"])
        .since("2026-04")
        .takes("nine places")
        .default("`top_left`")
        .examples(&["center"])
        .means("Where on the picture below the offsets count from; with it, `N` is a plain minus."),
    Parameter::row("lm", LAYER, Takes::Read(overlay::mode))
        .sdk(&["layerMode"])
        .since("2026-01")
        .takes("`multiply`, `displace`, `cutout`, `cutter`")
        .examples(&["multiply"])
        .means("How the layer is laid over the picture."),
    Parameter::row("al", Scopes::TEXT.and(Scopes::BLOCK), Takes::Read(overlay::opacity))
        .sdk(&["alpha"])
        .takes("tenths; between 0 and 1 a fraction")
        .range("1 to 9, clamped")
        .default("opaque")
        .examples(&["5", "0.25"])
        .means("Opacity of colours that are given as six hex digits."),
];
