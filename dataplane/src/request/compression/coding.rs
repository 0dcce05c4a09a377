//! The content codings, and which of them a client accepts.

use http::{HeaderMap, header};

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    /// As in `Content-Encoding`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What an encoder takes while it works, in bytes, with the pieces that are on their way through it; rounded up
    /// from what was seen.
    pub(super) fn memory(self) -> u64 {
        match self {
            Self::Brotli => 4 << 20,
            Self::Gzip => 1 << 20,
        }
    }

    /// The entity tag of a file in this coding. Weak, because where pieces end decides over bytes.
    pub(super) fn tag(self, etag: &str) -> String {
        let opaque = etag.trim_start_matches("W/").trim_matches('"');
        format!("W/\"{opaque}-{}\"", self.as_str())
    }

    /// The better one that a client accepts. Its weights only say what it accepts at all: which is better for both is
    /// known here. What it does not list it accepts only by `*`.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let listed: Vec<(&str, bool)> = values.flat_map(|value| value.split(',')).filter_map(entry).collect();
        let accepts = |names: &[&str]| {
            let named =
                listed.iter().find(|(name, _)| names.iter().any(|one| name.eq_ignore_ascii_case(one)));
            named.or_else(|| listed.iter().find(|(name, _)| *name == "*")).is_some_and(|(_, wanted)| *wanted)
        };
        if accepts(&["br"]) {
            Some(Self::Brotli)
        } else if accepts(&["gzip", "x-gzip"]) {
            Some(Self::Gzip)
        } else {
            None
        }
    }
}

/// A coding of the list, and whether it is wanted. A weight that is no number is none above zero.
fn entry(text: &str) -> Option<(&str, bool)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let refused = |parameter: &str| {
        let weight = parameter.split_once('=').filter(|(key, _)| key.trim().eq_ignore_ascii_case("q"));
        weight.is_some_and(|(_, weight)| !weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0))
    };
    Some((name, !parts.any(refused)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_wins_over_gzip_and_refusals_count() {
        for (accept, expected) in [
            (&["gzip, deflate, br, zstd"][..], Some(Coding::Brotli)),
            (&["gzip;q=1.0, br;q=0.1"], Some(Coding::Brotli)),
            (&["gzip, br;q=0"], Some(Coding::Gzip)),
            (&["gzip", "br"], Some(Coding::Brotli)),
            (&["X-GZIP"], Some(Coding::Gzip)),
            (&["*"], Some(Coding::Brotli)),
            (&["*;q=0, gzip"], Some(Coding::Gzip)),
            (&["br;q=0, *"], Some(Coding::Gzip)),
            (&["br;q=0.000, gzip;q=x"], None),
            (&["identity"], None),
            (&["deflate, zstd"], None),
            (&["", ","], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in accept {
                headers.append(header::ACCEPT_ENCODING, value.parse().unwrap());
            }
            assert_eq!(Coding::accepted(&headers), expected, "{accept:?}");
        }
    }

    #[test]
    fn every_coding_has_a_tag_of_its_own() {
        assert_eq!(Coding::Brotli.tag("\"abc\""), "W/\"abc-br\"");
        assert_eq!(Coding::Gzip.tag("W/\"abc\""), "W/\"abc-gzip\"");
    }
}
