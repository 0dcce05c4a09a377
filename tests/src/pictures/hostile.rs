//! Files made to hurt: tiny files that claim to be huge, endless scans, and files that end early.

use std::io::Write as _;

use super::{animation, jpeg, photograph, png, webp};

/// A hostile or broken file with its name and the code that its transformation must answer.
#[derive(Debug, Clone)]
pub struct Hostile {
    /// File name.
    pub name: String,
    /// Bytes.
    pub bytes: Vec<u8>,
    /// `ik-error` code.
    pub code: &'static str,
}

/// All of them.
pub fn hostile_files() -> Vec<Hostile> {
    let photo = photograph("cat.jpg", 320, 200);
    let file = |name: &str, bytes: Vec<u8>, code| Hostile { name: name.to_owned(), bytes, code };
    let mut files = vec![
        file("png-that-claims-4-gigapixels.png", png_bomb(65_535, 65_535, 1), "ELIMIT"),
        file("png-of-400-megapixels-of-nothing.png", png_bomb(20_000, 20_000, 20_000), "ELIMIT"),
        file("png-of-one-endless-row.png", png_bomb(2_000_000_000, 1, 1), "ELIMIT"),
        file("jpeg-that-claims-4-gigapixels.jpg", jpeg_claiming(&jpeg(&photo, 80), 65_500, 65_500), "ELIMIT"),
        file("jpeg-of-no-width.jpg", jpeg_claiming(&jpeg(&photo, 80), 0, 200), "UNIDENTIFIED"),
        file("gif-that-claims-4-gigapixels.gif", gif_claiming(&animation(64, 64, 1)), "ELIMIT"),
        file("webp-that-claims-a-canvas-of-2-to-the-48.webp", webp_claiming(), "UNIDENTIFIED"),
        file("avif-that-claims-2-to-the-62.avif", avif_claiming(0x7FFF_FFFF), "UNIDENTIFIED"),
        file("avif-that-claims-400-megapixels.avif", avif_claiming(20_000), "ELIMIT"),
        file("tiff-that-claims-4-gigapixels.tif", tiff(65_535, 65_535, 1), "ELIMIT"),
        file("tiff-of-4-giga-strips.tif", tiff(64, 64, u32::MAX), "UNIDENTIFIED"),
        file("bmp-that-claims-4-gigapixels.bmp", bitmap(65_535), "ELIMIT"),
        file("bmp-of-no-width.bmp", bitmap(0), "UNIDENTIFIED"),
        file("icon-of-65535-pictures.ico", b"\0\0\x01\0\xFF\xFF".to_vec(), "UNIDENTIFIED"),
        file("icon-of-a-picture-elsewhere.ico", icon_of_nothing(), "UNIDENTIFIED"),
        file("svg-of-a-billion-laughs.svg", laughing_svg(), "UNIDENTIFIED"),
        file("webp-of-frames-that-are-not-there.webp", animated_webp_of_nothing(), "UNIDENTIFIED"),
        file("gif-of-100000-frames.gif", gif_of_many_frames(2_000, 2_000, 100_000), "ELIMIT"),
        file("garbage.jpg", b"\xFF\xD8\xFF\xE0 this is no picture at all".to_vec(), "UNIDENTIFIED"),
        file("empty.jpg", Vec::new(), "UNIDENTIFIED"),
        file("page.png", b"<html><body>not here</body></html>".to_vec(), "UNIDENTIFIED"),
    ];
    let whole = [
        ("jpg", jpeg(&photo, 80)),
        ("png", png(photo.clone())),
        ("webp", webp(photo)),
        ("gif", animation(200, 120, 1)),
    ];
    for (kind, bytes) in whole {
        for part in [2, 8, 14] {
            let cut = bytes.get(..bytes.len() * part / 16).unwrap_or_default().to_vec();
            files.push(file(&format!("{kind}-that-ends-after-{part}-of-16.{kind}"), cut, "UNIDENTIFIED"));
        }
    }
    files
}

/// A PNG of one-bit grey whose data holds `rows` rows of zeros.
fn png_bomb(width: u32, height: u32, rows: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [width.to_be_bytes().as_slice(), &height.to_be_bytes(), &[1, 0, 0, 0, 0]].concat();
    chunk(&mut bytes, *b"IHDR", &header);
    let mut data = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let row = vec![0; (width as usize).min(1 << 20).div_ceil(8) + 1];
    for _ in 0..rows {
        data.write_all(&row).expect("memory takes it");
    }
    chunk(&mut bytes, *b"IDAT", &data.finish().expect("memory takes it"));
    chunk(&mut bytes, *b"IEND", b"");
    bytes
}

