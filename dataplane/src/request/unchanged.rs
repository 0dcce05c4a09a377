//! Files that are delivered as they are: other types than images, `orig-true`, SVG, and images that nothing is to be
//! done with.

use imgplane_origins::{Failure as OriginFailure, Fetched, FetchedStatus, Meta, Origin};
use imgplane_pixels::{Foreign, PixelError, sniff};
use imgplane_urls::{FormatRequest, Hints, Plan, Resolved, Source, Suffix, Target};

use super::{
    compression::is_compressible,
    conditional::{Validators, etag_from, etag_of},
    delivery::{Content, Delivery},
    kind::{Expected, Kind, essence, expected, guess, kind_of},
    name::file_name,
    original::{Original, Passing},
    plan::Planned,
    product::Hold,
    range,
};
use crate::{cache_control::CacheControl, error::Failure};

/// Where nothing tells a file's type.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Delivers a stream as it comes from the origin.
pub(super) fn pass(planned: &Planned, passing: Box<Passing>) -> Result<Delivery, Failure> {
    let Passing { origin, fetched, kind, start, copy } = *passing;
    if wants_still(&planned.target, &planned.plan) {
        return Err(undecodable(start.as_deref(), &file_name(&planned.target.resource)));
    }
    if kind == Kind::Claimed && planned.plan.is_explicit() {
        return Err(undecodable(start.as_deref(), &file_name(&planned.target.resource)));
    }
    let (validators, size) = (validators(&fetched), size(&fetched));
    let Fetched { status, meta, body } = fetched;
    let content = match (status, &meta.content_range) {
        // All of it is here, so that parts of it are cut here.
        (FetchedStatus::Whole, _) if copy.is_some() => {
            let bytes = copy.as_ref().map(|copy| copy.bytes.clone()).unwrap_or_default();
            Content::Bytes(bytes, copy.map_or(Hold::Cache, Hold::Original))
        }
        (FetchedStatus::Whole, _) | (FetchedStatus::Partial, None) => {
            Content::Stream(body, meta.content_length)
        }
        (FetchedStatus::Partial, Some(range)) => Content::Part(body, meta.content_length, range.clone()),
        (FetchedStatus::Unsatisfiable, range) => {
            return Err(Failure::Range(range.clone().unwrap_or_else(|| "bytes */*".to_owned())));
        }
        (FetchedStatus::NotModified, _) => {
            return Err(Failure::Internal("an origin answered a condition that was not set".to_owned()));
        }
    };
    let mut delivery = delivery(planned, &origin, &meta, validators, content);
    delivery.compressible = is_compressible(&delivery.content_type, size, &meta);
    Ok(delivery)
}

/// What is known of an image that was read whole and is delivered without a change: its validators and its type.
pub(super) fn keep(name: &str, original: &Original) -> (Validators, String) {
    let size = original.bytes.len() as u64;
    let meta = &original.meta;
    let etag = etag_from(meta.etag.as_deref(), meta.last_modified.as_deref(), Some(size));
    let validators = Validators {
        etag: Some(etag.unwrap_or_else(|| etag_of(&original.bytes))),
        last_modified: meta.last_modified.clone(),
    };
    let mut content_type = content_type(meta.content_type.as_deref(), name);
    if content_type == UNKNOWN_TYPE
        && let Some(format) = sniff(&original.bytes)
    {
        format.content_type().clone_into(&mut content_type);
    }
    (validators, content_type)
}

/// Whether a transformation can ask for the pixels of an SVG. Where that depends on the size of the drawing, which is not
/// known before it is read, it does so for some size.
pub fn draws_svg(plan: &Plan, hints: &Hints) -> bool {
    const SIZES: [(u32, u32); 4] = [(300, 150), (8000, 500), (500, 8000), (1, 1)];
    plan.is_explicit()
        && !plan.is_original()
        && SIZES.into_iter().any(|(width, height)| {
            let source = Source { width, height, orientation: 1, auto_orient: false, max_pixels: u64::MAX };
            plan.resolve(&source, hints).is_ok_and(|resolved| asks_for_pixels(&resolved))
        })
}

/// Whether a transformation asks for a format that an SVG becomes only when it is drawn.
pub fn asks_for_pixels(resolved: &Resolved) -> bool {
    !resolved.original
        && match resolved.output.format {
            Some(FormatRequest::Jpeg | FormatRequest::Png | FormatRequest::Webp | FormatRequest::Avif) => {
                true
            }
            None
            | Some(FormatRequest::Auto | FormatRequest::Source | FormatRequest::Gif | FormatRequest::Svg) => {
                false
            }
        }
}

