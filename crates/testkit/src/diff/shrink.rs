//! From an episode that shows a difference to the few commands that matter: drop runs of commands as long as the same
//! difference shows up, halving the runs.

use super::generate::Step;
use super::pair::{Difference, Pair, RunOptions};
use anyhow::Result;

/// Runs that shrinking may take; each is some milliseconds.
const RUNS_MAX: usize = 300;

pub fn shrink(pair: &mut Pair, steps: &[Step], wanted: &Difference, options: RunOptions) -> Result<Vec<Step>> {
    let last = (wanted.step + 1).min(steps.len());
    let mut best = steps[..last].to_vec();
    let options = RunOptions { compare_state: wanted.step >= steps.len(), ..options };
    let signature = wanted.signature();
    let mut runs = 0;
    let shows = |pair: &mut Pair, steps: &[Step]| -> Result<bool> {
        let mut seen = false;
        pair.run(steps, options, &mut |d| {
            seen |= d.signature() == signature;
            !seen && !d.fatal
        })?;
        Ok(seen)
    };
    let mut size = best.len() / 2;
    while size > 0 && runs < RUNS_MAX {
        let mut at = 0;
        let mut dropped = false;
        while at < best.len() && runs < RUNS_MAX {
            let end = (at + size).min(best.len());
            // The command that shows a reply's difference stays.
            if end == best.len() && wanted.step < steps.len() && end - at == 1 {
                break;
            }
            let mut shorter = best.clone();
            shorter.drain(at..end);
            runs += 1;
            if shows(pair, &shorter)? {
                best = shorter;
                dropped = true;
            } else {
                at = end;
            }
        }
        if !dropped || size > 1 {
            size /= 2;
        }
    }
    Ok(best)
}
