//! Compares both decoders.

use imgplane_codec_jpeg as turbo;
use imgplane_jpeg::{Limits, Planes, Scale, decode};

pub(crate) const LIMITS: Limits = Limits { max_scans: 100 };

pub(crate) fn turbo_scale(scale: Scale) -> turbo::Scale {
    match scale {
        Scale::Half => turbo::Scale::Half,
        Scale::Quarter => turbo::Scale::Quarter,
        Scale::Eighth => turbo::Scale::Eighth,
    }
}

/// Both decode the file, and every sample of the picture is the same. A scale that goes to libjpeg-turbo on purpose is
/// not here.
#[track_caller]
pub(crate) fn assert_same(name: &str, jpeg: &[u8]) {
    for scale in Scale::ALL {
        let theirs = turbo::decode_planes(jpeg, turbo_scale(scale), &turbo::Limits { max_scans: 100 });
        let theirs = theirs.unwrap_or_else(|error| panic!("{name} {scale:?}: libjpeg-turbo: {error}"));
        let own = decode(jpeg, scale, LIMITS).unwrap_or_else(|error| panic!("{name} {scale:?}: {error}"));
        if let Some(difference) = difference(&own, &theirs) {
            panic!("{name} {scale:?}: {difference}");
        }
    }
}

/// Where the pictures differ, if they do.
pub(crate) fn difference(own: &Planes, theirs: &turbo::Planes) -> Option<String> {
    if (own.width - theirs.width).abs() > 1e-9 || (own.height - theirs.height).abs() > 1e-9 {
        return Some(format!("size {}x{}, not {}x{}", own.width, own.height, theirs.width, theirs.height));
    }
    if own.planes.len() != theirs.planes.len() {
        return Some(format!("{} planes, not {}", own.planes.len(), theirs.planes.len()));
    }
    for (index, (own, theirs)) in own.planes.iter().zip(&theirs.planes).enumerate() {
        if (own.width, own.height) != (theirs.width, theirs.height) {
            let (a, b) = ((own.width, own.height), (theirs.width, theirs.height));
            return Some(format!("plane {index} of {a:?}, not {b:?}"));
        }
        assert_eq!(own.data.len(), own.stride * own.height as usize, "plane {index}");
        for y in 0..own.height as usize {
            for x in 0..own.width as usize {
                let (a, b) = (own.data[y * own.stride + x], theirs.data[y * theirs.stride + x]);
                if a != b {
                    return Some(format!("plane {index} at {x},{y}: {a}, not {b}"));
                }
            }
        }
    }
    None
}
