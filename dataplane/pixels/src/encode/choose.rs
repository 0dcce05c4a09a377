//! Which format the result gets: what was asked for, what the source was, and whether there is alpha.

use crate::{Format, FormatChoice, PixelError, Selection, Size};

/// Longest side of a WebP.
const WEBP_SIDE: u32 = 16_383;
/// Longest side that libjpeg writes.
const JPEG_SIDE: u32 = 65_500;
/// Longest side of a GIF.
const GIF_SIDE: u32 = 65_535;

/// A PNG on a tie.
const PNG_OR_JPEG: Candidates = Candidates([Some(Format::Png), Some(Format::Jpeg), None, None]);

/// The decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    One(Format),
    /// All are written, the smallest one is delivered; on a tie the earlier one.
    Smallest(Candidates),
}

/// Formats in the order in which they are preferred. There are at most four.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Candidates([Option<Format>; 4]);

impl Candidates {
    fn with(mut self, format: Format) -> Self {
        if let Some(free) = self.0.iter_mut().find(|place| place.is_none()) {
            *free = Some(format);
        }
        self
    }

    /// Gives them in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Format> {
        self.0.iter().flatten().copied()
    }

    fn pick(self) -> Pick {
        match self.0 {
            [Some(one), None, ..] => Pick::One(one),
            _ => Pick::Smallest(self),
        }
    }
}

impl Pick {
    /// All that are written, the preferred one first.
    pub(crate) fn formats(self) -> impl Iterator<Item = Format> {
        let candidates = match self {
            Self::One(format) => Candidates::default().with(format),
            Self::Smallest(candidates) => candidates,
        };
        candidates.0.into_iter().flatten()
    }

    /// The format that decides how planes are sampled.
    pub(crate) const fn leading(self) -> Format {
        match self {
            Self::One(format) => format,
            // Each of them takes what it needs of full chroma.
            Self::Smallest(_) => Format::Png,
        }
    }
}

/// What a decision depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub choice: FormatChoice,
    pub selection: Selection,
    pub source: Format,
    /// It is one of several pictures of its source, whose format it does not share.
    pub part: bool,
    /// Some pixel is not opaque.
    pub alpha: bool,
    pub size: Size,
    /// A profile stays in the file.
    pub profile: bool,
}

/// Decides.
pub(crate) fn choose(wish: Wish) -> Result<Pick, PixelError> {
    let longest = wish.size.width.max(wish.size.height);
    let fits = |format: Format| longest <= longest_side(format);
    match wish.choice {
        FormatChoice::Fixed(Format::Avif) if wish.profile => Ok(fallback(wish, &fits)),
        FormatChoice::Fixed(Format::Gif) if wish.source != Format::Gif => Ok(fallback(wish, &fits)),
        FormatChoice::Fixed(format) if !format.is_written() => Ok(fallback(wish, &fits)),
        FormatChoice::Fixed(format) if fits(format) => Ok(Pick::One(format)),
        FormatChoice::Fixed(format) => Err(PixelError::Limit {
            what: format!("The longer side of the {format} in pixels"),
            value: longest.into(),
            limit: longest_side(format).into(),
        }),
        FormatChoice::Negotiated { avif, webp } => {
            let avif = (avif && !wish.profile && fits(Format::Avif)).then_some(Format::Avif);
            let webp = (webp && fits(Format::Webp)).then_some(Format::Webp);
            let modern = avif.into_iter().chain(webp);
            match wish.selection {
                Selection::Preferred => {
                    Ok(modern.into_iter().next().map_or_else(|| fallback(wish, &fits), Pick::One))
                }
                Selection::Smallest => {
                    let modern = modern.fold(Candidates::default(), Candidates::with);
                    Ok(match fallback(wish, &fits) {
                        Pick::One(format) => modern.with(format),
                        Pick::Smallest(others) => others.iter().fold(modern, Candidates::with),
                    }
                    .pick())
                }
            }
        }
        FormatChoice::Source if wish.part => Ok(fallback(wish, &fits)),
        FormatChoice::Source => Ok(match wish.source {
            Format::Png => Pick::One(Format::Png),
            Format::Jpeg | Format::Gif | Format::Svg | Format::Tiff | Format::Bmp | Format::Ico => {
                fallback(wish, &fits)
            }
            Format::Avif if wish.profile => fallback(wish, &fits),
            Format::Webp | Format::Avif if !fits(wish.source) => fallback(wish, &fits),
            Format::Webp | Format::Avif => Pick::One(wish.source),
        }),
    }
}

