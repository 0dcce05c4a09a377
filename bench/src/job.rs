//! The jobs: what is asked of every server, in each server's own words.

use crate::sources::Source;

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Quality 80, 4:2:0, optimised Huffman tables or the server's default.
    Jpeg,
    /// Quality 75.
    Webp,
    /// Lossless.
    Png,
    /// Quality 60.
    Avif,
}

impl Format {
    /// The number that everybody is given; `None`: there is none.
    pub(crate) const fn quality(self) -> Option<u8> {
        match self {
            Self::Jpeg => Some(80),
            Self::Webp => Some(75),
            Self::Avif => Some(60),
            Self::Png => None,
        }
    }

    /// Its name, as most servers spell it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
            Self::Png => "png",
            Self::Avif => "avif",
        }
    }

    /// Parameters of ours, at another quality where one is given.
    fn ours(self, quality: Option<u8>) -> String {
        let number = quality.or(self.quality()).unwrap_or_default();
        match self {
            Self::Png => "f-png,lo-true".to_owned(),
            lossy => format!("f-{},q-{number}", lossy.name()),
        }
    }

    fn ipx(self) -> String {
        self.quality()
            .map_or_else(|| format!("f_{}", self.name()), |quality| format!("f_{},q_{quality}", self.name()))
    }

    fn thumbor(self) -> String {
        self.quality().map_or_else(
            || format!("format({})", self.name()),
            |quality| format!("format({}):quality({quality})", self.name()),
        )
    }
}

/// One job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    pub(crate) name: &'static str,
    pub(crate) source: Source,
    pub(crate) width: u32,
    /// Cover this height too and cut what is too much; `None`: it follows from the width.
    pub(crate) height: Option<u32>,
    pub(crate) format: Format,
}

const fn to_width(name: &'static str, source: Source, width: u32, format: Format) -> Job {
    Job { name, source, width, height: None, format }
}

/// All jobs, in the order of the tables. Sources are 2040 px wide where nothing else is said; J1 to J10 are the jobs that
/// the engine has goals for.
pub(crate) const JOBS: &[Job] = &[
    to_width("JPEG to JPEG 512", Source::Jpeg, 512, Format::Jpeg),
    to_width("JPEG to WebP 512", Source::Jpeg, 512, Format::Webp),
    to_width("JPEG to AVIF 512", Source::Jpeg, 512, Format::Avif),
    to_width("PNG to PNG 512", Source::Png, 512, Format::Png),
    to_width("WebP to WebP 512", Source::Webp, 512, Format::Webp),
    to_width("AVIF to AVIF 512", Source::Avif, 512, Format::Avif),
    to_width("12 MP JPEG to JPEG 512", Source::Photo, 512, Format::Jpeg),
    to_width("12 MP JPEG to WebP 512", Source::Photo, 512, Format::Webp),
    to_width("12 MP JPEG to AVIF 512", Source::Photo, 512, Format::Avif),
    to_width("12 MP PNG to PNG 512", Source::PhotoPng, 512, Format::Png),
    to_width("12 MP WebP to WebP 512", Source::PhotoWebp, 512, Format::Webp),
    to_width("12 MP AVIF to AVIF 512", Source::PhotoAvif, 512, Format::Avif),
    to_width("J1: 12 MP JPEG to JPEG 400", Source::Photo, 400, Format::Jpeg),
    to_width("J2: 12 MP JPEG to WebP 400", Source::Photo, 400, Format::Webp),
    to_width("J3: 12 MP JPEG to JPEG 1600", Source::Photo, 1600, Format::Jpeg),
    to_width("J4: 12 MP JPEG to WebP 1600", Source::Photo, 1600, Format::Webp),
    Job {
        name: "J5: 2 MP JPEG to WebP 300x300",
        source: Source::Small,
        width: 300,
        height: Some(300),
        format: Format::Webp,
    },
    to_width("J6: alpha PNG to PNG 600", Source::Alpha, 600, Format::Png),
    to_width("J6: alpha PNG to WebP 600", Source::Alpha, 600, Format::Webp),
    to_width("J8: 24 MP progressive to WebP 800", Source::Progressive, 800, Format::Webp),
    to_width("J9: GIF to animated WebP 240", Source::Gif, 240, Format::Webp),
    to_width("J10: AVIF to WebP 800", Source::SmallAvif, 800, Format::Webp),
    to_width("J10: WebP to JPEG 800", Source::SmallWebp, 800, Format::Jpeg),
];

