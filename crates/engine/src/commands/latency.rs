//! LATENCY: spikes above a threshold, by event, and the commands' histograms. The rows stand in `diagnostics.rs`.

use super::spec::{Command, Flags};
use super::{Ctx, table};
use crate::commands::table::FullName;
use crate::diagnostics::latency::{EVENTS, Sample};
use crate::error::Error;
use crate::memory::Bytes;
use crate::number::Fixed;
use crate::server::Server;
use crate::stats::Histogram;
use crate::text::Text;
use core::fmt::Write;

/// A command's duration: kept where it is at or above `latency-monitor-threshold`.
pub fn note(server: &mut Server, row: &'static Command, microseconds: u64) {
    let threshold = server.config.latency_monitor_threshold;
    let ms = microseconds / 1000;
    if threshold == 0 || ms < threshold {
        return;
    }
    let event = usize::from(row.flags.has(Flags::FAST));
    let sample = Sample { time_s: (server.now.wall_ms / 1000) as u32, ms: ms.min(u64::from(u32::MAX)) as u32 };
    server.latency.add(&mut server.mem, event, sample);
}

fn event(ctx: &Ctx<'_, '_>, i: usize) -> Option<usize> {
    let name = ctx.short(i)?;
    EVENTS.iter().position(|event| event.as_bytes().eq_ignore_ascii_case(name.as_bytes()))
}

pub fn doctor(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mut text = Text::new();
    let has = |ctx: &Ctx<'_, '_>, event: usize| ctx.e.latency.len(event) > 0;
    let any = (0..EVENTS.len()).any(|event| has(ctx, event));
    if !any && ctx.config().latency_monitor_threshold == 0 {
        text.add(b"I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \"CONFIG SET latency-monitor-threshold <milliseconds>.\" in order to enable it. If we weren't in a deep space mission I'd suggest to take a look at https://redis.io/topics/latency-monitor.\n");
    } else if !any {
        text.add(b"Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit. I honestly think you ought to sit down calmly, take a stress pill, and think things over.\n");
    } else {
        text.add(b"Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?\n\n");
        for (number, event) in (0..EVENTS.len()).filter(|&event| has(ctx, event)).enumerate() {
            describe(ctx, &mut text, number + 1, event);
        }
        advise(ctx, &mut text);
    }
    ctx.verbatim("txt", text.as_bytes());
    Ok(())
}

/// One event's line, with the figures that Redis gives.
fn describe(ctx: &Ctx<'_, '_>, text: &mut Text, number: usize, event: usize) {
    let count = ctx.e.latency.len(event);
    let sample = |n| ctx.e.latency.read(&ctx.e.mem, event, n);
    let average = (0..count).map(|n| u64::from(sample(n).ms)).sum::<u64>() / count as u64;
    let deviation = (0..count).map(|n| average.abs_diff(u64::from(sample(n).ms))).sum::<u64>() / count as u64;
    let period_s = (ctx.now_ms() / 1000 - i64::from(sample(0).time_s)).max(1);
    let _ = writeln!(
        text,
        "{number}. {}: {count} latency spikes (average {average}ms, mean deviation {deviation}ms, period {} sec). \
         Worst all time event {}ms.",
        EVENTS[event],
        Fixed(period_s as f64 / count as f64, 2),
        ctx.e.latency.highest[event]
    );
}

/// Of Redis's pieces of advice those that hold here: nothing forks, writes an AOF or frees large objects in one step.
fn advise(ctx: &Ctx<'_, '_>, text: &mut Text) {
    let has = |name: &str| {
        let event = EVENTS.iter().position(|&event| event == name);
        event.is_some_and(|event| ctx.e.latency.len(event) > 0)
    };
    let config = ctx.config();
    let threshold_us = config.latency_monitor_threshold.saturating_mul(1000);
    let advises = has("command") || has("eviction-cycle") || (has("expire-cycle") && config.hz < 100);
    if !advises {
        return text.add(b"\nWhile there are latency events logged, I'm not able to suggest any easy fix. Please use the Redis community to get some help, providing this report in your help request.\n");
    }
    text.add(b"\nI have a few advices for you:\n\n");
    if has("command") {
        let slower_than_us = config.slowlog_log_slower_than;
        if slower_than_us < 0 {
            let _ = writeln!(
                text,
                "- There are latency issues with potentially slow commands you are using. Try to enable the Slow Log Redis feature using the command 'CONFIG SET slowlog-log-slower-than {threshold_us}'. If the Slow log is disabled Redis is not able to log slow commands execution for you."
            );
        } else if slower_than_us as u64 / 1000 > threshold_us / 1000 {
            let _ = writeln!(
                text,
                "- Your current Slow Log configuration only logs events that are slower than your configured latency monitor threshold. Please use 'CONFIG SET slowlog-log-slower-than {threshold_us}'."
            );
        }
        text.add(b"- Check your Slow Log to understand what are the commands you are running which are too slow to execute. Please check https://redis.io/commands/slowlog for more information.\n");
    }
    if has("expire-cycle") && config.hz < 100 {
        text.add(b"- In order to make the Redis keys expiring process more incremental, try to set the 'hz' configuration parameter to 100 using 'CONFIG SET hz 100'.\n");
    }
    if has("eviction-cycle") {
        text.add(b"- Sudden changes to the 'maxmemory' setting via 'CONFIG SET', or allocation of large objects via sets or sorted sets intersections, STORE option of SORT, Redis Cluster large keys migrations (RESTORE command), may create sudden memory pressure forcing the server to block trying to evict keys. \n");
    }
}

