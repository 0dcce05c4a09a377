//! Steps with their meaning: which settings act together, sorted by what they act on.

use std::borrow::Cow;

use super::layer::Layer;
use crate::condition::Condition;
use crate::expression::Operand;
use crate::setting::{
    Aspect, Background, Colorize, Corners, Distort, Dpr, Effect, Focus, Gradient, Length, Mode, Position,
    Recolour, Rotation, Setting, Shadow, Unsharp,
};
use crate::{Color, OutputRequest, Rect};

/// One step of a plan.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Work(Box<Work>),
    Choice(Box<Choice>),
}

/// A conditional.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    /// The condition as written.
    pub(crate) text: String,
    pub(crate) condition: Condition,
    pub(crate) then: Vec<Step>,
    pub(crate) otherwise: Vec<Step>,
}

/// Parameters that stand in one step. The order in which they were written is kept only for show.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Work {
    /// Keys with what they were set to: everything that the step asks for. The fields below repeat what decides sizes
    /// and operations.
    pub(crate) settings: Vec<(&'static str, Setting)>,
    pub(crate) geometry: Geometry,
    pub(crate) background: Option<Background>,
    /// Margins are cut first, which may differ by this.
    pub(crate) trim: Option<u8>,
    pub(crate) recolour: Option<Recolour>,
    pub(crate) colorize: Option<Colorize>,
    pub(crate) grayscale: bool,
    pub(crate) contrast: bool,
    /// `e-sharpen`, 1-99.
    pub(crate) sharpen: Option<f64>,
    pub(crate) unsharp: Option<Unsharp>,
    pub(crate) blur: Option<f64>,
    pub(crate) distort: Option<Distort>,
    pub(crate) gradient: Option<Box<Gradient>>,
    pub(crate) shadow: Option<Shadow>,
    pub(crate) border: Option<(Operand, Color)>,
    pub(crate) corners: Option<Corners>,
    pub(crate) rotation: Option<Rotation>,
    /// Percent, below 100.
    pub(crate) opacity: Option<f64>,
    /// Left to right, top to bottom.
    pub(crate) flip: (bool, bool),
    pub(crate) output: OutputRequest,
    pub(crate) original: Option<bool>,
    /// Drawn after everything else, in this order.
    pub(crate) layers: Vec<Layer>,
}

/// What decides size and window of a step.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Geometry {
    pub(crate) width: Option<Length>,
    pub(crate) height: Option<Length>,
    pub(crate) aspect: Option<Aspect>,
    crop: Option<Mode>,
    crop_mode: Option<Mode>,
    pub(crate) focus: Position,
    /// What draws the eye decides instead.
    pub(crate) attends: bool,
    /// The area that is stored with the picture decides, where there is one.
    custom: bool,
    /// That area, once it is known: nothing else of the focus counts then.
    pub(crate) area: Option<Rect>,
    pub(crate) x: Option<Operand>,
    pub(crate) y: Option<Operand>,
    pub(crate) center_x: Option<Operand>,
    pub(crate) center_y: Option<Operand>,
    pub(crate) dpr: Option<Dpr>,
}

// === impl Geometry ===

impl Geometry {
    /// Asks for these sides and nothing else.
    pub(crate) fn of_sides(width: Option<Length>, height: Option<Length>) -> Self {
        Self { width, height, ..Self::default() }
    }

    /// `cm` wins over `c`.
    pub(crate) fn mode(&self) -> Mode {
        self.crop_mode.or(self.crop).unwrap_or(Mode::MaintainRatio)
    }

    /// The same for a picture with which this area is stored.
    pub(crate) fn aimed(&self, area: Option<Rect>) -> Cow<'_, Self> {
        match area.filter(|_| self.custom) {
            Some(area) => Cow::Owned(Self { attends: false, area: Some(area), ..self.clone() }),
            None => Cow::Borrowed(self),
        }
    }

    /// What is left where no side is asked for: the stored area, where there is one that counts.
    pub(crate) fn tight_area(&self) -> Option<Rect> {
        let pads = matches!(self.mode(), Mode::PadResize | Mode::PadResizeNoEnlarge);
        self.area.filter(|_| !pads && !self.has_acting_coordinates())
    }

    /// Coordinates are given that the mode does not use.
    pub(crate) fn has_idle_coordinates(&self) -> bool {
        self.has_coordinates() && !self.cuts()
    }

    /// Coordinates are given that place the region of the mode, so that no focus does.
    pub(crate) fn has_acting_coordinates(&self) -> bool {
        self.has_coordinates() && self.cuts()
    }

    fn has_coordinates(&self) -> bool {
        [&self.x, &self.y, &self.center_x, &self.center_y].iter().any(|operand| operand.is_some())
    }

    fn cuts(&self) -> bool {
        matches!(self.mode(), Mode::Extract | Mode::PadExtract)
    }
}

