//! EXIF blocks and JPEG segments for pictures that carry metadata.

/// An EXIF block (TIFF, little-endian) with an orientation and a GPS position.
pub fn exif(orientation: u16) -> Vec<u8> {
    let mut block = Vec::new();
    block.extend_from_slice(b"II*\0\x08\0\0\0");
    // IFD0: orientation and the pointer to the GPS directory, which follows at offset 38.
    block.extend_from_slice(&2_u16.to_le_bytes());
    entry(&mut block, 0x0112, 3, 1, u32::from(orientation));
    entry(&mut block, 0x8825, 4, 1, 38);
    block.extend_from_slice(&0_u32.to_le_bytes());
    // GPS: version, and latitude reference "N".
    block.extend_from_slice(&2_u16.to_le_bytes());
    entry(&mut block, 0x0000, 1, 4, u32::from_le_bytes([2, 3, 0, 0]));
    entry(&mut block, 0x0001, 2, 2, u32::from_le_bytes([b'N', 0, 0, 0]));
    block.extend_from_slice(&0_u32.to_le_bytes());
    block
}

fn entry(block: &mut Vec<u8>, tag: u16, kind: u16, count: u32, value: u32) {
    block.extend_from_slice(&tag.to_le_bytes());
    block.extend_from_slice(&kind.to_le_bytes());
    block.extend_from_slice(&count.to_le_bytes());
    block.extend_from_slice(&value.to_le_bytes());
}

/// The JPEG with an EXIF block and an ICC profile behind its start marker.
pub fn with_jpeg_segments(jpeg: &[u8], exif: Option<&[u8]>, profile: Option<&[u8]>) -> Vec<u8> {
    let (start, rest) = jpeg.split_at(2);
    let mut bytes = start.to_vec();
    if let Some(exif) = exif {
        segment(&mut bytes, 0xE1, &[b"Exif\0\0", exif].concat());
    }
    if let Some(profile) = profile {
        segment(&mut bytes, 0xE2, &[b"ICC_PROFILE\0\x01\x01".as_slice(), profile].concat());
    }
    bytes.extend_from_slice(rest);
    bytes
}

fn segment(bytes: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    let length = u16::try_from(payload.len() + 2).expect("the segment fits");
    bytes.extend_from_slice(&[0xFF, marker]);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(payload);
}
