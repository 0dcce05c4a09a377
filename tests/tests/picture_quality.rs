//! How close results come to a Lanczos3 reference in floating point, for each pair of formats, through the server.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

use std::path::Path;

use image::RgbImage;
use imgplane_tests::{answer::Answer, pictures, reference, server::imgplane::Imgplane};

const MANIFESTS: &str = "\
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {name: files}
spec:
  type: Volume
  volume: {name: files}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {name: main}
spec:
  origins: [{name: files}]
";

fn fill(folder: &Path) {
    let files = folder.join("volumes/files");
    std::fs::create_dir_all(&files).unwrap();
    let photo = photo();
    std::fs::write(files.join("photo.jpg"), pictures::jpeg(&photo, 98)).unwrap();
    std::fs::write(files.join("photo.png"), pictures::png(photo.clone())).unwrap();
    std::fs::write(files.join("photo.webp"), pictures::webp(photo)).unwrap();
}

fn photo() -> RgbImage {
    pictures::photograph("brushes.jpg", 1200, 900)
}

fn picture(answer: &Answer) -> RgbImage {
    if answer.format() == "avif" {
        let picture = imgplane_codec_av1_decode::decode_rgba(&answer.body, 10_000_000).unwrap();
        let rgb = picture.data.chunks_exact(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
        return RgbImage::from_raw(picture.width, picture.height, rgb).unwrap();
    }
    answer.picture().to_rgb8()
}

#[tokio::test]
async fn every_pair_of_formats_comes_close_to_the_reference() {
    // Floors are a few points below what is seen. Lossless outputs are judged by the resampler alone; lossy ones at quality 95 by resampler and codec; WebP
    // has half the chroma. The JPEG source was itself lossy.
    let floors = [
        ("photo.jpg", "f-jpg,q-95", 84.0),
        ("photo.jpg", "f-png", 88.0),
        ("photo.jpg", "f-webp,q-95", 76.0),
        ("photo.jpg", "f-webp,lo-true", 88.0),
        ("photo.jpg", "f-avif,q-95", 80.0),
        ("photo.png", "f-jpg,q-95", 84.0),
        ("photo.png", "f-png", 96.0),
        ("photo.png", "f-webp,q-95", 76.0),
        ("photo.png", "f-webp,lo-true", 96.0),
        ("photo.png", "f-avif,q-95", 80.0),
        ("photo.webp", "f-jpg,q-95", 84.0),
        ("photo.webp", "f-png", 96.0),
        ("photo.webp", "f-webp,q-95", 76.0),
        ("photo.webp", "f-avif,q-95", 80.0),
    ];
    let server = Imgplane::start(MANIFESTS, fill);
    let expected = reference::lanczos3(&photo(), 400, 300);
    let mut problems = Vec::new();
    for (source, output, floor) in floors {
        let answer = server.get(&format!("/default/tr:w-400,{output}/{source}")).await;
        assert_eq!(answer.status, 200, "{source} {output}: {}", answer.header("ik-error"));
        let score = reference::score(&expected, &picture(&answer));
        println!("{source:10} {output:16} {:7} bytes  {score:.1}", answer.body.len());
        if score < floor {
            problems.push(format!("{source} {output}: SSIMULACRA2 {score:.1} is below {floor}"));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[tokio::test]
async fn bytes_and_scores_rise_with_quality() {
    let server = Imgplane::start(MANIFESTS, fill);
    let expected = reference::lanczos3(&photo(), 400, 300);
    for format in ["jpg", "webp", "avif"] {
        let mut last = (0, f64::MIN);
        for quality in [20, 40, 60, 80, 95] {
            let answer = server.get(&format!("/default/tr:w-400,f-{format},q-{quality}/photo.png")).await;
            let now = (answer.body.len(), reference::score(&expected, &picture(&answer)));
            println!("{format} q-{quality}: {} bytes, {:.1}", now.0, now.1);
            assert!(now.0 > last.0 && now.1 > last.1, "{format} q-{quality}: {now:?} after {last:?}");
            last = now;
        }
    }
}
