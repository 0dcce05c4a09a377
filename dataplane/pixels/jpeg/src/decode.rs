//! From the first segment to the last: tables are kept, scans are decoded, and the end must be there.

use crate::{
    Error, Limits, Planes, Scale,
    coefficients::{Coefficients, Kept},
    entropy::Entropy,
    error::damaged,
    frame::Frame,
    huffman::{
        self,
        lookup::{Pair, Skip},
    },
    plane::{Plane, finished, planes},
    progressive,
    quantisation::{self, Quantisation},
    scan::Scan,
    script::Script,
    segment::{APP0, APP15, COM, DHT, DQT, DRI, EOI, SOS, Segment, Segments},
    sequential::{self, Input},
    transform::{self, Transform},
};

/// What the segments have told so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) quantisation: quantisation::Tables,
    pub(crate) huffman: huffman::Tables,
    /// Units between restart markers, or 0.
    pub(crate) interval: u32,
    pub(crate) frame: Option<Frame>,
}

impl State {
    /// Takes up what a segment says that is neither a scan nor the end.
    pub(crate) fn take_up(&mut self, segment: &Segment<'_>) -> Result<(), Error> {
        match segment.marker {
            DQT => quantisation::read(segment.payload, &mut self.quantisation),
            DHT => self.huffman.read(segment.payload),
            DRI => {
                let &[high, low] = segment.payload else { return damaged("a bad restart interval") };
                self.interval = u32::from(u16::from_be_bytes([high, low]));
                Ok(())
            }
            APP0..=APP15 | COM => Ok(()),
            _ => match (Frame::read(segment)?, &self.frame) {
                (Some(frame), None) => {
                    self.frame = Some(frame);
                    Ok(())
                }
                (Some(_), Some(_)) => damaged("a second frame"),
                (None, _) => damaged("an unexpected marker"),
            },
        }
    }
}

/// Decodes a file at a scale.
///
/// # Errors
/// Nearly all mean that this decoder leaves the file to another: see [`Error`].
pub fn decode(data: &[u8], scale: Scale, limits: Limits) -> Result<Planes, Error> {
    let mut segments = Segments::new(data)?;
    let mut state = State::default();
    let first = loop {
        let segment = segments.next()?;
        match segment.marker {
            SOS => break segment,
            EOI => return damaged("no picture"),
            _ => state.take_up(&segment)?,
        }
    };
    let Some(frame) = state.frame.clone() else { return damaged("a scan without a frame") };
    if frame.progressive {
        return progressive(&first, segments, state, &frame, scale, limits);
    }
    let mut picture = Picture {
        planes: planes(&frame, scale),
        seen: vec![None; frame.components.len()],
        stray: false,
        frame,
        scale,
    };
    picture.scan(&first, &mut segments, &state)?;
    let mut count = 1;
    loop {
        let segment = segments.next()?;
        match segment.marker {
            SOS => {
                count += 1;
                if count > limits.max_scans.max(1) {
                    return Err(Error::TooManyScans { limit: limits.max_scans.max(1) });
                }
                picture.scan(&segment, &mut segments, &state)?;
            }
            EOI => break,
            _ => state.take_up(&segment)?,
        }
    }
    if picture.seen.iter().any(Option::is_none) {
        return damaged("a component without a scan");
    }
    Ok(finished(&picture.frame, scale, picture.planes, picture.stray))
}

/// A picture of sequential scans.
struct Picture {
    frame: Frame,
    scale: Scale,
    planes: Vec<Plane>,
    /// The quantisation of the components that had their scan: the table that was in force then.
    seen: Vec<Option<Quantisation>>,
    stray: bool,
}

impl Picture {
    fn scan(
        &mut self,
        segment: &Segment<'_>,
        segments: &mut Segments<'_>,
        state: &State,
    ) -> Result<(), Error> {
        let scan = Scan::read(segment.payload, &self.frame)?;
        if scan.band != (0, 63) || scan.low != 0 || scan.high != 0 {
            return damaged("a sequential scan of a part of the coefficients");
        }
        for member in &scan.members {
            let table = state.quantisation.get(self.frame.components[member.component].quantisation);
            let Some(Some(table)) = table else { return damaged("a component without a quantisation table") };
            if self.seen[member.component].replace(*table).is_some() {
                return damaged("a component that comes twice");
            }
        }
        let quantisation: Vec<Quantisation> =
            self.seen.iter().map(|table| table.unwrap_or([0; 64])).collect();
        let mut entropy = Entropy::new(segments.data(), segments.position());
        let input = Input {
            frame: &self.frame,
            scan: &scan,
            tables: &state.huffman,
            quantisation: &quantisation,
            interval: state.interval,
        };
        let planes = &mut self.planes;
        match self.scale {
            Scale::Eighth => sequential::read::<Skip, 1>(input, &mut entropy, planes, transform::one)?,
            Scale::Quarter => sequential::read::<Pair, 2>(input, &mut entropy, planes, transform::two)?,
            Scale::Half => sequential::read::<Pair, 4>(input, &mut entropy, planes, transform::four)?,
        }
        self.stray |= entropy.stray;
        segments.skip_to(entropy.position());
        Ok(())
    }
}

/// Decodes a file of progressive scans: those that tell something that the scale needs.
fn progressive(
    first: &Segment<'_>,
    mut segments: Segments<'_>,
    mut state: State,
    frame: &Frame,
    scale: Scale,
    limits: Limits,
) -> Result<Planes, Error> {
    let script = Script::read(first, &segments, &state, frame, limits)?;
    let kept = Kept::new(scale);
    let mut coefficients: Vec<Coefficients> =
        frame.components.iter().map(|component| Coefficients::new(frame, component, &kept)).collect();
    let (mut segment, mut stray) = (*first, false);
    for end in script.ends {
        while segment.marker != SOS {
            state.take_up(&segment)?;
            segment = segments.next()?;
        }
        let scan = Scan::read(segment.payload, frame)?;
        if kept.any_of(scan.band) {
            let mut entropy = Entropy::new(segments.data(), segments.position());
            let (tables, interval) = (&state.huffman, state.interval);
            progressive::read(frame, &scan, tables, interval, &kept, &mut entropy, &mut coefficients)?;
            stray |= entropy.stray;
            if entropy.position() != end {
                return damaged("a scan that does not end where its data does");
            }
        }
        segments.skip_to(end);
        segment = segments.next()?;
    }
    let mut planes = planes(frame, scale);
    let quantisation = &script.quantisation;
    match scale {
        Scale::Eighth => {
            transformed(frame, quantisation, &kept, transform::one, &mut coefficients, &mut planes);
        }
        Scale::Quarter => {
            transformed(frame, quantisation, &kept, transform::two, &mut coefficients, &mut planes);
        }
        Scale::Half => {
            transformed(frame, quantisation, &kept, transform::four, &mut coefficients, &mut planes);
        }
    }
    Ok(finished(frame, scale, planes, stray))
}

/// Makes the planes of a progressive picture from its coefficients.
fn transformed<const SIDE: usize>(
    frame: &Frame,
    quantisation: &[Quantisation],
    kept: &Kept,
    transform: Transform<SIDE>,
    coefficients: &mut [Coefficients],
    planes: &mut [Plane],
) {
    let all = planes.iter_mut().zip(coefficients).zip(&frame.components).zip(quantisation);
    for (((plane, coefficients), component), quantisation) in all {
        progressive::samples(component.blocks, coefficients, kept, transform, quantisation, plane);
    }
}
