//! The arguments of the geo searches. Commands that begin with fixed arguments and those of options only share one
//! parser, as in Redis, which explains what each of them takes and in which order it complains.

use super::super::Ctx;
use super::add::point_arg;
use super::area::{Area, Shape};
use super::cell::Point;
use super::read::position;
use super::reply::unit_arg;
use crate::error::Error;
use crate::value::record::Entry;
use crate::word::Word;

/// What distinguishes the commands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// GEORADIUS: key, longitude, latitude, radius, unit.
    Point,
    /// GEORADIUSBYMEMBER: key, member, radius, unit.
    Member,
    /// GEOSEARCH: key.
    Search,
    /// GEOSEARCHSTORE: target, key.
    SearchStore,
}

impl Form {
    fn is_search(self) -> bool {
        matches!(self, Form::Search | Form::SearchStore)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Ascending,
    Descending,
}

#[derive(Clone, Copy)]
pub struct Query {
    pub area: Area,
    pub order: Option<Order>,
    /// 0 for all.
    pub count: usize,
    /// Any matches will do, not the nearest.
    pub any: bool,
    pub with_distance: bool,
    pub with_hash: bool,
    pub with_point: bool,
    /// The position of the key to store in.
    pub target: Option<usize>,
    pub store_distance: bool,
}

impl Query {
    const NONE: Query = Query {
        area: Area { center: Point { lon: 0.0, lat: 0.0 }, shape: Shape::Circle { radius: 0.0 }, metres: 1.0 },
        order: None,
        count: 0,
        any: false,
        with_distance: false,
        with_hash: false,
        with_point: false,
        target: None,
        store_distance: false,
    };

    /// Without a source the area means nothing, but the arguments are checked.
    pub fn parse(ctx: &mut Ctx<'_, '_>, form: Form, may_store: bool, source: Option<Entry>) -> Result<Query, Error> {
        let mut parser = Parser { query: Query::NONE, form, may_store, source, center: Center::Unknown, around: None };
        let mut i = parser.fixed(ctx)?;
        while i < ctx.argc() {
            i += 1 + parser.option(ctx, i)?;
        }
        parser.check(ctx)?;
        Ok(parser.query)
    }
}

struct Parser {
    query: Query,
    form: Form,
    may_store: bool,
    source: Option<Entry>,
    center: Center,
    /// A search's shape, once it was given.
    around: Option<Around>,
}

/// Where a search's centre comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Center {
    Unknown,
    Member,
    Point,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Circle,
    Rectangle,
}

impl Parser {
    /// What stands before the options; returns the position of the first one.
    fn fixed(&mut self, ctx: &mut Ctx<'_, '_>) -> Result<usize, Error> {
        match self.form {
            Form::Point => {
                self.query.area.center = point_arg(ctx, 2)?;
                self.circle(ctx, 4)?;
                Ok(6)
            }
            Form::Member => {
                if self.source.is_some() {
                    self.member(ctx, 2)?;
                    self.circle(ctx, 3)?;
                }
                Ok(5)
            }
            Form::Search => Ok(2),
            Form::SearchStore => {
                self.query.target = Some(1);
                Ok(3)
            }
        }
    }

    /// One option; returns how many arguments it takes behind its word.
    fn option(&mut self, ctx: &mut Ctx<'_, '_>, i: usize) -> Result<usize, Error> {
        let left = ctx.argc() - i - 1;
        match ctx.word(i) {
            Word::WithDist => self.query.with_distance = true,
            Word::WithHash => self.query.with_hash = true,
            Word::WithCoord => self.query.with_point = true,
            Word::Any => self.query.any = true,
            Word::Asc => self.query.order = Some(Order::Ascending),
            Word::Desc => self.query.order = Some(Order::Descending),
            Word::Count if left >= 1 => {
                let count = ctx.int(i + 1)?;
                if count <= 0 {
                    return Err(Error(&"ERR COUNT must be > 0"));
                }
                self.query.count = usize::try_from(count).unwrap_or(usize::MAX);
                return Ok(1);
            }
            Word::StoreDist if self.form == Form::SearchStore => self.query.store_distance = true,
            _ if self.form.is_search() => return self.search_option(ctx, i),
            word @ (Word::Store | Word::StoreDist) if left >= 1 && self.may_store => {
                self.query.target = Some(i + 1);
                self.query.store_distance = word == Word::StoreDist;
                return Ok(1);
            }
            _ => return Err(Error::SYNTAX),
        }
        Ok(0)
    }

