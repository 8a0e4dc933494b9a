//! Geohash cells: 52-bit interleaved numbers that a sorted set keeps as scores, and the text form of GEOHASH.
//!
//! A cell of step n is one of 2^n by 2^n that the map is cut into; longitude has the odd bits, latitude the even ones.
//! The arithmetic is Redis's, operation by operation, since a last bit decides in which cell a point lies. Not here:
//! distances, and which cells cover a search (`area.rs`).

/// Halvings of each axis in a score.
pub const STEPS: u32 = 26;

/// A position in degrees.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    pub lon: f64,
    pub lat: f64,
}

/// A rectangle of the map; a cell's, or the whole.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bounds {
    pub min: Point,
    pub max: Point,
}

/// What scores can express: the square of web Mercator, without the poles.
pub const MERCATOR: Bounds =
    Bounds { min: Point { lon: -180.0, lat: -85.05112878 }, max: Point { lon: 180.0, lat: 85.05112878 } };

/// What geohash texts express.
const GLOBE: Bounds = Bounds { min: Point { lon: -180.0, lat: -90.0 }, max: Point { lon: 180.0, lat: 90.0 } };

impl Bounds {
    pub fn contains(&self, point: Point) -> bool {
        (self.min.lon..=self.max.lon).contains(&point.lon) && (self.min.lat..=self.max.lat).contains(&point.lat)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cell {
    bits: u64,
    step: u32,
}

impl Cell {
    /// The cell of a point that is within the map.
    pub fn of(point: Point, step: u32) -> Cell {
        Cell::on(&MERCATOR, point, step)
    }

    fn on(map: &Bounds, point: Point, step: u32) -> Cell {
        let cells = (1u64 << step) as f64;
        // At the upper end the offset is 1, which sets the bit above the cell's: Redis has it so too.
        let lat = (point.lat - map.min.lat) / (map.max.lat - map.min.lat) * cells;
        let lon = (point.lon - map.min.lon) / (map.max.lon - map.min.lon) * cells;
        Cell { bits: spread(lat as u32) | spread(lon as u32) << 1, step }
    }

    pub fn bounds(self) -> Bounds {
        let cells = (1u64 << self.step) as f64;
        let (lat, lon) = (gather(self.bits), gather(self.bits >> 1));
        let (min, max) = (MERCATOR.min, MERCATOR.max);
        let lat_at = |i: u32| min.lat + f64::from(i) / cells * (max.lat - min.lat);
        let lon_at = |i: u32| min.lon + f64::from(i) / cells * (max.lon - min.lon);
        // Scores that are no cells' can have all 32 bits set, after which comes 0.
        Bounds {
            min: Point { lon: lon_at(lon), lat: lat_at(lat) },
            max: Point { lon: lon_at(lon.wrapping_add(1)), lat: lat_at(lat.wrapping_add(1)) },
        }
    }

    /// The cell so many to the east and north; the map's edges meet.
    pub fn moved(self, east: i8, north: i8) -> Cell {
        let within = u64::MAX >> (64 - 2 * self.step);
        let (mut lon, mut lat) = (self.bits & LON, self.bits & LAT);
        // The other axis's bits are filled up, so that carries and borrows pass over them.
        if east > 0 {
            lon = lon.wrapping_add((LAT & within) + 1) & LON & within;
        } else if east < 0 {
            lon = (lon | LAT & within).wrapping_sub((LAT & within) + 1) & LON & within;
        }
        if north > 0 {
            lat = lat.wrapping_add((LON & within) + 1) & LAT & within;
        } else if north < 0 {
            lat = (lat | LON & within).wrapping_sub((LON & within) + 1) & LAT & within;
        }
        Cell { bits: lon | lat, ..self }
    }

    /// The scores of all points in the cell: the first, and the first behind it.
    pub fn scores(self) -> (f64, f64) {
        let shift = 2 * (STEPS - self.step);
        ((self.bits << shift) as f64, ((self.bits + 1) << shift) as f64)
    }
}

/// The score of a point within the map.
pub fn score(point: Point) -> i64 {
    Cell::of(point, STEPS).bits as i64
}

/// The middle of a score's cell. Any number is taken: sorted sets hold others than GEOADD's.
pub fn point(score: f64) -> Point {
    let Bounds { min, max } = Cell { bits: to_bits(score), step: STEPS }.bounds();
    Point {
        lon: ((min.lon + max.lon) / 2.0).clamp(MERCATOR.min.lon, MERCATOR.max.lon),
        lat: ((min.lat + max.lat) / 2.0).clamp(MERCATOR.min.lat, MERCATOR.max.lat),
    }
}

/// The geohash as other programs write it. It has 52 bits, the eleventh letter is always 0.
pub fn text(point: Point) -> [u8; 11] {
    const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
    let bits = Cell::on(&GLOBE, point, STEPS).bits;
    core::array::from_fn(|i| if i == 10 { b'0' } else { ALPHABET[(bits >> (47 - 5 * i)) as usize & 31] })
}

const LON: u64 = 0xaaaa_aaaa_aaaa_aaaa;
const LAT: u64 = 0x5555_5555_5555_5555;

/// How a double that no integer holds becomes one on x86, whose answers these are.
const INDEFINITE: i64 = i64::MIN;
const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// C's conversion to a signed integer.
#[inline(never)]
pub fn to_int(value: f64) -> i64 {
    if (-TWO_63..TWO_63).contains(&value) { value as i64 } else { INDEFINITE }
}

/// C's conversion to an unsigned one, as compilers write it.
fn to_bits(value: f64) -> u64 {
    if value >= TWO_63 { (to_int(value - TWO_63) ^ INDEFINITE) as u64 } else { to_int(value) as u64 }
}

/// The shifts and masks that move the bits of a number apart, widest first.
const MASKS: [(u32, u64); 5] = [
    (16, 0x0000_ffff_0000_ffff),
    (8, 0x00ff_00ff_00ff_00ff),
    (4, 0x0f0f_0f0f_0f0f_0f0f),
    (2, 0x3333_3333_3333_3333),
    (1, LAT),
];

/// Bit i goes to bit 2i.
fn spread(value: u32) -> u64 {
    MASKS.iter().fold(u64::from(value), |bits, (shift, mask)| (bits | bits << shift) & mask)
}

/// The even bits side by side.
fn gather(bits: u64) -> u32 {
    const WHOLE: u64 = 0xffff_ffff;
    let masks = [MASKS[3].1, MASKS[2].1, MASKS[1].1, MASKS[0].1, WHOLE];
    let steps = masks.iter().zip([1, 2, 4, 8, 16]);
    steps.fold(bits & LAT, |bits, (mask, shift)| (bits | bits >> shift) & mask) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_go_where_a_loop_puts_them() {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..1000 {
            let value = random.u32(..);
            let naive = (0..32).fold(0, |bits, i| bits | u64::from(value >> i & 1) << (2 * i));
            assert_eq!(spread(value), naive);
            assert_eq!(gather(naive | random.u64(..) & LON), value);
        }
    }

    #[test]
    fn neighbours_are_those_of_a_torus() {
        let mut random = fastrand::Rng::with_seed(2);
        for _ in 0..1000 {
            let step = random.u32(1..=STEPS);
            let side = 1u32 << step;
            let (x, y) = (random.u32(..side), random.u32(..side));
            let cell = |x: u32, y: u32| Cell { bits: spread(y % side) | spread(x % side) << 1, step };
            for east in -1..=1i8 {
                for north in -1..=1i8 {
                    let at = |from: u32, by: i8| from.wrapping_add_signed(i32::from(by)) % side;
                    assert_eq!(cell(x, y).moved(east, north), cell(at(x, east), at(y, north)));
                }
            }
        }
    }

    #[test]
    fn a_point_lies_in_its_cell() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..1000 {
            let at = Point { lon: random.f64() * 360.0 - 180.0, lat: random.f64() * 170.0 - 85.0 };
            for step in 1..=STEPS {
                let (from, to) = Cell::of(at, step).scores();
                assert!((from..to).contains(&(score(at) as f64)));
                assert!(Cell::of(at, step).bounds().contains(at));
            }
        }
    }

    #[test]
    fn scores_of_no_cell_are_read_as_on_x86() {
        for (value, bits) in [
            (-1.0, u64::MAX),
            (1.5, 1),
            (TWO_63, 1 << 63),
            (f64::INFINITY, 0),
            (f64::NEG_INFINITY, 1 << 63),
            (-1e300, 1 << 63),
        ] {
            assert_eq!(to_bits(value), bits, "{value}");
        }
    }
}
