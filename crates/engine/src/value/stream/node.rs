//! Redis's nodes, which its users can see: `~` trimming removes whole ones, XINFO counts them.
//!
//! In Redis a stream is a radix tree of listpacks, each holding entries until `stream-node-max-entries` or
//! `-bytes` is reached. Here blocks are cut by our own measure, and an entry only says that it begins a node; for the
//! last node the bytes its listpack would have are counted on, so that nodes begin where they begin in Redis 7.0.15.

use super::{Id, Stream, block};
use crate::memory::{Arena, Bytes};
use crate::value::item;

/// Redis's STREAM_LISTPACK_MAX_SIZE.
const NODE_BYTES_MAX: u64 = 1 << 30;
/// Blocks up to which the radix tree's nodes are counted; beyond, their number is extrapolated.
const COUNTED_BLOCKS_MAX: usize = 1024;

/// `stream-node-max-entries` and `stream-node-max-bytes`; 0 is no limit.
#[derive(Clone, Copy, Debug)]
pub struct NodeLimits {
    pub entries: u64,
    pub bytes: u64,
}

/// What an entry does to the last node.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub starts: bool,
    count: u32,
    bytes: u32,
    fields: u32,
}

pub(super) fn plan<'a>(
    mem: &Arena,
    stream: &Stream,
    id: Id,
    pairs: usize,
    get: &dyn Fn(&Arena, usize) -> Bytes<'a>,
    limits: NodeLimits,
) -> Plan {
    let (mut payload, mut names, mut values) = (0u64, 0u64, 0u64);
    let mut hash = 0x811C_9DC5u32 ^ pairs as u32;
    for i in 0..pairs {
        let (name, value) = (get(mem, 2 * i), get(mem, 2 * i + 1));
        payload += name.len() as u64 + value.len() as u64;
        names += string_bytes(mem, name);
        values += string_bytes(mem, value);
        hash = (hash ^ name.len() as u32).wrapping_mul(0x0100_0193);
        mem.view(name).for_chunks(|chunk| {
            for &byte in chunk {
                hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
            }
        });
    }
    let bytes_max = match limits.bytes {
        0 => NODE_BYTES_MAX,
        bytes => bytes.min(NODE_BYTES_MAX),
    };
    let starts = stream.tail.is_null()
        || u64::from(stream.node_bytes) + payload >= bytes_max
        || (limits.entries > 0 && u64::from(stream.node_count) >= limits.entries);
    // Flags, then the difference to the node's first id.
    let mut bytes = number_bytes(2) + values;
    let pairs_long = pairs as i64;
    if starts {
        bytes += 7 + number_bytes(1) + number_bytes(0) + number_bytes(pairs_long) + names + number_bytes(0);
        bytes += 2 * number_bytes(0) + number_bytes(pairs_long + 3);
    } else {
        bytes += u64::from(stream.node_bytes);
        bytes += number_bytes(id.ms.wrapping_sub(stream.node_id.ms) as i64);
        bytes += number_bytes(id.seq.wrapping_sub(stream.node_id.seq) as i64);
        bytes += number_bytes(i64::from(stream.node_count) + 1) - number_bytes(i64::from(stream.node_count));
        if hash == stream.node_fields {
            bytes += number_bytes(pairs_long + 3);
        } else {
            bytes += number_bytes(pairs_long) + names + number_bytes(pairs_long.saturating_mul(2) + 4);
        }
    }
    Plan {
        starts,
        count: if starts { 1 } else { stream.node_count.saturating_add(1) },
        bytes: bytes.min(u64::from(u32::MAX)) as u32,
        fields: if starts { hash } else { stream.node_fields },
    }
}

/// The planned entry is written.
pub(super) fn appended(stream: &mut Stream, id: Id, plan: &Plan) {
    if plan.starts {
        stream.nodes += 1;
        stream.node_id = id;
        if stream.nodes == 1 {
            stream.head_live = 0;
        }
    }
    if stream.nodes == 1 && (plan.starts || stream.head_live > 0) {
        stream.head_live += 1;
        stream.head_last = id;
    }
    stream.node_count = plan.count;
    stream.node_bytes = plan.bytes;
    stream.node_fields = plan.fields;
}

