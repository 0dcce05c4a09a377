//! Draws every operation on the photographs of the demo, through a running server: one picture each, sheets for the docs,
//! and a page that shows all of them.
//!
//! `gallery PHOTOGRAPHS FOLDER`: where the photographs lie, and where pictures and page go.

use std::{collections::BTreeMap, error::Error, fmt::Write as _, fs, path::Path};

use http_body_util::{BodyExt as _, Empty};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use imgplane_config::{
    Bundle, DataPlaneConfig, EndpointConfig, ObjectId, OriginConfig, OriginKind, Record, Volume,
};
use imgplane_dataplane::{Options, Server, Volumes};
use imgplane_pixels::{Format, FormatChoice, Job, Limits, Output, Part, Quality, inspect, run};

/// A heading, and what stands under it: a name, the file, the string.
type Group = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

const GROUPS: &[Group] = &[
    (
        "crop",
        &[
            ("maintain-ratio", "dogs.jpg", "w-240,h-240"),
            ("focus-auto", "dogs.jpg", "w-240,h-240,fo-auto"),
            ("pad", "dogs.jpg", "w-240,h-240,cm-pad_resize,bg-F3F3F3"),
            ("pad-blurred", "dogs.jpg", "w-240,h-240,cm-pad_resize,bg-blurred"),
            ("pad-blurred-dark", "dogs.jpg", "w-240,h-240,cm-pad_resize,bg-blurred_40_N60"),
            ("pad-dominant", "fig.jpg", "w-240,h-240,cm-pad_resize,bg-dominant"),
            ("pad-gradient", "mountains.jpg", "w-240,h-240,cm-pad_resize,bg-gradient_dominant_2"),
            ("pad-gradient-4", "mountains.jpg", "w-240,h-240,cm-pad_resize,bg-gradient_dominant_4"),
            ("extract", "cat.jpg", "w-240,h-240,cm-extract"),
            ("trim", "logo.png", "t-true:w-240"),
        ],
    ),
    (
        "shape",
        &[
            ("rotate", "autumn.jpg", "w-200,h-150:rt-20,bg-white"),
            ("rotate-clear", "autumn.jpg", "w-200,h-150:rt-N45"),
            ("flip", "autumn.jpg", "w-240,h-160,fl-h"),
            ("radius", "cat.jpg", "w-240,h-160,r-30"),
            ("radius-max", "cat.jpg", "w-200,h-200,r-max"),
            ("radius-corners", "cat.jpg", "w-240,h-160,r-60_0_60_0"),
            ("border", "cat.jpg", "w-220,h-140,b-10_FFD166"),
            ("border-round", "cat.jpg", "w-220,h-140,b-8_1D3557,r-30"),
            ("perspective", "brushes.jpg", "w-240,h-160:e-distort-p-30_10_210_30_235_150_5_130"),
            ("arc", "brushes.jpg", "w-240,h-80:e-distort-a-120"),
            ("arc-down", "brushes.jpg", "w-240,h-80:e-distort-a-N90"),
            (
                "shadow",
                "logo.png",
                "w-160:w-220,h-220,cm-pad_extract,bg-FFFFFF00:e-shadow-bl-8_st-60_x-4_y-6",
            ),
        ],
    ),
    (
        "colour",
        &[
            ("as-it-is", "fig.jpg", "w-240,h-160"),
            ("grayscale", "fig.jpg", "w-240,h-160,e-grayscale"),
            ("contrast", "dandelion.jpg", "w-240,h-160,e-contrast"),
            ("colorize", "fig.jpg", "w-240,h-160,e-colorize-co-1D3557_in-70"),
            ("recolour", "fig.jpg", "w-240,h-160,cr-2A9D8F_50_E0340A"),
            ("opacity", "fig.jpg", "w-240,h-160,o-50"),
            ("opacity-on-a-colour", "fig.jpg", "w-240,h-160,o-50,bg-FFD166"),
            ("gradient", "mountains.jpg", "w-240,h-160,e-gradient-ld-bottom_from-00000000_to-000000CC"),
            ("gradient-diagonal", "mountains.jpg", "w-240,h-160,e-gradient-ld-45_from-E6394680_to-45769600"),
        ],
    ),
    (
        "detail",
        &[
            ("soft", "cat.jpg", "w-240,h-160"),
            ("sharpen", "cat.jpg", "w-240,h-160,e-sharpen"),
            ("sharpen-99", "cat.jpg", "w-240,h-160,e-sharpen-99"),
            ("usm", "cat.jpg", "w-240,h-160,e-usm-2-2-1.5-0.02"),
            ("blur", "cat.jpg", "w-240,h-160,bl-5"),
            ("blur-40", "cat.jpg", "w-240,h-160,bl-40"),
        ],
    ),
    (
        "layers",
        &[
            ("logo", "mountains.jpg", "w-240,h-160:l-image,i-logo.png,w-80,lfo-bottom_right,l-end"),
            ("logo-faint", "mountains.jpg", "w-240,h-160:l-image,i-logo.png,w-120,o-40,l-end"),
            (
                "block",
                "mountains.jpg",
                "w-240,h-160:l-image,i-ik_canvas,w-bw,h-40,bg-00000060,lfo-bottom,l-end",
            ),
            ("badge", "mountains.jpg", "w-240,h-160:l-image,i-cat.jpg,w-70,h-70,r-max,lx-N10,ly-10,l-end"),
            (
                "nested",
                "mountains.jpg",
                "w-240,h-160:l-image,i-ik_canvas,w-110,h-110,bg-FFFFFFCC,r-12,l-image,i-dogs.jpg,w-90,h-60,l-end,lx-12,l-end",
            ),
            ("multiply", "mountains.jpg", "w-240,h-160:l-image,i-autumn.jpg,w-bw,h-bh,lm-multiply,l-end"),
            ("cutter", "mountains.jpg", "w-240,h-160:l-image,i-ik_canvas,w-140,h-140,r-max,lm-cutter,l-end"),
            ("cutout", "mountains.jpg", "w-240,h-160:l-image,i-ik_canvas,w-100,h-100,r-max,lm-cutout,l-end"),
            ("displace", "mountains.jpg", "w-240,h-160:l-image,i-dandelion.jpg,lm-displace,x-20,y-20,l-end"),
        ],
    ),
    (
        "text",
        &[
            ("plain", "mountains.jpg", "w-240,h-160:l-text,i-Summer sale,fs-32,co-FFFFFF,l-end"),
            (
                "bold-on-a-box",
                "mountains.jpg",
                "w-240,h-160:l-text,i-50% off,fs-28,ff-Montserrat,tg-b,co-FFFFFF,bg-E63946,pa-8_14,r-10,lfo-bottom,l-end",
            ),
            (
                "wrapped",
                "mountains.jpg",
                "w-240,h-160:l-text,i-A longer line that is broken where it has to be,w-180,fs-18,co-FFFFFF,ia-left,ff-Lora,tg-i,l-end",
            ),
            (
                "struck",
                "mountains.jpg",
                "w-240,h-160:l-text,i-99 EUR,fs-40,co-FFD166,tg-strikethrough,ff-Roboto,l-end",
            ),
            (
                "turned",
                "mountains.jpg",
                "w-240,h-160:l-text,i-New,fs-40,ff-Lobster,co-FFFFFF,bg-2A9D8F,pa-6_20,rt-N20,lx-10,ly-20,l-end",
            ),
            (
                "scripts",
                "mountains.jpg",
                "w-240,h-160:l-text,ie-5L2g5aW9IOOBk-OCk-OBq-OBoeOBrwrYp9mE2LPZhNin2YUK4KSo4KSu4KS44KWN4KSk4KWHIPCfjokg8J-Yig,fs-26,co-FFFFFF,l-end",
            ),
        ],
    ),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [photographs, folder] = arguments.as_slice() else { return Err("gallery PHOTOGRAPHS FOLDER".into()) };
    let server = server(Path::new(photographs)).await?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
    let folder = Path::new(folder);
    fs::create_dir_all(folder)?;
    let mut page = String::from(HEAD);
    for (heading, pictures) in GROUPS {
        let mut sheet = Sheet::new(pictures.len());
        writeln!(page, "<h2>{heading}</h2>\n<div>")?;
        for (name, file, string) in *pictures {
            let path = format!("/gallery/tr:{string},f-png/{file}");
            let address = format!("http://{}{}", server.local_addr(), path.replace(' ', "%20"));
            let answer = client.get(address.parse()?).await?;
            let (status, error) = (answer.status(), answer.headers().get("ik-error").cloned());
            let bytes = answer.into_body().collect().await?.to_bytes();
            if !status.is_success() {
                return Err(format!("{path}: {status} {error:?}").into());
            }
            let picture = format!("{heading}-{name}.png");
            sheet.add(&bytes)?;
            fs::write(folder.join(&picture), bytes)?;
            writeln!(
                page,
                "<figure><img src=\"{picture}\" alt=\"\"><figcaption>{name}<code>{string}</code></figcaption></figure>"
            )?;
        }
        page.push_str("</div>\n");
        fs::write(folder.join(format!("{heading}.jpg")), sheet.finish()?)?;
    }
    fs::write(folder.join("index.html"), page)?;
    println!("{}", folder.join("index.html").display());
    Ok(())
}

