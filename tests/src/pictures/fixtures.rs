//! The files that the conformance vectors speak of.

use std::path::Path;

use image::{Rgba, RgbaImage};
use imgplane_codec_av1_encode as av1;
use imgplane_codec_webp as webp;

use super::{
    animation, boxed, centred_square, checkerboard, exif, jpeg, photograph, png, with_jpeg_segments,
};

/// Writes them into a folder.
pub fn write_fixtures(folder: &Path) {
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("the folder is made");
        std::fs::write(path, bytes).expect("the fixture is written");
    };
    let photo = photograph("autumn.jpg", 1600, 1067);
    let profile = moxcms::ColorProfile::new_display_p3().encode().expect("the profile encodes");
    write("photo.jpg", &with_jpeg_segments(&jpeg(&photo, 92), Some(&exif(1)), Some(&profile)));
    write("scan.png", &png(photo.clone()));
    write("photo.avif", &avif(&photo));
    write("portrait.jpg", &jpeg(&photograph("dogs.jpg", 800, 1200), 92));
    write("pano.jpg", &jpeg(&photograph("mountains.jpg", 4000, 1000), 92));
    write("square.jpg", &jpeg(&photograph("fig.jpg", 600, 600), 92));
    write("wide.jpg", &jpeg(&photograph("mountains.jpg", 1920, 1280), 92));
    let lying = photograph("brushes.jpg", 1200, 800);
    write("exif6.jpg", &with_jpeg_segments(&jpeg(&lying, 92), Some(&exif(6)), None));
    write("logo.png", &png(centred_square(300, 200)));
    write("mark.png", &png(checkerboard(640, 160)));
    write("brand/mark.png", &png(checkerboard(640, 160)));
    write("tiny.png", &png(photograph("cat.jpg", 120, 80)));
    write("flat.png", &png(boxed(1000, 600, (300, 200, 400, 200))));
    write(
        "bigalpha.png",
        &png(RgbaImage::from_fn(2216, 1500, |x, y| {
            Rgba([(x % 256) as u8, (y % 256) as u8, 128, ((x + y) % 256) as u8])
        })),
    );
    write("anim.gif", &animation(480, 270, 10));
    write("anim.webp", &animated_webp(400, 400, 12));
    write("vector.svg", br##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"><circle cx="50" cy="50" r="40" fill="#226ee6"/></svg>"##);
    write("doc.pdf", b"%PDF-1.4\n% three pages, for delivery only\n%%EOF\n");
    // Long enough to be worth compressing.
    write("data.json", format!(r#"{{"kind": "{}"}}"#, "text ".repeat(300)).as_bytes());
}

/// A square that walks over a ground, 100 ms a step, for ever.
fn animated_webp(width: u32, height: u32, frames: u32) -> Vec<u8> {
    let mut animation = webp::Animation::new(width, height, 0).expect("the canvas is allowed");
    for step in 0..frames {
        let hit = |x: u32, y: u32| (step * 20..step * 20 + 60).contains(&x) && (100..160).contains(&y);
        let picture = image::RgbImage::from_fn(width, height, |x, y| {
            image::Rgb(if hit(x, y) { [230, 60, 40] } else { [(x / 4) as u8, (y / 4) as u8, 120] })
        });
        let still = webp::encode_rgb(picture.as_raw(), width, height, &webp::Options::default());
        animation.push(&still.expect("WebP encodes"), 0, 0, 100, false).expect("the frame fits");
    }
    animation.finish(None, None, None).expect("WebP is written")
}

fn avif(picture: &image::RgbImage) -> Vec<u8> {
    let options = av1::Options { quality: 80, speed: 9, icc: None, exif: None };
    av1::encode_rgb(picture.as_raw(), picture.width(), picture.height(), &options).expect("AVIF encodes")
}
