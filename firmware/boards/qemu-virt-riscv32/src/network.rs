//! The network device: embassy's driver on a virtio network card. Frames lie in this module's static buffers, inside
//! the 300 KiB; only the device's rings, in pages that it dictates, lie in the region VIRTIO.

use crate::limits::{FRAME_BYTES, FRAMES};
use core::cell::RefCell;
use core::ptr::{NonNull, addr_of_mut, read_volatile, write_volatile};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use core::task::Context;
use embassy_net_driver::{Capabilities, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_sync::waitqueue::AtomicWaker;
use static_cell::ConstStaticCell;
use virtio_drivers::device::net::VirtIONetRaw;
use virtio_drivers::transport::mmio::{MmioTransport, VirtIOHeader};
use virtio_drivers::transport::{DeviceType, Transport};
use virtio_drivers::{BufferDirection, Hal, PAGE_SIZE, PhysAddr};

const SLOT_FIRST: usize = 0x1000_1000;
const SLOT_BYTES: usize = 0x1000;
const INTERRUPT_STATUS: usize = 0x60;
const INTERRUPT_ACK: usize = 0x64;

/// Frames in each direction.
const HALF: usize = FRAMES / 2;
/// The device's header before each frame.
const HEADER_BYTES: usize = 12;
const MTU: usize = 1514;

type Device = VirtIONetRaw<Rings, MmioTransport<'static>, HALF>;
type Frame = [u8; FRAME_BYTES];

static FRAMES_IN: ConstStaticCell<[Frame; HALF]> = ConstStaticCell::new([[0; FRAME_BYTES]; HALF]);
static FRAMES_OUT: ConstStaticCell<[Frame; HALF]> = ConstStaticCell::new([[0; FRAME_BYTES]; HALF]);
static WAKER: AtomicWaker = AtomicWaker::new();

/// The pages of the device's rings.
const RING_PAGES: usize = 8;
#[repr(align(4096))]
struct RingPages(#[allow(dead_code)] [u8; RING_PAGES * PAGE_SIZE]);
#[unsafe(link_section = ".virtio")]
static mut RINGS: RingPages = RingPages([0; RING_PAGES * PAGE_SIZE]);
static RINGS_USED: AtomicUsize = AtomicUsize::new(0);

struct Rings;

// SAFETY: pages are handed out once each, in order, zeroed, aligned as their type is; addresses are physical.
unsafe impl Hal for Rings {
    fn dma_alloc(pages: usize, _: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        let first = RINGS_USED.fetch_add(pages, Relaxed);
        assert!(first + pages <= RING_PAGES, "the device wants more pages than RING_PAGES");
        let start = addr_of_mut!(RINGS).cast::<u8>().wrapping_add(first * PAGE_SIZE);
        // SAFETY: inside RINGS, and nobody else's.
        let page = unsafe {
            start.write_bytes(0, pages * PAGE_SIZE);
            NonNull::new_unchecked(start)
        };
        (start as PhysAddr, page)
    }

    unsafe fn dma_dealloc(_: PhysAddr, _: NonNull<u8>, _: usize) -> i32 {
        // The device lives as long as the program.
        0
    }

    unsafe fn mmio_phys_to_virt(address: PhysAddr, _: usize) -> NonNull<u8> {
        NonNull::new(address as *mut u8).unwrap_or(NonNull::dangling())
    }

    unsafe fn share(buffer: NonNull<[u8]>, _: BufferDirection) -> PhysAddr {
        buffer.cast::<u8>().as_ptr() as PhysAddr
    }

    unsafe fn unshare(_: PhysAddr, _: NonNull<[u8]>, _: BufferDirection) {}
}

/// A frame buffer, and the device's token for it while it has it.
struct Slot {
    frame: &'static mut Frame,
    token: Option<u16>,
}

pub struct Driver {
    device: RefCell<Device>,
    incoming: [RefCell<Slot>; HALF],
    outgoing: [RefCell<Slot>; HALF],
}

/// The first network card of the eight slots, its buffers filled; `None`: there is none.
#[inline(never)]
pub fn start() -> Option<Driver> {
    let mut device = (0..8).find_map(|slot| {
        let header = NonNull::new((SLOT_FIRST + slot * SLOT_BYTES) as *mut VirtIOHeader)?;
        // SAFETY: a virtio slot of this machine; this is called once.
        let transport = unsafe { MmioTransport::new(header, SLOT_BYTES) }.ok()?;
        if transport.device_type() != DeviceType::Network {
            return None;
        }
        Device::new(transport).ok()
    })?;
    let slot = |frame| RefCell::new(Slot { frame, token: None });
    let incoming = FRAMES_IN.take().each_mut().map(slot);
    let outgoing = FRAMES_OUT.take().each_mut().map(slot);
    for slot in &incoming {
        lend(&mut device, &mut slot.borrow_mut());
    }
    device.enable_interrupts();
    Some(Driver { device: RefCell::new(device), incoming, outgoing })
}

/// Gives the device a buffer to fill.
fn lend(device: &mut Device, slot: &mut Slot) {
    // SAFETY: the buffer is static, and not looked at before the device has given the token back.
    slot.token = unsafe { device.receive_begin(slot.frame) }.ok();
}

impl Driver {
    /// A buffer to send in, after those were taken back that the device has sent.
    fn free_outgoing(&self) -> Option<usize> {
        let mut device = self.device.borrow_mut();
        while let Some(token) = device.poll_transmit() {
            let slot = self.outgoing.iter().find(|slot| slot.borrow().token == Some(token))?;
            let mut slot = slot.borrow_mut();
            slot.token = None;
            // SAFETY: the buffer that this token was given for. Its length is as it was given.
            let len = outgoing_len(slot.frame);
            unsafe { device.transmit_complete(token, &slot.frame[..len]) }.ok()?;
        }
        self.outgoing.iter().position(|slot| slot.borrow().token.is_none())
    }
}

/// The length of a frame being sent is kept in its buffer's last two bytes, behind the longest frame.
fn outgoing_len(frame: &Frame) -> usize {
    u16::from_le_bytes([frame[FRAME_BYTES - 2], frame[FRAME_BYTES - 1]]) as usize
}

impl embassy_net_driver::Driver for Driver {
    type RxToken<'a> = Incoming<'a>;
    type TxToken<'a> = Outgoing<'a>;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Incoming<'_>, Outgoing<'_>)> {
        WAKER.register(cx.waker());
        let out = self.free_outgoing()?;
        let mut device = self.device.borrow_mut();
        let token = device.poll_receive()?;
        let slot = self.incoming.iter().position(|slot| slot.borrow().token == Some(token))?;
        let (start, len) = {
            let mut slot = self.incoming[slot].borrow_mut();
            slot.token = None;
            // SAFETY: the buffer that this token was given for.
            unsafe { device.receive_complete(token, slot.frame) }.ok()?
        };
        drop(device);
        Some((Incoming { driver: self, slot, start, len }, Outgoing { driver: self, slot: out }))
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<Outgoing<'_>> {
        WAKER.register(cx.waker());
        let slot = self.free_outgoing()?;
        Some(Outgoing { driver: self, slot })
    }

    fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = MTU;
        capabilities.max_burst_size = Some(HALF);
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.device.borrow().mac_address())
    }
}

