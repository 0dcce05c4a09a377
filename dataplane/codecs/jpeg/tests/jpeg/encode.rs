//! Planes go in and come back nearly the same, at every size and sampling.

use imgplane_codec_jpeg::{
    Error, Limits, MAX_SIDE, Options, PlaneRef, Sampling, Scale, decode_planes, encode_planes, read_header,
};

use crate::pattern::{Picture, SAMPLINGS, SIZES};

const OPTIONS: Options = Options { quality: 95, progressive: false };

#[test]
fn planes_survive_a_round_trip_at_every_size_and_sampling() {
    for sampling in SAMPLINGS {
        for (width, height) in SIZES {
            for progressive in [false, true] {
                let name = format!("{sampling:?} {width}x{height} progressive {progressive}");
                let picture = Picture::new(width, height, sampling);
                let jpeg = picture.encode(95, progressive);
                let header = read_header(&jpeg).expect(&name);
                assert_eq!((header.width, header.height), (width, height), "{name}");
                assert_eq!((header.sampling, header.progressive), (sampling, progressive), "{name}");
                let decoded = decode_planes(&jpeg, Scale::Full, &Limits::default()).expect(&name);
                assert_eq!(decoded.planes.len(), picture.planes.len(), "{name}");
                assert_eq!(decoded.warning, None, "{name}");
                for (plane, (samples, w, h)) in decoded.planes.iter().zip(&picture.planes) {
                    assert_eq!((plane.width, plane.height), (*w, *h), "{name}");
                    assert_eq!(plane.data.len(), plane.stride * plane.height as usize, "{name}");
                    for (row, expected) in plane.data.chunks(plane.stride).zip(samples.chunks(*w as usize)) {
                        for (&got, &wanted) in row.iter().zip(expected) {
                            assert!(got.abs_diff(wanted) <= 8, "{name}: {got} is not {wanted}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_wider_stride_changes_nothing_and_the_last_row_may_be_short() {
    for sampling in SAMPLINGS {
        for (width, height) in [(1, 1), (37, 41), (64, 48)] {
            let picture = Picture::new(width, height, sampling);
            let padded: Vec<(Vec<u8>, usize)> = picture
                .planes
                .iter()
                .map(|(data, width, _)| {
                    let stride = *width as usize + 5;
                    let mut rows: Vec<u8> = data
                        .chunks(*width as usize)
                        .flat_map(|row| [row, &[1, 254, 1, 254, 1]].concat())
                        .collect();
                    rows.truncate(rows.len() - 5);
                    (rows, stride)
                })
                .collect();
            let refs: Vec<_> =
                padded.iter().map(|(data, stride)| PlaneRef { data, stride: *stride }).collect();
            let wide = encode_planes(&refs, width, height, sampling, &OPTIONS).expect("encodes");
            assert!(wide == picture.encode(95, false), "{sampling:?} {width}x{height}");
        }
    }
}

#[test]
fn higher_quality_is_larger_and_out_of_range_quality_is_the_nearest() {
    let picture = Picture::new(131, 97, Sampling::S420);
    assert!(picture.encode(30, false).len() < picture.encode(90, false).len());
    assert!(picture.encode(0, false) == picture.encode(1, false));
    assert!(picture.encode(255, false) == picture.encode(100, false));
}

#[test]
fn planes_that_do_not_fit_are_refused() {
    let row = [0_u8; 64];
    let whole = PlaneRef { data: &row, stride: 8 };
    let short = PlaneRef { data: &row[..63], stride: 8 };
    let narrow = PlaneRef { data: &row, stride: 7 };
    let endless = PlaneRef { data: &row, stride: usize::MAX };
    for (name, planes, width, height, sampling) in [
        ("no planes", vec![], 8, 8, Sampling::Gray),
        ("too few planes", vec![whole], 8, 8, Sampling::S444),
        ("too many planes", vec![whole, whole, whole], 8, 8, Sampling::Gray),
        ("unknown sampling", vec![whole, whole, whole], 8, 8, Sampling::Unknown),
        ("short luma", vec![short], 8, 8, Sampling::Gray),
        ("short chroma", vec![whole, whole, short], 8, 8, Sampling::S444),
        ("narrow stride", vec![narrow], 8, 8, Sampling::Gray),
        ("endless stride", vec![endless], 8, 8, Sampling::Gray),
        ("no width", vec![whole], 0, 8, Sampling::Gray),
        ("no height", vec![whole], 8, 0, Sampling::Gray),
        ("too wide", vec![whole], MAX_SIDE + 1, 1, Sampling::Gray),
    ] {
        let result = encode_planes(&planes, width, height, sampling, &OPTIONS);
        assert!(matches!(result, Err(Error::InvalidInput { .. })), "{name}: {result:?}");
    }
}

#[test]
fn the_longest_side_can_be_written_and_read() {
    let data = vec![77; MAX_SIDE as usize];
    let plane = PlaneRef { data: &data, stride: MAX_SIDE as usize };
    let jpeg = encode_planes(&[plane], MAX_SIDE, 1, Sampling::Gray, &OPTIONS).expect("encodes");
    let decoded = decode_planes(&jpeg, Scale::Eighth, &Limits::default()).expect("decodes");
    assert_eq!((decoded.planes[0].width, decoded.planes[0].height), (MAX_SIDE.div_ceil(8), 1));
}