impl Job {
    /// Frames that an answer must have.
    pub(crate) const fn frames(&self) -> u32 {
        self.source.frames()
    }

    /// Path that asks `server` for this job on one file; `None`: it cannot do it, or would do the same as without `-fast`.
    pub(crate) fn path(&self, server: &str, file: &str) -> Option<String> {
        let (width, format, place) = (self.width, self.format, format!("{}/{file}", self.source.folder()));
        match server {
            "ipx" => {}
            "ipx-fast" if matches!(format, Format::Webp | Format::Avif) => {}
            "thumbor" => {
                let height = self.height.unwrap_or_default();
                return Some(format!("/unsafe/{width}x{height}/filters:{}/{place}", format.thumbor()));
            }
            // It fits pictures into a box and has no way to cover one; the registry's build writes no AVIF.
            "oximg" | "oximg-fast" => {
                let other = server == "oximg" || format == Format::Webp || self.source.is_jpeg();
                let able = self.height.is_none() && format != Format::Avif && other;
                return able.then(|| format!("/resize/{width}/0/{place}@{}", format.name()));
            }
            "imgplane-fast" if format != Format::Webp && !self.source.is_jpeg() => return None,
            "imgplane" | "imgplane-fast" => return Some(self.ours(None, file)),
            _ => return None,
        }
        // Width and height apart would be two resizes, one after the other.
        let size = self
            .height
            .map_or_else(|| format!("w_{width}"), |height| format!("s_{width}x{height},fit_cover"));
        let animated = if self.frames() > 1 { ",animated" } else { "" };
        Some(format!("/{size},{}{animated}/{place}", format.ipx()))
    }

    /// Path that asks us, at another quality where one is given.
    pub(crate) fn ours(&self, quality: Option<u8>, file: &str) -> String {
        let height = self.height.map(|height| format!(",h-{height}")).unwrap_or_default();
        let (width, format, folder) = (self.width, self.format.ours(quality), self.source.folder());
        format!("/default/tr:w-{width}{height},{format}/{folder}/{file}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(name: &str) -> &'static Job {
        JOBS.iter().find(|job| job.name.contains(name)).unwrap()
    }

    #[test]
    fn a_job_is_asked_for_in_each_servers_words() {
        for (name, server, expected) in [
            ("JPEG to WebP 512", "imgplane", "/default/tr:w-512,f-webp,q-75/jpeg/a"),
            ("PNG to PNG 512", "imgplane", "/default/tr:w-512,f-png,lo-true/png/a"),
            ("J5", "imgplane-fast", "/default/tr:w-300,h-300,f-webp,q-75/small/a"),
            ("J5", "ipx", "/s_300x300,fit_cover,f_webp,q_75/small/a"),
            ("J9", "ipx-fast", "/w_240,f_webp,q_75,animated/gif/a"),
            ("J5", "thumbor", "/unsafe/300x300/filters:format(webp):quality(75)/small/a"),
            ("J6: alpha PNG to PNG", "oximg", "/resize/600/0/alpha/a@png"),
        ] {
            assert_eq!(job(name).path(server, "a").as_deref(), Some(expected), "{name} {server}");
        }
    }

    #[test]
    fn what_a_server_cannot_do_or_does_no_other_way_has_no_path() {
        for (name, server) in [
            ("J5", "oximg"),
            ("JPEG to AVIF 512", "oximg"),
            ("PNG to PNG 512", "imgplane-fast"),
            ("J1", "ipx-fast"),
            ("PNG to PNG 512", "oximg-fast"),
            ("J1", "nobody"),
        ] {
            assert_eq!(job(name).path(server, "a"), None, "{name} {server}");
        }
    }

    #[test]
    fn names_of_jobs_differ() {
        let names: std::collections::BTreeSet<_> = JOBS.iter().map(|job| job.name).collect();
        assert_eq!(names.len(), JOBS.len());
    }
}
