//! Two servers side by side: the same commands to both, in pipelines, and what differs in the replies.

use super::check::{self, Check};
use super::generate::Step;
use super::special::{LANE_RESP3, LANE_SUBSCRIBER_RESP2, LANE_SUBSCRIBER_RESP3, LANES};
use super::state;
use crate::client::{Client, ClientError};
use crate::resp::Value;
use crate::server::Server;
use anyhow::{Context, Result};

/// A reply, or a state, that is not the same.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Which of the steps, counted from 0; the number of steps for the final state.
    pub step: usize,
    pub command: Vec<Vec<u8>>,
    /// What is wrong, in a few words: the same for the same cause, so that repeats are counted, not shown.
    pub what: String,
    pub redis: String,
    pub ours: String,
    /// Whether a server stopped answering.
    pub fatal: bool,
}

impl Difference {
    /// What makes two differences the same finding.
    pub fn signature(&self) -> String {
        format!("{}: {}", signature_words(&self.command), self.what)
    }
}

/// The command's name, with its subcommand where it has one.
pub fn signature_words(args: &[Vec<u8>]) -> String {
    let first = String::from_utf8_lossy(args.first().map_or(b"", |a| a.as_slice())).to_ascii_uppercase();
    let container =
        ["CONFIG", "CLIENT", "OBJECT", "COMMAND", "XINFO", "PUBSUB", "SLOWLOG", "MEMORY", "LATENCY", "XGROUP"];
    match args.get(1) {
        Some(second) if container.contains(&first.as_str()) => {
            format!("{first} {}", String::from_utf8_lossy(second).to_ascii_uppercase())
        }
        _ => first,
    }
}

pub struct Side {
    pub server: Server,
    lanes: Vec<Client>,
    pub control: Client,
}

pub struct Pair {
    pub redis: Side,
    pub ours: Side,
    marks: u64,
}

/// What is known of a connection while its commands are sent.
#[derive(Clone, Default)]
struct Lane {
    /// Inside MULTI: the checks for EXEC's reply.
    queued: Option<Vec<(Check, Vec<Vec<u8>>)>>,
}

impl Side {
    fn new(server: Server) -> Result<Side> {
        let control = server.connect()?;
        Ok(Side { server, lanes: Vec::new(), control })
    }

    /// New connections and empty databases.
    fn reset(&mut self, notify: bool) -> Result<()> {
        self.control = self.server.connect()?;
        self.lanes.clear();
        // A server that does not know a command says so; the run goes on with what it has.
        self.control.call(&["FLUSHALL"])?;
        let events = if notify { "KEA" } else { "" };
        self.control.call(&["CONFIG", "SET", "notify-keyspace-events", events])?;
        self.control.call(&["CONFIG", "RESETSTAT"])?;
        for lane in 0..LANES {
            let mut client = self.server.connect()?;
            if lane == LANE_RESP3 || lane == LANE_SUBSCRIBER_RESP3 {
                client.call(&["HELLO", "3"])?;
            }
            self.lanes.push(client);
        }
        Ok(())
    }
}

/// The longest pipeline.
const BATCH_MAX: usize = 64;

impl Pair {
    pub fn start(redis: Server, ours: Server) -> Result<Pair> {
        Ok(Pair { redis: Side::new(redis)?, ours: Side::new(ours)?, marks: 0 })
    }

    /// Replaces servers that no longer answer.
    pub fn revive(&mut self) -> Result<()> {
        for side in [&mut self.redis, &mut self.ours] {
            side.server.restart()?;
            side.control = side.server.connect()?;
        }
        Ok(())
    }

