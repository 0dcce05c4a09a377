//! WebP by libwebp.