// === impl Work ===

impl Work {
    /// Nothing in it acts.
    pub(crate) fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.layers.is_empty()
    }

    /// A step of these settings, which draws these layers.
    pub(crate) fn of(
        settings: impl ExactSizeIterator<Item = (&'static str, Setting)>,
        layers: Vec<Layer>,
    ) -> Self {
        let mut work = Self { settings: Vec::with_capacity(settings.len()), layers, ..Self::default() };
        settings.for_each(|(key, setting)| work.add(key, setting));
        work
    }

    /// Takes one setting in.
    fn add(&mut self, key: &'static str, setting: Setting) {
        match &setting {
            Setting::Width(length) => self.geometry.width = Some(length.clone()),
            Setting::Height(length) => self.geometry.height = Some(length.clone()),
            Setting::Aspect(aspect) => self.geometry.aspect = Some(aspect.clone()),
            Setting::Crop(mode) => self.geometry.crop = Some(*mode),
            Setting::CropMode(mode) => self.geometry.crop_mode = Some(*mode),
            Setting::Focus(focus) => {
                self.geometry.focus = match focus {
                    Focus::Position(position) => *position,
                    Focus::Automatic(_) | Focus::Detected(_) => Position::default(),
                };
                self.geometry.attends = focus.attends();
                self.geometry.custom = focus.is_custom();
            }
            Setting::X(operand) => self.geometry.x = Some(operand.clone()),
            Setting::Y(operand) => self.geometry.y = Some(operand.clone()),
            Setting::CenterX(operand) => self.geometry.center_x = Some(operand.clone()),
            Setting::CenterY(operand) => self.geometry.center_y = Some(operand.clone()),
            Setting::Dpr(dpr) => self.geometry.dpr = Some(dpr.clone()),
            Setting::Background(background) => self.background = Some(background.clone()),
            Setting::Opacity(percent) if *percent >= 100.0 => return,
            Setting::Opacity(percent) => self.opacity = Some(*percent),
            Setting::Trim(Some(threshold)) => self.trim = Some(*threshold),
            Setting::Recolour(recolour) => self.recolour = Some(*recolour),
            Setting::Border { width, color } => self.border = Some((width.clone(), *color)),
            Setting::Radius(corners) => self.corners = Some(*corners),
            Setting::Blur(amount) => self.blur = Some(*amount),
            Setting::Effect(effect) => match effect {
                Effect::Grayscale => self.grayscale = true,
                Effect::Contrast => self.contrast = true,
                Effect::Sharpen(strength) => self.sharpen = Some(*strength),
                Effect::Unsharp(mask) => self.unsharp = Some(*mask),
                Effect::Shadow(shadow) => self.shadow = Some(*shadow),
                Effect::Gradient(gradient) => self.gradient = Some(gradient.clone()),
                Effect::Colorize(colorize) => self.colorize = Some(*colorize),
                Effect::Distort(distort) => self.distort = Some(*distort),
            },
            Setting::Rotation(rotation) => self.rotation = Some(*rotation),
            Setting::Flip { horizontal, vertical } => self.flip = (*horizontal, *vertical),
            Setting::Format(format) => self.output.format = Some(*format),
            Setting::Quality(quality) => self.output.quality = Some(*quality),
            Setting::Progressive(on) => self.output.progressive = Some(*on),
            Setting::Lossless(on) => self.output.lossless = Some(*on),
            Setting::ColorProfile(on) => self.output.color_profile = Some(*on),
            Setting::Metadata(on) => self.output.metadata = Some(*on),
            Setting::Original(on) => self.original = Some(*on),
            // They change no size, and nobody executes them.
            Setting::Zoom(_)
            | Setting::Model(_)
            | Setting::Density(_)
            | Setting::ContentCredentials(true)
            | Setting::Pages(_)
            // Belongs to the whole string.
            | Setting::DefaultImage(_) => {}
            // Nothing to show.
            Setting::Trim(None)
            | Setting::ContentCredentials(false)
            | Setting::Nothing
            // Belongs to a layer, which took it out before.
            | Setting::Layer(_) => return,
        }
        self.settings.push((key, setting));
    }
}
