//! LOLWUT: the server's version, and with VERSION 5 a drawing after Georg Nees's "Schotter", as Redis 5 made it.
//!
//! The picture is drawn a line of braille characters at a time, all squares anew for each, so that its size costs no
//! memory. Not here: the skyline of version 6; its place, as every other version's, is taken by the version line.

use super::Ctx;
use crate::error::Error;
use crate::memory::Arena;
use crate::resp::reply::Reply;
use crate::word::Word;
use core::fmt::{self, Write};

const VERSION: &str = "Redis ver. 7.0.15\n";
const CAPTION: &str = "\nGeorg Nees - schotter, plotter on paper, 1968. ";

pub fn lolwut(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let version = match ctx.argc() >= 3 && ctx.word(1) == Word::Version {
        true => Some(ctx.int(2)?),
        false => None,
    };
    if version != Some(5) {
        ctx.verbatim("txt", VERSION.as_bytes());
        return Ok(());
    }
    let option = |i: usize| (i < ctx.argc()).then(|| ctx.int(i)).transpose();
    let schotter = Schotter::new(option(3)?, option(4)?, option(5)?);
    let seed = u64::from(ctx.random()) << 32 | u64::from(ctx.random());
    let length = schotter.bytes() + CAPTION.len() + VERSION.len();
    let framing = if ctx.proto() == 3 { ("=", length + 4, "txt:") } else { ("$", length, "") };
    let mut out = Out { reply: &mut ctx.e.reply, mem: &mut ctx.e.mem };
    let written = write!(out, "{}{}\r\n{}", framing.0, framing.1, framing.2)
        .and_then(|()| schotter.draw(seed, &mut out))
        .and_then(|()| write!(out, "{CAPTION}{VERSION}\r\n"));
    written.map_err(|fmt::Error| Error::OOM)
}

/// The reply as a place to write text; want of memory shows in the reply itself.
struct Out<'r> {
    reply: &'r mut Reply,
    mem: &'r mut Arena,
}

impl Write for Out<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.reply.put(self.mem, text.as_bytes());
        Ok(())
    }
}

/// What VERSION 5 takes after the version, within the bounds that keep a reply below a megabyte.
#[derive(Clone, Copy, Debug)]
struct Schotter {
    columns: usize,
    squares_per_row: usize,
    squares_per_column: usize,
}

/// Terminal columns at most; Redis goes to 1000.
const COLUMNS_MAX: usize = 132;
/// Squares a row or column at most; Redis goes to 200.
const SQUARES_MAX: usize = 32;
/// Dots around the picture where there is room.
const PADDING: usize = 2;

impl Schotter {
    /// The values as given, brought into bounds like Redis does; defaults where absent.
    fn new(columns: Option<i64>, squares_per_row: Option<i64>, squares_per_column: Option<i64>) -> Schotter {
        let bounded =
            |value: Option<i64>, default: i64, max: usize| value.unwrap_or(default).clamp(1, max as i64) as usize;
        Schotter {
            columns: bounded(columns, 66, COLUMNS_MAX),
            squares_per_row: bounded(squares_per_row, 8, SQUARES_MAX),
            squares_per_column: bounded(squares_per_column, 12, SQUARES_MAX),
        }
    }

    fn width(&self) -> usize {
        self.columns * 2
    }

    fn padding(&self) -> usize {
        if self.width() > 2 * PADDING { PADDING } else { 0 }
    }

    fn side(&self) -> f32 {
        (self.width() - 2 * self.padding()) as f32 / self.squares_per_row as f32
    }

    fn height(&self) -> usize {
        (self.side() * self.squares_per_column as f32) as usize + 2 * self.padding()
    }

    /// Bytes that `draw` writes: three a character, a line feed a line.
    fn bytes(&self) -> usize {
        self.height().div_ceil(4) * (self.columns * 3 + 1)
    }

    /// Writes the picture; one seed always gives the same.
    fn draw(&self, seed: u64, out: &mut impl Write) -> fmt::Result {
        for line in 0..self.height().div_ceil(4) {
            let mut band = Band {
                cells: [0; COLUMNS_MAX],
                columns: self.columns as i32,
                height: self.height() as i32,
                top: line as i32 * 4,
            };
            self.draw_squares(seed, &mut band);
            for cell in &band.cells[..self.columns] {
                out.write_char(char::from_u32(0x2800 + *cell as u32).unwrap_or(' '))?;
            }
            out.write_char('\n')?;
        }
        Ok(())
    }

