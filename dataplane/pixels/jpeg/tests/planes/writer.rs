//! Writes JPEGs of every kind that the decoder takes, from random coefficients: no transform is needed for that, and
//! scripts that no encoder writes come as easily as the usual ones.

use crate::random::Random;

/// A file to write.
#[derive(Clone)]
pub(crate) struct Picture {
    pub(crate) size: (usize, usize),
    /// Sampling factors of each component, across and down.
    pub(crate) factors: Vec<(usize, usize)>,
    pub(crate) interval: usize,
    pub(crate) progressive: bool,
    pub(crate) scans: Vec<Scan>,
    /// Two bytes for each divisor.
    pub(crate) wide: bool,
    /// The largest coefficient, as a count of bits.
    pub(crate) bits: u32,
    /// How many of 64 coefficients are not zero.
    pub(crate) density: usize,
    pub(crate) seed: u64,
}

/// A scan of a script.
#[derive(Clone)]
pub(crate) struct Scan {
    pub(crate) components: Vec<usize>,
    pub(crate) band: (usize, usize),
    pub(crate) high: u32,
    pub(crate) low: u32,
}

/// All components at once.
pub(crate) fn whole(components: usize) -> Vec<Scan> {
    vec![Scan { components: (0..components).collect(), band: (0, 63), high: 0, low: 0 }]
}

/// Coefficients of a component, in the order of the zigzag, with those of blocks that only fill up.
struct Component {
    /// Blocks of the picture, and those that are written.
    blocks: (usize, usize),
    written: (usize, usize),
    data: Vec<[i32; 64]>,
}

/// Codes by rank: a few short ones, and the long tail that real tables have.
struct Table {
    counts: [u8; 16],
    symbols: Vec<u8>,
    codes: Vec<(u32, u32)>,
}

impl Table {
    fn new(order: impl Iterator<Item = u8>) -> Self {
        let symbols: Vec<u8> = order.collect();
        let mut left = symbols.len();
        let counts = [0, 1, 1, 2, 2, 3, 3, 4, 8, 8, 8, 8, 8, 8, 8, 255];
        let counts: [u8; 16] = counts.map(|count| {
            let count = left.min(count);
            left -= count;
            count as u8
        });
        let mut codes = vec![(0, 0); 256];
        let (mut code, mut next) = (0, symbols.iter());
        for (length, &count) in (1..).zip(&counts) {
            for &symbol in next.by_ref().take(count.into()) {
                codes[usize::from(symbol)] = (code, length);
                code += 1;
            }
            code <<= 1;
        }
        Self { counts, symbols, codes }
    }
}

struct Output {
    bytes: Vec<u8>,
    buffer: u64,
    count: u32,
}

impl Output {
    fn put(&mut self, value: u32, count: u32) {
        for index in (0..count).rev() {
            self.buffer = self.buffer << 1 | u64::from(value >> index & 1);
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(self.buffer as u8);
                if self.buffer as u8 == 0xff {
                    self.bytes.push(0);
                }
                (self.buffer, self.count) = (0, 0);
            }
        }
    }

    fn symbol(&mut self, table: &Table, symbol: usize) {
        let (code, length) = table.codes[symbol];
        assert!(length > 0, "symbol {symbol:x}");
        self.put(code, length);
    }

    fn flush(&mut self) {
        while self.count > 0 {
            self.put(1, 1);
        }
    }

    fn segment(&mut self, marker: u8, payload: &[u8]) {
        self.bytes.extend([0xff, marker]);
        self.bytes.extend((payload.len() as u16 + 2).to_be_bytes());
        self.bytes.extend(payload);
    }
}

/// Bits of a value, and what is written for it.
fn value(value: i32) -> (u32, u32) {
    let count = 32 - value.unsigned_abs().leading_zeros();
    let bits = if value < 0 { value - 1 } else { value };
    (count, bits as u32 & ((1 << count) - 1))
}

/// What a progressive scan remembers between blocks.
#[derive(Default)]
struct Run {
    blocks: u32,
    corrections: Vec<u32>,
}

impl Picture {
    /// Grey or 4:2:0, a single scan.
    pub(crate) fn new(size: (usize, usize), factors: &[(usize, usize)]) -> Self {
        Self {
            size,
            factors: factors.to_vec(),
            interval: 0,
            progressive: false,
            scans: whole(factors.len()),
            wide: false,
            bits: 5,
            density: 12,
            seed: 0x5eed_0123,
        }
    }