/// Whether a file of this name is delivered as it is. Its first bytes and its content type decide in the end: this
/// is what is expected before it is fetched.
///
/// # Errors
/// The `ik-error` for a transformation of what is called an image, but in no format that is decoded.
pub fn passes_by_name(target: &Target, plan: &Plan) -> Result<bool, String> {
    let name = file_name(&target.resource);
    if expected(&name) != Expected::PassThrough {
        return Ok(false);
    }
    if wants_still(target, plan) {
        return Err(undecodable(None, &name).ik_error().unwrap_or_default());
    }
    if kind_of(&[], None, &name) == Kind::Claimed && plan.is_explicit() {
        return Err(undecodable(None, &name).ik_error().unwrap_or_default());
    }
    Ok(true)
}

/// Whether a picture is wanted of a file that need not be one.
fn wants_still(target: &Target, plan: &Plan) -> bool {
    target.suffix == Some(Suffix::Thumbnail) && !plan.is_original()
}

/// The failure for a transformation of a file that is called an image and is none that is decoded. `start`: its first
/// bytes, where they are known.
fn undecodable(start: Option<&[u8]>, name: &str) -> Failure {
    let by_name = || guess(name).and_then(Foreign::of_content_type);
    if let Some(kind) = start.map_or_else(by_name, Foreign::recognise) {
        return PixelError::Foreign { kind }.into();
    }
    let what = "it is called an image";
    Failure::Undecodable(match start {
        Some(start) => OriginFailure::undecodable(start, false, what),
        None => OriginFailure::unsupported(what),
    })
}

/// What identifies the version of a stream.
pub(super) fn validators(fetched: &Fetched) -> Validators {
    let meta = &fetched.meta;
    Validators {
        etag: etag_from(meta.etag.as_deref(), meta.last_modified.as_deref(), size(fetched)),
        last_modified: meta.last_modified.clone(),
    }
}

/// Bytes of the whole file, where they are known.
fn size(fetched: &Fetched) -> Option<u64> {
    match fetched.status {
        FetchedStatus::Whole => fetched.meta.content_length,
        FetchedStatus::Partial | FetchedStatus::Unsatisfiable | FetchedStatus::NotModified => {
            fetched.meta.content_range.as_deref().and_then(range::total)
        }
    }
}

fn delivery(
    planned: &Planned,
    origin: &Origin,
    meta: &Meta,
    validators: Validators,
    content: Content,
) -> Delivery {
    let target = &planned.target;
    Delivery {
        content,
        content_type: content_type(meta.content_type.as_deref(), &file_name(&target.resource)),
        compressible: false,
        content_encoding: meta.content_encoding.clone(),
        validators,
        vary: Vec::new(),
        content_dpr: None,
        link: origin.canonical(&target.resource),
        warnings: planned.plan.warnings().to_vec(),
        download_name: target.download_name.clone(),
        accepts_ranges: meta.accepts_ranges,
        cache_control: CacheControl::nobody(),
        age: None,
        keep: None,
        instead_of: None,
    }
}

/// The origin's type, unless that says nothing; then the type of the file's name.
fn content_type(of_origin: Option<&str>, name: &str) -> String {
    let meaningful = of_origin.filter(|content_type| {
        !matches!(essence(content_type).as_str(), "" | "application/octet-stream" | "binary/octet-stream")
    });
    match meaningful {
        Some(content_type) => content_type.to_owned(),
        None => mime_guess::from_path(name).first_raw().unwrap_or(UNKNOWN_TYPE).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use imgplane_urls::Rules;

    use super::*;

    #[test]
    fn a_type_that_says_nothing_gives_way_to_the_name() {
        for (of_origin, name, expected) in [
            (Some("text/css; charset=utf-8"), "a.txt", "text/css; charset=utf-8"),
            (Some("application/octet-stream"), "a.css", "text/css"),
            (Some("Binary/Octet-Stream"), "a.mp4", "video/mp4"),
            (None, "a.json", "application/json"),
            (None, "a", "application/octet-stream"),
            (Some(""), "a.svg", "image/svg+xml"),
        ] {
            assert_eq!(content_type(of_origin, name), expected, "{of_origin:?} {name}");
        }
    }

    #[test]
    fn a_name_tells_whether_a_file_passes_as_it_is() {
        let unknown = || Err("UNIDENTIFIED - The source could not be decoded: unknown format".to_owned());
        let heic = "EFEATURE - HEIC files are not decoded by this server: save the original as JPEG, PNG, WebP or AVIF";
        for (rest, passes) in [
            ("tr:w-1/a.jpg", Ok(false)),
            ("tr:w-1/a", Ok(false)),
            ("tr:w-1/a.svg", Ok(true)),
            ("tr:w-1/a%2Emp4", Ok(true)),
            ("tr:w-1/a.psd", Ok(true)),
            ("a.heic", Ok(true)),
            ("tr:w-1/a.heic", Err(heic.to_owned())),
            ("tr:w-1/a.jp2", unknown()),
        ] {
            let target = Target::parse(rest, None).unwrap();
            let plan = Plan::parse(&target, &Rules::default()).unwrap();
            assert_eq!(passes_by_name(&target, &plan), passes, "{rest}");
        }
    }
}
