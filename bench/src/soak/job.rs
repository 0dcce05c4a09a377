//! What is asked for, at random: as a web shop's visitors do, and its crawlers.

const PHOTOS: [&str; 5] = ["cat.jpg", "dogs.jpg", "mountains.jpg", "autumn.jpg", "fig.jpg"];
const ACCEPTS: [&str; 3] = ["*/*", "image/webp,*/*", "image/avif,image/webp,*/*"];
const FORMATS: [&str; 3] = ["jpg", "webp", "png"];
/// Widths that are asked for again and again, from this one on.
const WIDTH: u32 = 40;
const WIDTHS: u32 = 60;

/// One request, and what is known of its answer.
#[derive(Debug, Default)]
pub(super) struct Job {
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) head: bool,
    pub(super) status: u16,
    /// Name under which the same bytes are expected every time.
    pub(super) repeats: Option<String>,
}

impl Job {
    /// One of all kinds, the common ones more often.
    pub(super) fn any() -> Self {
        match fastrand::u32(..100) {
            0..55 => Self::popular(),
            55..75 => Self::fresh(),
            75..80 => {
                Self { headers: vec![("range", "bytes=100-2099".to_owned())], status: 206, ..Self::popular() }
                    .alone()
            }
            80..84 => Self { head: true, ..Self::popular() }.alone(),
            84..88 => {
                Self { headers: vec![("if-none-match", "*".to_owned())], status: 304, ..Self::popular() }
                    .alone()
            }
            88..91 => Self::text(),
            91..94 => Self::file("plane.svg"),
            94..96 => Self::file("tr:orig-true/orbit.gif"),
            96..98 => Self::found(format!("missing-{}.jpg", fastrand::u32(..1000)), 404),
            _ => Self::found(format!("tr:w-{}x/cat.jpg", fastrand::u32(..1000)), 400),
        }
    }

    fn found(path: String, status: u16) -> Self {
        Self { path, status, ..Self::default() }
    }

    /// Its bytes are not those of the whole.
    fn alone(self) -> Self {
        Self { repeats: None, ..self }
    }

    fn photo() -> &'static str {
        fastrand::choice(PHOTOS).unwrap_or("cat.jpg")
    }

    /// What many ask for.
    fn popular() -> Self {
        let width = WIDTH + 10 * fastrand::u32(..WIDTHS);
        let accept = fastrand::choice(ACCEPTS).unwrap_or("*/*");
        let path = format!("tr:w-{width}/{}", Self::photo());
        let repeats = Some(format!("{path} {accept}"));
        Self { headers: vec![("accept", accept.to_owned())], repeats, ..Self::found(path, 200) }
    }

    /// What nobody has asked for before.
    fn fresh() -> Self {
        let format = fastrand::choice(FORMATS).unwrap_or("jpg");
        let (width, height) = (fastrand::u32(16..900), fastrand::u32(16..900));
        let path = format!("tr:w-{width},h-{height},f-{format}/{}?v={}", Self::photo(), fastrand::u64(..));
        Self::found(path, 200)
    }

    /// What is compressed on its way.
    fn text() -> Self {
        let coding = fastrand::choice(["gzip", "br", "identity"]).unwrap_or("gzip");
        let repeats = Some(format!("prices {coding}"));
        let headers = vec![("accept-encoding", coding.to_owned())];
        Self { headers, repeats, ..Self::found("prices.json".to_owned(), 200) }
    }

    /// What passes through.
    fn file(path: &str) -> Self {
        Self { repeats: Some(path.to_owned()), ..Self::found(path.to_owned(), 200) }
    }
}
