//! Chunks are found and metadata is wrapped around pictures.

use imgplane_codec_webp::{
    Error, chunk, chunks, decode_rgba, encode_rgb, encode_rgba, encode_yuv, read_header, with_metadata,
};

use crate::pattern::{LOSSLESS, LOSSY, rgb, rgba, yuv};

fn ids(webp: &[u8]) -> Vec<String> {
    chunks(webp).map(|chunk| String::from_utf8_lossy(&chunk.id).into_owned()).collect()
}

#[test]
fn metadata_wraps_every_kind_of_picture_and_does_not_change_it() {
    for (name, webp, alpha, image) in [
        ("lossy", encode_rgb(&rgb(37, 41), 37, 41, &LOSSY), false, vec!["VP8 "]),
        ("alpha", encode_rgba(&rgba(37, 41), 37, 41, &LOSSY), true, vec!["ALPH", "VP8 "]),
        ("planes", encode_yuv(&yuv(37, 41, true).as_ref(), &LOSSY), true, vec!["ALPH", "VP8 "]),
        ("lossless", encode_rgba(&rgba(37, 41), 37, 41, &LOSSLESS), true, vec!["VP8L"]),
    ] {
        let webp = webp.expect(name);
        let pixels = decode_rgba(&webp).expect(name);
        let (icc, exif, xmp) = ([7; 301], *b"II*\0\x08\0\0\0\0\0\0", *b"<x/>");
        for bits in 0..8 {
            let pick = |bit: u8, block: &'static [u8]| (bits & bit != 0).then_some(block);
            let (icc, exif, xmp) =
                (pick(1, icc.to_vec().leak()), pick(2, exif.to_vec().leak()), pick(4, xmp.to_vec().leak()));
            let wrapped = with_metadata(webp.clone(), icc, exif, xmp, 37, 41, alpha).expect(name);
            if bits == 0 {
                assert!(wrapped == webp, "{name}: nothing to wrap");
                continue;
            }
            let mut expected = vec!["VP8X"];
            expected.extend(icc.map(|_| "ICCP"));
            expected.extend(&image);
            expected.extend(exif.map(|_| "EXIF"));
            expected.extend(xmp.map(|_| "XMP "));
            assert_eq!(ids(&wrapped), expected, "{name}");
            assert_eq!(chunk(&wrapped, b"ICCP"), icc, "{name}");
            assert_eq!(chunk(&wrapped, b"EXIF"), exif, "{name}");
            assert_eq!(chunk(&wrapped, b"XMP "), xmp, "{name}");
            let flags = chunk(&wrapped, b"VP8X").expect(name)[0];
            let bit = |set: bool, bit: u8| if set { bit } else { 0 };
            let expected =
                bit(icc.is_some(), 0x20) | bit(alpha, 0x10) | bit(exif.is_some(), 8) | bit(xmp.is_some(), 4);
            assert_eq!(flags, expected, "{name}");
            assert_eq!(wrapped.len() % 2, 0, "{name}");
            assert!(decode_rgba(&wrapped).expect(name) == pixels, "{name}");
            let header = read_header(&wrapped).expect(name);
            assert_eq!((header.width, header.height, header.alpha), (37, 41, alpha), "{name}");
            // Wrapping what is wrapped replaces the metadata.
            let again = with_metadata(wrapped, None, Some(b"other"), None, 37, 41, alpha).expect(name);
            assert_eq!(
                (chunk(&again, b"ICCP"), chunk(&again, b"EXIF")),
                (None, Some(&b"other"[..])),
                "{name}"
            );
        }
    }
}

#[test]
fn only_a_still_can_be_wrapped() {
    for data in [&b""[..], b"GIF89a", b"RIFF\x04\0\0\0WEBP", b"RIFF\x0c\0\0\0WEBPEXIF\0\0\0\0"] {
        let result = with_metadata(data.to_vec(), Some(&[1]), None, None, 1, 1, false);
        assert!(matches!(result, Err(Error::InvalidInput { .. })), "{data:?}");
    }
    let webp = encode_rgb(&rgb(2, 2), 2, 2, &LOSSY).expect("encodes");
    let result = with_metadata(webp, Some(&[1]), None, None, 0, 2, false);
    assert_eq!(result, Err(Error::Dimensions { width: 0, height: 2 }));
}

#[test]
fn chunks_end_where_the_data_does() {
    let mut webp = b"RIFF\xff\xff\xff\xffWEBP".to_vec();
    webp.extend(b"ABCD\x03\0\0\0xyz\0");
    webp.extend(b"EFGH\xff\xff\xff\xffxyz");
    assert_eq!(ids(&webp), ["ABCD"]);
    assert_eq!(chunk(&webp, b"ABCD"), Some(&b"xyz"[..]));
    assert_eq!(chunk(&webp, b"EFGH"), None);
    // Nothing behind the size the container states.
    webp[4..8].copy_from_slice(&12_u32.to_le_bytes());
    assert_eq!(ids(&webp), [""; 0]);
    assert_eq!(ids(b"RIFF"), [""; 0]);
}
