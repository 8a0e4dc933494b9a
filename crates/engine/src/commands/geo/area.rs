//! What a search looks at: the shape around its centre, distances on the sphere, and the cells that cover the shape.
//!
//! Like Redis's, operation by operation: order and completeness of an unsorted answer follow from which cells are looked
//! at. Not here: the cells' own arithmetic (`cell.rs`).

use super::cell::{Bounds, Cell, Point, STEPS};
use libm::{asin, cos, sin, sqrt};

const DEGREE: f64 = core::f64::consts::PI / 180.0;
const EARTH_RADIUS_M: f64 = 6_372_797.560856;
/// Half the side of web Mercator's square.
const MERCATOR_M: f64 = 20_037_726.37;

/// Lengths in the unit of [`Area::metres`].
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    Circle { radius: f64 },
    Rectangle { width: f64, height: f64 },
}

#[derive(Clone, Copy, Debug)]
pub struct Area {
    pub center: Point,
    pub shape: Shape,
    /// Metres in a unit.
    pub metres: f64,
}

impl Area {
    /// A point's distance from the centre in metres, if it is within the area.
    pub fn distance_within(&self, point: Point) -> Option<f64> {
        match self.shape {
            Shape::Circle { radius } => {
                let away = distance(self.center, point);
                // Not a number, which rounding makes of some opposite points, counts as within.
                if away > radius * self.metres { None } else { Some(away) }
            }
            Shape::Rectangle { width, height } => {
                if lat_distance(point.lat, self.center.lat) > height * self.metres / 2.0 {
                    return None;
                }
                let beside = Point { lon: self.center.lon, lat: point.lat };
                if distance(point, beside) > width * self.metres / 2.0 {
                    return None;
                }
                Some(distance(self.center, point))
            }
        }
    }

