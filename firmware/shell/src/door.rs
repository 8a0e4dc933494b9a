//! The door to the server's port: while no socket listens, a client that comes is not answered, so that it knocks again a
//! second later. The network stack alone would refuse it, as there is no queue of clients that wait.
//!
//! It stands before the stack, as a driver around the board's own.

use crate::PORT;
use core::cell::Cell;
use core::task::Context;
use embassy_net::driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken};
use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use microredis_board::knock::is_knock;

/// Sockets.
#[derive(Clone, Copy)]
struct State {
    /// Waiting for a client, or amid its greeting.
    listening: u8,
    /// Of those, as many as clients were let in for; counted anew now and then, since some knock twice.
    taken: u8,
}

static STATE: Mutex<CriticalSectionRawMutex, Cell<State>> = Mutex::new(Cell::new(State { listening: 0, taken: 0 }));

fn change(with: impl FnOnce(&mut State) -> bool) -> bool {
    STATE.lock(|cell| {
        let mut state = cell.get();
        let answer = with(&mut state);
        cell.set(state);
        answer
    })
}

/// A socket listens for as long as this is there.
pub(crate) struct Listening(());

impl Listening {
    pub fn begin() -> Listening {
        change(|state| {
            state.listening += 1;
            true
        });
        Listening(())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        change(|state| {
            state.listening -= 1;
            state.taken = state.taken.saturating_sub(1);
            true
        });
    }
}

/// To be called once a second: a greeting that took longer is not going to end.
pub(crate) fn count_anew() {
    change(|state| {
        state.taken = 0;
        true
    });
}

fn let_in() -> bool {
    change(|state| {
        let is_free = state.taken < state.listening;
        state.taken += u8::from(is_free);
        is_free
    })
}

/// A board's driver behind the door.
pub struct Door<D>(pub D);

impl<D: Driver> Driver for Door<D> {
    type RxToken<'a>
        = Guarded<D::RxToken<'a>>
    where
        Self: 'a;
    type TxToken<'a>
        = D::TxToken<'a>
    where
        Self: 'a;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let (incoming, outgoing) = self.0.receive(cx)?;
        Some((Guarded(incoming), outgoing))
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<Self::TxToken<'_>> {
        self.0.transmit(cx)
    }

    fn link_state(&mut self, cx: &mut Context<'_>) -> LinkState {
        self.0.link_state(cx)
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn hardware_address(&self) -> HardwareAddress {
        self.0.hardware_address()
    }
}

pub struct Guarded<T>(T);

impl<T: RxToken> RxToken for Guarded<T> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, read: F) -> R {
        self.0.consume(|frame| {
            let is_heard = !is_knock(frame, PORT) || let_in();
            // An empty frame is passed over by the stack.
            read(if is_heard { frame } else { &mut [] })
        })
    }
}