/// A bar of rising characters a sample, and beneath it how long ago it was.
pub fn graph(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    const ROWS: usize = 4;
    const COLUMNS: usize = 79;
    let Some(event) = event(ctx, 2).filter(|&event| ctx.e.latency.len(event) > 0) else {
        return Err(ctx.error_showing("ERR No samples available for event '", 2, usize::MAX, "'"));
    };
    let all = ctx.e.latency.len(event);
    let first = all.saturating_sub(COLUMNS);
    let (mut low, mut high) = (u32::MAX, 0);
    for n in first..all {
        let ms = ctx.e.latency.read(&ctx.e.mem, event, n).ms;
        (low, high) = (low.min(ms), high.max(ms));
    }
    let mut text = Text::new();
    let _ = writeln!(
        text,
        "{} - high {high} ms, low {low} ms (all time high {} ms)",
        EVENTS[event], ctx.e.latency.highest[event]
    );
    for _ in 0..COLUMNS.min(80) {
        text.add(b"-");
    }
    text.add(b"\n");
    let span = (high - low).max(1);
    for row in (0..ROWS).rev() {
        for n in first..all {
            let ms = ctx.e.latency.read(&ctx.e.mem, event, n).ms;
            // Three characters a row: bottom, middle, top.
            let level = ((ms - low) as usize * (ROWS * 3 - 1)) / span as usize;
            text.add(match level.checked_sub(row * 3) {
                None => b" ",
                Some(0) => b"_",
                Some(1) => b"o",
                Some(_) => b"#",
            });
        }
        text.add(b"\n");
    }
    ctx.verbatim("txt", text.as_bytes());
    Ok(())
}

pub fn histogram(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let deferred = ctx.deferred();
    let mut count = 0;
    for (index, row) in table::all().iter().enumerate() {
        let stats = ctx.e.stats.histograms.of(index);
        if stats.count() == 0 || !(ctx.argc() == 2 || (2..ctx.argc()).any(|i| names(ctx, i, row))) {
            continue;
        }
        count += 1;
        let mut name = Text::new();
        let _ = write!(name, "{}", FullName(row));
        ctx.bulk(Bytes::Slice(name.as_bytes()));
        ctx.map(2);
        ctx.bulk_str("calls");
        ctx.integer(stats.count() as i64);
        ctx.bulk_str("histogram_usec");
        let filled = stats.buckets.iter().filter(|&&n| n > 0).count();
        ctx.map(filled);
        let mut total = 0;
        for (n, &in_bucket) in stats.buckets.iter().enumerate() {
            if in_bucket > 0 {
                total += i64::from(in_bucket);
                ctx.integer(Histogram::bound_us(n) as i64);
                ctx.integer(total);
            }
        }
    }
    ctx.end_map(deferred, count);
    Ok(())
}

/// Whether argument `i` names this row, or its container.
fn names(ctx: &Ctx<'_, '_>, i: usize, row: &'static Command) -> bool {
    let Some(wanted) = ctx.short(i) else { return false };
    let mut name = Text::new();
    let _ = write!(name, "{}", FullName(row));
    wanted.as_bytes().eq_ignore_ascii_case(name.as_bytes())
        || table::container(row).is_some_and(|c| c.name.as_bytes().eq_ignore_ascii_case(wanted.as_bytes()))
}

pub fn history(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let Some(event) = event(ctx, 2) else {
        ctx.array(0);
        return Ok(());
    };
    let count = ctx.e.latency.len(event);
    ctx.array(count);
    for n in 0..count {
        let sample = ctx.e.latency.read(&ctx.e.mem, event, n);
        ctx.array(2);
        ctx.integer(i64::from(sample.time_s));
        ctx.integer(i64::from(sample.ms));
    }
    Ok(())
}

pub fn latest(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let events = (0..EVENTS.len()).filter(|&event| ctx.e.latency.len(event) > 0).count();
    ctx.array(events);
    for (event, name) in EVENTS.iter().enumerate() {
        let count = ctx.e.latency.len(event);
        if count == 0 {
            continue;
        }
        let last = ctx.e.latency.read(&ctx.e.mem, event, count - 1);
        let highest = ctx.e.latency.highest[event];
        ctx.array(4);
        ctx.bulk_str(name);
        ctx.integer(i64::from(last.time_s));
        ctx.integer(i64::from(last.ms));
        ctx.integer(i64::from(highest));
    }
    Ok(())
}

pub fn reset(ctx: &mut Ctx<'_, '_>) -> Result<(), Error> {
    let mut count = 0;
    for index in 0..EVENTS.len() {
        let chosen = ctx.argc() == 2 || (2..ctx.argc()).any(|i| event(ctx, i) == Some(index));
        if chosen {
            count += i64::from(ctx.e.latency.reset(&mut ctx.e.mem, index));
        }
    }
    ctx.integer(count);
    Ok(())
}
