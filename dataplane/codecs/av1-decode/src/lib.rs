//! AVIF in: own box reader, AV1 by rav1d.
