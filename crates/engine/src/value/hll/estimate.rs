//! The estimator: Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284, in
//! the order of operations of Redis 7.0.15, so that every bit of the result agrees.

use super::REGISTERS;

const Q: usize = 50;
/// 0.5 / ln 2.
const ALPHA: f64 = 0.721_347_520_444_481_7;

/// How often each register value occurs.
pub struct Histogram([u32; 64]);

impl Histogram {
    pub fn new() -> Histogram {
        Histogram([0; 64])
    }

    pub fn add(&mut self, value: u8, times: u32) {
        let slot = &mut self.0[value as usize & 63];
        *slot = slot.saturating_add(times);
    }

    /// The estimated cardinality.
    pub fn cardinality(&self) -> u64 {
        let m = REGISTERS as f64;
        let mut z = m * tau((m - f64::from(self.0[Q + 1])) / m);
        for j in (1..=Q).rev() {
            z += f64::from(self.0[j]);
            z *= 0.5;
        }
        z += m * sigma(f64::from(self.0[0]) / m);
        let estimate = ALPHA * m * m / z;
        if estimate >= i64::MAX as f64 {
            // What llroundl answers on x86 when it cannot; damaged dense registers come here.
            return 1 << 63;
        }
        let whole = estimate as u64;
        // Half away from zero, as llroundl.
        if estimate - whole as f64 >= 0.5 { whole + 1 } else { whole }
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let mut y = 1.0;
    let mut z = x;
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if before == z {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let mut y = 1.0;
    let mut z = 1.0 - x;
    loop {
        x = libm::sqrt(x);
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if before == z {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends() {
        let mut none = Histogram::new();
        none.add(0, 16384);
        assert_eq!(none.cardinality(), 0);
        let mut full = Histogram::new();
        full.add(51, 16384);
        assert_eq!(full.cardinality(), 1 << 63);
    }
}
