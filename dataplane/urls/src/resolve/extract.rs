//! Cuts without scaling: where the region lies, and what happens when it leaves the image.

use super::area;
use super::crop::{Placed, offset};
use crate::expression::{Operand, Values};
use crate::geometry::round_coordinate;
use crate::message::Shown;
use crate::plan::Geometry;
use crate::setting::Edge;
use crate::{Fill, Rect, Size, UrlError};

/// `cm-extract` with a size. Without coordinates the region is clamped to the image; with any, it must lie inside.
pub(super) fn cut(geometry: &Geometry, size: Size, input: Size, values: &Values) -> Result<Placed, UrlError> {
    let coordinates = Coordinates::evaluate(geometry, values)?;
    if coordinates.is_empty() {
        let size = Size { width: size.width.min(input.width), height: size.height.min(input.height) };
        return Ok(Placed::part(input, size, geometry));
    }
    let (x, y) = coordinates.start(geometry, size, input);
    inside(x, y, size, input)
}

/// `cm-extract` without a size: from the point to the bottom-right corner.
pub(super) fn rest(geometry: &Geometry, input: Size, values: &Values) -> Result<Placed, UrlError> {
    let coordinates = Coordinates::evaluate(geometry, values)?;
    if coordinates.is_empty() {
        return Ok(Placed::unchanged(input));
    }
    let point = |start: Option<f64>, center: Option<f64>| start.or(center).map_or(0, round_coordinate);
    let (x, y) = (point(coordinates.x, coordinates.center_x), point(coordinates.y, coordinates.center_y));
    let side = |full: u32, start: i64| u32::try_from(i64::from(full).saturating_sub(start)).unwrap_or(0);
    inside(x, y, Size { width: side(input.width, x), height: side(input.height, y) }, input)
}

/// `cm-pad_extract`: per axis cut or padded; a region given by coordinates may leave the image.
pub(super) fn pad(
    geometry: &Geometry,
    canvas: Size,
    input: Size,
    values: &Values,
    fill: Fill,
) -> Result<Placed, UrlError> {
    let coordinates = Coordinates::evaluate(geometry, values)?;
    if coordinates.is_empty() && geometry.attends {
        let mut placed = Placed::unchanged(input);
        let part = Size { width: canvas.width.min(input.width), height: canvas.height.min(input.height) };
        placed.attend(part);
        let start = |side: u32, inner: u32| i64::from(offset(Edge::Center, side - inner));
        let at = (start(canvas.width, part.width), start(canvas.height, part.height));
        placed.put_on_canvas(canvas, at, fill);
        return Ok(placed);
    }
    let (x, y) = if let Some(area) = geometry.area.filter(|_| coordinates.is_empty()) {
        let part = Size { width: canvas.width.min(input.width), height: canvas.height.min(input.height) };
        let around = area::around(area, input, part);
        let start = |at: u32, side: u32, full: u32| {
            if side <= full { i64::from(at) } else { region_start(Edge::Center, side, full) }
        };
        (start(around.x, canvas.width, input.width), start(around.y, canvas.height, input.height))
    } else if coordinates.is_empty() {
        (
            region_start(geometry.focus.horizontal, canvas.width, input.width),
            region_start(geometry.focus.vertical, canvas.height, input.height),
        )
    } else {
        coordinates.start(geometry, canvas, input)
    };
    if let Ok(placed) = inside(x, y, canvas, input) {
        return Ok(placed);
    }
    let mut placed = Placed::unchanged(input);
    placed.put_on_canvas(canvas, (x.saturating_neg(), y.saturating_neg()), fill);
    Ok(placed)
}

/// Where a region of `side` starts on an axis of the image: negative when the axis is padded, and then the image
/// sits at the edge that the focus names.
fn region_start(edge: Edge, side: u32, full: u32) -> i64 {
    if side <= full { i64::from(offset(edge, full - side)) } else { -i64::from(offset(edge, side - full)) }
}

fn inside(x: i64, y: i64, size: Size, input: Size) -> Result<Placed, UrlError> {
    let fits = |start: i64, side: u32, full: u32| {
        u32::try_from(start)
            .ok()
            .filter(|start| side > 0 && u64::from(*start) + u64::from(side) <= u64::from(full))
    };
    match (fits(x, size.width, input.width), fits(y, size.height, input.height)) {
        (Some(x), Some(y)) => {
            Ok(Placed::window(input, Rect { x, y, width: size.width, height: size.height }))
        }
        _ => Err(UrlError::invalid(format!("the region of {size} at ({x},{y}) leaves the image of {input}"))),
    }
}

/// `x`, `y`, `xc`, `yc` as numbers.
#[derive(Debug, Clone, Copy)]
struct Coordinates {
    x: Option<f64>,
    y: Option<f64>,
    center_x: Option<f64>,
    center_y: Option<f64>,
}

impl Coordinates {
    fn evaluate(geometry: &Geometry, values: &Values) -> Result<Self, UrlError> {
        let number = |key: &str, operand: &Option<Operand>| {
            let Some(operand) = operand else { return Ok(None) };
            let value = operand.evaluate(values);
            if value.is_finite() {
                Ok(Some(value))
            } else {
                Err(UrlError::invalid(format!("{key}: {} gives {value}", Shown(&operand.to_string()))))
            }
        };
        Ok(Self {
            x: number("x", &geometry.x)?,
            y: number("y", &geometry.y)?,
            center_x: number("xc", &geometry.center_x)?,
            center_y: number("yc", &geometry.center_y)?,
        })
    }

    fn is_empty(&self) -> bool {
        [self.x, self.y, self.center_x, self.center_y].iter().all(Option::is_none)
    }

    /// The top-left corner of a region. An axis without a coordinate follows the other one: 0 beside a corner,
    /// centred beside a centre.
    fn start(&self, geometry: &Geometry, size: Size, input: Size) -> (i64, i64) {
        let axis = |start: Option<f64>,
                    center: Option<f64>,
                    other: Option<f64>,
                    edge: Edge,
                    side: u32,
                    full: u32| {
            match (start, center, other) {
                (Some(start), ..) => round_coordinate(start),
                (None, Some(center), _) => round_coordinate(center - f64::from(side) / 2.0),
                (None, None, Some(_)) => 0,
                (None, None, None) => region_start(edge, side, full),
            }
        };
        // Only one axis can be without coordinates here. Beside a centre the free axis is centred, whatever the focus.
        let edge = |edge: Edge, other: Option<f64>| if other.is_some() { Edge::Center } else { edge };
        (
            axis(
                self.x,
                self.center_x,
                self.y,
                edge(geometry.focus.horizontal, self.center_y),
                size.width,
                input.width,
            ),
            axis(
                self.y,
                self.center_y,
                self.x,
                edge(geometry.focus.vertical, self.center_x),
                size.height,
                input.height,
            ),
        )
    }
}
