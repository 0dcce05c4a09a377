//! Blocks that are read, a few units of them at a time: where they go, and what becomes of them.
//!
//! The same coefficient of eight blocks lies side by side: the same block of a unit, from eight units. So each step of the
//! transform is one for all eight, in the registers of any processor, and neither passes over rows nor those over columns
//! have to be turned around. It also comes well after the coefficients were written one by one, which processors do not like
//! to read many at a time before.

use std::ops::Range;

use super::Input;
use crate::{
    frame::MOST_BLOCKS,
    huffman::lookup::At,
    plane::Plane,
    quantisation::Quantisation,
    scan::Member,
    transform::{self, LANES, Transform},
};

/// Room for the coefficients of a block in all lanes.
const ROOM: usize = 64 * LANES;

/// Coefficients of all blocks of [`LANES`] units; the next power of two, so that no index has to be asked for.
pub(crate) type Coefficients = [i16; (MOST_BLOCKS * ROOM).next_power_of_two()];

/// Steps through them, and one more.
pub(super) type Steps = [At; (MOST_BLOCKS * LANES + 1).next_power_of_two()];

/// A block of a unit.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    /// Its component among those of the scan, and of the picture.
    member: usize,
    component: usize,
    quantisation: &'a Quantisation,
    /// Blocks of the component in a unit, across and down.
    factors: (usize, usize),
    /// Which of them it is.
    offset: (usize, usize),
}

/// The blocks of a scan.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    /// Those of a unit.
    unit: Vec<Place<'a>>,
    /// Where reading stops, there is one that says so.
    steps: Box<Steps>,
    stop: usize,
    /// The step whose place that has taken.
    hidden: At,
    coefficients: Box<Coefficients>,
    /// By member, the mean of the block before: means are told by their differences (F.1.1.5.1).
    means: [i16; 3],
    /// Units across and down.
    units: (usize, usize),
    /// The first unit of those that are being read, how many these are, and how many of them were.
    first: (usize, usize),
    wanted: usize,
    read: usize,
}

impl<'a> Blocks<'a> {
    /// Those of a scan whose members begin with these tables.
    pub(super) fn new(input: &Input<'a>, tables: &[usize]) -> Self {
        let (frame, members) = (input.frame, &input.scan.members);
        let mut unit = Vec::new();
        // Several components come a rectangle of each at a time (A.2.3), a single one block by block, without those that fill
        // up (A.2.2).
        let alone = (members.len() == 1).then_some((1, 1));
        for (member, &Member { component, .. }) in members.iter().enumerate() {
            let factors = alone.unwrap_or(frame.components[component].factors);
            let quantisation = &input.quantisation[component];
            unit.extend((0..factors.0 * factors.1).map(|block| {
                let offset = (block % factors.0, block / factors.0);
                Place { member, component, quantisation, factors, offset }
            }));
        }
        let mut steps = Box::new([At::STOP; _]);
        let blocks = (0..LANES).flat_map(|lane| unit.iter().enumerate().map(move |block| (lane, block)));
        for (step, (lane, (block, place))) in steps.iter_mut().zip(blocks) {
            *step = At::new(tables[place.member], block * ROOM + lane);
        }
        let units = match &members[..] {
            [member] => frame.components[member.component].blocks,
            _ => frame.units,
        };
        let coefficients = Box::new([0; _]);
        let hidden = steps[0];
        Self {
            unit,
            steps,
            stop: 0,
            hidden,
            coefficients,
            means: [0; 3],
            units,
            first: (0, 0),
            wanted: 0,
            read: 0,
        }
    }

    /// Begins with the next units, of one row. `false`: there are none.
    pub(super) fn begin(&mut self) -> bool {
        let (columns, rows) = self.units;
        self.wanted = LANES.min(columns - self.first.0);
        self.read = 0;
        self.first.1 < rows
    }

    /// How many units are to be read yet.
    pub(super) fn left(&self) -> usize {
        self.wanted - self.read
    }

    /// All steps, the numbers of those for the next so many units, and where coefficients go.
    pub(super) fn next(&mut self, units: usize) -> (&Steps, Range<usize>, &mut Coefficients) {
        let blocks = self.unit.len();
        let range = self.read * blocks..(self.read + units) * blocks;
        self.steps[self.stop] = self.hidden;
        self.stop = range.end;
        self.hidden = std::mem::replace(&mut self.steps[self.stop], At::STOP);
        (&self.steps, range, &mut self.coefficients)
    }

    /// A restart interval begins: nothing is known of the blocks before (E.2.4).
    pub(super) fn restart(&mut self) {
        self.means = [0; 3];
    }

    /// So many units more were read, whose means are differences yet (F.2.2.1).
    pub(super) fn add(&mut self, units: usize) {
        for lane in self.read..self.read + units {
            for (place, room) in self.unit.iter().zip(self.coefficients.chunks_exact_mut(ROOM)) {
                let mean = &mut self.means[place.member];
                *mean = mean.wrapping_add(room[lane]);
                room[lane] = *mean;
            }
        }
        self.read += units;
    }

    /// Makes samples of all that was read.
    pub(super) fn finish<const SIDE: usize>(&mut self, transform: Transform<SIDE>, planes: &mut [Plane]) {
        let (column, row) = self.first;
        for (place, room) in self.unit.iter().zip(self.coefficients.chunks_exact_mut(ROOM)) {
            let (lanes, _) = room.as_chunks_mut();
            let (Some(lanes), Some(plane)) = (lanes.first_chunk_mut(), planes.get_mut(place.component))
            else {
                return;
            };
            let plain = if SIDE > 1 { transform::plain(lanes, place.quantisation) } else { None };
            let samples = plain.unwrap_or_else(|| transform(lanes, place.quantisation));
            let (across, down) =
                (column * place.factors.0 + place.offset.0, row * place.factors.1 + place.offset.1);
            plane.put(place.factors.0, self.wanted, (across, down), &samples);
            if SIDE > 1 && plain.is_none() {
                *lanes = [[0; LANES]; 64];
            }
        }
        self.first =
            if column + self.wanted < self.units.0 { (column + self.wanted, row) } else { (0, row + 1) };
    }
}
