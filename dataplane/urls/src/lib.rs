//! The URL language: from a raw request target to a plan of steps with exact sizes.
//!
//! ```text
//! raw URL -> route -> (rewrite) -> target -> tokens -> syntax tree -> plan -> (with facts of the source) resolved steps
//! ```
//!
//! One module per stage, data goes one way. Everything here is pure: no I/O, no clock, no randomness, and no
//! input makes it panic. What is decided where:
//!
//! - [`Router`]: which endpoint a host and path belong to.
//! - [`verify`], [`sign`]: whether a URL was made by somebody who has the key.
//! - [`Target`]: which part of the rest is the resource, the transformation, a suffix, a query for the origin.
//! - [`Rewriter`]: what a URL in another vendor's syntax is natively.
//! - `token`, `syntax`: chains, layers, conditionals; brackets and separators, no meaning.
//! - `parameter`: every key as a row of a table: what it takes, which range, where it means something. [`parameters`]
//!   shows it.
//! - [`Plan`]: the meaning of a string without a source: values, features that are missing, warnings.
//! - [`Plan::resolve`]: sizes, windows and pixel operations for one source.
//! - [`Plan::resolve_with`]: the same with what is known of layers ([`LayerFacts`]): their sizes and places.
//!
//! ```
//! use imgplane_urls::{Hints, Plan, Rules, Source, Target};
//!
//! let target = Target::parse("tr:w-400,h-300:rt-90/cat.jpg", None)?;
//! let plan = Plan::parse(&target, &Rules::default())?;
//! let source = Source { width: 1600, height: 1067, orientation: 1, auto_orient: true, max_pixels: 100_000_000 };
//! let resolved = plan.resolve(&source, &Hints::default())?;
//! assert_eq!((target.resource.as_str(), resolved.size.to_string().as_str()), ("cat.jpg", "300x400"));
//! # Ok::<(), imgplane_urls::UrlError>(())
//! ```

mod color;
mod condition;
mod decode;
mod effect;
mod error;
mod expression;
mod geometry;
mod layer;
mod message;
mod named;
mod number;
mod operation;
mod parameter;
mod plan;
mod resolve;
mod rewrite;
mod route;
mod setting;
mod signature;
mod syntax;
mod target;
mod token;

pub use color::{Color, ColorError};
pub use effect::{Fill, Gradient, Recolour, Shadow, Unsharp};
pub use error::{UrlError, UrlErrorCode};
pub use geometry::{Radius, Rect, Size};
pub use layer::{
    Align, Blend, Font, ImageFacts, ImageInput, LayerContent, LayerFacts, LayerKind, LayerSource, Margins,
    Page, ResolvedLayer, TextBox, Typography, UnknownLayers,
};
pub use named::{NamedTransformations, is_name};
pub use operation::{FormatRequest, Hints, Operation, OutputRequest, Resolved, ResolvedStep, Rules, Source};
pub use parameter::{ParameterInfo, Supported, parameters};
pub use plan::Plan;
pub use rewrite::{Note, Rewriter, Rewritten};
pub use route::{EndpointAddress, Route, Router};
pub use signature::{Clock, MalformedSignature, SignError, SigningKey, Verdict, Verification, sign, verify};
pub use target::{SourceKind, Suffix, Target, check_resource};