/// A server whose only endpoint serves the photographs.
async fn server(photographs: &Path) -> Result<Server, Box<dyn Error>> {
    let named = BTreeMap::from([("photographs".to_owned(), fs::canonicalize(photographs)?)]);
    let server = Server::start(Options {
        volumes: Volumes { root: photographs.to_owned(), named },
        ..Options::default()
    })
    .await?;
    let id = |name: &str| ObjectId::new("gallery", name);
    let volume = Volume { name: "photographs".to_owned(), path: String::new() };
    let origin = OriginConfig::new(OriginKind::Volume(volume));
    let endpoint = EndpointConfig { origins: vec![id("photographs")], ..EndpointConfig::new("gallery") };
    server.apply(
        Bundle {
            data_plane: Record::new(id("gallery"), 1, DataPlaneConfig::default())?,
            endpoints: vec![Record::new(id("main"), 1, endpoint)?],
            origins: vec![Record::new(id("photographs"), 1, origin)?],
            credentials: vec![],
            signing_keys: vec![],
        }
        .into(),
    );
    Ok(server)
}

/// All pictures of a group on a chequered ground, in rows.
struct Sheet {
    pixels: Vec<[u8; 3]>,
    height: usize,
    next: usize,
}

impl Sheet {
    const COLUMNS: usize = 5;
    const CELL: usize = 250;
    const WIDTH: usize = Self::COLUMNS * Self::CELL;
    const GAP: usize = 5;

