//! `lm`: how a layer meets what it is drawn on.

use super::{Draft, Settings, Whole};
use crate::UrlError;
use crate::expression::Operand;
use crate::parameter::BadValue;
use crate::plan::reader::{Entry, Reader};
use crate::setting::{BlendName, LayerSetting, Setting};

/// `lm`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BlendMode {
    Over,
    Multiply,
    Displace { x: Option<Operand>, y: Option<Operand> },
    Cutout,
    Cutter,
}

impl Reader<'_> {
    /// `lm`. For `displace` the distances are those of `x` and `y` in any step, or of `lx` and `ly`.
    pub(super) fn blend(
        &mut self,
        whole: &mut Whole<'_>,
        drafts: &mut [Draft<'_>],
        settings: &mut Settings,
    ) -> Result<BlendMode, UrlError> {
        let Some(Entry { setting: Setting::Layer(LayerSetting::Blend(name)), pair, .. }) = whole.take("lm")
        else {
            return Ok(BlendMode::Over);
        };
        let mode = match name {
            BlendName::Multiply => BlendMode::Multiply,
            BlendName::Cutout => BlendMode::Cutout,
            BlendName::Cutter => BlendMode::Cutter,
            BlendName::Displace => {
                let mut distance = |key: &str, other: &str| {
                    let entries = drafts.iter_mut().map(|draft| &mut draft.entries);
                    let own = entries.filter_map(|entries| Entry::take(entries, key)).last();
                    match (own.map(|entry| entry.setting), whole.take(other).map(|entry| entry.setting)) {
                        (Some(Setting::X(operand) | Setting::Y(operand)), _) => Some(operand),
                        (_, Some(Setting::Layer(LayerSetting::Offset(offset)))) => Some(offset.value),
                        _ => None,
                    }
                };
                let (x, y) = (distance("x", "lx"), distance("y", "ly"));
                if x.is_none() && y.is_none() {
                    let why = BadValue::Form("needs x or y");
                    self.findings.bad(&pair, ("lm", pair.value, pair.at), &why)?;
                    return Ok(BlendMode::Over);
                }
                BlendMode::Displace { x, y }
            }
        };
        settings.push(("lm", Setting::Layer(LayerSetting::Blend(name))));
        if let BlendMode::Displace { x, y } = &mode {
            settings.extend(x.clone().map(|x| ("x", Setting::X(x))));
            settings.extend(y.clone().map(|y| ("y", Setting::Y(y))));
        }
        Ok(mode)
    }
}
