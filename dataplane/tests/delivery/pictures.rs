//! Pictures: sizes, formats, negotiation, and what is delivered when nothing can be done.

use serde_json::json;

use imgplane_config::PodLimits;

use crate::harness::{Harness, volume_bundle};

/// A photograph-like PNG: smooth, so that JPEG is smaller, with some noise, so that nothing compresses to nothing.
pub(crate) fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    let mut noise = 1_u32;
    for y in 0..height {
        for x in 0..width {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = (noise >> 28) as u8;
            pixels.extend([(x * 200 / width) as u8 + grain, (y * 200 / height) as u8 + grain, 90 + grain]);
        }
    }
    png(width, height, png::ColorType::Rgb, &pixels)
}

pub(crate) fn png(width: u32, height: u32, color: png::ColorType, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    bytes
}

const SVG: &str =
    r#"<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><script>x</script></svg>"#;

#[tokio::test]
async fn the_smallest_use_delivers_a_resized_picture_with_all_headers() {
    let harness = Harness::start().await;
    harness.file("cat.png", photo(400, 300));
    let answer = harness.get("/shop/tr:w-200,f-jpg/cat.png").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.size(), (200, 150));
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("cache-control", "public, s-maxage=31536000, max-age=31536000, must-revalidate"),
        ("accept-ranges", "bytes"),
        ("access-control-allow-origin", "*"),
        ("timing-allow-origin", "*"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("vary", ""),
        ("ik-error", ""),
        ("ik-warning", ""),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    assert!(answer.header("etag").starts_with('"'));
    assert!(answer.header("last-modified").ends_with("GMT"));
    let id = answer.header("x-request-id");
    let timing: Vec<&str> = answer.header("server-timing").split(',').collect();
    assert!(timing[0].starts_with("transformation;dur="), "{timing:?}");
    assert!(timing[1].starts_with("download;dur="), "{timing:?}");
    assert_eq!(timing[2], format!("cdn-rid;desc=\"{id}\""));
    assert!(timing[3].starts_with("cdn-downstream-fbl;dur="), "{timing:?}");
    assert_eq!(timing.len(), 4);
}

#[tokio::test]
async fn the_format_follows_accept_and_says_so() {
    let harness = Harness::start().await;
    harness.file("cat.png", photo(80, 60));
    for (path, accept, content_type, vary) in [
        ("/shop/cat.png", "image/webp,*/*", "image/webp", "Accept"),
        ("/shop/cat.png", "image/avif,image/webp", "image/webp", "Accept"),
        ("/shop/cat.png", "image/*", "image/jpeg", "Accept"),
        ("/shop/tr:f-png/cat.png", "image/webp", "image/png", ""),
        ("/shop/tr:f-gif/cat.png", "image/webp", "image/webp", "Accept"),
        ("/shop/tr:f-orig/cat.png", "image/webp", "image/png", ""),
    ] {
        let answer = harness.get_with(path, &[("accept", accept)]).await;
        assert_eq!(answer.status, 200, "{path} {answer:?}");
        assert_eq!(
            (answer.header("content-type"), answer.header("vary")),
            (content_type, vary),
            "{path} {accept}"
        );
    }
}

#[tokio::test]
async fn settings_of_the_endpoint_decide_format_and_lifetime() {
    let settings = json!({
        "optimization": {"autoFormat": false},
        "caching": {"ttl": 60_000},
    });
    let harness = Harness::with_endpoint(settings).await;
    harness.file("cat.png", photo(80, 60));
    let answer = harness.get_with("/shop/tr:w-40/cat.png", &[("accept", "image/webp")]).await;
    assert_eq!((answer.header("content-type"), answer.header("vary")), ("image/png", ""));
    assert_eq!(answer.header("cache-control"), "public, s-maxage=60, max-age=60, must-revalidate");
    let answer = harness.get_with("/shop/tr:w-40,f-auto/cat.png", &[("accept", "image/webp")]).await;
    assert_eq!((answer.header("content-type"), answer.header("vary")), ("image/webp", "Accept"));
}