    /// Runs the steps on empty servers; gives what differs to `found`, which says whether to go on. After a write that
    /// differs the keys that differ are deleted on both, so that one cause is not reported again and again.
    pub fn run(
        &mut self,
        steps: &[Step],
        options: RunOptions,
        found: &mut dyn FnMut(Difference) -> bool,
    ) -> Result<()> {
        for side in [&mut self.redis, &mut self.ours] {
            let name = side.server.program.name();
            side.reset(options.notify).with_context(|| format!("{name}: {}", side.server.log_tail(20)))?;
        }
        let mut lanes = vec![Lane::default(); LANES];
        let mut at = 0;
        while at < steps.len() {
            let lane = steps[at].lane;
            let mut end = at + 1;
            let alone = |s: &Step| check::of(&s.args) == Check::Scan || s.lane >= LANE_SUBSCRIBER_RESP2;
            if !alone(&steps[at]) {
                while end < steps.len() && end - at < BATCH_MAX && steps[end].lane == lane && !alone(&steps[end]) {
                    end += 1;
                }
            }
            let differences = match self.batch(&steps[at..end], at, &mut lanes[lane]) {
                Ok(differences) => differences,
                Err((side, e)) => {
                    let log =
                        if side == "redis" { self.redis.server.log_tail(25) } else { self.ours.server.log_tail(25) };
                    found(Difference {
                        step: end - 1,
                        command: steps[end - 1].args.clone(),
                        what: format!("{side}: {e}"),
                        redis: String::new(),
                        ours: log,
                        fatal: true,
                    });
                    return self.revive();
                }
            };
            let mut diverged = false;
            for difference in differences {
                diverged = true;
                if !found(difference) {
                    return Ok(());
                }
            }
            if diverged {
                state::level(&mut self.redis.control, &mut self.ours.control)?;
            }
            if options.notify || lanes_subscribed(steps, at) {
                for difference in self.drain(end - 1, steps) {
                    if !found(difference) {
                        return Ok(());
                    }
                }
            }
            at = end;
        }
        if options.compare_state {
            for mut difference in state::compare(&mut self.redis.control, &mut self.ours.control)? {
                difference.step = steps.len();
                if !found(difference) {
                    break;
                }
            }
        }
        Ok(())
    }

    /// One pipeline on one connection. An error names the side whose connection failed.
    fn batch(
        &mut self,
        steps: &[Step],
        first: usize,
        lane: &mut Lane,
    ) -> Result<Vec<Difference>, (&'static str, ClientError)> {
        if steps.len() == 1 && steps[0].lane >= LANE_SUBSCRIBER_RESP2 {
            return self.subscriber_step(&steps[0], first);
        }
        if steps.len() == 1 && lane.queued.is_none() && check::of(&steps[0].args) == Check::Scan {
            return self.scan(&steps[0], first);
        }
        enum Role {
            Before,
            Main(usize, Check),
            After(Check),
        }
        let mut sent: Vec<(Vec<Vec<u8>>, Role)> = Vec::new();
        let mut multi = lane.queued.is_some();
        for (i, step) in steps.iter().enumerate() {
            let word = step.args[0].to_ascii_uppercase();
            let single = step.args.len() == 1;
            let mut check = check::of(&step.args);
            if multi {
                check = check.in_exec();
            }
            sent.extend(check.before().into_iter().map(|c| (c, Role::Before)));
            let after = check.after();
            sent.push((step.args.clone(), Role::Main(i, check)));
            sent.extend(after.into_iter().map(|(c, check)| (c, Role::After(check))));
            match word.as_slice() {
                b"MULTI" if single => multi = true,
                b"EXEC" | b"DISCARD" | b"RESET" if single => multi = false,
                _ => {}
            }
        }
        let lane_index = steps[0].lane;
        for side in [&mut self.redis, &mut self.ours] {
            for (args, _) in &sent {
                side.lanes[lane_index].queue(args);
            }
        }
        self.redis.lanes[lane_index].flush().map_err(|e| ("redis", e))?;
        self.ours.lanes[lane_index].flush().map_err(|e| ("ours", e))?;

        let mut differences = Vec::new();
        let mut before: Option<(Value, Value)> = None;
        let mut current = (0, Vec::new());
        for (args, role) in sent {
            let redis = self.redis.lanes[lane_index].read().map_err(|e| ("redis", e))?;
            let ours = self.ours.lanes[lane_index].read().map_err(|e| ("ours", e))?;
            match role {
                Role::Before => {
                    if matches!(args[0].as_slice(), b"OBJECT") && redis != ours && !ours.is_error() {
                        differences.push(difference(first, &args, "encoding", &redis, &ours));
                    }
                    before = Some((redis, ours));
                }
                Role::Main(i, check) => {
                    current = (first + i, args.clone());
                    let context = before.take();
                    let context = context.as_ref().map(|(a, b)| (a, b));
                    let found = compare_in_lane(lane, &args, &check, &redis, &ours, context);
                    if let Some((command, what)) = found {
                        differences.push(difference(first + i, &command, &what, &redis, &ours));
                    }
                }
                Role::After(check) => {
                    if check.compare(&redis, &ours, None).is_some() {
                        let what = format!("{} afterwards", signature_words(&args));
                        differences.push(difference(current.0, &current.1, &what, &redis, &ours));
                    }
                }
            }
        }
        Ok(differences)
    }