/// Decides for an animation; `None`: it becomes a still of its first frame, because that was asked for, or because nothing
/// that moves is so large.
pub(crate) fn animated(wish: Wish) -> Option<Pick> {
    let longest = wish.size.width.max(wish.size.height);
    let fits = |format: &Format| longest <= longest_side(*format);
    let gif = Some(Format::Gif).filter(fits);
    let webp = Some(Format::Webp).filter(fits);
    let one = |format: Option<Format>| format.map(Pick::One);
    match wish.choice {
        // A side that is too long is refused as that of a still is.
        FormatChoice::Fixed(Format::Webp) => one(webp),
        FormatChoice::Fixed(Format::Gif) => one(gif),
        FormatChoice::Fixed(format) if format.is_written() => None,
        FormatChoice::Source if wish.source == Format::Webp => one(webp.or(gif)),
        FormatChoice::Fixed(_) | FormatChoice::Source | FormatChoice::Negotiated { webp: false, .. } => {
            one(gif)
        }
        FormatChoice::Negotiated { webp: true, .. } => match wish.selection {
            Selection::Preferred => one(webp.or(gif)),
            Selection::Smallest => {
                let all = webp.into_iter().chain(gif).fold(Candidates::default(), Candidates::with);
                (all != Candidates::default()).then(|| all.pick())
            }
        },
    }
}

/// The format for clients that take nothing modern. PNG has no longest side, so there is always one.
fn fallback(wish: Wish, fits: &dyn Fn(Format) -> bool) -> Pick {
    match wish.source {
        _ if wish.part && !wish.alpha && fits(Format::Jpeg) => Pick::One(Format::Jpeg),
        _ if wish.part => Pick::One(Format::Png),
        Format::Png if !wish.alpha && fits(Format::Jpeg) => Pick::Smallest(PNG_OR_JPEG),
        Format::Gif if fits(Format::Gif) => Pick::One(Format::Gif),
        Format::Jpeg | Format::Webp | Format::Avif | Format::Tiff | Format::Bmp | Format::Ico
            if !wish.alpha && fits(Format::Jpeg) =>
        {
            Pick::One(Format::Jpeg)
        }
        Format::Jpeg
        | Format::Png
        | Format::Webp
        | Format::Avif
        | Format::Gif
        | Format::Svg
        | Format::Tiff
        | Format::Bmp
        | Format::Ico => Pick::One(Format::Png),
    }
}