#[tokio::test]
async fn hints_choose_the_size_and_are_named_in_vary_used_or_not() {
    let harness = Harness::start().await;
    harness.file("cat.png", photo(400, 300));
    let hints = [("sec-ch-dpr", "2"), ("sec-ch-width", "212")];
    let answer = harness.get_with("/shop/tr:w-100,dpr-auto,f-jpg/cat.png", &hints).await;
    assert_eq!((answer.size(), answer.header("content-dpr")), ((200, 150), "2"));
    assert_eq!(answer.header("vary"), "Sec-CH-DPR");
    let answer = harness.get_with("/shop/tr:w-auto,f-jpg/cat.png", &hints).await;
    assert_eq!((answer.size(), answer.header("content-dpr")), ((300, 225), "2.83"));
    assert_eq!(answer.header("vary"), "Sec-CH-DPR, Sec-CH-Width", "Content-DPR follows from both");
    let answer = harness.get("/shop/tr:w-100,dpr-auto,f-jpg/cat.png").await;
    assert_eq!((answer.size(), answer.header("vary")), ((100, 75), "Sec-CH-DPR"));
}

#[tokio::test]
async fn unknown_parameters_are_ignored_and_named() {
    let harness = Harness::start().await;
    harness.file("cat.png", photo(80, 60));
    let answer = harness.get("/shop/tr:w-40,bogus-1/cat.png").await;
    assert_eq!((answer.status, answer.size()), (200, (40, 30)));
    assert!(answer.header("ik-warning").contains("bogus"), "{answer:?}");
}

