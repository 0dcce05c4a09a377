//! Every kind of file that is taken.

use crate::{
    same::assert_same,
    writer::{Picture, Scan, whole},
};

/// Sampling factors of luma, blue and red.
const SAMPLINGS: [(&str, &[(usize, usize)]); 10] = [
    ("grey", &[(1, 1)]),
    ("grey with factors", &[(2, 2)]),
    ("4:4:4", &[(1, 1), (1, 1), (1, 1)]),
    ("4:2:2", &[(2, 1), (1, 1), (1, 1)]),
    ("4:2:0", &[(2, 2), (1, 1), (1, 1)]),
    ("4:4:0", &[(1, 2), (1, 1), (1, 1)]),
    ("4:1:1", &[(4, 1), (1, 1), (1, 1)]),
    ("4:4:1", &[(1, 4), (1, 1), (1, 1)]),
    ("4:2:2 with factors", &[(2, 2), (1, 2), (1, 2)]),
    ("4:4:4 with factors", &[(1, 3), (1, 3), (1, 3)]),
];

const SIZES: [(usize, usize); 9] =
    [(1, 1), (7, 9), (8, 8), (16, 16), (17, 33), (32, 32), (33, 31), (64, 48), (131, 97)];

/// Every sampling in every size, but for the one that libjpeg-turbo cannot give at an eighth.
pub(crate) fn pictures() -> impl Iterator<Item = (String, Picture)> {
    SAMPLINGS.iter().flat_map(|(name, factors)| {
        let sizes = SIZES.iter().filter(|size| factors[0] != (4, 1) || size.0 > 8);
        sizes.map(move |&size| (format!("{name} {size:?}"), Picture::new(size, factors)))
    })
}

#[test]
fn every_sampling_and_size_is_decoded_as_by_libjpeg_turbo() {
    for (name, picture) in pictures() {
        assert_same(&name, &picture.write());
    }
}

#[test]
fn restart_intervals_of_any_length_are_passed() {
    for (name, picture) in pictures() {
        for interval in [1, 2, 3, 7] {
            assert_same(
                &format!("{name} every {interval}"),
                &Picture { interval, ..picture.clone() }.write(),
            );
        }
    }
}

#[test]
fn scans_of_single_components_fill_their_planes() {
    for (name, picture) in pictures().filter(|(_, picture)| picture.factors.len() == 3) {
        for split in [vec![vec![0], vec![1], vec![2]], vec![vec![0], vec![1, 2]], vec![vec![1], vec![0, 2]]] {
            let scan = |components| Scan { components, ..whole(1)[0].clone() };
            let scans: Vec<Scan> = split.iter().cloned().map(scan).collect();
            for interval in [0, 2] {
                let picture = Picture { scans: scans.clone(), interval, ..picture.clone() };
                assert_same(&format!("{name} in {split:?} every {interval}"), &picture.write());
            }
        }
    }
}

#[test]
fn coefficients_of_all_sizes_and_densities_are_read() {
    for bits in [1, 3, 8, 10, 15] {
        for density in [0, 1, 5, 30, 64] {
            for wide in [false, true] {
                for seed in 1..4 {
                    let base = Picture::new((50, 40), SAMPLINGS[4].1);
                    let picture = Picture { wide, bits, density, seed, ..base };
                    assert_same(&format!("{bits} bits, {density} of 64, {wide}, {seed}"), &picture.write());
                }
            }
        }
    }
}
