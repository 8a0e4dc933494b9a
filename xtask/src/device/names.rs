//! Names on the board's network: its own is announced and answered by multicast DNS, and a time server's is looked up.

use super::clock::Say;
use super::console::{ask, connect, restart, wait};
use super::peer::{ADDRESS, Datagram, GROUP, MDNS, Peer};
use crate::test::Tally;
use anyhow::{Context, Result, ensure};
use microredis_testkit::board::Board;
use std::net::Ipv4Addr;
use std::sync::atomic::Ordering;
use std::time::Duration;

const BOARD: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 15);
/// How long the board may take to say something, on a machine that is busy.
const SAID_MAX: Duration = Duration::from_secs(60);
/// How long silence is listened to.
const SILENCE: Duration = Duration::from_millis(1500);

const A: u16 = 1;
const AAAA: u16 = 28;

pub fn run(board: &mut Board, peer: &Peer) -> Result<Tally> {
    let default = peer.hear(SAID_MAX).context("the board has not announced itself")?;
    ensure!(contains(&default.bytes, b"\x11microredis-123456\x05local\0"), "{default:?}");
    ask(board, "set hostname Lamp", "ok, after save")?;
    ask(board, "set clock-source ntp", "ok, after save")?;
    ask(board, "set ntp-servers time.example.org", "ok, after save")?;
    ask(board, "save", "\nok")?;
    restart(board, "reboot")?;
    announced(peer)?;
    answered(peer)?;
    looked_up(board, peer)?;
    switched_off(board, peer)?;
    Ok(Tally { passed: 4, failed: 0 })
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn query(id: u16, name: &str, kind: u16) -> Vec<u8> {
    let mut packet = [&id.to_be_bytes()[..], &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0]].concat();
    for label in name.split('.') {
        packet.push(label.len() as u8);
        packet.extend(label.as_bytes());
    }
    packet.push(0);
    packet.extend(kind.to_be_bytes());
    packet.extend([0, 1]);
    packet
}

/// A response to all with the board's address: what was announced before may still be heard.
fn to_all(peer: &Peer) -> Result<()> {
    for _ in 0..8 {
        let heard = peer.hear(SAID_MAX).context("the board says nothing")?;
        if heard.to.0 == GROUP
            && contains(&heard.bytes, b"\x04Lamp\x05local\0\0\x01\x80\x01\0\0\0\x78\0\x04\x0A\0\x02\x0F")
        {
            let Datagram { to_mac, hops, from, to, bytes } = heard;
            ensure!(to_mac == [1, 0, 0x5E, 0, 0, 0xFB] && hops == 255, "{to_mac:?}, {hops} hops");
            ensure!(from == (BOARD, MDNS) && to == (GROUP, MDNS), "from {from:?} to {to:?}");
            ensure!(bytes[..12] == [0, 0, 0x84, 0, 0, 0, 0, 2, 0, 0, 0, 0], "{bytes:?}");
            return Ok(());
        }
    }
    anyhow::bail!("the name is not among what the board says")
}

fn announced(peer: &Peer) -> Result<()> {
    // Twice, a second apart.
    to_all(peer)?;
    to_all(peer)
}

fn answered(peer: &Peer) -> Result<()> {
    for kind in [A, AAAA] {
        // What a listener to the group asks is answered to all.
        peer.say((ADDRESS, MDNS), &query(0, "lamp.local", kind))?;
        to_all(peer)?;
    }
    // Others alone, and nothing but that: neither for other names, nor from afar, nor for noise.
    let afar = Ipv4Addr::new(192, 168, 9, 9);
    peer.say((ADDRESS, 40_000), &query(1, "lamp2.local", A))?;
    peer.say((afar, 40_000), &query(2, "lamp.local", A))?;
    peer.say((ADDRESS, 40_000), &query(3, "lamp.local", A)[..20])?;
    peer.say((ADDRESS, 40_000), &[0xFF; 900])?;
    peer.say((ADDRESS, 40_000), &[])?;
    let mut heard = None;
    for _ in 0..30 {
        // Only a few datagrams wait at the board, and others are lost.
        peer.say((ADDRESS, 40_000), &query(4, "LAMP.local", A))?;
        heard = peer.hear(SILENCE);
        if heard.is_some() {
            break;
        }
    }
    let heard = heard.context("the board does not answer")?;
    ensure!(heard.to == (ADDRESS, 40_000) && heard.from == (BOARD, MDNS), "{heard:?}");
    ensure!(heard.bytes[..8] == [0, 4, 0x84, 0, 0, 1, 0, 2], "{heard:?}");
    Ok(())
}

fn looked_up(board: &mut Board, peer: &Peer) -> Result<()> {
    if let Ok(mut times) = peer.times.lock() {
        *times = vec![Say::Time(0)];
    }
    wait(board, "a time server with a name", |log| log.contains("The clock is set (ntp)"))?;
    ensure!(peer.names_asked.load(Ordering::Relaxed) > 0, "nobody asked for the name");
    Ok(())
}

fn switched_off(board: &mut Board, peer: &Peer) -> Result<()> {
    ask(board, "set mdns maybe", "error: mdns is")?;
    ask(board, "set mdns no", "ok, after save")?;
    ask(board, "save", "\nok")?;
    let said = board.log().matches("This board is").count();
    restart(board, "reboot")?;
    ensure!(connect(board, "")?.line("PING")?.text() == "PONG", "PING");
    while peer.hear(Duration::ZERO).is_some() {}
    peer.say((ADDRESS, MDNS), &query(0, "lamp.local", A))?;
    peer.say((ADDRESS, 40_000), &query(5, "lamp.local", A))?;
    let heard = peer.hear(SILENCE);
    ensure!(heard.is_none(), "though it is switched off: {heard:?}");
    ensure!(board.log().matches("This board is").count() == said, "the log says a name");
    Ok(())
}