#[tokio::test]
async fn an_svg_passes_unchanged_and_may_do_nothing() {
    let harness = Harness::start().await;
    harness.file("logo.svg", SVG);
    for path in ["/shop/logo.svg", "/shop/tr:w-400/logo.svg"] {
        let answer = harness.get_with(path, &[("accept", "image/webp")]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/svg+xml"), "{path}");
        assert_eq!(answer.text(), SVG);
        assert!(answer.header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    }
}

#[tokio::test]
async fn an_svg_is_drawn_where_a_format_of_pixels_is_asked_for() {
    let harness = Harness::start().await;
    harness.file("logo.svg", SVG);
    harness.file("logo", SVG);
    harness.file("broken.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='10'><g></svg>");
    for (path, content_type, size) in [
        ("/shop/tr:f-png/logo.svg", "image/png", (20, 10)),
        ("/shop/tr:f-png,w-400/logo.svg", "image/png", (400, 200)),
        ("/shop/tr:w-100,f-jpg/logo.svg", "image/jpeg", (100, 50)),
        ("/shop/tr:w-100,f-webp/logo", "image/webp", (100, 50)),
    ] {
        let answer = harness.get_with(path, &[("accept", "image/webp")]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, content_type), "{path}: {answer:?}");
        assert_eq!(answer.size(), size, "{path}");
        assert_eq!(answer.header("vary"), "", "{path}");
    }
    // The branch that is taken depends on the size, which is known only when it was read.
    let answer = harness.get("/shop/tr:if-w_gt_50,f-png,if-end/logo.svg").await;
    assert_eq!((answer.status, answer.text()), (200, SVG), "{answer:?}");
    assert!(answer.header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    let answer = harness.get("/shop/tr:f-png/broken.svg").await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.header("ik-error").starts_with("UNIDENTIFIED - "), "{answer:?}");
}

#[tokio::test]
async fn what_is_recognised_and_not_decoded_is_named() {
    const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    let harness = Harness::start().await;
    harness.file("a.heic", HEIC);
    harness.file("a.jpg", HEIC);
    harness.file("b.jpg", b"%PDF-1.7");
    for (name, bytes, kind) in
        [("a.heic", HEIC, "HEIC"), ("a.jpg", HEIC, "HEIC"), ("b.jpg", b"%PDF-1.7", "PDF")]
    {
        let answer = harness.get(&format!("/shop/{name}")).await;
        assert_eq!((answer.status, &answer.body[..]), (200, bytes), "{name}");
        let answer = harness.get(&format!("/shop/tr:w-40/{name}")).await;
        assert_eq!((answer.status, answer.text()), (403, "Forbidden"), "{name}");
        let what = format!(
            "EFEATURE - {kind} files are not decoded by this server: save the original as JPEG, PNG, WebP or AVIF"
        );
        assert_eq!(answer.header("ik-error"), what, "{name}");
    }
}

#[tokio::test]
async fn what_cannot_be_decoded_is_delivered_unless_a_transformation_was_asked_for() {
    let harness = Harness::start().await;
    let photo = photo(80, 60);
    let cut = &photo[..photo.len() / 2];
    harness.file("cut.png", cut);
    harness.file("page.jpg", "<html>not here</html>");
    harness.file("scan.tiff", b"II*\0........");
    harness.file("scan.jp2", b"\0\0\0\x0cjP  ");
    harness.file("empty.jpg", b"");
    for (name, bytes, why) in [
        ("cut.png", cut, "The source could not be decoded: damaged image"),
        ("page.jpg", b"<html>not here</html>", "The source is an HTML page, not an image"),
        ("scan.tiff", b"II*\0........", "The source could not be decoded: damaged image"),
        ("scan.jp2", b"\0\0\0\x0cjP  ", "The source could not be decoded: unknown format"),
        ("empty.jpg", b"", "The source is an empty file"),
    ] {
        let answer = harness.get(&format!("/shop/{name}")).await;
        assert_eq!((answer.status, &answer.body[..]), (200, bytes), "{name}");
        assert_eq!(answer.header("vary"), "", "{name}");
        let answer = harness.get(&format!("/shop/tr:w-40/{name}")).await;
        assert_eq!((answer.status, answer.text()), (400, "Bad Image Transformation Request"), "{name}");
        assert_eq!(answer.header("ik-error"), format!("UNIDENTIFIED - {why}"), "{name}");
        assert_eq!(answer.header("cache-control"), "max-age=60", "{name}");
    }
}

#[tokio::test]
async fn a_transformation_of_another_file_is_ignored() {
    let harness = Harness::start().await;
    harness.file("data.json", r#"{"a": 1}"#);
    let answer = harness.get("/shop/tr:w-300/data.json").await;
    assert_eq!((answer.status, answer.text()), (200, r#"{"a": 1}"#));
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn the_original_is_delivered_byte_for_byte_on_request() {
    let harness = Harness::start().await;
    let photo = photo(80, 60);
    harness.file("cat.png", &photo);
    let answer = harness.get_with("/shop/tr:orig-true,w-9/cat.png", &[("accept", "image/webp")]).await;
    assert_eq!((answer.status, &answer.body[..]), (200, &photo[..]));
    assert_eq!((answer.header("content-type"), answer.header("vary")), ("image/png", ""));
}

#[tokio::test]
async fn limits_of_the_endpoint_are_errors_that_name_both_numbers() {
    let harness =
        Harness::with_endpoint(json!({"limits": {"maxPixels": 4000, "maxInputBytes": 20_000}})).await;
    harness.file("large.png", photo(80, 60));
    harness.file("heavy.png", photo(300, 200));
    for (path, numbers) in
        [("/shop/large.png", ["4800", "4000"]), ("/shop/tr:orig-false/heavy.png", ["20000", "bytes"])]
    {
        let answer = harness.get(path).await;
        assert_eq!((answer.status, answer.text()), (400, "Bad Request"), "{path}");
        let error = answer.header("ik-error");
        assert!(error.starts_with("ELIMIT - "), "{error}");
        for number in numbers {
            assert!(error.contains(number), "{path}: {number} is missing in {error}");
        }
    }
}

#[tokio::test]
async fn jpegs_are_counted_by_the_decoder_that_decoded_them_and_look_the_same() {
    use imgplane_dataplane::JpegDecoder;

    let mut pictures = Vec::new();
    for (choice, counts) in
        [(JpegDecoder::Auto, [("own", 2), ("turbo", 1)].as_slice()), (JpegDecoder::Turbo, &[("turbo", 3)])]
    {
        let bundle = volume_bundle(&json!({}), PodLimits::default());
        let harness = Harness::with(|options| options.jpeg_decoder = choice, bundle).await;
        harness.file("cat.png", photo(800, 600));
        let jpeg = harness.get("/shop/tr:f-jpg/cat.png").await;
        harness.file("cat.jpg", &jpeg.body);
        // At a quarter, at a half, and in full.
        for width in [100, 200, 700] {
            let answer = harness.get(&format!("/shop/tr:w-{width},f-png/cat.jpg")).await;
            assert_eq!(answer.size().0, width, "{}", answer.header("ik-error"));
            pictures.push(answer.body);
        }
        let metrics = harness.admin("/metrics").await;
        for (decoder, count) in counts {
            let line = format!("imgplane_jpeg_decodes_total{{decoder=\"{decoder}\"}} {count}\n");
            assert!(metrics.text().contains(&line), "{line}{}", metrics.text());
        }
    }
    let (own, turbo) = pictures.split_at(3);
    assert!(own == turbo, "the decoders differ");
}
