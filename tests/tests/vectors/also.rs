//! What rows say beyond size and format: pixels, metadata, equal bytes.

use std::io::Cursor;

use image::{
    AnimationDecoder as _, GenericImageView as _, Rgba,
    codecs::{gif::GifDecoder, webp::WebPDecoder},
};
use imgplane_tests::{
    answer::{Answer, send},
    server::imgplane::Imgplane,
};

use crate::row::Row;

/// Judges the answer by the row's own further claims.
pub(crate) async fn judge(row: &Row, answer: &Answer, server: &Imgplane) -> Result<(), String> {
    let get = async |path: &str| {
        send(server.request(&format!("/default{path}")).header("accept", "*/*")).await.body
    };
    match row.id {
        8 => {
            let picture = answer.picture().to_rgb8();
            let first = *picture.get_pixel(0, 0);
            check(picture.pixels().all(|pixel| *pixel == first), "the picture is one flat colour")
        }
        // Borders, padding and corners: the named colour within JPEG's tolerance.
        43 => colour(answer, (2, 2), [255, 0, 0]),
        72 => colour(answer, (1000, 20), [0xF3, 0xF3, 0xF3]),
        74 => colour(answer, (990, 250), [0, 0, 0]),
        80 => colour(answer, (20, 20), [255, 0, 0]),
        138 => colour(answer, (1, 100), [0xFF, 0xF0, 0]),
        144 => colour(answer, (1, 1), [255, 255, 255]),
        154 => colour(answer, (5, 5), [0xF0, 0, 0]),
        252 => colour(answer, (5, 5), [0, 0, 0]),
        253 => colour(answer, (5, 5), [255, 255, 255]),
        142 | 143 | 145 => {
            let picture = answer.picture();
            let middle = (picture.width() / 2, picture.height() / 2);
            check(picture.get_pixel(0, 0)[3] == 0, "the corner is transparent")?;
            check(picture.get_pixel(middle.0, middle.1)[3] == 255, "the middle is opaque")
        }
        157 => {
            let picture = answer.picture().to_rgb8();
            let grey = picture.pixels().all(|p| p[0].abs_diff(p[1]) <= 1 && p[1].abs_diff(p[2]) <= 1);
            check(grey, "every pixel is grey")
        }
        225 | 226 | 263 | 288 => {
            let source = std::fs::read(server.folder().join("volumes/files").join(&row.source)).unwrap();
            check(answer.body == source, "the bytes are the source's own")
        }
        234 | 294 => {
            check(!holds(answer, b"Exif"), "there is no EXIF")?;
            check(!holds(answer, b"ICC_PROFILE") && !holds(answer, b"ICCP"), "there is no profile")
        }
        240 => check(holds(answer, b"ICCP"), "the profile is kept"),
        295 => {
            check(holds(answer, b"Exif") && holds(answer, &[0x25, 0x88]), "EXIF with its GPS part is kept")?;
            check(holds(answer, b"ICC_PROFILE"), "the profile is kept")
        }
        296 => {
            check(holds(answer, b"ICC_PROFILE"), "the profile is kept")?;
            check(!holds(answer, b"Exif"), "there is no EXIF")
        }
        297 => check(holds(answer, b"Exif") && orientation(answer) == Some(1), "the orientation tag is 1"),
        242 | 244 | 245 => check(!answer.header("vary").contains("Accept"), "Vary does not list Accept"),
        235 => check(answer.header("vary").contains("Accept"), "Vary lists Accept"),
        250 | 251 => check(answer.picture().get_pixel(2, 2)[3] == 0, "the margin stays transparent"),
        267 => {
            let lossless = image::load_from_memory(&get("/photo.jpg?tr=w-300,f-png,lo-true").await).unwrap();
            check(
                lossless.to_rgb8() == answer.picture().to_rgb8(),
                "the pixels equal those of the lossless PNG",
            )
        }
        268 => check(holds(answer, &[0xFF, 0xC2]), "the frame is progressive"),
        269 => check(holds(answer, &[0xFF, 0xC0]), "the frame is baseline"),
        298 => {
            let finer = get("/photo.jpg?tr=w-400,f-jpg,q-90").await;
            check(answer.body.len() < finer.len(), "q-10 is smaller than q-90")
        }
        299 => same(answer, &get("/photo.jpg?tr=w-400,f-jpg,q-100").await),
        301 => same(answer, &get("/photo.jpg?tr=w-400,q-60,f-jpg").await),
        304 => same(answer, &get("/photo.jpg?tr=w-400,f-jpg").await),
        306 => same(answer, &get("/photo.jpg?tr=w-400,h-300").await),
        274 | 275 | 276 | 278 | 279 | 281 | 284 => check(frames(answer) == 10, "it has 10 frames"),
        293 => check(answer.header("content-encoding") == "br", "it is compressed by Brotli"),
        302 => {
            check(answer.header("vary").contains("Save-Data"), "Vary lists Save-Data")?;
            same(answer, &get("/photo.jpg?tr=w-400,f-jpg,q-50").await)
        }
        305 => {
            check(sampling(&answer.body) == Some(0x22), "chroma is halved both ways")?;
            let full = get("/full-chroma/photo.jpg?tr=w-400,f-jpg").await;
            check(sampling(&full) == Some(0x11), "with the setting, chroma is full")
        }
        320 => {
            let disposition = answer.header("content-disposition");
            check(
                disposition.starts_with("attachment") && disposition.contains("photo.jpg"),
                "it is an attachment",
            )
        }
        _ => Ok(()),
    }
}

fn check(holds: bool, claim: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("not so: {claim}")) }
}

fn same(answer: &Answer, other: &[u8]) -> Result<(), String> {
    check(answer.body == other, "the bytes equal those of the other form")
}

fn holds(answer: &Answer, needle: &[u8]) -> bool {
    answer.body.windows(needle.len()).any(|window| window == needle)
}

/// A pixel is this colour, within what JPEG changes.
fn colour(answer: &Answer, at: (u32, u32), expected: [u8; 3]) -> Result<(), String> {
    let Rgba(seen) = answer.picture().get_pixel(at.0, at.1);
    let near = seen.iter().zip(expected).all(|(seen, expected)| seen.abs_diff(expected) <= 6);
    if near { Ok(()) } else { Err(format!("the pixel at {at:?} is {seen:?}, expected {expected:?}")) }
}

/// Frames of a GIF or WebP.
fn frames(answer: &Answer) -> usize {
    let bytes = Cursor::new(&answer.body);
    match answer.format() {
        "gif" => GifDecoder::new(bytes).unwrap().into_frames().count(),
        "webp" => WebPDecoder::new(bytes).unwrap().into_frames().count(),
        _ => 1,
    }
}

/// Sampling factors of the first component in the frame header, both in one byte.
fn sampling(jpeg: &[u8]) -> Option<u8> {
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0] || pair == [0xFF, 0xC2])?;
    jpeg.get(frame + 11).copied()
}

/// Value of the EXIF orientation entry, little-endian as the fixtures write it.
fn orientation(answer: &Answer) -> Option<u8> {
    let entry = [0x12, 0x01, 0x03, 0x00, 0x01, 0x00, 0x00, 0x00];
    let at = answer.body.windows(entry.len()).position(|window| window == entry)?;
    answer.body.get(at + entry.len()).copied()
}
