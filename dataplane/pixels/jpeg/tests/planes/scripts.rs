//! Progressive files of several scripts.

use crate::{
    kinds::pictures,
    same::assert_same,
    writer::{Picture, Scan},
};

fn scan(components: &[usize], band: (usize, usize), high: u32, low: u32) -> Scan {
    Scan { components: components.to_vec(), band, high, low }
}

/// Scripts for a picture of so many components, by what they do.
pub(crate) fn scripts(count: usize) -> Vec<(&'static str, Vec<Scan>)> {
    let all: Vec<usize> = (0..count).collect();
    let each = |band, high, low| all.iter().map(move |&component| scan(&[component], band, high, low));
    let bands = |list: &[(usize, usize)]| list.iter().flat_map(|&band| each(band, 0, 0)).collect::<Vec<_>>();
    // What libjpeg writes, and every encoder that follows it.
    let usual = |list: &mut Vec<Scan>| {
        list.push(scan(&all, (0, 0), 0, 1));
        list.extend(each((1, 5), 0, 2));
        list.extend(each((6, 63), 0, 2));
        list.extend(each((1, 63), 2, 1));
        list.push(scan(&all, (0, 0), 1, 0));
        list.extend(each((1, 63), 1, 0));
    };
    let mut libjpeg = Vec::new();
    usual(&mut libjpeg);
    let mut bits = vec![scan(&all, (0, 0), 0, 5)];
    bits.extend((0..5).rev().map(|low| scan(&all, (0, 0), low + 1, low)));
    bits.extend(each((1, 63), 0, 4));
    bits.extend((0..4).rev().flat_map(|low| each((1, 63), low + 1, low)));
    let single = each((0, 0), 0, 0).chain(bands(&[(1, 9), (10, 63)])).collect();
    let mut crossed = vec![scan(&all, (0, 0), 0, 0)];
    crossed.extend(each((1, 20), 0, 1));
    crossed.extend(each((21, 63), 0, 3));
    crossed.extend(each((10, 20), 1, 0));
    crossed.extend(each((1, 9), 1, 0));
    crossed.extend(each((21, 63), 3, 2));
    crossed.extend(each((21, 63), 2, 1));
    crossed.extend(each((21, 40), 1, 0));
    crossed.extend(each((41, 63), 1, 0));
    let mut coarse = vec![scan(&all, (0, 0), 0, 2)];
    coarse.extend(bands(&[(1, 9)]));
    vec![
        ("as libjpeg", libjpeg),
        ("bit by bit", bits),
        ("means one component at a time", single),
        ("bands refined apart", crossed),
        ("means that stay coarse", coarse),
    ]
}

#[test]
fn every_script_gives_the_planes_of_libjpeg_turbo() {
    for (name, picture) in pictures() {
        for (script, scans) in scripts(picture.factors.len()) {
            for interval in [0, 1, 5] {
                let picture =
                    Picture { progressive: true, scans: scans.clone(), interval, ..picture.clone() };
                assert_same(&format!("{name}, {script}, every {interval}"), &picture.write());
            }
        }
    }
}

#[test]
fn runs_of_empty_blocks_and_full_blocks_are_read() {
    for density in [0, 1, 2, 20, 64] {
        for bits in [1, 2, 5, 10] {
            for (script, scans) in scripts(3) {
                let base = Picture::new((150, 90), &[(2, 2), (1, 1), (1, 1)]);
                let picture = Picture { progressive: true, scans, density, bits, ..base };
                assert_same(&format!("{script}, {density} of 64, {bits} bits"), &picture.write());
            }
        }
    }
}