fn chunk(bytes: &mut Vec<u8>, kind: [u8; 4], payload: &[u8]) {
    bytes.extend_from_slice(&u32::try_from(payload.len()).expect("a short chunk").to_be_bytes());
    bytes.extend_from_slice(&kind);
    bytes.extend_from_slice(payload);
    let mut check = flate2::Crc::new();
    check.update(&kind);
    check.update(payload);
    bytes.extend_from_slice(&check.sum().to_be_bytes());
}

/// The JPEG with other sides in its frame header.
fn jpeg_claiming(jpeg: &[u8], width: u16, height: u16) -> Vec<u8> {
    let mut bytes = jpeg.to_vec();
    let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("a baseline JPEG");
    bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

/// A grey TIFF whose strips are said to be so many.
fn tiff(width: u32, height: u32, strips: u32) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0\x08\0".to_vec();
    let entries = [
        (256, 1, width),
        (257, 1, height),
        (258, 1, 8),
        (259, 1, 1),
        (262, 1, 1),
        (273, strips, 8),
        (278, 1, height),
    ];
    for (tag, count, value) in entries.into_iter().chain([(279, strips, 8)]) {
        bytes.extend_from_slice(&u16::to_le_bytes(tag));
        bytes.extend_from_slice(&[4, 0]);
        bytes.extend_from_slice(&count.to_le_bytes());
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes.extend_from_slice(&[0; 4]);
    bytes
}

/// A Windows bitmap of 24 bits and of this side, without pixels.
fn bitmap(side: u32) -> Vec<u8> {
    let mut bytes = b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bytes.extend_from_slice(&side.to_le_bytes());
    bytes.extend_from_slice(&side.to_le_bytes());
    bytes.extend_from_slice(&[1, 0, 24, 0]);
    bytes.extend_from_slice(&[0; 24]);
    bytes
}

/// An icon whose one picture lies far behind its end.
fn icon_of_nothing() -> Vec<u8> {
    let mut bytes = b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0".to_vec();
    bytes.extend_from_slice(&[0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F]);
    bytes
}

/// Entities that unfold to 10^9 words.
fn laughing_svg() -> Vec<u8> {
    let entities: String = (1..10)
        .map(|level| format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10)))
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY l0 \"lol\">{entities}]>\
         <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><text>&l9;</text></svg>"
    )
    .into_bytes()
}

/// An animated WebP that says how it plays, and has no frame.
fn animated_webp_of_nothing() -> Vec<u8> {
    let mut bytes = b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x3f\0\0\x3f\0\0".to_vec();
    bytes.extend_from_slice(b"ANIM\x06\0\0\0\0\0\0\0\0\0");
    bytes
}

fn gif_claiming(gif: &[u8]) -> Vec<u8> {
    let mut bytes = gif.to_vec();
    bytes[6..10].copy_from_slice(&[0xFF; 4]);
    bytes
}

/// A GIF of equal, nearly empty frames on a large canvas.
fn gif_of_many_frames(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend_from_slice(&width.to_le_bytes());
    bytes.extend_from_slice(&height.to_le_bytes());
    bytes.extend_from_slice(&[0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
    for _ in 0..frames {
        // A one-pixel image: descriptor, minimum code size 2, one block "clear, 0, end".
        bytes.extend_from_slice(&[0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x01, 0]);
    }
    bytes.push(0x3B);
    bytes
}

/// An extended WebP whose canvas has sides of 2^24.
fn webp_claiming() -> Vec<u8> {
    let still = webp(photograph("cat.jpg", 16, 16));
    let image = still.get(12..).expect("a WebP").to_vec();
    let mut body = b"WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
    body.extend_from_slice(&[0xFF; 6]);
    body.extend_from_slice(&image);
    let mut bytes = b"RIFF".to_vec();
    bytes.extend_from_slice(&u32::try_from(body.len()).expect("small").to_le_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

/// An AVIF whose `ispe` box claims other sides.
fn avif_claiming(side: u32) -> Vec<u8> {
    let options = imgplane_codec_av1_encode::Options { quality: 50, speed: 9, icc: None, exif: None };
    let photo = photograph("cat.jpg", 16, 16);
    let mut bytes =
        imgplane_codec_av1_encode::encode_rgb(photo.as_raw(), 16, 16, &options).expect("AVIF encodes");
    let at = bytes.windows(4).position(|word| word == b"ispe").expect("an ispe box") + 8;
    bytes[at..at + 4].copy_from_slice(&side.to_be_bytes());
    bytes[at + 4..at + 8].copy_from_slice(&side.to_be_bytes());
    bytes
}
