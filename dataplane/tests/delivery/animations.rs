//! Animations: when they stay as they are, what they become, and stills of them.

use imgplane_pixels::{Facts, Format, inspect};

use crate::harness::Harness;

/// Colours of the frames, in their order.
const COLORS: [[u8; 3]; 3] = [[255, 0, 0], [0, 160, 0], [0, 0, 255]];

/// Frames of one colour each, with a white margin of 4 pixels at the left of the first.
fn animation() -> Vec<u8> {
    let palette = [&[255; 3], COLORS.as_flattened()].concat();
    let mut encoder = gif::Encoder::new(Vec::new(), 40, 30, &palette).unwrap();
    encoder.set_repeat(gif::Repeat::Infinite).unwrap();
    for color in 1..=3_u8 {
        let pixel = |index: usize| if color == 1 && index % 40 < 4 { 0 } else { color };
        let frame = gif::Frame {
            width: 40,
            height: 30,
            delay: 10,
            buffer: (0..1200).map(pixel).collect(),
            ..gif::Frame::default()
        };
        encoder.write_frame(&frame).unwrap();
    }
    encoder.into_inner().unwrap()
}

async fn harness() -> Harness {
    let harness = Harness::start().await;
    harness.file("anim.gif", animation());
    harness
}

fn told(bytes: &[u8]) -> (Format, u32, (u32, u32)) {
    let Facts { format, frames, width, height, .. } = inspect(bytes).unwrap();
    (format, frames, (width, height))
}

/// The pixel in the middle of a PNG.
fn middle(bytes: &[u8]) -> [u8; 3] {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    let at = (info.height as usize / 2 * info.width as usize + info.width as usize / 2)
        * info.color_type.samples();
    [data[at], data[at + 1], data[at + 2]]
}

