//! Half a picture never passes, and dirt around a whole one does not stop it.

use imgplane_codec_jpeg::{Error, Limits, Sampling, Scale, decode_planes, decode_rgb, markers, read_header};
use turbojpeg::raw;

use crate::pattern::{Picture, encode_raw, pixels};

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let rgb = pixels(161, 123, 3);
    vec![
        ("baseline", Picture::new(161, 123, Sampling::S420).encode(90, false)),
        ("progressive", Picture::new(161, 123, Sampling::S420).encode(90, true)),
        ("gray progressive", Picture::new(161, 123, Sampling::Gray).encode(90, true)),
        ("restarts", encode_raw(&rgb, 161, 123, &[(raw::TJPARAM_TJPARAM_RESTARTROWS, 1)])),
        (
            "progressive restarts",
            encode_raw(
                &rgb,
                161,
                123,
                &[(raw::TJPARAM_TJPARAM_RESTARTROWS, 1), (raw::TJPARAM_TJPARAM_PROGRESSIVE, 1)],
            ),
        ),
    ]
}

/// The results of every way to decode.
fn decode(jpeg: &[u8]) -> Vec<Result<Option<String>, Error>> {
    let limits = Limits::default();
    Scale::ALL
        .into_iter()
        .flat_map(|scale| {
            [
                decode_planes(jpeg, scale, &limits).map(|planes| planes.warning),
                decode_rgb(jpeg, scale, &limits).map(|pixels| pixels.warning),
            ]
        })
        .collect()
}

#[test]
fn a_file_cut_anywhere_is_truncated() {
    for (name, jpeg) in files() {
        assert!(decode(&jpeg).iter().all(|result| *result == Ok(None)), "{name}");
        let sixteenths = (1..16).map(|part| jpeg.len() * part / 16);
        let ends = (1..=12).map(|missing| jpeg.len() - missing);
        for length in sixteenths.chain(ends) {
            for result in decode(&jpeg[..length]) {
                assert_eq!(result, Err(Error::Truncated), "{name} cut to {length} of {}", jpeg.len());
            }
        }
    }
}

#[test]
fn a_file_cut_in_its_header_is_truncated() {
    for (name, jpeg) in files() {
        let scan = markers::segments(&jpeg).find(|segment| segment.marker == markers::SOS).expect("scan");
        for length in 0..scan.start + 2 {
            assert_eq!(
                read_header(&jpeg[..length]).map(|_| ()),
                Err(Error::Truncated),
                "{name} cut to {length}"
            );
        }
        let tables = [&jpeg[..scan.start], &[0xff, markers::EOI]].concat();
        assert!(matches!(read_header(&tables), Err(Error::Corrupt { .. })), "{name}: whole, but no picture");
        let header = read_header(&jpeg[..scan.start + 4 + scan.payload.len()]);
        assert_eq!(header, read_header(&jpeg), "{name}: the header alone suffices");
    }
}

#[test]
fn an_end_marker_glued_to_a_cut_file_does_not_make_it_whole() {
    for (name, jpeg) in files() {
        let scan = markers::segments(&jpeg).find(|segment| segment.marker == markers::SOS).expect("scan");
        // Inside the first scan: a progressive file may legally end after any scan.
        let next = markers::segments(&jpeg).find(|segment| segment.start > scan.start).expect("end");
        let middle = usize::midpoint(scan.start, next.start);
        let glued = [&jpeg[..middle], &[0xff, markers::EOI]].concat();
        for result in decode(&glued) {
            assert_eq!(result, Err(Error::Truncated), "{name}");
        }
    }
}

#[test]
fn stray_bytes_are_a_warning_and_not_an_error() {
    for (name, jpeg) in files() {
        let scan =
            markers::segments(&jpeg).find(|segment| segment.marker == markers::SOS).expect("scan").start;
        let end = jpeg.len() - 2;
        for (place, at) in [("before the scan", scan), ("before the end", end)] {
            // More than the entropy decoder reads ahead.
            let dirty = [&jpeg[..at], &[0; 70], &jpeg[at..]].concat();
            let decode_half = |data: &[u8]| decode_planes(data, Scale::Half, &Limits::default());
            let (got, clean) = (decode_half(&dirty).expect(name), decode_half(&jpeg).expect(name));
            assert!(got.warning.is_some_and(|text| text.contains("extraneous")), "{name} {place}");
            assert!(got.planes == clean.planes, "{name} {place}");
            // The warning must not hide that the file is cut as well.
            if at == scan {
                for result in decode(&dirty[..dirty.len() - dirty.len() / 4]) {
                    assert_eq!(result, Err(Error::Truncated), "{name} {place}");
                }
            }
        }
        let trailing = [&jpeg[..], b"and a video"].concat();
        assert!(decode(&trailing).iter().all(|result| *result == Ok(None)), "{name}: bytes after the end");
    }
}
