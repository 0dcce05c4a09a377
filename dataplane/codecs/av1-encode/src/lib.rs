//! AVIF out: AV1 by libaom, own box writer.