    /// The options that say where GEOSEARCH looks: a centre and a shape of one kind each, of which the last one counts.
    fn search_option(&mut self, ctx: &mut Ctx<'_, '_>, i: usize) -> Result<usize, Error> {
        let left = ctx.argc() - i - 1;
        match ctx.word(i) {
            Word::FromMember if left >= 1 && self.center != Center::Point => {
                if self.source.is_some() {
                    self.member(ctx, i + 1)?;
                }
                self.center = Center::Member;
                Ok(1)
            }
            Word::FromLonLat if left >= 2 && self.center != Center::Member => {
                self.query.area.center = point_arg(ctx, i + 1)?;
                self.center = Center::Point;
                Ok(2)
            }
            Word::ByRadius if left >= 2 && self.around != Some(Around::Rectangle) => {
                self.circle(ctx, i + 1)?;
                self.around = Some(Around::Circle);
                Ok(2)
            }
            Word::ByBox if left >= 3 && self.around != Some(Around::Circle) => {
                self.rectangle(ctx, i + 1)?;
                self.around = Some(Around::Rectangle);
                Ok(3)
            }
            _ => Err(Error::SYNTAX),
        }
    }

    fn check(&self, ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
        let query = &self.query;
        if query.target.is_some() && (query.with_distance || query.with_hash || query.with_point) {
            return Err(Error(if self.form == Form::SearchStore {
                &"ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            } else {
                &"ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            }));
        }
        if self.form.is_search() && self.center == Center::Unknown {
            let head = "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ";
            // The command's name as the client wrote it.
            return Err(ctx.error_showing(head, 0, usize::MAX, ""));
        }
        if self.form.is_search() && self.around.is_none() {
            let head = "ERR exactly one of BYRADIUS and BYBOX can be specified for ";
            // The command's name as the client wrote it.
            return Err(ctx.error_showing(head, 0, usize::MAX, ""));
        }
        if query.any && query.count == 0 {
            return Err(Error(&"ERR the ANY argument requires COUNT argument"));
        }
        Ok(())
    }

    fn member(&mut self, ctx: &Ctx<'_, '_>, at: usize) -> Result<(), Error> {
        let unknown = Error(&"ERR could not decode requested zset member");
        self.query.area.center = position(ctx, self.source, at).ok_or(unknown)?;
        Ok(())
    }

    fn circle(&mut self, ctx: &Ctx<'_, '_>, at: usize) -> Result<(), Error> {
        let radius = ctx.float(at).map_err(|_| Error(&"ERR need numeric radius"))?;
        if radius < 0.0 {
            return Err(Error(&"ERR radius cannot be negative"));
        }
        self.query.area.shape = Shape::Circle { radius };
        self.query.area.metres = unit_arg(ctx, at + 1)?;
        Ok(())
    }

    fn rectangle(&mut self, ctx: &Ctx<'_, '_>, at: usize) -> Result<(), Error> {
        let width = ctx.float(at).map_err(|_| Error(&"ERR need numeric width"))?;
        let height = ctx.float(at + 1).map_err(|_| Error(&"ERR need numeric height"))?;
        if width < 0.0 || height < 0.0 {
            return Err(Error(&"ERR height or width cannot be negative"));
        }
        self.query.area.shape = Shape::Rectangle { width, height };
        self.query.area.metres = unit_arg(ctx, at + 2)?;
        Ok(())
    }
}