    /// The cells to look at, in Redis's order: the centre's, and those of its eight neighbours that the area reaches.
    pub fn cells(&self) -> [Option<Cell>; 9] {
        let reach = self.bounds();
        let mut step = self.step();
        let mut middle = Cell::of(self.center, step);
        if step > 1 && !neighbours_cover(middle, &reach) {
            step -= 1;
            middle = Cell::of(self.center, step);
        }
        // North, south, east, west, and between them.
        let around = [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
        let own = middle.bounds();
        let reached = |(east, north): (i8, i8)| {
            step < 2
                || !(north < 0 && own.min.lat < reach.min.lat
                    || north > 0 && own.max.lat > reach.max.lat
                    || east < 0 && own.min.lon < reach.min.lon
                    || east > 0 && own.max.lon > reach.max.lon)
        };
        let mut cells = [Some(middle); 9];
        for (cell, side) in cells[1..].iter_mut().zip(around) {
            *cell = reached(side).then(|| middle.moved(side.0, side.1));
        }
        cells
    }

    /// The rectangle around the area. It bends with the meridians, and is widest at the edge nearer to a pole.
    fn bounds(&self) -> Bounds {
        let (width, height) = match self.shape {
            Shape::Circle { radius } => (self.metres * radius, self.metres * radius),
            Shape::Rectangle { width, height } => (self.metres * (width / 2.0), self.metres * (height / 2.0)),
        };
        let Point { lon, lat } = self.center;
        let lat_delta = height / EARTH_RADIUS_M / DEGREE;
        let widest = if lat < 0.0 { lat - lat_delta } else { lat + lat_delta };
        let lon_delta = width / EARTH_RADIUS_M / cos(widest * DEGREE) / DEGREE;
        Bounds {
            min: Point { lon: lon - lon_delta, lat: lat - lat_delta },
            max: Point { lon: lon + lon_delta, lat: lat + lat_delta },
        }
    }

    /// The finest step at which nine cells are likely to cover the area.
    fn step(&self) -> u32 {
        let mut range_m = self.metres
            * match self.shape {
                Shape::Circle { radius } => radius,
                Shape::Rectangle { width: w, height: h } => sqrt(w / 2.0 * (w / 2.0) + h / 2.0 * (h / 2.0)),
            };
        if range_m == 0.0 {
            return STEPS;
        }
        let mut doublings = 0u32;
        while range_m < MERCATOR_M {
            range_m *= 2.0;
            doublings += 1;
        }
        // Degrees of longitude get shorter towards the poles.
        let lat = self.center.lat.abs();
        let coarser = 1 + u32::from(lat > 66.0) + u32::from(lat > 80.0);
        doublings.saturating_sub(coarser).clamp(1, STEPS)
    }
}

/// Whether the four cells beside this one reach as far as the area does.
fn neighbours_cover(cell: Cell, reach: &Bounds) -> bool {
    let beside = |east, north| cell.moved(east, north).bounds();
    !(beside(0, 1).max.lat < reach.max.lat
        || beside(0, -1).min.lat > reach.min.lat
        || beside(1, 0).max.lon < reach.max.lon
        || beside(-1, 0).min.lon > reach.min.lon)
}

/// Metres between two points along a great circle, by the haversine formula.
pub fn distance(a: Point, b: Point) -> f64 {
    let v = sin((b.lon * DEGREE - a.lon * DEGREE) / 2.0);
    if v == 0.0 {
        return lat_distance(a.lat, b.lat);
    }
    let (from, to) = (a.lat * DEGREE, b.lat * DEGREE);
    let u = sin((to - from) / 2.0);
    2.0 * EARTH_RADIUS_M * asin(sqrt(u * u + cos(from) * cos(to) * v * v))
}

/// Metres between two points of one meridian.
fn lat_distance(a: f64, b: f64) -> f64 {
    EARTH_RADIUS_M * (b * DEGREE - a * DEGREE).abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::geo::cell;

    /// Every point of an area that lies on the map is in one of its cells, but for those that Redis's nine cells miss:
    /// beyond the poles and the date line.
    #[test]
    fn cells_cover_the_area() {
        let mut random = fastrand::Rng::with_seed(4);
        let mut within = 0;
        for _ in 0..20_000 {
            let center = Point { lon: random.f64() * 200.0 - 100.0, lat: random.f64() * 120.0 - 60.0 };
            let size = 10f64.powf(random.f64() * 6.0);
            let shape = if random.bool() {
                Shape::Circle { radius: size }
            } else {
                Shape::Rectangle { width: size, height: size * random.f64() }
            };
            let area = Area { center, shape, metres: 1.0 };
            let reach = area.bounds();
            let at = |from: f64, to: f64, random: &mut fastrand::Rng| from + (to - from) * random.f64();
            let point = Point {
                lon: at(reach.min.lon, reach.max.lon, &mut random).clamp(-180.0, 180.0),
                lat: at(reach.min.lat, reach.max.lat, &mut random).clamp(-85.0, 85.0),
            };
            if area.distance_within(point).is_none() {
                continue;
            }
            within += 1;
            let score = cell::score(point) as f64;
            let covered = area.cells().iter().flatten().any(|cell| {
                let (from, to) = cell.scores();
                (from..to).contains(&score)
            });
            assert!(covered, "{area:?} {point:?}");
        }
        assert!(within > 5_000, "only {within} points were within their area");
    }

    /// Against the C library's functions, which Redis computes with: the last bits may differ (most for points that are
    /// nearly opposite), not the places that are printed.
    #[test]
    fn distances_are_those_of_the_c_library() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut place = || {
            cell::point(
                cell::score(Point { lon: random.f64() * 360.0 - 180.0, lat: random.f64() * 170.0 - 85.0 }) as f64
            )
        };
        for _ in 0..100_000 {
            let (a, b) = (place(), place());
            let v = ((b.lon * DEGREE - a.lon * DEGREE) / 2.0).sin();
            let (from, to) = (a.lat * DEGREE, b.lat * DEGREE);
            let u = ((to - from) / 2.0).sin();
            let theirs = 2.0 * EARTH_RADIUS_M * (u * u + from.cos() * to.cos() * v * v).sqrt().asin();
            let ours = distance(a, b);
            assert!((ours - theirs).abs() < 1e-6, "{a:?} {b:?}: {ours} and {theirs}");
        }
    }
}
