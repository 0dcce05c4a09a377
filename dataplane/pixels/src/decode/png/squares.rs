//! The means of squares of pixels, row by row: what a smaller picture needs, without the whole of it being there.

/// Adds up rows, and gives a row of means for so many of them.
///
/// A mean is what a decoder of JPEGs gives at 1/2, 1/4 or 1/8 as well. At the right and at the bottom squares may be
/// cut; theirs are the means of what there is.
pub(super) struct Squares {
    /// Pixels along one side of a square: 2, 4 or 8.
    side: usize,
    /// Pixels across.
    width: usize,
    sums: Sums,
    /// Rows in `sums`.
    rows: usize,
    /// Means, rows from the top.
    means: Vec<u8>,
}

/// Sums over the rows of squares, sample by sample.
enum Sums {
    /// Of one channel, or three that are alike.
    Opaque { channels: usize, sums: Vec<u16> },
    /// Of red, green and blue times alpha, and of alpha: what is transparent has no say in the colour.
    Translucent(Vec<u32>),
}

impl Squares {
    /// For rows of `width` pixels of 1, 3 or 4 channels of 8 bits, of which `height` follow.
    pub(super) fn new(side: usize, width: usize, height: usize, channels: usize) -> Self {
        let length = width * channels;
        let sums = match channels {
            4 => Sums::Translucent(vec![0; length]),
            channels => Sums::Opaque { channels, sums: vec![0; length] },
        };
        let means = Vec::with_capacity(width.div_ceil(side) * height.div_ceil(side) * channels);
        Self { side, width, sums, rows: 0, means }
    }

    /// Adds a row of samples.
    pub(super) fn push(&mut self, row: &[u8]) {
        let first = self.rows == 0;
        match &mut self.sums {
            Sums::Opaque { sums, .. } if first => {
                sums.iter_mut().zip(row).for_each(|(sum, sample)| *sum = u16::from(*sample));
            }
            Sums::Opaque { sums, .. } => {
                sums.iter_mut().zip(row).for_each(|(sum, sample)| *sum += u16::from(*sample));
            }
            Sums::Translucent(sums) => {
                for (sum, pixel) in sums.as_chunks_mut::<4>().0.iter_mut().zip(row.as_chunks::<4>().0) {
                    let alpha = u32::from(pixel[3]);
                    let weighted = [pixel[0], pixel[1], pixel[2]].map(|sample| u32::from(sample) * alpha);
                    let [red, green, blue] = weighted;
                    let before = if first { [0; 4] } else { *sum };
                    *sum = [before[0] + red, before[1] + green, before[2] + blue, before[3] + alpha];
                }
            }
        }
        self.rows += 1;
        if self.rows == self.side {
            self.fold();
        }
    }

    /// The means, rows from the top without padding, each as many as there are squares.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.rows > 0 {
            self.fold();
        }
        self.means
    }

    fn fold(&mut self) {
        let Self { side, width, sums, rows, means } = self;
        let whole = *width / *side;
        match sums {
            Sums::Opaque { channels, sums } => {
                let (full, cut) = sums.split_at(whole * *side * *channels);
                match (*channels, *side, *rows == *side) {
                    (3, 2, true) => opaque::<3, 2>(full, means),
                    (3, 4, true) => opaque::<3, 4>(full, means),
                    (3, 8, true) => opaque::<3, 8>(full, means),
                    (1, 2, true) => opaque::<1, 2>(full, means),
                    (1, 4, true) => opaque::<1, 4>(full, means),
                    (1, 8, true) => opaque::<1, 8>(full, means),
                    (channels, side, _) => {
                        full.chunks_exact(side * channels)
                            .for_each(|square| mean(square, channels, *rows, means));
                    }
                }
                if !cut.is_empty() {
                    mean(cut, *channels, *rows, means);
                }
            }
            Sums::Translucent(sums) => {
                for square in sums.chunks(*side * 4) {
                    translucent(square, *rows, means);
                }
            }
        }
        *rows = 0;
    }
}

