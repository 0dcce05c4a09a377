//! Decode, operate, encode: images in, images out, no I/O.
