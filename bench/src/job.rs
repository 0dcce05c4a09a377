//! The jobs: what is asked of every server, in each server's own words.

/// Files a job reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Crops of 2040x1356, JPEG quality 92, 4:2:0.
    Jpeg,
    /// The same crops as PNG.
    Png,
    /// The same crops as WebP quality 90.
    Webp,
    /// Photographs of 12 megapixels, baseline JPEG as cameras write it.
    Photo,
}

impl Source {
    /// Folder below the sources' root.
    pub(crate) const fn folder(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Photo => "photo",
        }
    }
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Quality 80, 4:2:0, optimised Huffman tables or the server's default.
    Jpeg,
    /// Quality 75, method 4.
    Webp,
    /// Lossless.
    Png,
    /// Quality 60.
    Avif,
}

impl Format {
    const fn ours(self) -> &'static str {
        match self {
            Self::Jpeg => "f-jpg,q-80",
            Self::Webp => "f-webp,q-75",
            Self::Png => "f-png,lo-true",
            Self::Avif => "f-avif,q-60",
        }
    }

    const fn ipx(self) -> &'static str {
        match self {
            Self::Jpeg => "f_jpeg,q_80",
            Self::Webp => "f_webp,q_75",
            Self::Png => "f_png",
            Self::Avif => "f_avif,q_60",
        }
    }

    const fn thumbor(self) -> &'static str {
        match self {
            Self::Jpeg => "format(jpeg):quality(80)",
            Self::Webp => "format(webp):quality(75)",
            Self::Png => "format(png)",
            Self::Avif => "format(avif):quality(60)",
        }
    }

    /// `None`: the build from the registry does not write it.
    const fn oximg(self) -> Option<&'static str> {
        match self {
            Self::Jpeg => Some("jpg"),
            Self::Webp => Some("webp"),
            Self::Png => Some("png"),
            Self::Avif => None,
        }
    }
}

/// One job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    pub(crate) name: &'static str,
    pub(crate) source: Source,
    pub(crate) width: u32,
    pub(crate) format: Format,
}

/// All jobs, in the order of the tables.
pub(crate) const JOBS: &[Job] = &[
    Job { name: "JPEG to JPEG 512", source: Source::Jpeg, width: 512, format: Format::Jpeg },
    Job { name: "JPEG to WebP 512", source: Source::Jpeg, width: 512, format: Format::Webp },
    Job { name: "PNG to PNG 512", source: Source::Png, width: 512, format: Format::Png },
    Job { name: "WebP to WebP 512", source: Source::Webp, width: 512, format: Format::Webp },
    Job { name: "12 MP JPEG to JPEG 512", source: Source::Photo, width: 512, format: Format::Jpeg },
    Job { name: "12 MP JPEG to JPEG 400", source: Source::Photo, width: 400, format: Format::Jpeg },
    Job { name: "JPEG to AVIF 512", source: Source::Jpeg, width: 512, format: Format::Avif },
    Job { name: "12 MP JPEG to WebP 1600", source: Source::Photo, width: 1600, format: Format::Webp },
];

impl Job {
    /// Path that asks `server` for this job on one file; `None`: it cannot do it.
    pub(crate) fn path(&self, server: &str, file: &str) -> Option<String> {
        let (folder, width) = (self.source.folder(), self.width);
        Some(match server {
            "ipx" => format!("/w_{width},{}/{folder}/{file}", self.format.ipx()),
            "thumbor" => format!("/unsafe/{width}x0/filters:{}/{folder}/{file}", self.format.thumbor()),
            "oximg" => format!("/resize/{width}/0/{folder}/{file}@{}", self.format.oximg()?),
            _ => format!("/default/tr:w-{width},{}/{folder}/{file}", self.format.ours()),
        })
    }
}
