//! How large a drawing grows: elements with all that they refer to, counted before any of it is built.
//!
//! `use`, patterns, markers, masks, clip paths and filters repeat what they name, and what they name may repeat others: a
//! file of one KiB can stand for more elements than there are atoms. The same element is looked at once however often it
//! is named, so counting takes no longer than reading. Where it is not exact it is too high: `fill` and `stroke` of a
//! group count for every shape below it, markers for every point.

use std::collections::{HashMap, HashSet};

use resvg::usvg::roxmltree::{Document, Node, NodeId};
use simplecss::{AttributeOperator, DeclarationTokenizer, Element, PseudoClass, StyleSheet};

use super::budget::MOST_CHARACTERS;
use crate::PixelError;

/// Elements in elements, those that are only named counted as if they stood there. Every level takes some hundred bytes
/// of the stack in the readers behind this one.
const DEEPEST: usize = 96;
/// References that lead back to where they come from: each one is looked for again by the reader.
const MOST_CYCLES: usize = 128;
/// Elements times rules of style sheets.
const MOST_MATCHES: u64 = 60_000_000;
/// Bytes of an attribute that count as one more element: paths are read again wherever they are used.
const BYTES_EACH: u64 = 64;

/// What an element stands for.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    /// Elements.
    elements: u64,
    /// Shapes among them.
    shapes: u64,
    /// Points of their outlines.
    points: u64,
    /// Characters of text.
    characters: u64,
    /// Levels below it.
    depth: usize,
}

impl Weight {
    fn add(&mut self, other: Self) {
        self.elements = self.elements.saturating_add(other.elements);
        self.shapes = self.shapes.saturating_add(other.shapes);
        self.points = self.points.saturating_add(other.points);
        self.characters = self.characters.saturating_add(other.characters);
        self.depth = self.depth.max(other.depth + 1);
    }

    /// Counts what is named but not part of this, as often as it is drawn.
    fn name(&mut self, other: Self, times: u64) {
        self.elements = self.elements.saturating_add(other.elements.saturating_mul(times.max(1)));
        self.characters = self.characters.saturating_add(other.characters.saturating_mul(times.max(1)));
        self.depth = self.depth.max(other.depth + 1);
    }
}

/// How a reference repeats what it names.
#[derive(Debug, Clone, Copy)]
enum Repeat {
    /// It becomes part of the drawing.
    Use,
    /// Once.
    Once,
    /// For every shape.
    Shapes,
    /// For every point of every shape.
    Points,
}

/// Counts a document.
pub(super) struct References<'a, 'input> {
    document: &'a Document<'input>,
    ids: HashMap<&'a str, Node<'a, 'input>>,
    sheet: StyleSheet<'a>,
    known: HashMap<NodeId, Weight>,
    open: HashSet<NodeId>,
    cycles: usize,
    allowed: u64,
}

impl<'a, 'input> References<'a, 'input> {
    /// `allowed`: elements that there may be.
    pub(super) fn of(document: &'a Document<'input>, allowed: u64) -> Self {
        let mut ids = HashMap::new();
        for node in document.descendants() {
            if let Some(id) = node.attribute("id") {
                ids.entry(id).or_insert(node);
            }
        }
        let mut sheet = StyleSheet::new();
        for node in document.descendants().filter(|node| node.has_tag_name("style")) {
            sheet.parse_more(node.text().unwrap_or_default());
        }
        Self { document, ids, sheet, known: HashMap::new(), open: HashSet::new(), cycles: 0, allowed }
    }

    /// Refuses a drawing that grows too large.
    pub(super) fn check(mut self) -> Result<(), PixelError> {
        let plain = self.document.descendants().filter(Node::is_element).count() as u64;
        let rules = self.sheet.rules.len() as u64;
        within(
            "The number of elements of the SVG times its style rules",
            plain.saturating_mul(rules),
            MOST_MATCHES,
        )?;
        // Only these can name anything.
        self.sheet.rules.retain(|rule| rule.declarations.iter().any(|one| one.value.contains("url(")));
        let whole = self.weight(self.document.root_element(), 0)?;
        self.judge(whole)?;
        within(
            "The number of elements that the SVG grows to times its style rules",
            whole.elements.saturating_mul(rules),
            MOST_MATCHES,
        )
    }

    fn judge(&self, weight: Weight) -> Result<(), PixelError> {
        within("The number of elements that the SVG grows to", weight.elements, self.allowed)?;
        within("The number of characters that the SVG grows to", weight.characters, MOST_CHARACTERS)
    }