#[tokio::test]
async fn an_animation_passes_unchanged_where_nothing_asks_for_anything_else() {
    let harness = harness().await;
    let animation = animation();
    for (path, accept, vary) in [
        ("/shop/anim.gif", "*/*", "Accept"),
        ("/shop/tr:f-auto/anim.gif", "*/*", "Accept"),
        ("/shop/tr:f-gif/anim.gif", "image/webp", ""),
        ("/shop/tr:f-orig/anim.gif", "image/webp", ""),
        ("/shop/tr:orig-true,w-9/anim.gif", "image/webp", ""),
    ] {
        let answer = harness.get_with(path, &[("accept", accept)]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/gif"), "{path}");
        assert_eq!(answer.header("vary"), vary, "{path}");
        assert_eq!(answer.body, animation, "{path}");
        assert!(!answer.header("server-timing").contains("transformation"), "{path}");
    }
}

#[tokio::test]
async fn an_animation_stays_one_in_every_format_that_moves() {
    let harness = harness().await;
    for (path, accept, expected, vary) in [
        ("/shop/anim.gif", "image/webp", (Format::Webp, 3, (40, 30)), "Accept"),
        ("/shop/tr:w-20/anim.gif", "image/avif,image/webp", (Format::Webp, 3, (20, 15)), "Accept"),
        ("/shop/tr:w-20/anim.gif", "*/*", (Format::Gif, 3, (20, 15)), "Accept"),
        ("/shop/tr:w-20,f-webp/anim.gif", "*/*", (Format::Webp, 3, (20, 15)), ""),
        ("/shop/tr:rt-90,f-gif/anim.gif", "image/webp", (Format::Gif, 3, (30, 40)), ""),
        ("/shop/tr:w-20,f-jpg/anim.gif", "image/webp", (Format::Jpeg, 1, (20, 15)), ""),
        // The margins are those of the first frame.
        ("/shop/tr:t-true/anim.gif", "*/*", (Format::Gif, 3, (36, 30)), "Accept"),
    ] {
        let answer = harness.get_with(path, &[("accept", accept)]).await;
        assert_eq!(answer.status, 200, "{path} {answer:?}");
        assert_eq!(told(&answer.body), expected, "{path} {accept}");
        assert_eq!(answer.header("content-type"), expected.0.content_type(), "{path}");
        assert_eq!((answer.header("vary"), answer.header("ik-warning")), (vary, ""), "{path}");
    }
}

#[tokio::test]
async fn a_still_of_an_animation_is_any_of_its_frames() {
    let harness = harness().await;
    // The animation itself is kept beside its stills.
    harness.get("/shop/tr:f-png/anim.gif").await;
    for (path, accept, expected) in [
        ("/shop/anim.gif/ik-thumbnail.jpg", "*/*", (Format::Jpeg, 1, (40, 30))),
        ("/shop/anim.gif/ik-thumbnail.jpg", "image/webp", (Format::Webp, 1, (40, 30))),
        ("/shop/anim.gif/ik-thumbnail.jpg?tr=pg-3,w-20", "*/*", (Format::Jpeg, 1, (20, 15))),
        ("/shop/anim.gif/ik-thumbnail.jpg?tr=pg-2,f-gif", "*/*", (Format::Gif, 1, (40, 30))),
        // Without the suffix it means nothing.
        ("/shop/anim.gif?tr=pg-3,w-20", "*/*", (Format::Gif, 3, (20, 15))),
    ] {
        let answer = harness.get_with(path, &[("accept", accept)]).await;
        assert_eq!(answer.status, 200, "{path} {answer:?}");
        assert_eq!(told(&answer.body), expected, "{path} {accept}");
    }
    for (number, color) in (1..).zip(COLORS) {
        let path = format!("/shop/anim.gif/ik-thumbnail.jpg?tr=f-png,pg-{number}");
        assert_eq!(middle(&harness.get(&path).await.body), color, "{path}");
    }
}

#[tokio::test]
async fn a_frame_that_is_not_there_is_told_with_how_many_there_are() {
    let harness = harness().await;
    harness.file("cat.png", crate::pictures::photo(40, 30));
    for (path, message) in [
        ("anim.gif/ik-thumbnail.jpg?tr=pg-4", "EINVAL - pg-4 is wanted of anim.gif, which has 3 frames"),
        (
            "anim.gif/ik-thumbnail.jpg?tr=pg-name-%22a%22",
            "EINVAL - pg-name is wanted of anim.gif, whose frames have no names",
        ),
        ("cat.png/ik-thumbnail.jpg?tr=pg-2", "EINVAL - pg-2 is wanted of cat.png, which has 1 frame"),
        (
            "cat.png?tr=l-image,i-anim.gif,pg-9,l-end",
            "EINVAL - pg-9 is wanted of anim.gif, which has 3 frames",
        ),
    ] {
        let answer = harness.get(&format!("/shop/{path}")).await;
        assert_eq!((answer.status, answer.header("ik-error")), (400, message), "{path}");
    }
}

#[tokio::test]
async fn what_no_still_is_made_of_is_never_sent_in_its_place() {
    let harness = Harness::start().await;
    harness.file("doc.pdf", b"%PDF-1.4\n%%EOF\n");
    harness.file("film.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0isommp42");
    harness.file("notes.txt", b"not a picture");
    for (path, status, code) in [
        ("doc.pdf", 403, "EFEATURE - PDF files are not decoded"),
        ("film.mp4", 403, "EFEATURE - A still of a video is not supported yet"),
        ("notes.txt", 400, "UNIDENTIFIED - "),
    ] {
        let answer = harness.get(&format!("/shop/{path}/ik-thumbnail.jpg")).await;
        assert_eq!(answer.status, status, "{path} {answer:?}");
        assert!(answer.header("ik-error").starts_with(code), "{path}: {}", answer.header("ik-error"));
        assert_eq!(harness.get(&format!("/shop/{path}")).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_layer_shows_the_frame_that_it_names_and_lies_on_every_frame() {
    let harness = harness().await;
    harness.file("cat.png", crate::pictures::photo(80, 60));
    for (page, color) in [("", COLORS[0]), (",pg-2", COLORS[1]), (",pg-3-", COLORS[2])] {
        let path = format!("/shop/cat.png?tr=f-png,l-image,i-anim.gif{page},w-80,h-60,l-end");
        assert_eq!(middle(&harness.get(&path).await.body), color, "{path}");
    }
    let answer = harness.get("/shop/anim.gif?tr=f-webp,l-image,i-anim.gif,pg-3,t-false,w-10,l-end").await;
    assert_eq!(told(&answer.body), (Format::Webp, 3, (40, 30)), "{answer:?}");
}

#[tokio::test]
async fn what_is_not_to_be_kept_does_not_stay_in_an_animation_that_is_not_touched() {
    let harness = harness().await;
    let mut webp = harness.get("/shop/tr:f-webp/anim.gif").await.body.to_vec();
    harness.file("plain.webp", webp.clone());
    let accept = [("accept", "image/webp")];
    assert_eq!(harness.get_with("/shop/plain.webp", &accept).await.body, webp);
    webp.extend(b"EXIF\x08\0\0\0MM\0*\0\0\0\x08");
    let length = webp.len() as u32 - 8;
    webp[4..8].copy_from_slice(&length.to_le_bytes());
    // In the flags of VP8X.
    webp[20] |= 0x08;
    harness.file("told.webp", webp.clone());
    let answer = harness.get_with("/shop/told.webp", &accept).await;
    assert_eq!(told(&answer.body), (Format::Webp, 3, (40, 30)));
    assert!(!answer.body.windows(4).any(|name| name == b"EXIF"));
    assert_eq!(harness.get_with("/shop/told.webp?tr=md-true", &accept).await.body, webp);
}