    /// A full iteration on both; what was found is the same set.
    fn scan(&mut self, step: &Step, at: usize) -> Result<Vec<Difference>, (&'static str, ClientError)> {
        let redis = full_scan(&mut self.redis.lanes[step.lane], &step.args).map_err(|e| ("redis", e))?;
        let ours = full_scan(&mut self.ours.lanes[step.lane], &step.args).map_err(|e| ("ours", e))?;
        Ok(match (redis == ours, redis.is_error() && ours.is_error()) {
            (true, _) => Vec::new(),
            (false, true) => vec![difference(at, &step.args, "error text", &redis, &ours)],
            (false, false) => vec![difference(at, &step.args, "elements of a full iteration", &redis, &ours)],
        })
    }

    /// A command of a subscriber, with all that arrives before the mark that follows it.
    fn subscriber_step(&mut self, step: &Step, at: usize) -> Result<Vec<Difference>, (&'static str, ClientError)> {
        self.redis.lanes[step.lane].queue(&step.args);
        self.ours.lanes[step.lane].queue(&step.args);
        let (redis, ours) = self.until_mark(step.lane)?;
        // Without a channel the order in which they are left is that of a hash table, and so are the counts.
        let loose = step.args.len() == 1;
        let redis = frames(redis, loose);
        let ours = frames(ours, loose);
        Ok(if redis == ours {
            Vec::new()
        } else {
            vec![difference(at, &step.args, "frames", &Value::Array(redis), &Value::Array(ours))]
        })
    }

    /// Sends a PING with a text of its own and gives all that comes before its answer.
    #[allow(clippy::type_complexity)]
    fn until_mark(&mut self, lane: usize) -> Result<(Vec<Value>, Vec<Value>), (&'static str, ClientError)> {
        self.marks += 1;
        let mark = format!("mark-{}", self.marks);
        let read = |client: &mut Client| -> Result<Vec<Value>, ClientError> {
            let mut frames = Vec::new();
            client.queue(&["PING", &mark]);
            client.flush()?;
            loop {
                let frame = client.read()?;
                let last = frame.bytes() == Some(mark.as_bytes())
                    || frame.items().last().is_some_and(|v| v.bytes() == Some(mark.as_bytes()));
                // An error in place of the mark ends it too (a server without PING in this state).
                if last || frame.is_error() && frame.text().contains("'ping'") {
                    return Ok(frames);
                }
                frames.push(frame);
            }
        };
        let redis = read(&mut self.redis.lanes[lane]).map_err(|e| ("redis", e))?;
        let ours = read(&mut self.ours.lanes[lane]).map_err(|e| ("ours", e))?;
        Ok((redis, ours))
    }

    /// What the subscribers received through the last commands of others.
    fn drain(&mut self, at: usize, steps: &[Step]) -> Vec<Difference> {
        let mut out = Vec::new();
        for lane in [LANE_SUBSCRIBER_RESP2, LANE_SUBSCRIBER_RESP3] {
            let Ok((redis, ours)) = self.until_mark(lane) else {
                continue;
            };
            let redis = frames(redis, false);
            let ours = frames(ours, false);
            if let Some(what) = frames_difference(&redis, &ours) {
                let mut found = difference(at, &steps[at].args, &what, &Value::Array(redis), &Value::Array(ours));
                // The pipeline's last command need not be the one that sent it.
                found.command.insert(0, b"(messages)".to_vec());
                out.push(found);
            }
        }
        out
    }
}

/// How a run goes.
#[derive(Clone, Copy)]
pub struct RunOptions {
    pub compare_state: bool,
    /// With keyspace notifications switched on.
    pub notify: bool,
}

fn lanes_subscribed(steps: &[Step], at: usize) -> bool {
    steps[..at].iter().any(|s| s.lane >= LANE_SUBSCRIBER_RESP2)
}

fn difference(step: usize, command: &[Vec<u8>], what: &str, redis: &Value, ours: &Value) -> Difference {
    Difference {
        step,
        command: command.to_vec(),
        what: what.to_string(),
        redis: format!("{redis:?}"),
        ours: format!("{ours:?}"),
        fatal: false,
    }
}

