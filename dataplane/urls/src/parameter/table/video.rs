//! Rows for videos: known, so that they never break the URL of an image.

use super::scopes::ANYWHERE;
use crate::parameter::{Parameter, Takes};

pub(super) const ROWS: &[Parameter] = &[
    row("so").sdk(&["startOffset"]).takes("seconds").examples(&["5"]).means("Where the video starts."),
    row("eo").sdk(&["endOffset"]).takes("seconds").examples(&["15"]).means("Where it ends."),
    row("du").sdk(&["duration"]).takes("seconds").examples(&["10"]).means("How long it is."),
    row("sr")
        .sdk(&["streamingResolutions"])
        .takes("heights joined by `_`")
        .examples(&["480_720"])
        .means("Resolutions of a stream."),
    row("vc")
        .sdk(&["videoCodec"])
        .takes("`h264`, `vp9`, `av1`, `none`")
        .examples(&["h264"])
        .means("Codec of its pictures."),
    row("ac")
        .sdk(&["audioCodec"])
        .takes("`aac`, `opus`, `none`")
        .examples(&["aac"])
        .means("Codec of its sound."),
    row("lso").sdk(&["timing start"]).takes("seconds").examples(&["2"]).means("When a layer appears."),
    row("leo").sdk(&["timing end"]).takes("seconds").examples(&["4"]).means("When it disappears."),
    row("ldu").sdk(&["timing duration"]).takes("seconds").examples(&["2"]).means("How long it stays."),
];

const fn row(key: &'static str) -> Parameter {
    Parameter::row(key, ANYWHERE, Takes::VideoOnly)
}
