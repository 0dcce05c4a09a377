//! What owners write beside a file: that it is private, and which part of the picture matters.

use http::HeaderMap;
use serde::{Deserialize, Serialize};

/// The headers in which one type of origin says it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks {
    /// `true`: the file is private.
    pub(crate) private: &'static str,
    /// `x,y,width,height`: see [`CustomCoordinates`].
    pub(crate) coordinates: &'static str,
}

/// The part of a picture that its owner holds for the important one: `custom-coordinates`, in pixels of the picture as it
/// is shown, after its EXIF orientation where the endpoint applies that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomCoordinates {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Pixels across, at least 1.
    pub width: u32,
    /// Pixels down, at least 1.
    pub height: u32,
}

impl CustomCoordinates {
    /// Reads `x,y,width,height`. `None`: these are no four whole numbers, or nothing is in between.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(',').map(|number| number.trim().parse().ok());
        let mut next = || numbers.next().flatten();
        let (x, y, width, height) = (next()?, next()?, next()?, next()?);
        let ends = numbers.next().is_none() && width > 0 && height > 0;
        ends.then_some(Self { x, y, width, height })
    }
}

impl Marks {
    /// Whether the file is private. One of several headers is enough: what is doubtful is private.
    pub(crate) fn is_private(&self, headers: &HeaderMap) -> bool {
        headers
            .get_all(self.private)
            .iter()
            .any(|value| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"true"))
    }

    /// The part that matters, where there is one.
    pub(crate) fn coordinates(&self, headers: &HeaderMap) -> Option<CustomCoordinates> {
        CustomCoordinates::parse(headers.get(self.coordinates)?.to_str().ok()?)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_file_is_private_where_the_mark_says_true_in_any_case() {
        let marks =
            Marks { private: "x-amz-meta-isprivatefile", coordinates: "x-amz-meta-custom-coordinates" };
        for (values, expected) in [
            (&["true"][..], true),
            (&[" TRUE "], true),
            (&["false"], false),
            (&["1"], false),
            (&[], false),
            (&["false", "true"], true),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(marks.private, HeaderValue::from_static(value));
            }
            assert_eq!(marks.is_private(&headers), expected, "{values:?}");
        }
    }

    #[test]
    fn coordinates_are_four_whole_numbers_around_something() {
        let area = |x, y, width, height| Some(CustomCoordinates { x, y, width, height });
        for (text, expected) in [
            ("10,20,300,400", area(10, 20, 300, 400)),
            (" 0, 0 ,1,1 ", area(0, 0, 1, 1)),
            ("10,20,300", None),
            ("10,20,300,400,5", None),
            ("10,20,0,400", None),
            ("10,20,300,0", None),
            ("-1,20,300,400", None),
            ("1.5,20,300,400", None),
            ("99999999999,0,1,1", None),
            ("", None),
        ] {
            assert_eq!(CustomCoordinates::parse(text), expected, "{text}");
        }
    }
}
