//! Steps with their meaning: which settings act together, sorted by what they act on.

use crate::condition::Condition;
use crate::expression::Operand;
use crate::setting::{Aspect, Corners, Dpr, Focus, Length, Mode, Position, Rotation, Setting};
use crate::{Color, OutputRequest};

/// One step of a plan.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Work(Box<Work>),
    Choice(Box<Choice>),
}

/// A conditional.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    /// The condition as written.
    pub(crate) text: String,
    pub(crate) condition: Condition,
    pub(crate) then: Vec<Step>,
    pub(crate) otherwise: Vec<Step>,
}

/// Parameters that stand in one step. The order in which they were written is kept only for show.
#[derive(Debug, Clone, Default)]
pub(crate) struct Work {
    /// Keys and normal spellings of the values.
    pub(crate) params: Vec<(String, String)>,
    pub(crate) geometry: Geometry,
    pub(crate) background: Option<Color>,
    pub(crate) grayscale: bool,
    pub(crate) blur: Option<f64>,
    pub(crate) border: Option<(Operand, Color)>,
    pub(crate) corners: Option<Corners>,
    /// Clockwise quarter turns, 0-3.
    pub(crate) turns: u8,
    /// Left to right, top to bottom.
    pub(crate) flip: (bool, bool),
    pub(crate) output: OutputRequest,
    pub(crate) original: Option<bool>,
}

/// What decides size and window of a step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Geometry {
    pub(crate) width: Option<Length>,
    pub(crate) height: Option<Length>,
    pub(crate) aspect: Option<Aspect>,
    crop: Option<Mode>,
    crop_mode: Option<Mode>,
    pub(crate) focus: Position,
    pub(crate) x: Option<Operand>,
    pub(crate) y: Option<Operand>,
    pub(crate) center_x: Option<Operand>,
    pub(crate) center_y: Option<Operand>,
    pub(crate) dpr: Option<Dpr>,
}

// === impl Geometry ===

impl Geometry {
    /// `cm` wins over `c`.
    pub(crate) fn mode(&self) -> Mode {
        self.crop_mode.or(self.crop).unwrap_or(Mode::MaintainRatio)
    }

    /// Coordinates are given that the mode does not use.
    pub(crate) fn has_idle_coordinates(&self) -> bool {
        let given =
            [&self.x, &self.y, &self.center_x, &self.center_y].iter().any(|operand| operand.is_some());
        given && !matches!(self.mode(), Mode::Extract | Mode::PadExtract)
    }
}

// === impl Work ===

impl Work {
    /// Nothing in it acts.
    pub(crate) fn is_empty(&self) -> bool {
        self.params.is_empty()
    }

    /// Takes one setting in. Those that a step cannot execute were reported before and change nothing here.
    pub(crate) fn add(&mut self, key: &str, setting: Setting) {
        let value = setting.to_string();
        match setting {
            Setting::Width(length) => self.geometry.width = Some(length),
            Setting::Height(length) => self.geometry.height = Some(length),
            Setting::Aspect(aspect) => self.geometry.aspect = Some(aspect),
            Setting::Crop(mode) => self.geometry.crop = Some(mode),
            Setting::CropMode(mode) => self.geometry.crop_mode = Some(mode),
            Setting::Focus(Focus::Position(position)) => self.geometry.focus = position,
            // Counts as the centre, which a warning says.
            Setting::Focus(Focus::Automatic(_) | Focus::Detected(_)) => {
                self.geometry.focus = Position::default();
            }
            Setting::X(operand) => self.geometry.x = Some(operand),
            Setting::Y(operand) => self.geometry.y = Some(operand),
            Setting::CenterX(operand) => self.geometry.center_x = Some(operand),
            Setting::CenterY(operand) => self.geometry.center_y = Some(operand),
            Setting::Dpr(dpr) => self.geometry.dpr = Some(dpr),
            Setting::Background(color) => self.background = Some(color),
            Setting::Border { width, color } => self.border = Some((width, color)),
            Setting::Radius(corners) => self.corners = Some(corners),
            Setting::Blur(amount) => self.blur = Some(amount),
            Setting::Grayscale => self.grayscale = true,
            Setting::Rotation(Rotation::Turns(turns)) => self.turns = turns,
            // Acts once, before the first step.
            Setting::Rotation(Rotation::Auto) => {}
            Setting::Flip { horizontal, vertical } => self.flip = (horizontal, vertical),
            Setting::Format(format) => self.output.format = Some(format),
            Setting::Quality(quality) => self.output.quality = Some(quality),
            Setting::Progressive(on) => self.output.progressive = Some(on),
            Setting::Lossless(on) => self.output.lossless = Some(on),
            Setting::ColorProfile(on) => self.output.color_profile = Some(on),
            Setting::Metadata(on) => self.output.metadata = Some(on),
            Setting::Original(on) => self.original = Some(on),
            Setting::Zoom(_)
            | Setting::BlurredBackground
            | Setting::GeneratedBackground
            | Setting::Page
            | Setting::Nothing
            | Setting::Missing(_)
            | Setting::Ai(_) => return,
        }
        self.params.push((key.to_owned(), value));
    }
}