pub struct Incoming<'a> {
    driver: &'a Driver,
    slot: usize,
    start: usize,
    len: usize,
}

impl RxToken for Incoming<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, read: F) -> R {
        let mut slot = self.driver.incoming[self.slot].borrow_mut();
        let result = read(&mut slot.frame[self.start..self.start + self.len]);
        lend(&mut self.driver.device.borrow_mut(), &mut slot);
        result
    }
}

pub struct Outgoing<'a> {
    driver: &'a Driver,
    slot: usize,
}

impl TxToken for Outgoing<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, write: F) -> R {
        let mut slot = self.driver.outgoing[self.slot].borrow_mut();
        let mut device = self.driver.device.borrow_mut();
        let header = device.fill_buffer_header(slot.frame).unwrap_or(HEADER_BYTES);
        let result = write(&mut slot.frame[header..header + len]);
        let all = header + len;
        slot.frame[FRAME_BYTES - 2..].copy_from_slice(&(all as u16).to_le_bytes());
        // SAFETY: the buffer is static, and not touched before the device has given the token back.
        slot.token = unsafe { device.transmit_begin(&slot.frame[..all]) }.ok();
        result
    }
}

/// Acknowledges a slot's interrupt and wakes the network's task.
pub fn on_interrupt(slot: u32) {
    let base = SLOT_FIRST + slot as usize * SLOT_BYTES;
    // SAFETY: the slot's interrupt registers, which the device's driver does not use.
    unsafe {
        let status = read_volatile((base + INTERRUPT_STATUS) as *const u32);
        write_volatile((base + INTERRUPT_ACK) as *mut u32, status);
    }
    WAKER.wake();
}