const fn longest_side(format: Format) -> u32 {
    match format {
        Format::Jpeg => JPEG_SIDE,
        Format::Webp => WEBP_SIDE,
        Format::Gif => GIF_SIDE,
        Format::Avif => imgplane_codec_av1_encode::MAX_DIMENSION,
        Format::Png | Format::Svg | Format::Tiff | Format::Bmp | Format::Ico => u32::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Format::{Avif, Gif, Jpeg, Png, Webp};

    const NOTHING: FormatChoice = FormatChoice::Negotiated { avif: false, webp: false };
    const MODERN: FormatChoice = FormatChoice::Negotiated { avif: true, webp: true };
    const WEBP: FormatChoice = FormatChoice::Negotiated { avif: false, webp: true };

    fn wish(size: Size) -> Wish {
        Wish {
            choice: NOTHING,
            selection: Selection::Preferred,
            source: Jpeg,
            part: false,
            alpha: false,
            size,
            profile: false,
        }
    }

    #[test]
    fn the_smallest_is_looked_for_among_all_that_may_be_sent_in_their_order() {
        let smallest = |choice, source, alpha| {
            let size = Size::new(200, 133);
            let wish = Wish { choice, source, alpha, selection: Selection::Smallest, ..wish(size) };
            match choose(wish).unwrap() {
                Pick::One(format) => vec![format],
                Pick::Smallest(candidates) => candidates.iter().collect(),
            }
        };
        for (name, choice, source, alpha, expected) in [
            ("all of them", MODERN, Jpeg, false, vec![Avif, Webp, Jpeg]),
            ("of a png", MODERN, Png, false, vec![Avif, Webp, Png, Jpeg]),
            ("of a clear png", WEBP, Png, true, vec![Webp, Png]),
            ("of a gif", WEBP, Gif, true, vec![Webp, Gif]),
            ("only one", NOTHING, Format::Tiff, false, vec![Jpeg]),
            ("f decides", FormatChoice::Fixed(Webp), Png, false, vec![Webp]),
        ] {
            assert_eq!(smallest(choice, source, alpha), expected, "{name}");
        }
    }

    #[test]
    fn the_format_follows_wish_source_and_alpha() {
        let one = Pick::One;
        let small = Size::new(200, 133);
        let table = [
            ("jpeg stays", NOTHING, Jpeg, false, one(Jpeg)),
            ("jpeg with rounded corners", NOTHING, Jpeg, true, one(Png)),
            ("opaque png", NOTHING, Png, false, Pick::Smallest(PNG_OR_JPEG)),
            ("clear png", NOTHING, Png, true, one(Png)),
            ("gif", NOTHING, Gif, true, one(Gif)),
            ("webp", NOTHING, Webp, false, one(Jpeg)),
            ("clear webp", NOTHING, Webp, true, one(Png)),
            ("avif", NOTHING, Avif, false, one(Jpeg)),
            ("accepts webp", WEBP, Png, true, one(Webp)),
            ("accepts all", MODERN, Gif, false, one(Avif)),
            ("f-jpg flattens", FormatChoice::Fixed(Jpeg), Png, true, one(Jpeg)),
            ("f-gif from jpeg", FormatChoice::Fixed(Gif), Jpeg, false, one(Jpeg)),
            ("f-gif from gif", FormatChoice::Fixed(Gif), Gif, false, one(Gif)),
            ("f-svg", FormatChoice::Fixed(Format::Svg), Jpeg, false, one(Jpeg)),
            ("orig jpeg", FormatChoice::Source, Jpeg, false, one(Jpeg)),
            ("orig jpeg with alpha", FormatChoice::Source, Jpeg, true, one(Png)),
            ("orig png", FormatChoice::Source, Png, false, one(Png)),
            ("orig avif", FormatChoice::Source, Avif, true, one(Avif)),
            ("tiff", NOTHING, Format::Tiff, false, one(Jpeg)),
            ("clear tiff", NOTHING, Format::Tiff, true, one(Png)),
            ("bmp", NOTHING, Format::Bmp, false, one(Jpeg)),
            ("ico", NOTHING, Format::Ico, true, one(Png)),
            ("tiff for who takes webp", WEBP, Format::Tiff, true, one(Webp)),
            ("orig tiff", FormatChoice::Source, Format::Tiff, false, one(Jpeg)),
            ("f-png of an svg", FormatChoice::Fixed(Png), Format::Svg, true, one(Png)),
        ];
        for (name, choice, source, alpha, expected) in table {
            let wish = Wish { choice, source, alpha, ..wish(small) };
            assert_eq!(choose(wish).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn a_kept_profile_rules_avif_out() {
        let wish = Wish { choice: MODERN, profile: true, ..wish(Size::new(1, 1)) };
        assert_eq!(choose(wish).unwrap(), Pick::One(Webp));
        assert_eq!(choose(Wish { choice: FormatChoice::Fixed(Avif), ..wish }).unwrap(), Pick::One(Jpeg));
    }

    #[test]
    fn too_long_sides_fall_back_or_are_refused() {
        let size = Size::new(17_000, 4_250);
        let wish = Wish { choice: WEBP, ..wish(size) };
        assert_eq!(choose(wish).unwrap(), Pick::One(Jpeg));
        let refused = choose(Wish { choice: FormatChoice::Fixed(Webp), ..wish }).unwrap_err();
        assert_eq!(refused.code(), "ELIMIT");
        assert_eq!(refused.to_string(), "The longer side of the WebP in pixels is 17000, the limit is 16383");
        let long = Wish { choice: NOTHING, size: Size::new(65_501, 1), ..wish };
        assert_eq!(choose(long).unwrap(), Pick::One(Png));
    }
}
