//! The network's task, and whether the server makes progress: what a watchdog is fed for.

use crate::Shell;
use crate::clock::Clock;
use core::pin::pin;
use embassy_futures::select::{Either, select};
use embassy_net::{Config, Ipv4Cidr, Runner, StaticConfigV4, driver::Driver};
use embassy_time::{Duration, Ticker};
use microredis_board::line::LINE_BYTES_MAX;
use microredis_board::request::{self, Address};

/// The network's task is woken so often even where nothing comes, so that silence differs from standing still. It also
/// finds frames whose interrupt was lost.
const BEAT: Duration = Duration::from_secs(1);

impl<C: Clock> Shell<C> {
    /// The network as the setting `address` has it, or else `otherwise`, which is DHCP on boards that have a use for the
    /// setting. To be called after [`Shell::configure`].
    #[inline(never)]
    pub fn network_config(&self, otherwise: Config) -> Config {
        match request::address(self.setting("address", &mut [0; LINE_BYTES_MAX])) {
            Ok(Address::Static { address, prefix, gateway }) => Config::ipv4_static(StaticConfigV4 {
                address: Ipv4Cidr::new(address, prefix),
                gateway: Some(gateway),
                dns_servers: Default::default(),
            }),
            _ => otherwise,
        }
    }

    /// A board runs this once, in a task of its own.
    pub async fn network<D: Driver>(&self, mut runner: Runner<'static, D>) -> ! {
        let mut run = pin!(runner.run());
        let mut beat = Ticker::every(BEAT);
        loop {
            // The network has its turn first: a beat counts only after it.
            let Either::Second(()) = select(run.as_mut(), beat.next()).await;
            self.network_turns.set(self.network_turns.get().wrapping_add(1));
        }
    }

    /// Whether the watchdog is to be fed: engine and network both made progress since this was last true.
    pub fn has_progressed(&self) -> bool {
        self.feeding.borrow_mut().is_due(self.ticks.get(), self.network_turns.get())
    }
}