    fn components(&self) -> Vec<Component> {
        let mut random = Random(self.seed * 2 + 1);
        let most = self.factors[0];
        let units = (self.size.0.div_ceil(8 * most.0), self.size.1.div_ceil(8 * most.1));
        let component = |&(across, down): &(usize, usize)| {
            let blocks =
                (self.size.0.div_ceil(8 * (most.0 / across)), self.size.1.div_ceil(8 * (most.1 / down)));
            let written = (units.0 * across, units.1 * down);
            let mut mean = 0_i32;
            let mut block = || {
                let mut block = [0; 64];
                mean = (mean + random.number(129) - 64).clamp(-500, 500);
                block[0] = mean;
                // Some have a mean alone, some are full to the end.
                let density = match random.below(8) {
                    0 => 0,
                    1 => 64,
                    _ => self.density,
                };
                for (place, value) in block.iter_mut().enumerate().skip(1) {
                    if random.below(64) < density {
                        let most = (self.bits as usize).saturating_sub(place / 12).max(1);
                        let bits = 1 + random.below(most);
                        let magnitude = random.number(1 << bits);
                        *value = if random.below(2) == 0 { magnitude } else { -magnitude };
                    }
                }
                block
            };
            let data = (0..written.0 * written.1).map(|_| block()).collect();
            Component { blocks, written, data }
        };
        self.factors.iter().map(component).collect()
    }

    /// The file.
    pub(crate) fn write(&self) -> Vec<u8> {
        let components = self.components();
        let mut out = Output { bytes: vec![0xff, 0xd8], buffer: 0, count: 0 };
        let mut random = Random(self.seed * 2 + 3);
        for name in 0..2 {
            let mut payload = vec![name | u8::from(self.wide) << 4];
            for place in 0..64 {
                let divisor =
                    if self.wide { 200 + random.below(500) } else { 1 + random.below(12) + place / 8 } as u16;
                let bytes = divisor.to_be_bytes();
                payload.extend(if self.wide { &bytes[..] } else { &bytes[1..] });
            }
            out.segment(0xdb, &payload);
        }
        let (width, height) = ((self.size.0 as u16).to_be_bytes(), (self.size.1 as u16).to_be_bytes());
        let mut payload = vec![8, height[0], height[1], width[0], width[1], self.factors.len() as u8];
        for (index, (across, down)) in self.factors.iter().enumerate() {
            payload.extend([index as u8 + 1, (across << 4 | down) as u8, u8::from(index > 0)]);
        }
        out.segment(if self.progressive { 0xc2 } else { 0xc0 }, &payload);
        let dc = Table::new([3, 4, 5, 2, 6, 1, 0, 7, 8, 9, 10, 11, 12, 13, 14, 15].into_iter());
        let ac = Table::new((0..=255).map(|rank: u8| rank.rotate_left(4).wrapping_add(1).rotate_left(4)));
        for (name, table) in [(0x00, &dc), (0x11, &ac), (0x10, &ac)] {
            let mut payload = vec![name];
            payload.extend(table.counts);
            payload.extend(&table.symbols);
            out.segment(0xc4, &payload);
        }
        if self.interval > 0 {
            out.segment(0xdd, &(self.interval as u16).to_be_bytes());
        }
        for scan in &self.scans {
            let mut payload = vec![scan.components.len() as u8];
            for &component in &scan.components {
                payload.extend([component as u8 + 1, u8::from(component > 0)]);
            }
            payload.extend([scan.band.0 as u8, scan.band.1 as u8, (scan.high << 4 | scan.low) as u8]);
            out.segment(0xda, &payload);
            self.scan(scan, &components, &dc, &ac, &mut out);
        }
        out.bytes.extend([0xff, 0xd9]);
        out.bytes
    }

