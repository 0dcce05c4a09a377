//! JPEG by libjpeg-turbo: DCT-scaled planes in, planes out.
