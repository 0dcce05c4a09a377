//! The scans of a progressive file, looked over before the first is decoded.
//!
//! What a file is worth shows only at its end: whether that is there, how many scans come, and how exactly each coefficient
//! is told in the end. All that stands in the headers, and walking over the data from marker to marker costs a hundredth of
//! decoding it. So a scan that a small picture does not need is never decoded, and never trusted either.

use crate::{
    Error, Limits,
    decode::State,
    error::damaged,
    frame::Frame,
    quantisation::Quantisation,
    scan::Scan,
    segment::{EOI, SOS, Segment, Segments, scan_end},
};

/// What is known of a progressive file before it is decoded.
#[derive(Debug)]
pub(crate) struct Script {
    /// Where the data of each scan ends.
    pub(crate) ends: Vec<usize>,
    /// By component: the table in force at its first scan.
    pub(crate) quantisation: Vec<Quantisation>,
}

/// How exactly the coefficients of a component are known: which bit came last. `None` before the first scan.
type Known = [Option<u8>; 64];

/// Coefficients that libjpeg guesses from the means of the blocks around, as long as they are not told exactly.
const SMOOTHED: std::ops::RangeInclusive<usize> = 1..=9;

impl Script {
    /// Reads all headers, from the first scan on.
    pub(crate) fn read(
        first: &Segment<'_>,
        segments: &Segments<'_>,
        state: &State,
        frame: &Frame,
        limits: Limits,
    ) -> Result<Self, Error> {
        let (mut segments, mut state) = (segments.clone(), state.clone());
        let mut known: Vec<Known> = vec![[None; 64]; frame.components.len()];
        let mut quantisation: Vec<Option<Quantisation>> = vec![None; frame.components.len()];
        let mut ends = Vec::new();
        let mut segment = *first;
        loop {
            match segment.marker {
                SOS => {
                    if ends.len() >= limits.max_scans.max(1) as usize {
                        return Err(Error::TooManyScans { limit: limits.max_scans.max(1) });
                    }
                    let scan = Scan::read(segment.payload, frame)?;
                    check(&scan, &state, &mut known)?;
                    for member in &scan.members {
                        let table = state.quantisation.get(frame.components[member.component].quantisation);
                        let Some(Some(table)) = table else {
                            return damaged("a component without a quantisation table");
                        };
                        quantisation[member.component].get_or_insert(*table);
                    }
                    ends.push(scan_end(segments.data(), segments.position())?);
                    segments.skip_to(ends[ends.len() - 1]);
                }
                EOI => break,
                _ => state.take_up(&segment)?,
            }
            segment = segments.next()?;
        }
        if known.iter().any(|known| known[0].is_none() || known[SMOOTHED].iter().any(|bit| *bit != Some(0))) {
            return damaged("coefficients that no scan tells exactly");
        }
        let quantisation = quantisation.into_iter().map(|table| table.unwrap_or([0; 64])).collect();
        Ok(Self { ends, quantisation })
    }
}

/// Whether a scan may come where it does (T.81, G.1.1.1), and has its tables.
fn check(scan: &Scan, state: &State, known: &mut [Known]) -> Result<(), Error> {
    let (first, last) = (usize::from(scan.band.0), usize::from(scan.band.1));
    let means = first == 0;
    // Means come by themselves; the other coefficients of one component at a time.
    let band = if means { last == 0 } else { first <= last && last < 64 && scan.members.len() == 1 };
    // One bit more each time.
    let bits = scan.low <= 13 && (scan.high == 0 || scan.low + 1 == scan.high);
    if !band || !bits {
        return damaged("an impossible progressive scan");
    }
    for member in &scan.members {
        let known = &mut known[member.component];
        if !means && known[0].is_none() {
            return damaged("a scan before that of the means");
        }
        let expected = if scan.high == 0 { None } else { Some(scan.high) };
        for bit in &mut known[first..=last] {
            if bit.replace(scan.low) != expected {
                return damaged("a scan that does not follow the one before it");
            }
        }
        let tables = if means { &state.huffman.dc } else { &state.huffman.ac };
        let table = tables.get(if means { member.dc } else { member.ac });
        match table {
            Some(Some(table)) => drop(if means { table.of_means()? } else { table.of_bands()? }),
            // Bits of means are not coded.
            _ if means && scan.high > 0 => {}
            _ => return damaged("a scan without its Huffman tables"),
        }
    }
    Ok(())
}
