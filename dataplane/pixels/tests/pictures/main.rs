//! Whole jobs: bytes in, bytes out, judged from outside.

mod animation;
mod color;
mod damage;
mod exact;
mod formats;
mod metadata;
mod operations;
mod orientation;
mod quality;
mod reference;
mod scene;
mod shapes;
mod work;
