//! What a board's firmware decides without touching hardware, apart so that it is tested on a host: what a line typed on
//! the serial console means ([`line`], [`request`]), and when the watchdog is fed ([`watchdog`]).

#![cfg_attr(not(test), no_std)]

pub mod line;
pub mod request;
pub mod watchdog;
