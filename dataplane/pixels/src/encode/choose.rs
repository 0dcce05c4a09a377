//! Which format the result gets: what was asked for, what the source was, and whether there is alpha.

use crate::{Format, FormatChoice, PixelError, Size};

/// Longest side of a WebP.
const WEBP_SIDE: u32 = 16_383;
/// Longest side that libjpeg writes.
const JPEG_SIDE: u32 = 65_500;
/// Longest side of a GIF.
const GIF_SIDE: u32 = 65_535;

/// The decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    One(Format),
    /// Both are written, the smaller one is delivered; on a tie the PNG.
    SmallerOfJpegAndPng,
}

impl Pick {
    /// The format that decides how planes are sampled.
    pub(crate) const fn leading(self) -> Format {
        match self {
            Self::One(format) => format,
            Self::SmallerOfJpegAndPng => Format::Png,
        }
    }
}

/// What a decision depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub choice: FormatChoice,
    pub source: Format,
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
        FormatChoice::Fixed(Format::Svg) => Ok(fallback(wish, &fits)),
        FormatChoice::Fixed(format) if fits(format) => Ok(Pick::One(format)),
        FormatChoice::Fixed(format) => Err(PixelError::Limit {
            what: format!("The longer side of the {format} in pixels"),
            value: longest.into(),
            limit: longest_side(format).into(),
        }),
        FormatChoice::Negotiated { avif, webp } => {
            if avif && !wish.profile && fits(Format::Avif) {
                Ok(Pick::One(Format::Avif))
            } else if webp && fits(Format::Webp) {
                Ok(Pick::One(Format::Webp))
            } else {
                Ok(fallback(wish, &fits))
            }
        }
        FormatChoice::Source => Ok(match wish.source {
            Format::Png => Pick::One(Format::Png),
            Format::Jpeg | Format::Gif | Format::Svg => fallback(wish, &fits),
            Format::Avif if wish.profile => fallback(wish, &fits),
            Format::Webp | Format::Avif if !fits(wish.source) => fallback(wish, &fits),
            Format::Webp | Format::Avif => Pick::One(wish.source),
        }),
    }
}

/// The format for clients that take nothing modern. PNG has no longest side, so there is always one.
fn fallback(wish: Wish, fits: &dyn Fn(Format) -> bool) -> Pick {
    match wish.source {
        Format::Png if !wish.alpha && fits(Format::Jpeg) => Pick::SmallerOfJpegAndPng,
        Format::Gif if fits(Format::Gif) => Pick::One(Format::Gif),
        Format::Jpeg | Format::Webp | Format::Avif if !wish.alpha && fits(Format::Jpeg) => {
            Pick::One(Format::Jpeg)
        }
        Format::Jpeg | Format::Png | Format::Webp | Format::Avif | Format::Gif | Format::Svg => {
            Pick::One(Format::Png)
        }
    }
}

const fn longest_side(format: Format) -> u32 {
    match format {
        Format::Jpeg => JPEG_SIDE,
        Format::Webp => WEBP_SIDE,
        Format::Gif => GIF_SIDE,
        Format::Avif => imgplane_codec_av1_encode::MAX_DIMENSION,
        Format::Png | Format::Svg => u32::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Format::{Avif, Gif, Jpeg, Png, Webp};

    const NOTHING: FormatChoice = FormatChoice::Negotiated { avif: false, webp: false };
    const MODERN: FormatChoice = FormatChoice::Negotiated { avif: true, webp: true };
    const WEBP: FormatChoice = FormatChoice::Negotiated { avif: false, webp: true };

    #[test]
    fn the_format_follows_wish_source_and_alpha() {
        let one = Pick::One;
        let small = Size::new(200, 133);
        let table = [
            ("jpeg stays", NOTHING, Jpeg, false, one(Jpeg)),
            ("jpeg with rounded corners", NOTHING, Jpeg, true, one(Png)),
            ("opaque png", NOTHING, Png, false, Pick::SmallerOfJpegAndPng),
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
        ];
        for (name, choice, source, alpha, expected) in table {
            let wish = Wish { choice, source, alpha, size: small, profile: false };
            assert_eq!(choose(wish).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn a_kept_profile_rules_avif_out() {
        let wish = Wish { choice: MODERN, source: Jpeg, alpha: false, size: Size::new(1, 1), profile: true };
        assert_eq!(choose(wish).unwrap(), Pick::One(Webp));
        assert_eq!(choose(Wish { choice: FormatChoice::Fixed(Avif), ..wish }).unwrap(), Pick::One(Jpeg));
    }

    #[test]
    fn too_long_sides_fall_back_or_are_refused() {
        let size = Size::new(17_000, 4_250);
        let wish = Wish { choice: WEBP, source: Jpeg, alpha: false, size, profile: false };
        assert_eq!(choose(wish).unwrap(), Pick::One(Jpeg));
        let refused = choose(Wish { choice: FormatChoice::Fixed(Webp), ..wish }).unwrap_err();
        assert_eq!(refused.code(), "ELIMIT");
        assert_eq!(refused.to_string(), "The longer side of the WebP in pixels is 17000, the limit is 16383");
        let long = Wish { choice: NOTHING, size: Size::new(65_501, 1), ..wish };
        assert_eq!(choose(long).unwrap(), Pick::One(Png));
    }
}