/// Compares one reply, keeping track of MULTI; gives the command to blame (inside EXEC the queued one) and why.
fn compare_in_lane(
    lane: &mut Lane,
    args: &[Vec<u8>],
    check: &Check,
    redis: &Value,
    ours: &Value,
    context: Option<(&Value, &Value)>,
) -> Option<(Vec<Vec<u8>>, String)> {
    let word = args[0].to_ascii_uppercase();
    let single = args.len() == 1;
    let whole = |what: &str| Some((args.to_vec(), what.to_string()));
    if word == b"MULTI" && single && lane.queued.is_none() {
        lane.queued = Some(Vec::new());
        return check.compare(redis, ours, context).and_then(whole);
    }
    let ends = single && matches!(word.as_slice(), b"EXEC" | b"DISCARD" | b"RESET");
    let Some(queued) = &mut lane.queued else {
        return check.compare(redis, ours, context).and_then(whole);
    };
    if !ends {
        if redis.bytes() == Some(b"QUEUED") {
            queued.push((check.clone(), args.to_vec()));
        }
        return Check::Exact.compare(redis, ours, None).and_then(whole);
    }
    let queued = lane.queued.take().unwrap_or_default();
    let (Value::Array(a), Value::Array(b)) = (redis, ours) else {
        return Check::Exact.compare(redis, ours, None).and_then(whole);
    };
    if a.len() != b.len() {
        return whole("number of replies");
    }
    for ((check, args), (redis, ours)) in queued.iter().zip(a.iter().zip(b)) {
        if let Some(what) = check.compare(redis, ours, None) {
            return Some((args.clone(), format!("{what} in EXEC")));
        }
    }
    None
}

/// Iterates to the end and gives the error, or all elements sorted and without repetitions.
fn full_scan(client: &mut Client, args: &[Vec<u8>]) -> Result<Value, ClientError> {
    let at = if args[0].eq_ignore_ascii_case(b"SCAN") { 1 } else { 2 };
    let mut args = args.to_vec();
    let pairs = matches!(args[0].to_ascii_uppercase().as_slice(), b"HSCAN" | b"ZSCAN");
    let mut all: Vec<Vec<Value>> = Vec::new();
    // A guarantee of SCAN is that it ends; far more rounds than any COUNT needs here means that it does not.
    for _ in 0..5_000 {
        let reply = client.call(&args)?;
        let items = reply.items();
        if reply.is_error() || items.len() != 2 {
            return Ok(reply);
        }
        let elements = items[1].items();
        all.extend(elements.chunks(if pairs { 2 } else { 1 }).map(<[Value]>::to_vec));
        let cursor = items[0].bytes().unwrap_or_default().to_vec();
        if cursor == b"0" {
            all.sort();
            all.dedup();
            return Ok(Value::Array(all.concat()));
        }
        args[at] = cursor;
    }
    Ok(Value::Simple(b"an iteration without end".to_vec()))
}

/// The first message that only one of the two has, by the name of its channel or event.
fn frames_difference(redis: &[Value], ours: &[Value]) -> Option<String> {
    let name = |frame: &Value| {
        let items = frame.items();
        let channel = items.iter().rev().nth(1).map(Value::text).unwrap_or_default();
        match channel.split_once("__:") {
            Some((_, event)) if channel.starts_with("__keyevent") => format!("event {event}"),
            _ if channel.starts_with("__keyspace") => {
                format!("event {}", items.last().map(Value::text).unwrap_or_default())
            }
            _ => "message".to_string(),
        }
    };
    let mut rest = ours.to_vec();
    for frame in redis {
        match rest.iter().position(|f| f == frame) {
            Some(at) => drop(rest.remove(at)),
            None => return Some(format!("{} missing", name(frame))),
        }
    }
    rest.first().map(|frame| format!("{} too many", name(frame)))
}

/// Frames as a sorted list: messages to several patterns come in a hash table's order.
fn frames(mut frames: Vec<Value>, loose: bool) -> Vec<Value> {
    if loose {
        for frame in &mut frames {
            if let Value::Array(items) | Value::Push(items) = frame {
                items.truncate(2);
            }
        }
    }
    frames.sort();
    frames
}
