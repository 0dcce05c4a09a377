//! Image or video, told by the name of a file before anything is fetched. What is neither follows images.
//!
//! The name is read as everybody behind this server may read it: servers decode escapes, once or again, and cut an
//! address at its query. Whoever could choose the reading could choose the rule.

use percent_encoding::percent_decode_str;

/// Most times that escapes are decoded: by this server, by a proxy, by the server behind it.
const DECODED: usize = 3;

/// For every reading of a raw resource path, whether it names a video.
pub(super) fn readings(resource: &str) -> impl Iterator<Item = bool> {
    let mut texts = vec![resource.to_owned()];
    for _ in 0..DECODED {
        let last = texts.last().map(String::as_str).unwrap_or_default();
        let decoded = percent_decode_str(last).decode_utf8_lossy().into_owned();
        if decoded == last {
            break;
        }
        texts.push(decoded);
    }
    // Undecoded, a name is nobody's reading unless there was nothing to decode.
    let first = usize::from(texts.len() > 1);
    texts.into_iter().skip(first).flat_map(|text| {
        let cut = text.split(['?', '#']).next().map(is_video);
        [Some(is_video(&text)), cut].into_iter().flatten()
    })
}

/// A path by its extension.
pub(crate) fn is_video(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    mime_guess::from_path(name).first_raw().is_some_and(|kind| kind.starts_with("video/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_in_every_way_it_can_be_read() {
        // Whether some reading is an image, and whether some is a video.
        for (resource, image, video) in [
            ("a.jpg", true, false),
            ("a.MP4", false, true),
            ("clips/a.webm", false, true),
            ("clips.mp4/a", true, false),
            ("a.pdf", true, false),
            ("a.mp4.jpg", true, false),
            ("a", true, false),
            ("", true, false),
            ("a%20b.mp4", false, true),
            ("a.m%704", false, true),
            ("clip.%6D%70%34", false, true),
            // As one server reads it, it is no video; as the next one does, it is.
            ("a.m%25704", true, true),
            ("http%3A%2F%2Fhost%2Fa.mp4", false, true),
            ("http%3A%2F%2Fhost%2Fa.mp4%3Fv%3D1", true, true),
            ("http%3A%2F%2Fhost%2Fa.mp4%23", true, true),
            ("http%3A%2F%2Fhost%2Fa.jpg%23x.mp4", true, true),
            ("http%3A%2F%2Fhost%2Fa.jpg%3Fx%3D.mp4", true, true),
            ("http%3A%2F%2Fhost%2Fa.jpg%3Fx%3D1", true, false),
        ] {
            let read: Vec<bool> = readings(resource).collect();
            assert_eq!((read.contains(&false), read.contains(&true)), (image, video), "{resource}");
        }
    }
}