    fn scan(&self, scan: &Scan, components: &[Component], dc: &Table, ac: &Table, out: &mut Output) {
        let units: Vec<Vec<(usize, usize)>> = if let &[single] = &scan.components[..] {
            let component = &components[single];
            let places = (0..component.blocks.0 * component.blocks.1)
                .map(|index| (index % component.blocks.0, index / component.blocks.0));
            places.map(|(x, y)| vec![(single, y * component.written.0 + x)]).collect()
        } else {
            let units =
                (components[0].written.0 / self.factors[0].0, components[0].written.1 / self.factors[0].1);
            let unit = |index: usize| {
                let (column, row) = (index % units.0, index / units.0);
                let mut blocks = Vec::new();
                for &member in &scan.components {
                    let (across, down) = self.factors[member];
                    for (y, x) in (0..down).flat_map(|y| (0..across).map(move |x| (y, x))) {
                        let at = (row * down + y) * components[member].written.0 + column * across + x;
                        blocks.push((member, at));
                    }
                }
                blocks
            };
            (0..units.0 * units.1).map(unit).collect()
        };
        let mut means = [0; 3];
        let mut run = Run::default();
        for (index, unit) in units.iter().enumerate() {
            if self.interval > 0 && index > 0 && index % self.interval == 0 {
                run.end(ac, out);
                out.flush();
                out.bytes.extend([0xff, 0xd0 + ((index / self.interval - 1) % 8) as u8]);
                means = [0; 3];
            }
            for &(member, at) in unit {
                let block = &components[member].data[at];
                if scan.band.0 == 0 && scan.high > 0 {
                    out.put((block[0] >> scan.low) as u32 & 1, 1);
                    continue;
                }
                if scan.band.0 == 0 {
                    let mean = block[0] >> scan.low;
                    let (count, bits) = value(mean - means[member]);
                    out.symbol(dc, count as usize);
                    out.put(bits, count);
                    means[member] = mean;
                }
                if !self.progressive {
                    sequential(block, ac, out);
                } else if scan.band.0 > 0 && scan.high == 0 {
                    first(block, scan, ac, out, &mut run);
                } else if scan.band.0 > 0 {
                    refine(block, scan, ac, out, &mut run);
                }
            }
        }
        run.end(ac, out);
        out.flush();
    }
}

fn sequential(block: &[i32; 64], ac: &Table, out: &mut Output) {
    let mut zeros = 0;
    for &coefficient in &block[1..] {
        if coefficient == 0 {
            zeros += 1;
            continue;
        }
        while zeros > 15 {
            out.symbol(ac, 0xf0);
            zeros -= 16;
        }
        let (count, bits) = value(coefficient);
        out.symbol(ac, zeros << 4 | count as usize);
        out.put(bits, count);
        zeros = 0;
    }
    if zeros > 0 {
        out.symbol(ac, 0);
    }
}

/// The value without its lower bits, towards zero.
fn shifted(value: i32, low: u32) -> i32 {
    (value.abs() >> low) * value.signum()
}

impl Run {
    fn end(&mut self, ac: &Table, out: &mut Output) {
        if self.blocks > 0 {
            let bits = self.blocks.ilog2();
            out.symbol(ac, (bits << 4) as usize);
            out.put(self.blocks & ((1 << bits) - 1), bits);
        }
        for bit in self.corrections.drain(..) {
            out.put(bit, 1);
        }
        self.blocks = 0;
    }
}

fn first(block: &[i32; 64], scan: &Scan, ac: &Table, out: &mut Output, run: &mut Run) {
    let mut zeros = 0;
    for &coefficient in &block[scan.band.0..=scan.band.1] {
        let coefficient = shifted(coefficient, scan.low);
        if coefficient == 0 {
            zeros += 1;
            continue;
        }
        run.end(ac, out);
        while zeros > 15 {
            out.symbol(ac, 0xf0);
            zeros -= 16;
        }
        let (count, bits) = value(coefficient);
        out.symbol(ac, zeros << 4 | count as usize);
        out.put(bits, count);
        zeros = 0;
    }
    if zeros > 0 {
        run.blocks += 1;
        if run.blocks == 0x7fff {
            run.end(ac, out);
        }
    }
}

fn refine(block: &[i32; 64], scan: &Scan, ac: &Table, out: &mut Output, run: &mut Run) {
    let band = &block[scan.band.0..=scan.band.1];
    let magnitude = |value: &i32| value.unsigned_abs() >> scan.low;
    let last = band.iter().rposition(|value| magnitude(value) == 1).map_or(0, |place| place + 1);
    let (mut zeros, mut corrections) = (0, Vec::new());
    for value in &band[..last] {
        match magnitude(value) {
            0 => {
                zeros += 1;
                if zeros == 16 {
                    run.end(ac, out);
                    out.symbol(ac, 0xf0);
                    corrections.drain(..).for_each(|bit| out.put(bit, 1));
                    zeros = 0;
                }
            }
            1 => {
                run.end(ac, out);
                out.symbol(ac, zeros << 4 | 1);
                out.put(u32::from(*value > 0), 1);
                corrections.drain(..).for_each(|bit| out.put(bit, 1));
                zeros = 0;
            }
            more => corrections.push(more & 1),
        }
    }
    assert!(corrections.is_empty());
    if last < band.len() {
        let bits = band[last..].iter().map(magnitude).filter(|&more| more > 1).map(|more| more & 1);
        run.corrections.extend(bits);
        run.blocks += 1;
        if run.blocks == 0x7fff || run.corrections.len() > 900 {
            run.end(ac, out);
        }
    }
}
