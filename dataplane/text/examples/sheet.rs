//! Draws every family and many scripts on one PNG: `cargo run --example sheet -- sheet.png`.

use std::{env, error::Error, fs::File, io::BufWriter};

use imgplane_text::{Align, Bitmap, Font, Rgba, Text, draw, families};

const PAPER: [u8; 4] = [255, 255, 255, 255];
const COLUMN: usize = 640;

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("which file?")?;
    let mut left = Vec::new();
    for family in families() {
        for (bold, italic) in [(false, false), (true, false), (false, true), (true, true)] {
            let content = format!("{} Hamburgefonstiv 123", family.name);
            let font = Font::BuiltIn(family.name);
            left.push(draw(&Text { content, font, size: 24.0, bold, italic, ..Text::default() })?);
        }
    }
    let mut right = Vec::new();
    for text in scripts() {
        right.push(draw(&text)?);
    }
    let height =
        [&left, &right].map(|column| column.iter().map(|box_| box_.height as usize + 10).sum::<usize>());
    let mut sheet = vec![PAPER; 2 * COLUMN * (height[0].max(height[1]) + 10)];
    for (x, column) in [(10, left), (COLUMN + 10, right)] {
        let mut y = 10;
        for picture in column {
            paste(&mut sheet, &picture, x, y);
            y += picture.height as usize + 10;
        }
    }
    let rows = sheet.len() / (2 * COLUMN);
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), 2 * COLUMN as u32, rows as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header()?.write_image_data(sheet.as_flattened())?;
    Ok(())
}

fn scripts() -> Vec<Text> {
    let plain = |content: &str| Text { content: content.to_owned(), size: 32.0, ..Text::default() };
    let red = Rgba { red: 220, green: 0, blue: 30, alpha: 255 };
    let pale = Rgba { alpha: 110, ..red };
    let yellow = Rgba { red: 255, green: 235, blue: 120, alpha: 255 };
    let mut texts: Vec<Text> = [
        "Ελληνικά Русский Việt Nam Łódź Ñandú",
        "العربية: مرحبا بالعالم 2026",
        "עברית: שלום עולם (abc) 123",
        "हिन्दी: नमस्ते दुनिया क्षत्रिय",
        "ไทย: สวัสดีชาวโลก น้ำ",
        "中文 日本語ひらがなカタカナ 한국어",
        "😀🎉❤️👩🏽‍💻🇩🇪👨‍👩‍👧‍👦1️⃣☝🏽 ☎ ☎️",
        "★★★★☆ ✓ ✔ → ⇒ ● ■ ◆ ™ © ® € ₹ ½",
        "efficient fjord office AVATAR To.",
        "a\u{301}e\u{323}\u{302} Z\u{30a}\u{323} x\u{302}\u{304}\u{307}",
        "mixed: abc שלום 12 مرحبا def",
    ]
    .map(plain)
    .into();
    for align in [Align::Left, Align::Center, Align::Right] {
        texts.push(Text {
            content: "Summer sale: everything must go, incomprehensibilities included".to_owned(),
            width: Some(260),
            align,
            padding: [10, 20, 10, 20],
            background: Some(yellow),
            color: red,
            ..plain("")
        });
    }
    texts.push(Text { strikethrough: true, ..plain("was 49.99 €\nnow 19.99 €") });
    texts.push(Text {
        strikethrough: true, bold: true, color: pale, ..plain("سعر قديم pale 🎉 office")
    });
    texts.push(Text { line_height: Some(60.0), background: Some(yellow), ..plain("far\nfrom\neach other") });
    texts.push(Text { bold: true, italic: true, ..plain("中文 bold हिन्दी ★ 한국어") });
    texts.push(Text { font: Font::BuiltIn("Lobster"), bold: true, ..plain("Lobster made bold") });
    texts.push(Text { font: Font::BuiltIn("Lobster"), size: 90.0, ..plain("Big 90 px") });
    texts.push(Text { font: Font::BuiltIn("Monoton"), size: 60.0, bold: true, ..plain("MONOTON") });
    texts.push(Text { size: 9.0, ..plain("Nine pixels are small but should still be readable, 0123456789") });
    texts
}

/// Lays a picture on the sheet, cut at the column's edge.
fn paste(sheet: &mut [[u8; 4]], picture: &Bitmap, x: usize, y: usize) {
    let rows = picture.data.as_chunks::<4>().0.chunks(picture.width as usize);
    for (row, pixels) in sheet.chunks_mut(2 * COLUMN).skip(y).zip(rows) {
        for (below, above) in row.iter_mut().skip(x).take(COLUMN - 20).zip(pixels) {
            let alpha = u32::from(above[3]);
            for channel in 0..3 {
                let mixed = u32::from(above[channel]) * alpha + u32::from(below[channel]) * (255 - alpha);
                below[channel] = ((mixed + 127) / 255) as u8;
            }
        }
    }
}