/// The last node is gone. The one before it was full, so the next entry begins another.
pub(super) fn closed(stream: &mut Stream) {
    stream.node_count = u32::MAX;
    stream.node_bytes = u32::MAX;
}

/// Bytes of a number in a listpack, with its back length.
fn number_bytes(value: i64) -> u64 {
    1 + match value {
        0..=127 => 1,
        -4096..=4095 => 2,
        -32768..=32767 => 3,
        -8388608..=8388607 => 4,
        -2147483648..=2147483647 => 5,
        _ => 9,
    }
}

fn string_bytes(mem: &Arena, bytes: Bytes) -> u64 {
    if let Some(value) = item::is_int(mem, bytes) {
        return number_bytes(value);
    }
    let len = bytes.len() as u64;
    let encoded = len
        + match len {
            0..=63 => 1,
            64..=4095 => 2,
            _ => 5,
        };
    encoded
        + match encoded {
            0..=127 => 1,
            128..=16382 => 2,
            16383..=2097150 => 3,
            2097151..=268435454 => 4,
            _ => 5,
        }
}

/// radix-tree-nodes of XINFO: the nodes of Redis's radix tree of the nodes' first ids. It is the tree's shape that is
/// counted: a leaf for each key, a node where keys part, and a node for each run of bytes in between.
pub fn radix_nodes(mem: &Arena, stream: &Stream) -> u64 {
    let mut tree = Radix { last: [0; 16], keys: 0, before: 0, depths: [0; 16], open: 0, nodes: 0 };
    let mut at = stream.index.first(mem);
    let mut blocks = 0;
    while !at.is_null() && blocks < COUNTED_BLOCKS_MAX {
        let mut place = block::first(mem, at);
        while let Some(piece) = block::piece(mem, place) {
            if piece.node {
                tree.add(piece.id);
            }
            place = block::behind(mem, at, &piece);
        }
        at = block::next(mem, at);
        blocks += 1;
    }
    let keys = tree.keys;
    let nodes = tree.finish();
    if keys == 0 || keys >= u64::from(stream.nodes) { nodes } else { nodes * u64::from(stream.nodes) / keys }
}

struct Radix {
    last: [u8; 16],
    keys: u64,
    /// Bytes that the last key shares with the one before it.
    before: usize,
    /// Depths of the branches above the last key, ascending.
    depths: [usize; 16],
    open: usize,
    nodes: u64,
}

impl Radix {
    fn add(&mut self, id: Id) {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&id.ms.to_be_bytes());
        key[8..].copy_from_slice(&id.seq.to_be_bytes());
        if self.keys > 0 {
            let shared = key.iter().zip(&self.last).take_while(|(a, b)| a == b).count().min(15);
            self.leaf(self.before.max(shared));
            self.close(shared);
            if self.open == 0 || self.depths[self.open - 1] < shared {
                self.depths[self.open] = shared;
                self.open += 1;
            }
            self.before = shared;
        }
        self.last = key;
        self.keys += 1;
    }

    /// A key below a branch at this depth.
    fn leaf(&mut self, branch: usize) {
        self.nodes += 1 + u64::from(branch < 15);
    }

    /// Counts the branches deeper than `depth`.
    fn close(&mut self, depth: usize) {
        while self.open > 0 && self.depths[self.open - 1] > depth {
            self.open -= 1;
            let below = if self.open > 0 { self.depths[self.open - 1].max(depth) } else { depth };
            self.nodes += 1 + u64::from(self.depths[self.open] > below + 1);
        }
    }

    fn finish(mut self) -> u64 {
        match self.keys {
            0 => 1,
            1 => 2,
            _ => {
                self.leaf(self.before);
                while self.open > 1 {
                    let parent = self.depths[self.open - 2];
                    self.close(parent);
                }
                // The top branch: a run of bytes leads to it unless it is the root.
                self.nodes + 1 + u64::from(self.depths[0] > 0)
            }
        }
    }
}
