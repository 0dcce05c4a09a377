//! What only pixels decide: the sizes of a step leave it out, and a note says so.

use super::sides::Requested;
use crate::Margins;
use crate::plan::{Geometry, Work};
use crate::setting::{Focus, Mode, Setting};

/// One note for each setting whose effect on the step is not known.
pub(super) fn unsure(
    work: &Work,
    geometry: &Geometry,
    requested: &Requested,
    margins: Margins,
) -> Vec<String> {
    let sides = [requested.width, requested.height].iter().flatten().count();
    let note = |(key, setting): &(&'static str, Setting)| match setting {
        Setting::Trim(Some(_)) => (margins == Margins::Unknown)
            .then(|| "t: only the pixels show a margin; sizes are as if there were none".to_owned()),
        Setting::Model(model) if model.resizes() => {
            Some(format!("{key}: the model decides the size; sizes are as if it kept it"))
        }
        Setting::Focus(Focus::Automatic(_)) if geometry.area.is_some() => None,
        Setting::Focus(focus @ (Focus::Detected(_) | Focus::Automatic(_))) => {
            // Saliency has no outline that could be cut to.
            let outlined = *focus != Focus::Automatic("auto");
            match (work.geometry.mode(), sides) {
                (_, 0) if outlined => Some(format!(
                    "{key}-{setting}: without w and h it would cut to what was found, and nothing was"
                )),
                (Mode::MaintainRatio | Mode::MaintainRatioNoEnlarge, 2)
                | (Mode::Extract | Mode::PadExtract, 1..)
                    if !work.geometry.has_acting_coordinates() =>
                {
                    Some(if focus.attends() {
                        format!("{key}-{setting}: the pixels decide where the window lies")
                    } else {
                        format!(
                            "{key}-{setting}: an area that is stored with the file decides, else the window is centred"
                        )
                    })
                }
                _ => None,
            }
        }
        _ => None,
    };
    work.settings.iter().filter_map(note).collect()
}