    fn weight(&mut self, node: Node<'a, 'input>, depth: usize) -> Result<Weight, PixelError> {
        if let Some(known) = self.known.get(&node.id()).copied() {
            within("The depth of the SVG's elements", (depth + known.depth) as u64, DEEPEST as u64)?;
            return Ok(known);
        }
        within("The depth of the SVG's elements", depth as u64, DEEPEST as u64)?;
        if !self.open.insert(node.id()) {
            self.cycles += 1;
            within(
                "The number of circles that references of the SVG make",
                self.cycles as u64,
                MOST_CYCLES as u64,
            )?;
            return Ok(Weight::default());
        }
        let mut weight = own(node);
        for child in node.children().filter(Node::is_element) {
            let child = self.weight(child, depth + 1)?;
            weight.add(child);
        }
        let mut named = self.named(node);
        // What is used counts as a part of this for the others.
        named.sort_by_key(|(repeat, _)| !matches!(repeat, Repeat::Use));
        for (repeat, id) in named {
            let Some(target) = self.ids.get(id.as_str()).copied() else { continue };
            let target = self.weight(target, depth + 1)?;
            match repeat {
                Repeat::Use => weight.add(target),
                Repeat::Once => weight.name(target, 1),
                Repeat::Shapes => weight.name(target, weight.shapes),
                Repeat::Points => weight.name(target, weight.points),
            }
        }
        self.open.remove(&node.id());
        // Whatever comes above it only adds to this.
        self.judge(weight)?;
        self.known.insert(node.id(), weight);
        Ok(weight)
    }

    /// All that an element refers to, by attribute, by its own style or by a rule.
    fn named(&self, node: Node<'a, 'input>) -> Vec<(Repeat, String)> {
        let mut found = Vec::new();
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            if name == "href" {
                if let Some(id) = value.trim().strip_prefix('#') {
                    let is_use = node.tag_name().name() == "use";
                    found.push((if is_use { Repeat::Use } else { Repeat::Once }, id.to_owned()));
                }
            } else if name == "style" {
                for declaration in DeclarationTokenizer::from(value) {
                    urls(declaration.name, declaration.value, &mut found);
                }
            } else {
                urls(name, value, &mut found);
            }
        }
        for rule in &self.sheet.rules {
            if rule.selector.matches(&Styled(node)) {
                for declaration in &rule.declarations {
                    urls(declaration.name, declaration.value, &mut found);
                }
            }
        }
        found
    }
}

/// The references in the value of a property.
fn urls(name: &str, value: &str, found: &mut Vec<(Repeat, String)>) {
    let repeat = match name {
        "fill" | "stroke" => Repeat::Shapes,
        "marker" | "marker-start" | "marker-mid" | "marker-end" => Repeat::Points,
        _ => Repeat::Once,
    };
    for part in value.split("url(").skip(1) {
        let inner = part.split(')').next().unwrap_or_default();
        let inner = inner.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\''));
        if let Some(id) = inner.strip_prefix('#') {
            found.push((repeat, id.to_owned()));
        }
    }
    // A shorthand stands for three properties.
    if name == "marker"
        && let Some(last) = found.last().cloned()
        && value.contains("url(")
    {
        found.extend([last.clone(), last]);
    }
}

/// An element by itself.
fn own(node: Node<'_, '_>) -> Weight {
    let bytes: usize = node.attributes().map(|attribute| attribute.value().len()).sum();
    let shape = matches!(
        node.tag_name().name(),
        "path"
            | "rect"
            | "circle"
            | "ellipse"
            | "line"
            | "polyline"
            | "polygon"
            | "text"
            | "tspan"
            | "textPath"
    );
    let text = matches!(node.tag_name().name(), "text" | "tspan" | "textPath" | "a");
    let written = node.children().filter(|child| text && child.is_text()).filter_map(|child| child.text());
    let points = node.attributes().filter(|attribute| matches!(attribute.name(), "d" | "points"));
    Weight {
        elements: 1 + bytes as u64 / BYTES_EACH,
        shapes: u64::from(shape),
        points: u64::from(shape) * 2 + points.map(|attribute| self::points(attribute.value())).sum::<u64>(),
        characters: written.map(|text| text.chars().count() as u64).sum(),
        depth: 0,
    }
}

/// At most how many points an outline has: every number and every command may make one.
fn points(outline: &str) -> u64 {
    let mut points = 0;
    let mut number = false;
    let mut fraction = false;
    for letter in outline.bytes() {
        match letter {
            b'0'..=b'9' => {
                points += u64::from(!number);
                number = true;
            }
            b'.' => {
                points += u64::from(!number || fraction);
                (number, fraction) = (true, true);
            }
            b'e' | b'E' => {}
            _ => {
                points += u64::from(letter.is_ascii_alphabetic());
                (number, fraction) = (false, false);
            }
        }
    }
    points
}

fn within(what: &str, value: u64, limit: u64) -> Result<(), PixelError> {
    if value <= limit { Ok(()) } else { Err(PixelError::Limit { what: what.to_owned(), value, limit }) }
}

/// An element as selectors see it.
struct Styled<'a, 'input>(Node<'a, 'input>);

impl Element for Styled<'_, '_> {
    fn parent_element(&self) -> Option<Self> {
        self.0.parent_element().map(Styled)
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        self.0.prev_sibling_element().map(Styled)
    }

    fn has_local_name(&self, local_name: &str) -> bool {
        self.0.tag_name().name() == local_name
    }

    fn attribute_matches(&self, local_name: &str, operator: AttributeOperator<'_>) -> bool {
        self.0.attribute(local_name).is_some_and(|value| operator.matches(value))
    }

    fn pseudo_class_matches(&self, class: PseudoClass<'_>) -> bool {
        matches!(class, PseudoClass::FirstChild) && self.prev_sibling_element().is_none()
    }
}
