//! AVIF in: own box reader, AV1 by rav1d.
//!
//! Still pictures, grids of tiles, transparency, rotation and mirroring; of a sequence the still that the file names
//! as primary, else the first frame. 8, 10 and 12 bits come out as 8. The box reader is safe code that treats every
//! number in the file as hostile; [`read_header`] reads boxes only and allocates nothing that grows with the picture.
//!
//! ```text
//! bytes -> bmff (boxes) -> image (which items make the picture) -> obu (only what a still may hold)
//!       -> av1 (rav1d) -> frame (8-bit planes) -> canvas (grids) -> color (RGBA) -> transform (clap, irot, imir)
//! ```
//!
//! Not supported, and refused by name: layers to choose from (`lsel`), overlays and identity derivations, data in
//! other files or items, alpha of another size than the picture, matrices that are not linear.

mod av1;
mod bmff;
mod canvas;
mod color;
mod decode;
mod error;
mod frame;
mod header;
mod image;
mod metadata;
mod obu;
mod planes;
mod transform;

pub use color::Matrix;
pub use decode::{Rgba, decode_planes, decode_rgba};
pub use error::Error;
pub use header::{Header, read_header};
pub use metadata::{exif, icc, xmp};
pub use planes::{ChromaPosition, Planes, Sampling};
pub use transform::{Crop, Mirror};
