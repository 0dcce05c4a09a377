//! Drawn pictures with gradients, edges, texture and saturated colour.

/// Repeatable noise.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `limit`, which is at least 1.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}

/// RGB of a scene: sky, hills with texture, discs of plain colour, fine lines.
pub(crate) fn scene(width: u32, height: u32) -> Vec<u8> {
    let mut random = Random::new(7);
    let mut data = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
            let grain = random.below(25) as f64 - 12.0;
            let horizon = 0.55 + 0.1 * (9.0 * u).sin() + 0.03 * (41.0 * u).cos();
            let mut colour = if v < horizon {
                [90.0 + 90.0 * v, 140.0 + 80.0 * v, 220.0 - 20.0 * v]
            } else {
                let blade = 30.0 * (160.0 * u + 40.0 * v).sin() * (90.0 * v).cos();
                [70.0 + blade + grain, 110.0 + blade + grain, 50.0 + 0.5 * blade + grain]
            };
            for (middle_x, middle_y, radius, disc) in
                [(0.3, 0.3, 0.12, [235.0, 60.0, 40.0]), (0.7, 0.62, 0.16, [250.0, 210.0, 30.0])]
            {
                let distance = ((u - middle_x).powi(2) + (v - middle_y).powi(2)).sqrt();
                if distance < radius {
                    colour = disc.map(|channel: f64| channel * (1.0 - 0.5 * distance / radius));
                }
            }
            if v > 0.9 && x % 4 < 2 {
                colour = [20.0; 3];
            }
            data.extend(colour.map(|channel| channel.clamp(0.0, 255.0) as u8));
        }
    }
    data
}

/// RGB without any detail, for sizes that are all edge.
pub(crate) fn waves(width: u32, height: u32) -> Vec<u8> {
    let wave = |at: u32| (at % 128).min(128 - at % 128) as u8;
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| [60 + wave(4 * x), 60 + wave(3 * y), 120]));
    pixels.flatten().collect()
}

/// RGB with an alpha that fades to the right and has a hole.
pub(crate) fn faded(rgb: &[u8], width: u32) -> Vec<u8> {
    let pixels = rgb.chunks_exact(3).enumerate();
    pixels
        .flat_map(|(index, pixel)| {
            let (x, y) = (index as u32 % width, index as u32 / width);
            let alpha = if x < 8 && y < 8 { 0 } else { 255 - 200 * x / width.max(1) };
            [pixel[0], pixel[1], pixel[2], alpha as u8]
        })
        .collect()
}

/// RGBA without its alpha.
pub(crate) fn opaque(rgba: &[u8]) -> Vec<u8> {
    rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
}

/// Mean absolute difference.
pub(crate) fn mean_difference(left: &[u8], right: &[u8]) -> f64 {
    assert_eq!(left.len(), right.len());
    let sum: u64 = left.iter().zip(right).map(|(left, right)| u64::from(left.abs_diff(*right))).sum();
    sum as f64 / left.len().max(1) as f64
}
