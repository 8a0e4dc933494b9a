//! When to feed the watchdog: not because a timer still runs, but because the server does its work.

/// What had been done when the watchdog was last fed.
#[derive(Default)]
pub struct Feeding {
    ticks: u32,
    network: u32,
}

impl Feeding {
    /// Whether to feed, given the counts of the engine's ticks and of the network's turns: both have to have moved since
    /// the last time that they were.
    pub fn is_due(&mut self, ticks: u32, network: u32) -> bool {
        let is_due = ticks != self.ticks && network != self.network;
        if is_due {
            *self = Feeding { ticks, network };
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::Feeding;

    #[test]
    fn either_alone_is_not_enough() {
        let mut feeding = Feeding::default();
        assert!(!feeding.is_due(0, 0), "nothing was done yet");
        assert!(!feeding.is_due(5, 0), "the network stands still");
        assert!(!feeding.is_due(0, 5), "the engine stands still");
        assert!(feeding.is_due(5, 5));
        assert!(!feeding.is_due(5, 5), "nothing since");
        assert!(!feeding.is_due(9, 5), "the network stands still");
    }

    #[test]
    fn progress_at_different_times_adds_up() {
        let mut feeding = Feeding::default();
        assert!(!feeding.is_due(1, 0));
        assert!(feeding.is_due(1, 1), "the tick was not forgotten");
        assert!(!feeding.is_due(1, 2));
        assert!(feeding.is_due(2, 2));
    }

    #[test]
    fn counts_may_wrap() {
        let mut feeding = Feeding { ticks: u32::MAX, network: u32::MAX };
        assert!(feeding.is_due(0, 0));
    }
}
