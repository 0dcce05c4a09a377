//! Entries for what is translucent: colour and opacity are one place in a space of four sides, in which places that are
//! seen alike lie close together. The libraries at hand know spaces of three.

/// How many of the 256 entries, where there is something translucent.
const FEWEST: usize = 64;
const MOST: usize = 192;
const ALL: usize = 256;

/// Premultiplied colour and opacity. A shadow shows every step of opacity, so that counts more than a colour.
type Place = [f32; 4];
const OPACITY: f32 = 1.5;

fn place([red, green, blue, alpha]: [u8; 4]) -> Place {
    let share = f32::from(alpha) / 255.0;
    [f32::from(red) * share, f32::from(green) * share, f32::from(blue) * share, f32::from(alpha) * OPACITY]
}

fn pixel([red, green, blue, alpha]: Place) -> [u8; 4] {
    let alpha = (alpha / OPACITY).round().clamp(1.0, 254.0);
    let straight = |channel: f32| (channel * 255.0 / alpha).round().clamp(0.0, 255.0) as u8;
    [straight(red), straight(green), straight(blue), alpha as u8]
}

/// The entries of a picture.
pub(super) struct Soft {
    entries: Vec<[u8; 4]>,
    places: Vec<Place>,
}

impl Soft {
    /// `soft`: the translucent pixels; `opaque`: how many others are seen.
    pub(super) fn of(soft: impl Iterator<Item = [u8; 4]>, opaque: usize) -> Self {
        let mut places: Vec<Place> = soft.map(place).collect();
        if places.is_empty() {
            return Self { entries: Vec::new(), places };
        }
        let share = ALL * places.len() / (places.len() + opaque);
        let entries: Vec<[u8; 4]> =
            split(&mut places, share.clamp(FEWEST, MOST)).into_iter().map(pixel).collect();
        let places = entries.iter().copied().map(place).collect();
        Self { entries, places }
    }

    /// Red, green, blue and opacity of each.
    pub(super) fn entries(&self) -> &[[u8; 4]] {
        &self.entries
    }

    /// The entry for a pixel, and what it lacks of it. `lacking`: what the pixel before it lacked.
    pub(super) fn index(&self, pixel: [u8; 4], lacking: &mut Place) -> usize {
        let mut wanted = place(pixel);
        wanted.iter_mut().zip(*lacking).for_each(|(side, lacking)| *side += lacking);
        let distance = |one: &Place| -> f32 { one.iter().zip(wanted).map(|(a, b)| (a - b) * (a - b)).sum() };
        let nearest = self
            .places
            .iter()
            .enumerate()
            .min_by(|(_, one), (_, other)| distance(one).total_cmp(&distance(other)));
        let Some((index, found)) = nearest else { return 0 };
        // Half of it, and no more: behind an edge it would be seen as a fringe.
        for ((lacking, wanted), found) in lacking.iter_mut().zip(wanted).zip(found) {
            *lacking = ((wanted - found) / 2.0).clamp(-16.0, 16.0);
        }
        index
    }
}

/// A group of places that share an entry.
struct Group {
    from: usize,
    to: usize,
    mean: Place,
    /// Along its longest side, which is `axis`.
    spread: f32,
    axis: usize,
}

impl Group {
    fn of(places: &[Place], from: usize, to: usize) -> Self {
        let count = (to - from).max(1) as f64;
        let (mut sum, mut squares) = ([0.0_f64; 4], [0.0_f64; 4]);
        for place in &places[from..to] {
            for (axis, side) in place.iter().enumerate() {
                sum[axis] += f64::from(*side);
                squares[axis] += f64::from(*side) * f64::from(*side);
            }
        }
        let spread = |axis: usize| (squares[axis] - sum[axis] * sum[axis] / count) as f32;
        let axis = (0..4).max_by(|one, other| spread(*one).total_cmp(&spread(*other))).unwrap_or(0);
        Self { from, to, mean: sum.map(|sum| (sum / count) as f32), spread: spread(axis), axis }
    }
}

/// Splits the group with the largest spread at its mean until there are enough, and gives their means.
fn split(places: &mut [Place], most: usize) -> Vec<Place> {
    let mut groups = vec![Group::of(places, 0, places.len())];
    while groups.len() < most {
        let widest =
            groups.iter().enumerate().max_by(|(_, one), (_, other)| one.spread.total_cmp(&other.spread));
        let Some((index, Group { from, to, mean, spread, axis })) = widest else { break };
        if *spread < 1.0 {
            break;
        }
        let (index, from, to, axis, at) = (index, *from, *to, *axis, mean[*axis]);
        let mut middle = from;
        for place in from..to {
            if places[place][axis] < at {
                places.swap(place, middle);
                middle += 1;
            }
        }
        if middle == from || middle == to {
            groups[index].spread = 0.0;
            continue;
        }
        groups[index] = Group::of(places, from, middle);
        groups.push(Group::of(places, middle, to));
    }
    groups.into_iter().map(|group| group.mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_translucent_colours_are_kept_as_they_are() {
        let colors: Vec<[u8; 4]> = (1..=50).map(|step| [step * 5, 255 - step, 7, step * 5]).collect();
        let soft = Soft::of(colors.iter().copied(), 1000);
        assert_eq!(soft.entries().len(), colors.len());
        for color in colors {
            let entry = soft.entries()[soft.index(color, &mut [0.0; 4])];
            assert!(
                entry.iter().zip(color).all(|(one, other)| one.abs_diff(other) <= 2),
                "{entry:?} {color:?}"
            );
        }
    }

    #[test]
    fn a_shadow_gets_many_steps_of_opacity() {
        let soft = Soft::of((1..=254).map(|alpha| [0, 0, 0, alpha]), 0);
        for alpha in 1..=254 {
            let entry = soft.entries()[soft.index([0, 0, 0, alpha], &mut [0.0; 4])];
            assert!(entry[3].abs_diff(alpha) <= 2, "{entry:?} for {alpha}");
        }
    }
}
