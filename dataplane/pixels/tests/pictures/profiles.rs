//! Colour profiles, written byte by byte: tables from colours to Lab in every kind of tag that holds them.

/// How a profile holds its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    /// `mft1`: 8 bits, Lab as in version 2.
    Lut8,
    /// `mft2`: 16 bits, Lab as in version 2.
    Lut16,
    /// `mAB `: version 4.
    LutAToB,
}

/// A profile of lights or of inks (3 or 4 channels) whose table has `grid` points on each axis and says what `lab` says of
/// channels from 0 to 1.
pub(crate) fn with_table<const N: usize>(
    table: Table,
    grid: usize,
    lab: impl Fn([f64; N]) -> [f64; 3],
) -> Vec<u8> {
    let points: Vec<[f64; 3]> = (0..grid.pow(N as u32))
        .map(|point| {
            // The last channel varies fastest.
            let channel = |at: usize| point / grid.pow((N - 1 - at) as u32) % grid;
            lab(std::array::from_fn(|at| channel(at) as f64 / (grid - 1) as f64))
        })
        .collect();
    let tag = match table {
        Table::Lut8 => lut8(N, grid, &points),
        Table::Lut16 => lut16(N, grid, &points),
        Table::LutAToB => lut_a_to_b(N, grid, &points),
    };
    profile(if N == 4 { *b"CMYK" } else { *b"RGB " }, if table == Table::LutAToB { 4 } else { 2 }, &tag)
}