    fn new(count: usize) -> Self {
        let height = count.div_ceil(Self::COLUMNS) * Self::CELL;
        let ground = |index: usize| {
            let even = (index % Self::WIDTH / 10 + index / Self::WIDTH / 10).is_multiple_of(2);
            if even { [225; 3] } else { [245; 3] }
        };
        Self { pixels: (0..Self::WIDTH * height).map(ground).collect(), height, next: 0 }
    }

    fn add(&mut self, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
        let mut reader = decoder.read_info()?;
        let mut data = vec![0; reader.output_buffer_size().ok_or("the picture is too large")?];
        let info = reader.next_frame(&mut data)?;
        let count = info.color_type.samples();
        let (left, top) = (self.next % Self::COLUMNS * Self::CELL, self.next / Self::COLUMNS * Self::CELL);
        self.next += 1;
        for (index, pixel) in data.chunks_exact(count).take((info.width * info.height) as usize).enumerate() {
            let (x, y) = (index % info.width as usize + Self::GAP, index / info.width as usize + Self::GAP);
            if x >= Self::CELL || y >= Self::CELL {
                continue;
            }
            let Some(below) = self.pixels.get_mut((top + y) * Self::WIDTH + left + x) else { continue };
            let (color, alpha) = match pixel {
                [gray, alpha] => ([*gray; 3], *alpha),
                [red, green, blue, alpha] => ([*red, *green, *blue], *alpha),
                other => return Err(format!("{} samples a pixel", other.len()).into()),
            };
            for (below, over) in below.iter_mut().zip(color) {
                let mixed = u32::from(over) * u32::from(alpha) + u32::from(*below) * u32::from(255 - alpha);
                *below = (mixed / 255) as u8;
            }
        }
        Ok(())
    }

    /// As JPEG.
    fn finish(self) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, Self::WIDTH as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(self.pixels.as_flattened())?;
        let source = bytes::Bytes::from(bytes);
        let output = Output {
            format: FormatChoice::Fixed(Format::Jpeg),
            quality: Quality { explicit: Some(85), default: None, most: None },
            ..Output::default()
        };
        let facts = inspect(&source)?;
        let job = Job {
            source,
            facts,
            orient: false,
            operations: vec![],
            output,
            limits: Limits::default(),
            part: Part::All,
        };
        Ok(run(&job, &|| false)?.bytes)
    }
}

const HEAD: &str = "<!doctype html><meta charset=\"utf-8\"><title>imgplane gallery</title>
<style>
body { font: 15px sans-serif; margin: 2rem; }
div { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-end; }
figure { margin: 0; max-width: 18rem; }
img { background: repeating-conic-gradient(#ddd 0 25%, #fff 0 50%) 0 0 / 16px 16px; }
code { display: block; font-size: 11px; overflow-wrap: anywhere; }
</style>
";
