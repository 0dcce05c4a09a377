//! How URLs are taken apart, through the public interface.

use imgplane_urls::{SourceKind, Suffix, Target, UrlErrorCode};

/// Resource and strings, as `RESOURCE | STRING | STRING`, or the error.
fn parts(rest: &str, query: &str) -> String {
    match Target::parse(rest, Some(query)) {
        Ok(target) => {
            let strings = target.strings.iter().map(|string| format!(" | {string}"));
            format!("{}{}", target.resource, strings.collect::<String>())
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn transformations_are_found_wherever_they_stand() {
    let rows = [
        ("photo.jpg", "", "photo.jpg"),
        ("tr:w-400,h-300/photo.jpg", "", "photo.jpg | w-400,h-300"),
        ("brand/tr:w-320/mark.png", "", "brand/mark.png | w-320"),
        ("brand/mark.png/tr:w-320", "", "brand/mark.png | w-320"),
        ("tr:w-400/tr:rt-90/photo.jpg", "", "photo.jpg | w-400 | rt-90"),
        ("tr:w-400/photo.jpg", "tr=rt-90&tr=fl-h", "photo.jpg | w-400 | rt-90 | fl-h"),
        ("tr%3Aw-400/photo.jpg", "", "photo.jpg | w-400"),
        ("tr%3aw-400/photo.jpg", "", "photo.jpg | w-400"),
        ("tr:/photo.jpg", "tr=", "photo.jpg |  | "),
        ("photo.jpg", "tr=tr:w-400", "photo.jpg | w-400"),
        ("photo.jpg", "tr=w-400%2Ch-300%3Art-90", "photo.jpg | w-400,h-300:rt-90"),
        ("tr:l-image,ie-YQ%253D%253D,l-end/photo.jpg", "", "photo.jpg | l-image,ie-YQ%3D%3D,l-end"),
        ("tr:l-text,i-30%%20off,l-end/photo.jpg", "", "photo.jpg | l-text,i-30% off,l-end"),
        ("tr:l-text,ie-a%2Fb,l-end/photo.jpg", "", "photo.jpg | l-text,ie-a/b,l-end"),
        ("TR:w-1/photo.jpg", "", "TR:w-1/photo.jpg"),
        ("tree/photo.jpg", "", "tree/photo.jpg"),
        ("photo.jpg", "tr=%ff", "EINVAL - The transformation string is not UTF-8 after decoding"),
    ];
    for (rest, query, expected) in rows {
        assert_eq!(parts(rest, query), expected, "{rest}?{query}");
    }
}

#[test]
fn resource_paths_stay_raw() {
    let rows = [
        ("//photo.jpg", "photo.jpg"),
        ("tr:w-1//a//b.jpg", "a//b.jpg | w-1"),
        ("a%20b/caf%C3%A9+1.jpg", "a%20b/caf%C3%A9+1.jpg"),
        ("a/", "a/"),
        ("", "ENOENT - The URL names no file"),
        ("tr:w-400/", "ENOENT - The URL names no file"),
        ("tr:w-400", "ENOENT - The URL names no file"),
        ("ik-thumbnail.jpg", "ENOENT - The URL names no file"),
        ("a/%2e%2e/b.jpg", "EINVAL - The path holds a \".\" or \"..\" segment"),
        ("a%00.jpg", "EINVAL - The path holds a control character"),
    ];
    for (rest, expected) in rows {
        assert_eq!(parts(rest, ""), expected, "{rest}");
    }
}

#[test]
fn the_seo_form_names_the_real_file() {
    let rows = [
        ("ik-seo/DSC1234/eiffel-tower.jpg", "DSC1234.jpg"),
        ("ik-seo/path/of/folder/old-name/new-name.jpg", "path/of/folder/old-name.jpg"),
        ("tr:w-300/ik-seo/DSC1234/eiffel-tower.jpg", "DSC1234.jpg | w-300"),
        ("ik-seo/tr:w-300/DSC1234/eiffel-tower.jpg", "DSC1234.jpg | w-300"),
        ("/ik-seo/DSC1234/eiffel.tower.jpg", "DSC1234.jpg"),
        ("ik-seo/DSC1234/eiffel-tower", "DSC1234"),
        ("ik-seo/clip/name.mp4/ik-thumbnail.jpg", "clip.mp4"),
        ("ik-seo/photo.jpg", "ik-seo/photo.jpg"),
        ("a/ik-seo/b/c.jpg", "a/ik-seo/b/c.jpg"),
    ];
    for (rest, expected) in rows {
        assert_eq!(parts(rest, ""), expected, "{rest}");
    }
}

#[test]
fn suffixes_are_exact_last_segments() {
    let rows = [
        ("clip.mp4/ik-thumbnail.jpg", "clip.mp4", Some(Suffix::Thumbnail)),
        ("clip.mp4/ik-video.mp4", "clip.mp4", Some(Suffix::Video)),
        ("anim.gif/ik-gif-video.mp4", "anim.gif", Some(Suffix::GifVideo)),
        ("clip.mp4/ik-master.m3u8", "clip.mp4", Some(Suffix::MasterM3u8)),
        ("clip.mp4/ik-master.mpd", "clip.mp4", Some(Suffix::MasterMpd)),
        ("clip/ik-video.mp4/ik-thumbnail.jpg", "clip", Some(Suffix::Thumbnail)),
        ("clip.mp4/ik-thumbnail.jpg/tr:w-1", "clip.mp4", Some(Suffix::Thumbnail)),
        ("clip.mp4/ik-thumbnail.jpg/x", "clip.mp4/ik-thumbnail.jpg/x", None),
        ("clip.mp4/ik-thumbnail.jpeg", "clip.mp4/ik-thumbnail.jpeg", None),
    ];
    for (rest, resource, suffix) in rows {
        let target = Target::parse(rest, None).unwrap();
        assert_eq!((target.resource.as_str(), target.suffix), (resource, suffix), "{rest}");
    }
}

#[test]
fn web_addresses_keep_everything_behind_their_scheme() {
    let rows = [
        ("https://example.com/tr:w-1/a.jpg", "https://example.com/tr:w-1/a.jpg", SourceKind::WebAddress, 0),
        ("tr:w-1/https:/example.com/a.jpg", "https:/example.com/a.jpg", SourceKind::WebAddress, 1),
        ("http%3A%2F%2Fexample.com%2Fa.jpg", "http%3A%2F%2Fexample.com%2Fa.jpg", SourceKind::WebAddress, 0),
        ("https-docs/a.jpg", "https-docs/a.jpg", SourceKind::Path, 0),
        ("ik-genimg-prompt-a%20cat/cat.jpg", "ik-genimg-prompt-a%20cat/cat.jpg", SourceKind::Prompt, 0),
        ("a/ik-genimg-prompt-cat/cat.jpg", "a/ik-genimg-prompt-cat/cat.jpg", SourceKind::Path, 0),
    ];
    for (rest, resource, source, strings) in rows {
        let target = Target::parse(rest, None).unwrap();
        assert_eq!(
            (target.resource.as_str(), target.source, target.strings.len()),
            (resource, source, strings),
            "{rest}"
        );
    }
}

#[test]
fn downloads_get_the_name_a_person_expects() {
    let rows = [
        ("a/photo.jpg", "ik-attachment=true", Some("photo.jpg")),
        ("a/photo.jpg", "ik-attachment=false", None),
        ("a/caf%C3%A9%20.jpg", "ik-attachment=true", Some("café .jpg")),
        ("ik-seo/DSC1/tower.jpg", "ik-attachment=true", Some("tower.jpg")),
        ("clip.mp4/ik-thumbnail.jpg", "ik-attachment=true", Some("clip.mp4-ik-thumbnail.jpg")),
        ("photo.jpg", "ik-attachment=true&ik-attachment-filename=my%20cat.jpg", Some("my cat.jpg")),
        ("photo.jpg", "ik-attachment-filename=my%20cat.jpg", None),
        (
            "photo.jpg",
            "ik-attachment=true&ik-attachment-filename=..%2F%0d%0aSet-Cookie",
            Some("..Set-Cookie"),
        ),
    ];
    for (rest, query, name) in rows {
        let target = Target::parse(rest, Some(query)).unwrap();
        assert_eq!(target.download_name.as_deref(), name, "{rest}?{query}");
    }
}

#[test]
fn signatures_are_kept_from_origins() {
    let target = Target::parse("a.jpg", Some("v=2&ik-t=9&ik-s=abc&tr=w-1")).unwrap();
    assert_eq!(target.forwarded_query.as_deref(), Some("v=2"));
}

#[test]
fn codes_have_the_status_that_responses_need() {
    let codes = [UrlErrorCode::Einval, UrlErrorCode::Elimit, UrlErrorCode::Efeature, UrlErrorCode::Enoent];
    assert_eq!(codes.map(UrlErrorCode::status), [400, 400, 403, 404]);
    assert_eq!(codes.map(UrlErrorCode::as_str), ["EINVAL", "ELIMIT", "EFEATURE", "ENOENT"]);
}
