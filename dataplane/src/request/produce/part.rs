//! Which part of a file with several is wanted (`pg`).

use imgplane_pixels::{Facts, Part};
use imgplane_urls::{Page, Suffix, UrlError, UrlErrorCode};

use super::super::plan::Planned;
use crate::error::Failure;

/// Of the file itself only the suffix `ik-thumbnail.jpg` asks for a part.
pub(super) fn of(planned: &Planned, facts: &Facts) -> Result<Part, Failure> {
    if planned.target.suffix != Some(Suffix::Thumbnail) {
        return Ok(Part::All);
    }
    let number = frame_number(planned.plan.page(), facts.frames, &planned.target.resource)?;
    // A picture that is alone in its file has its format, too.
    Ok(if facts.frames > 1 { Part::Frame(number) } else { Part::All })
}

/// The number of a frame, if there is one.
///
/// # Errors
/// `EINVAL` with the number of frames that there are.
pub fn frame_number(page: Page, frames: u32, resource: &str) -> Result<u32, UrlError> {
    let message = match (page, frames) {
        (Page::Number(number), _) if (1..=frames).contains(&number) => return Ok(number),
        (Page::Number(number), 1) => format!("pg-{number} is wanted of {resource}, which has 1 frame"),
        (Page::Number(number), _) => {
            format!("pg-{number} is wanted of {resource}, which has {frames} frames")
        }
        (Page::Named, _) => format!("pg-name is wanted of {resource}, whose frames have no names"),
    };
    Err(UrlError { code: UrlErrorCode::Einval, message, character: None })
}
