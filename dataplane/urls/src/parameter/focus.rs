//! `fo`: nine places, and things that have to be found in the picture.

use super::{BadValue, Context};
use crate::setting::{Focus, Position, Setting};

/// What can be asked for beside the nine places, without a detector.
const AUTOMATIC: [&str; 3] = ["auto", "custom", "auto-custom_override"];

/// The classes of the COCO data set in the spelling of URLs.
#[rustfmt::skip] // one name a line would be four screens
const OBJECTS: [&str; 80] = [
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "trafficLight",
    "fireHydrant", "stopSign", "parkingMeter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
    "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
    "skis", "snowboard", "sportsBall", "kite", "baseballBat", "baseballGlove", "skateboard", "surfboard",
    "tennisRacket", "bottle", "wineGlass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple",
    "sandwich", "orange", "broccoli", "carrot", "hotDog", "pizza", "donut", "cake", "chair", "couch",
    "pottedPlant", "bed", "diningTable", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cellPhone",
    "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddyBear",
    "hairDrier", "toothbrush",
];

pub(super) fn read(text: &str, _context: &Context) -> Result<Setting, BadValue> {
    if let Some(position) = Position::parse(text) {
        return Ok(Setting::Focus(Focus::Position(position)));
    }
    if let Some(name) = AUTOMATIC.iter().find(|name| **name == text) {
        return Ok(Setting::Focus(Focus::Automatic(name)));
    }
    if text == "face" {
        return Ok(Setting::Focus(Focus::Detected(text.to_owned())));
    }
    // Several objects are joined by `_`: the union of their boxes.
    if text.split('_').all(|name| OBJECTS.contains(&name)) {
        return Ok(Setting::Focus(Focus::Detected(text.to_owned())));
    }
    Err(BadValue::UnknownWord)
}