fn profile(space: [u8; 4], version: u8, a_to_b: &[u8]) -> Vec<u8> {
    let name = description(version);
    // D50, as every profile has it.
    let white =
        [b"XYZ \0\0\0\0".to_vec(), [0xF6D6_u32, 0x1_0000, 0xD32D].map(u32::to_be_bytes).concat()].concat();
    let tags: [([u8; 4], &[u8]); 4] =
        [(*b"desc", &name), (*b"cprt", &name), (*b"wtpt", &white), (*b"A2B0", a_to_b)];
    let mut directory = (tags.len() as u32).to_be_bytes().to_vec();
    let mut body = Vec::new();
    let start = 128 + 4 + 12 * tags.len();
    for (name, data) in tags {
        directory.extend(name);
        directory.extend(((start + body.len()) as u32).to_be_bytes());
        directory.extend((data.len() as u32).to_be_bytes());
        body.extend(data);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let mut header = vec![0; 128];
    header[..4].copy_from_slice(&((start + body.len()) as u32).to_be_bytes());
    header[8] = version;
    header[12..16].copy_from_slice(b"prtr");
    header[16..20].copy_from_slice(&space);
    header[20..24].copy_from_slice(b"Lab ");
    header[24..36].copy_from_slice(&[0x07, 0xEA, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    header[36..40].copy_from_slice(b"acsp");
    header[68..80].copy_from_slice(&white[8..]);
    [header, directory, body].concat()
}

fn description(version: u8) -> Vec<u8> {
    if version == 4 {
        let mut text = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS\0\0\0\x08\0\0\0\x1c".to_vec();
        text.extend("test".encode_utf16().flat_map(u16::to_be_bytes));
        return text;
    }
    let mut text = b"desc\0\0\0\0\0\0\0\x05test\0".to_vec();
    text.resize(12 + 5 + 8 + 3 + 67, 0);
    text
}

/// 16 bits of Lab as in version 2, where 0xFF00 is 100 and 0x8000 is 0.
fn lab_of_version_2(lab: [f64; 3]) -> [u16; 3] {
    let [light, a, b] = lab;
    [light / 100.0 * 65_280.0, (a + 128.0) * 256.0, (b + 128.0) * 256.0].map(|value| value.round() as u16)
}

fn lut_head(kind: [u8; 4], inputs: usize, grid: usize) -> Vec<u8> {
    let mut tag = [&kind[..], &[0; 4], &[inputs as u8, 3, grid as u8, 0]].concat();
    // The matrix, which counts for XYZ alone.
    for at in 0..9 {
        tag.extend(if at % 4 == 0 { 0x1_0000_u32 } else { 0 }.to_be_bytes());
    }
    tag
}

fn lut8(inputs: usize, grid: usize, points: &[[f64; 3]]) -> Vec<u8> {
    let straight: Vec<u8> = (0..=u8::MAX).collect();
    let mut tag = lut_head(*b"mft1", inputs, grid);
    tag.extend(straight.repeat(inputs));
    for [light, a, b] in points {
        tag.extend([light / 100.0 * 255.0, a + 128.0, b + 128.0].map(|value| value.round() as u8));
    }
    tag.extend(straight.repeat(3));
    tag
}

fn lut16(inputs: usize, grid: usize, points: &[[f64; 3]]) -> Vec<u8> {
    let straight = [0, 0, 0xFF, 0xFF];
    let mut tag = lut_head(*b"mft2", inputs, grid);
    tag.extend([0, 2, 0, 2]);
    tag.extend(straight.repeat(inputs));
    tag.extend(points.iter().flat_map(|lab| lab_of_version_2(*lab)).flat_map(u16::to_be_bytes));
    tag.extend(straight.repeat(3));
    tag
}

/// With straight curves before and behind the table, and Lab as in version 4, where 0xFFFF is 100 and 0x8080 is 0.
fn lut_a_to_b(inputs: usize, grid: usize, points: &[[f64; 3]]) -> Vec<u8> {
    let straight = b"curv\0\0\0\0\0\0\0\0";
    let (curves, table) = (32 + 3 * straight.len(), 20 + points.len() * 6);
    let before = curves + table.next_multiple_of(4);
    let mut tag = [&b"mAB \0\0\0\0"[..], &[inputs as u8, 3, 0, 0]].concat();
    for offset in [32, 0, 0, curves, before] {
        tag.extend((offset as u32).to_be_bytes());
    }
    tag.extend(straight.repeat(3));
    let mut sides = [0; 16];
    sides[..inputs].fill(grid as u8);
    tag.extend(sides);
    tag.extend([2, 0, 0, 0]);
    for [light, a, b] in points {
        let scaled = [light / 100.0, (a + 128.0) / 255.0, (b + 128.0) / 255.0];
        tag.extend(scaled.into_iter().flat_map(|value| ((value * 65_535.0).round() as u16).to_be_bytes()));
    }
    tag.resize(before, 0);
    tag.extend(straight.repeat(inputs));
    tag
}

/// Lab of a light in Adobe RGB's primaries with gamma 1.9, whose black is not quite black.
pub(crate) fn lab_of_light(rgb: [f64; 3]) -> [f64; 3] {
    let [red, green, blue] = rgb.map(|channel| 0.005 + 0.995 * channel.powf(1.9));
    lab([
        0.609_74 * red + 0.205_28 * green + 0.149_19 * blue,
        0.311_11 * red + 0.625_67 * green + 0.063_22 * blue,
        0.019_47 * red + 0.060_87 * green + 0.744_57 * blue,
    ])
}

/// Lab of inks on white paper, dots growing as they do in print.
pub(crate) fn lab_of_inks(inks: [f64; 4]) -> [f64; 3] {
    let [cyan, magenta, yellow, black] = inks.map(|ink| 1.0 - ink.powf(0.8) * 0.9);
    let [red, green, blue] = [cyan * black, (0.15 + 0.85 * magenta) * black, (0.1 + 0.9 * yellow) * black]
        .map(|light| light.powf(1.6));
    lab([
        0.436_07 * red + 0.385_15 * green + 0.143_07 * blue,
        0.222_49 * red + 0.716_87 * green + 0.060_61 * blue,
        0.013_92 * red + 0.097_08 * green + 0.714_10 * blue,
    ])
}

/// By the formula of CIE, relative to D50.
fn lab(xyz: [f64; 3]) -> [f64; 3] {
    let root = |ratio: f64| {
        if ratio > 216.0 / 24_389.0 { ratio.cbrt() } else { (ratio * 24_389.0 / 27.0 + 16.0) / 116.0 }
    };
    let [x, y, z] = [root(xyz[0] / 0.9642), root(xyz[1]), root(xyz[2] / 0.8249)];
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}