    /// The lower a square stands, the more it is turned and moved from its place.
    fn draw_squares(&self, seed: u64, band: &mut Band) {
        let mut dice = Dice(seed | 1);
        let side = self.side();
        for row in 0..self.squares_per_column {
            let disorder = if row > 1 { row as f32 / self.squares_per_column as f32 } else { 0.0 };
            for column in 0..self.squares_per_row {
                let center = |n: usize| n as f32 * side + side / 2.0 + self.padding() as f32;
                let angle = dice.roll() * disorder;
                let x = center(column) + dice.roll() * disorder * side / 3.0;
                let y = center(row) + dice.roll() * disorder * side / 3.0;
                draw_square(band, x, y, side, angle);
            }
        }
    }
}

fn draw_square(band: &mut Band, x: f32, y: f32, side: f32, angle: f32) {
    let (sin, cos) = sin_cos(angle);
    let half = side / 2.0;
    let corner = |dx: f32, dy: f32| (round(x + dx * cos - dy * sin), round(y + dx * sin + dy * cos));
    let corners = [corner(-half, -half), corner(half, -half), corner(half, half), corner(-half, half)];
    for n in 0..4 {
        band.line(corners[n], corners[(n + 1) % 4]);
    }
}

/// Sine and cosine of at most one radian, exact to a dot: `core` has none.
fn sin_cos(x: f32) -> (f32, f32) {
    let xx = x * x;
    let sin = x * (1.0 - xx / 6.0 * (1.0 - xx / 20.0 * (1.0 - xx / 42.0)));
    let cos = 1.0 - xx / 2.0 * (1.0 - xx / 12.0 * (1.0 - xx / 30.0));
    (sin, cos)
}

fn round(x: f32) -> i32 {
    (if x < 0.0 { x - 0.5 } else { x + 0.5 }) as i32
}

/// Four rows of dots: one line of braille characters, each two dots wide.
struct Band {
    cells: [u8; COLUMNS_MAX],
    columns: i32,
    /// Of the whole picture, in dots.
    height: i32,
    top: i32,
}

impl Band {
    fn dot(&mut self, x: i32, y: i32) {
        /// Unicode's order of the eight dots, by row and column.
        const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        let row = y - self.top;
        if (0..4).contains(&row) && y < self.height && (0..2 * self.columns).contains(&x) {
            self.cells[x as usize / 2] |= BITS[row as usize][x as usize % 2];
        }
    }

    /// Bresenham's line, both ends included.
    fn line(&mut self, (mut x, mut y): (i32, i32), (to_x, to_y): (i32, i32)) {
        let (dx, dy) = ((to_x - x).abs(), -(to_y - y).abs());
        let (step_x, step_y) = ((to_x - x).signum(), (to_y - y).signum());
        let mut error = dx + dy;
        loop {
            self.dot(x, y);
            if (x, y) == (to_x, to_y) {
                return;
            }
            let doubled = 2 * error;
            if doubled >= dy {
                error += dy;
                x += step_x;
            }
            if doubled <= dx {
                error += dx;
                y += step_y;
            }
        }
    }
}

/// xorshift64*: the picture needs variety, not secrecy.
struct Dice(u64);

impl Dice {
    /// Between -1 and 1.
    fn roll(&mut self) -> f32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as u32;
        bits as f32 / (1 << 23) as f32 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(schotter: Schotter, seed: u64) -> String {
        let mut text = String::new();
        schotter.draw(seed, &mut text).unwrap();
        assert_eq!(text.len(), schotter.bytes());
        text
    }

    #[test]
    fn one_square_of_three_columns_is_a_closed_frame() {
        // As a real server draws LOLWUT VERSION 5 3 1 1.
        let text = picture(Schotter::new(Some(3), Some(1), Some(1)), 7);
        assert_eq!(text, "⠀⡤⡄\n⠀⠉⠁\n");
    }

    #[test]
    fn order_above_disorder_below() {
        let schotter = Schotter::new(None, None, None);
        let (one, other) = (picture(schotter, 1), picture(schotter, 2));
        assert_eq!(one, picture(schotter, 1));
        assert_ne!(one, other);
        // The first two rows of squares stand still.
        assert_eq!(one.lines().take(6).collect::<Vec<_>>(), other.lines().take(6).collect::<Vec<_>>());
        assert!(one.lines().all(|line| line.chars().count() == 66));
    }

    #[test]
    fn any_size_stays_in_bounds() {
        for columns in [-5, 0, 1, 2, 3, 132, 5000] {
            for squares in [0, 1, 2, 31, 32, i64::MAX] {
                let schotter = Schotter::new(Some(columns), Some(squares), Some(3));
                picture(schotter, columns as u64 ^ squares as u64);
                assert!(schotter.bytes() < 1 << 20);
            }
        }
    }
}
