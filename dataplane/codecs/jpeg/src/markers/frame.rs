//! How the picture is coded, as far as the markers tell: components, scans, restarts, and whether the end is there.

use super::{APP14, DRI, EOI, SOS, segments};

/// What the header's segments say that libjpeg-turbo's interface does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Frame {
    /// An Adobe APP14 segment is present.
    pub(crate) adobe: bool,
    /// Not all components are in the first scan, or the frame is progressive.
    pub(crate) multi_scan: bool,
    /// The header is complete: a scan begins.
    pub(crate) scan_starts: bool,
}

impl Frame {
    /// Reads up to the first scan.
    pub(crate) fn read(jpeg: &[u8]) -> Self {
        let mut frame = Self::default();
        let mut components = 0;
        for segment in segments(jpeg) {
            match segment.marker {
                APP14 => frame.adobe |= segment.payload.len() >= 12 && segment.payload.starts_with(b"Adobe"),
                // Every start-of-frame marker; 0xc4, 0xc8 and 0xcc are other things.
                0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                    components = segment.payload.get(5).copied().unwrap_or(0);
                    // Bit 1 of the low nibble without bit 0: progressive, whatever the entropy coding.
                    frame.multi_scan |= segment.marker & 3 == 2;
                }
                SOS => {
                    frame.scan_starts = true;
                    frame.multi_scan |= segment.payload.first().is_some_and(|&count| count < components);
                    break;
                }
                _ => {}
            }
        }
        frame
    }
}

/// Whether the file ends with its end-of-image marker. Reads the whole file.
pub fn is_complete(jpeg: &[u8]) -> bool {
    segments(jpeg).any(|segment| segment.marker == EOI)
}

/// The number of scans. Reads the whole file.
pub fn scan_count(jpeg: &[u8]) -> u32 {
    segments(jpeg).filter(|segment| segment.marker == SOS).fold(0, |count, _| count + 1)
}

/// The restart interval in force at the first scan, in groups of blocks; `None` when restarts are off.
pub fn restart_interval(jpeg: &[u8]) -> Option<u16> {
    segments(jpeg)
        .take_while(|segment| segment.marker != SOS)
        .filter(|segment| segment.marker == DRI)
        .last()
        .and_then(|segment| Some(u16::from_be_bytes(segment.payload.try_into().ok()?)))
        .filter(|&interval| interval > 0)
}