/// The means of whole squares of opaque pixels.
fn opaque<const CHANNELS: usize, const SIDE: usize>(sums: &[u16], means: &mut Vec<u8>) {
    let count = (SIDE * SIDE) as u16;
    let squares = sums.as_chunks::<CHANNELS>().0.as_chunks::<SIDE>().0;
    let before = means.len();
    // One step for all: a vector that grows sample by sample costs more than the sums.
    means.resize(before + squares.len() * CHANNELS, 0);
    for (mean, square) in means[before..].as_chunks_mut::<CHANNELS>().0.iter_mut().zip(squares) {
        // 64 samples of 255 fit.
        let mut total = [count / 2; CHANNELS];
        for pixel in square {
            for channel in 0..CHANNELS {
                total[channel] += pixel[channel];
            }
        }
        for channel in 0..CHANNELS {
            mean[channel] = (total[channel] / count) as u8;
        }
    }
}

/// The mean of one square of opaque pixels of which `rows` were added up.
fn mean(square: &[u16], channels: usize, rows: usize, means: &mut Vec<u8>) {
    let count = (square.len() / channels * rows) as u32;
    for channel in 0..channels {
        let total: u32 = square.iter().skip(channel).step_by(channels).map(|sum| u32::from(*sum)).sum();
        means.push(((total + count / 2) / count) as u8);
    }
}

/// The mean of one square of pixels with alpha.
fn translucent(square: &[u32], rows: usize, means: &mut Vec<u8>) {
    let pixels = square.as_chunks::<4>().0;
    let count = (pixels.len() * rows) as u32;
    let total = pixels.iter().fold([0_u32; 4], |total, pixel| {
        [total[0] + pixel[0], total[1] + pixel[1], total[2] + pixel[2], total[3] + pixel[3]]
    });
    let alpha = total[3];
    let color = [total[0], total[1], total[2]];
    means.extend(color.map(|sum| (sum + alpha / 2).checked_div(alpha).unwrap_or(0) as u8));
    means.push(((alpha + count / 2) / count) as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(side: usize, width: usize, channels: usize, rows: &[&[u8]]) -> Vec<u8> {
        let mut squares = Squares::new(side, width, rows.len(), channels);
        for row in rows {
            squares.push(row);
        }
        squares.finish()
    }

    #[test]
    fn squares_of_grey_become_their_rounded_means() {
        assert_eq!(means(2, 4, 1, &[&[0, 10, 255, 255], &[20, 31, 255, 255]]), [15, 255]);
        for side in [4, 8] {
            let rows: Vec<Vec<u8>> =
                (0..side).map(|y| (0..side * 2).map(|x| (x * 3 + y) as u8).collect()).collect();
            let views: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
            let mean = |from: usize| {
                let sum: usize =
                    rows.iter().flat_map(|row| &row[from..from + side]).map(|s| usize::from(*s)).sum();
                ((sum + side * side / 2) / (side * side)) as u8
            };
            assert_eq!(means(side, side * 2, 1, &views), [mean(0), mean(side)], "{side}");
        }
    }

    #[test]
    fn cut_squares_are_the_means_of_what_there_is() {
        // Three columns and three rows in squares of two.
        let rows: [&[u8]; 3] = [&[0, 10, 100], &[20, 30, 200], &[50, 70, 90]];
        assert_eq!(means(2, 3, 1, &rows), [15, 150, 60, 90]);
        let rows: [&[u8]; 1] = [&[1, 2, 3, 5, 6, 7, 9, 9, 9]];
        assert_eq!(means(2, 3, 3, &rows), [3, 4, 5, 9, 9, 9]);
        assert_eq!(means(8, 3, 3, &rows), [5, 6, 6]);
    }

    #[test]
    fn channels_do_not_mix() {
        let row: Vec<u8> = [10, 100, 200].repeat(16);
        for side in [2, 4, 8] {
            let rows = vec![row.as_slice(); 16];
            let found = means(side, 16, 3, &rows);
            assert_eq!(found, [10, 100, 200].repeat(16 / side * (16 / side)), "{side}");
        }
    }

    #[test]
    fn what_is_transparent_has_no_say_in_the_colour() {
        let rows: [&[u8]; 2] = [&[200, 0, 0, 255, 0, 255, 0, 0], &[200, 0, 0, 255, 0, 255, 0, 0]];
        assert_eq!(means(2, 2, 4, &rows), [200, 0, 0, 128]);
        let clear: [&[u8]; 1] = [&[9, 9, 9, 0, 7, 7, 7, 0]];
        assert_eq!(means(2, 2, 4, &clear), [0, 0, 0, 0]);
        let white = vec![255; 8 * 4];
        assert_eq!(means(8, 8, 4, &[white.as_slice(); 8]), [255; 4]);
    }
}
