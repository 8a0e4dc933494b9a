//! A board that asks the network for the time: servers that are late, absent, wrong or hostile, a clock that is a day off
//! either way, and what becomes of expiries, stream ids and the stored time meanwhile.

use super::console::{ask, connect, restart, wait};
use super::info;
use crate::test::Tally;
use anyhow::{Context, Result, ensure};
use microredis_testkit::board::Board;
use microredis_testkit::client::Client;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY_MS: i64 = 86_400_000;
/// How far a busy machine may be behind, in the comparison of times.
const NEAR_MS: i64 = 120_000;
const SPAN_S: i64 = 5000;

/// What a server sends back to one question; times are relative to this machine's.
#[derive(Clone, Copy, PartialEq)]
pub enum Say {
    Time(i64),
    /// The right time, but with bytes missing, or another question's mark, mode, or a clock that is not set.
    Short,
    OtherQuestion,
    OtherMode,
    NotSet,
    /// A kiss of death.
    Kiss(&'static [u8; 4]),
}

/// An NTP server on this machine, which the board reaches as 10.0.2.2.
pub struct Server {
    pub port: u16,
    says: Arc<Mutex<Vec<Say>>>,
    asked: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// One that answers each question with all of these.
    pub fn start(says: &[Say]) -> Result<Server> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        let port = socket.local_addr()?.port();
        let (says, asked) = (Arc::new(Mutex::new(says.to_vec())), Arc::new(AtomicUsize::new(0)));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (says, asked, stop) = (says.clone(), asked.clone(), stop.clone());
            move || {
                let mut question = [0; 512];
                while !stop.load(Ordering::Relaxed) {
                    let Ok((len, from)) = socket.recv_from(&mut question) else { continue };
                    asked.fetch_add(1, Ordering::Relaxed);
                    for say in says.lock().map(|says| says.clone()).unwrap_or_default() {
                        let _ = socket.send_to(&answer(say, &question[..len]), from);
                    }
                }
            }
        });
        Ok(Server { port, says, asked, stop, thread: Some(thread) })
    }

    fn say(&self, says: &[Say]) {
        if let Ok(mut place) = self.says.lock() {
            *place = says.to_vec();
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

pub fn unix_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// An answer as RFC 5905 has it.
pub fn answer(say: Say, question: &[u8]) -> Vec<u8> {
    const MARK: std::ops::Range<usize> = 40..48;
    let ahead_ms = if let Say::Time(ahead_ms) = say { ahead_ms } else { 0 };
    let ms = (unix_ms() + ahead_ms) as u64;
    let seconds = (ms / 1000).wrapping_add(2_208_988_800) as u32;
    let fraction = (ms % 1000) * (1 << 32) / 1000;
    let time = (u64::from(seconds) << 32 | fraction).to_be_bytes();
    let mut packet = vec![0; 48];
    // Version 4 of a server with a good clock: stratum 2, a second of precision.
    packet[..4].copy_from_slice(&[0x24, 2, 6, 0xEC]);
    packet[12..16].copy_from_slice(b"TEST");
    if let Some(mark) = question.get(MARK) {
        packet[24..32].copy_from_slice(mark);
    }
    for at in [16, 32, 40] {
        packet[at..at + 8].copy_from_slice(&time);
    }
    match say {
        Say::Time(_) => {}
        Say::Short => packet.truncate(47),
        Say::OtherQuestion => packet[31] ^= 1,
        Say::OtherMode => packet[0] = 0x23,
        Say::NotSet => packet[0] |= 0xC0,
        Say::Kiss(code) => {
            packet[1] = 0;
            packet[12..16].copy_from_slice(code);
        }
    }
    packet
}

pub fn run(board: &mut Board) -> Result<Tally> {
    let mut client = board.connect()?;
    ensure!(info::field(&mut client, "clock_source")? == "goldfish-rtc", "the board's clock is not taken");
    ensure!(info::number(&mut client, "clock_synced")? == 1, "the board's clock is not set");
    near(&mut client, 0)?;
    drop(client);
    let servers = [
        Server::start(&[])?,
        Server::start(&[Say::Kiss(b"DENY")])?,
        Server::start(&[Say::Time(-30 * 365 * DAY_MS)])?,
        Server::start(&[])?,
    ];
    set(board, &servers)?;
    absent(board, &servers)?;
    late_and_hostile(board, &servers)?;
    a_day_back(board, &servers)?;
    by_hand(board)?;
    Ok(Tally { passed: 5, failed: 0 })
}

fn set(board: &mut Board, servers: &[Server]) -> Result<()> {
    let list: Vec<String> = servers.iter().map(|server| format!("10.0.2.2:{}", server.port)).collect();
    ask(board, "set clock-source gps", "error: a clock's source is")?;
    ask(board, "set clock-interval 5", "error: an interval has")?;
    ask(board, "set ntp-servers 10.0.2.2:x", "error: servers are")?;
    ask(board, "set clock-source ntp", "ok, after save")?;
    ask(board, "set clock-interval 16", "ok, after save")?;
    ask(board, &format!("set ntp-servers {}", list.join(" ")), "ok, after save")?;
    ask(board, "save", "\nok")?;
    // A clock of its own is not stored at once; what somebody types is.
    ask(board, &format!("time {}", unix_ms() / 1000), "\nok")
}

/// Whether anything was stored beside the data.
fn stored_since(client: &mut Client, written: u64) -> bool {
    info::number(client, "settings_written_bytes").is_ok_and(|bytes| bytes > written)
}

/// What the steps of the clock are to leave alone.
struct Marks {
    point_s: i64,
    stream_id: String,
}

fn mark(client: &mut Client) -> Result<Marks> {
    let point_s = unix_ms() / 1000 + 30 * 86_400;
    for line in [format!("SET span v EX {SPAN_S}"), format!("SET point v EXAT {point_s}")] {
        ensure!(client.line(&line)?.text() == "OK", "{line}");
    }
    Ok(Marks { point_s, stream_id: client.line("XADD ids * f v")?.text() })
}

fn check(client: &mut Client, marks: &Marks) -> Result<()> {
    let left_s: i64 = client.line("TTL span")?.text().parse()?;
    // Not timed: the steps are a day and more.
    ensure!((1..=SPAN_S).contains(&left_s), "{left_s} s are left of {SPAN_S}");
    let point_s = client.line("EXPIRETIME point")?.text();
    ensure!(point_s == marks.point_s.to_string(), "the point of time moved to {point_s}");
    let id = client.line("XADD ids * f v")?.text();
    let parts =
        |id: &str| id.split_once('-').and_then(|(ms, n)| Some((ms.parse::<u64>().ok()?, n.parse::<u64>().ok()?)));
    ensure!(parts(&id) > parts(&marks.stream_id), "stream id {id} after {}", marks.stream_id);
    Ok(())
}

/// The board's time is this machine's and so much more.
fn near(client: &mut Client, ahead_ms: i64) -> Result<()> {
    let off_ms = time_s(client)? * 1000 - unix_ms() - ahead_ms;
    ensure!(off_ms.abs() < NEAR_MS, "the board's time is {off_ms} ms off");
    Ok(())
}

fn time_s(client: &mut Client) -> Result<i64> {
    Ok(client.line("TIME")?.items().first().context("TIME")?.text().parse()?)
}

fn is_set(client: &mut Client) -> Result<bool> {
    ensure!(info::field(client, "clock_source")? == "ntp", "clock_source");
    Ok(info::number(client, "clock_synced")? == 1)
}

/// Nobody answers: the board serves, and its time goes on from what was stored. What it counted outlives a start.
fn absent(board: &mut Board, servers: &[Server]) -> Result<()> {
    servers.iter().for_each(|server| server.say(&[]));
    restart(board, "reboot")?;
    let mut client = connect(board, "")?;
    ensure!(!is_set(&mut client)?, "the clock is set by nobody");
    near(&mut client, 0)?;
    let marks = mark(&mut client)?;
    ensure!(client.line("SAVE")?.text() == "OK", "SAVE");
    // Some seconds pass, more than the next start takes, and less than an interval.
    let silent = format!("10.0.2.2:{}: it does not answer", servers[2].port);
    wait(board, "nobody answers", |log| log.contains(&silent))?;
    let before_s = time_s(&mut client)?;
    restart(board, "reboot")?;
    let mut client = connect(board, "")?;
    ensure!(time_s(&mut client)? >= before_s, "time went back over a reboot");
    ensure!(!is_set(&mut client)?, "the clock is set by nobody");
    check(&mut client, &marks)
}

/// Wrong answers are refused; then a right one comes, two days ahead, and later ones that are too far off.
fn late_and_hostile(board: &mut Board, servers: &[Server]) -> Result<()> {
    let [first, denying, old, last] = servers else { return Ok(()) };
    let marks = mark(&mut connect(board, "")?)?;
    first.say(&[Say::Short, Say::OtherQuestion, Say::OtherMode, Say::NotSet]);
    denying.say(&[Say::Kiss(b"DENY")]);
    old.say(&[Say::Time(-30 * 365 * DAY_MS)]);
    last.say(&[Say::Time(50 * 365 * DAY_MS)]);
    for why in [
        "the answer is too short",
        "the answer is to another question",
        "no answer of a server",
        "its own clock is not set",
        "kiss of death",
        "before this firmware was built",
        "30 years after",
    ] {
        wait(board, why, |log| log.contains(why))?;
    }
    let denied = denying.asked();
    ensure!(!is_set(&mut connect(board, "")?)?, "a wrong answer has set the clock");
    // After a wrong one in the same breath, and behind a server that is busy.
    let written = info::number(&mut connect(board, "")?, "settings_written_bytes")?;
    first.say(&[Say::Kiss(b"RATE")]);
    last.say(&[Say::OtherQuestion, Say::Time(2 * DAY_MS)]);
    wait(board, "the clock", |log| log.contains("The clock is set (ntp)"))?;
    let mut client = connect(board, "")?;
    // INFO follows with the next tick.
    wait(board, "clock_synced", |_| is_set(&mut client).unwrap_or(false))?;
    near(&mut client, 2 * DAY_MS)?;
    check(&mut client, &marks)?;
    ensure!(denying.asked() == denied, "a server that denied was asked again");
    // The time is stored when it is set first, and with every interval.
    wait(board, "the first stored time", |_| stored_since(&mut client, written))?;
    let written = info::number(&mut client, "settings_written_bytes")?;
    let asked = last.asked();
    last.say(&[Say::Time(2 * DAY_MS + 2_000_000)]);
    wait(board, "a step too far", |log| log.contains("more than 1000 seconds off"))?;
    ensure!(last.asked() > asked, "nobody was asked again");
    near(&mut client, 2 * DAY_MS)?;
    wait(board, "a stored time", |_| stored_since(&mut client, written))
}

/// The next start begins two days ahead, as it was stored; the network says one.
fn a_day_back(board: &mut Board, servers: &[Server]) -> Result<()> {
    servers.iter().for_each(|server| server.say(&[]));
    ensure!(connect(board, "")?.line("SAVE")?.text() == "OK", "SAVE");
    restart(board, "reboot")?;
    let mut client = connect(board, "")?;
    ensure!(!is_set(&mut client)?, "the clock is set by nobody");
    near(&mut client, 2 * DAY_MS)?;
    let marks = mark(&mut client)?;
    let times = board.log().matches("The clock is set (ntp)").count();
    servers[0].say(&[Say::Time(DAY_MS)]);
    wait(board, "the clock", |log| log.matches("The clock is set (ntp)").count() > times)?;
    near(&mut client, DAY_MS)?;
    check(&mut client, &marks)
}

/// Without any source somebody sets the clock.
fn by_hand(board: &mut Board) -> Result<()> {
    ask(board, "set clock-source none", "ok, after save")?;
    ask(board, "save", "\nok")?;
    restart(board, "reboot")?;
    let mut client = connect(board, "")?;
    ensure!(info::field(&mut client, "clock_source")? == "none", "clock_source");
    let marks = mark(&mut client)?;
    ask(board, &format!("time {}", (unix_ms() - DAY_MS / 2) / 1000), "The clock is set (console)")?;
    wait(board, "clock_source", |_| info::field(&mut client, "clock_source").is_ok_and(|source| source == "console"))?;
    near(&mut client, -DAY_MS / 2)?;
    check(&mut client, &marks)
}
