//! What a board's firmware decides without touching hardware, apart so that it is tested on a host: what a line typed on
//! the serial console means ([`line`], [`request`]), when the watchdog is fed ([`watchdog`]), which times and which
//! servers of time are good ([`clock`], [`servers`]), and packets: of the domain name system ([`dns`],
//! [`mdns`]) and of clients that come ([`knock`]).

#![cfg_attr(not(test), no_std)]

pub mod clock;
pub mod dns;
pub mod knock;
pub mod line;
pub mod mdns;
pub mod request;
pub mod servers;
pub mod watchdog;
