//! Layers as their makers see them: what is to be fetched, what must be known of it, and what is drawn where.

mod text;

use crate::{Color, Rect, ResolvedStep, Size};

pub use text::{Align, Font, TextBox, Typography};

/// What a layer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LayerKind {
    /// A file.
    Image,
    /// A filled rectangle.
    Block,
    /// Text in a box.
    Text,
}

/// Something that has to be fetched before a plan can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerSource<'a> {
    /// The file of an image layer.
    Image(&'a ImageInput),
    /// The file of a font.
    Font {
        /// Raw resource path, as in a request.
        resource: &'a str,
    },
}

/// The file of an image layer, and what happens to it before the steps of the layer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImageInput {
    /// Its path below the endpoint, as text.
    pub path: String,
    /// The same as a raw resource path: percent-encoded, with no leading slash and no dot segments.
    pub resource: String,
    /// Which page, frame or layer of a file that has several (`pg`).
    pub page: Page,
    /// Cut margins that differ from the top-left pixel by no more than this in every channel (1-99). `None`: keep
    /// them.
    pub trim: Option<u8>,
}

/// Which part of a file with several is meant (`pg`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Page {
    /// The one with this number, from 1.
    Number(u32),
    /// One that has a name, which only the layers of documents have.
    Named,
}

impl Page {
    /// Without `pg`.
    pub const FIRST: Self = Self::Number(1);
}

/// What is known of the file of an image layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFacts {
    /// Nothing: its layer is listed without sizes.
    Unknown,
    /// It does not exist.
    Absent,
    /// Its header was read.
    Known {
        /// Size as stored, of the page that the layer shows.
        stored: Size,
        /// EXIF orientation, 1-8; anything else counts as 1.
        orientation: u8,
        /// What trimming with [`ImageInput::trim`] leaves, in the upright image. `None`: there is nothing to cut.
        trimmed: Option<Rect>,
    },
}

/// What is known of the margins of the image itself, which a step cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Margins {
    /// Nobody has looked: sizes are as if there were none.
    Unknown,
    /// Nothing is to be cut.
    None,
    /// This is left.
    Inside(Rect),
}

/// Where [`Plan::resolve_with`](crate::Plan::resolve_with) learns what the URL does not say.
pub trait LayerFacts {
    /// What is known of the margins that a step of the base chain cuts, given the steps that run before it and how far
    /// (1-99) a margin may differ from the top-left pixel in every channel.
    fn margins(&self, _before: &[ResolvedStep], _threshold: u8) -> Margins {
        Margins::Unknown
    }

    /// The area that is stored with the picture itself, or with the file of an image layer, in its upright image: what
    /// `fo-custom` is about.
    fn area(&self, _of: Option<&ImageInput>) -> Option<Rect> {
        None
    }

    /// What is known of the file of an image layer.
    fn image(&self, input: &ImageInput) -> ImageFacts;

    /// Size of a box with its padding, in pixels. `None`: nobody has measured it.
    fn text(&self, text: &TextBox) -> Option<Size>;
}

/// Knows nothing of any layer.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnknownLayers;

/// How a layer meets the image it is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Blend {
    /// Over it.
    #[default]
    Over,
    /// Per channel the product of both, where the layer is opaque.
    Multiply,
    /// The layer is stretched over the image and shifts its pixels: red 0 by `-x`, 128 by nothing, 255 by `x` to the
    /// right, green by `y` downwards.
    Displace {
        /// Largest shift to the side, in pixels.
        x: f64,
        /// Largest shift up and down, in pixels.
        y: f64,
    },
    /// The image becomes transparent where the layer is opaque.
    Cutout,
    /// The image stays only where the layer is opaque, and is cut to the rectangle of the layer.
    Cutter,
}

/// A layer with its sizes.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedLayer {
    /// What it starts from.
    pub content: LayerContent,
    /// Keys and values of the layer as a whole in their normal spelling: place, blending, style.
    pub params: Vec<(String, String)>,
    /// What is done to its own image, trimming included. Empty where no size is known.
    pub steps: Vec<ResolvedStep>,
    /// Size after these steps. `None`: it depends on what is not known.
    pub size: Option<Size>,
    /// Where its top-left corner lies on the image it is drawn on; parts outside are cut. `None` without a size.
    pub at: Option<(i64, i64)>,
    /// How it is drawn.
    pub blend: Blend,
    /// What a reader of `explain` may wonder about.
    pub notes: Vec<String>,
}

/// What a layer starts from.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerContent {
    /// A file.
    Image {
        /// Which.
        input: ImageInput,
        /// Apply its EXIF orientation first.
        orient: bool,
        /// Its upright size before trimming, where that is known.
        size: Option<Size>,
    },
    /// A filled rectangle.
    Block {
        /// How large.
        size: Size,
        /// With what.
        fill: Color,
    },
    /// Text.
    Text(TextBox),
}

// === impl LayerFacts ===

impl LayerFacts for UnknownLayers {
    fn image(&self, _input: &ImageInput) -> ImageFacts {
        ImageFacts::Unknown
    }

    fn text(&self, _text: &TextBox) -> Option<Size> {
        None
    }
}

// === impl LayerContent ===

impl LayerContent {
    /// Which kind of layer this is.
    pub fn kind(&self) -> LayerKind {
        match self {
            Self::Image { .. } => LayerKind::Image,
            Self::Block { .. } => LayerKind::Block,
            Self::Text(_) => LayerKind::Text,
        }
    }

    /// The path, the text, or `ik_canvas`.
    pub fn input(&self) -> &str {
        match self {
            Self::Image { input, .. } => &input.path,
            Self::Block { .. } => "ik_canvas",
            Self::Text(text) => &text.text,
        }
    }
}
