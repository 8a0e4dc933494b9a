//! The command table: every group's rows in one array, and the ways into it.
//!
//! Lookup goes by a hash table that is built and checked while compiling, so a wrong row does not compile. Not here:
//! what the rows say (the group files) and what is done with them (dispatch, `command.rs`).

use crate::args::StoredArgs;
use crate::memory::Arena;

use super::spec::{Begin, Command, Find, KeyFlags};
use super::{
    bitmap, command, config, connection, diagnostics, generic, geo, hash, hyperloglog, keys, list, persistence, pubsub,
    scan, scripting, server, set, sort, stream, string, transaction, zset,
};

/// Every group file's rows.
pub const GROUPS: &[&[Command]] = &[
    string::COMMANDS,
    bitmap::COMMANDS,
    generic::COMMANDS,
    sort::COMMANDS,
    scan::COMMANDS,
    hash::COMMANDS,
    list::COMMANDS,
    set::COMMANDS,
    zset::COMMANDS,
    geo::COMMANDS,
    stream::COMMANDS,
    hyperloglog::COMMANDS,
    pubsub::COMMANDS,
    transaction::COMMANDS,
    connection::COMMANDS,
    server::COMMANDS,
    config::COMMANDS,
    command::COMMANDS,
    diagnostics::COMMANDS,
    persistence::COMMANDS,
    scripting::COMMANDS,
];

/// Commands, subcommands not counted: COMMAND COUNT.
pub const COMMANDS: usize = count().0;

/// Commands and subcommands: one more than the largest [`index_of`].
pub const COUNT: usize = count().0 + count().1;

/// Commands first, in the order of [`GROUPS`], then the subcommands of each container side by side. Rows are copied
/// here so that each has one address, from which [`index_of`] tells its index.
static ROWS: [Command; COUNT] = rows();

/// For each container among the commands, where its subcommands begin in [`ROWS`]; for a subcommand its container.
static LINKS: [u16; COUNT] = links();

const SLOTS: usize = (2 * COMMANDS).next_power_of_two();
const EMPTY: u16 = u16::MAX;

/// Indexes into [`ROWS`], open addressing with linear probes, at most half full.
static HASH: [u16; SLOTS] = hash_table();

/// The command of this name in any case.
pub fn lookup(name: &[u8]) -> Option<&'static Command> {
    let mut slot = hash_of(name) as usize % SLOTS;
    loop {
        let index = HASH[slot];
        if index == EMPTY {
            return None;
        }
        let command = &ROWS[index as usize];
        if command.name.as_bytes().eq_ignore_ascii_case(name) {
            return Some(command);
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// The subcommand of this name, in any case, of a container that [`lookup`] or [`commands`] gave.
pub fn subcommand(container: &'static Command, name: &[u8]) -> Option<&'static Command> {
    subcommands(container).iter().find(|row| row.name.as_bytes().eq_ignore_ascii_case(name))
}

/// A container's subcommands, sorted by name; empty for any other row.
pub fn subcommands(container: &'static Command) -> &'static [Command] {
    let index = index_of(container);
    if index >= COMMANDS {
        return &[];
    }
    let first = LINKS[index] as usize;
    &ROWS[first..first + container.subcommands.len()]
}

/// Every command, without subcommands.
pub fn commands() -> &'static [Command] {
    &ROWS[..COMMANDS]
}

/// Every command and subcommand; the n-th has the index n.
pub fn all() -> &'static [Command] {
    &ROWS
}

/// A row's dense index, for statistics a command. The row must come from this module, not from a group's constant.
pub fn index_of(row: &'static Command) -> usize {
    let offset = (&raw const *row as usize).wrapping_sub(ROWS.as_ptr() as usize);
    let index = offset / size_of::<Command>();
    assert!(index < COUNT, "a row that is not of the table");
    index
}

/// The container of a subcommand.
pub fn container(row: &'static Command) -> Option<&'static Command> {
    let index = index_of(row);
    (index >= COMMANDS).then(|| &ROWS[LINKS[index] as usize])
}

/// The row of stored arguments.
pub fn of_call(mem: &Arena, args: &StoredArgs) -> Option<&'static Command> {
    let mut name = [0u8; 32];
    let len = mem.view(args.get(mem, 0)).copy_to(0, &mut name);
    let row = lookup(&name[..len])?;
    if row.subcommands.is_empty() || args.len() < 2 {
        return Some(row);
    }
    let len = mem.view(args.get(mem, 1)).copy_to(0, &mut name);
    subcommand(row, &name[..len])
}

/// `config|get` of a subcommand, `get` of a command.
pub struct FullName(pub &'static Command);

impl core::fmt::Display for FullName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if let Some(container) = container(self.0) {
            write!(f, "{}|", container.name)?;
        }
        f.write_str(self.0.name)
    }
}

const _: () = assert!(COUNT <= crate::limits::COMMANDS_MAX, "statistics have room for every row");

/// FNV-1a over the lower-cased name.
const fn hash_of(name: &[u8]) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    let mut i = 0;
    while i < name.len() {
        hash = (hash ^ name[i].to_ascii_lowercase() as u32).wrapping_mul(0x0100_0193);
        i += 1;
    }
    hash ^ (hash >> 15)
}

/// Numbers of commands and of subcommands.
const fn count() -> (usize, usize) {
    let (mut commands, mut subcommands) = (0, 0);
    let mut g = 0;
    while g < GROUPS.len() {
        let mut i = 0;
        while i < GROUPS[g].len() {
            commands += 1;
            subcommands += GROUPS[g][i].subcommands.len();
            i += 1;
        }
        g += 1;
    }
    (commands, subcommands)
}

const fn rows() -> [Command; COUNT] {
    let mut rows = [GROUPS[0][0]; COUNT];
    let (mut command, mut subcommand) = (0, COMMANDS);
    let mut g = 0;
    while g < GROUPS.len() {
        check_group(GROUPS[g], false);
        let mut i = 0;
        while i < GROUPS[g].len() {
            rows[command] = GROUPS[g][i];
            check_group(rows[command].subcommands, true);
            let mut s = 0;
            while s < rows[command].subcommands.len() {
                rows[subcommand] = rows[command].subcommands[s];
                subcommand += 1;
                s += 1;
            }
            command += 1;
            i += 1;
        }
        g += 1;
    }
    rows
}

const fn links() -> [u16; COUNT] {
    let rows = rows();
    let mut links = [0; COUNT];
    let (mut command, mut subcommand) = (0, COMMANDS);
    while command < COMMANDS {
        links[command] = subcommand as u16;
        let mut s = 0;
        while s < rows[command].subcommands.len() {
            links[subcommand] = command as u16;
            subcommand += 1;
            s += 1;
        }
        command += 1;
    }
    links
}

const fn hash_table() -> [u16; SLOTS] {
    let rows = rows();
    let mut table = [EMPTY; SLOTS];
    let mut index = 0;
    while index < COMMANDS {
        let name = rows[index].name.as_bytes();
        let mut slot = hash_of(name) as usize % SLOTS;
        while table[slot] != EMPTY {
            let other = rows[table[slot] as usize].name.as_bytes();
            assert!(!matches!(order(name, other), Order::Equal), "two rows of one name");
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = index as u16;
        index += 1;
    }
    table
}

/// What must hold of the rows of one file, or of one container's subcommands.
const fn check_group(rows: &[Command], subcommands: bool) {
    let mut i = 0;
    while i < rows.len() {
        let row = &rows[i];
        let name = row.name.as_bytes();
        let mut c = 0;
        while c < name.len() {
            assert!(!name[c].is_ascii_uppercase(), "a name that is not lower case");
            c += 1;
        }
        if i > 0 {
            let before = rows[i - 1].name.as_bytes();
            assert!(matches!(order(before, name), Order::Less), "rows out of order");
        }
        let names = if subcommands { 2 } else { 1 };
        assert!(row.arity.unsigned_abs() >= names, "an arity without the names");
        assert!(!subcommands || row.subcommands.is_empty(), "a container in a container");
        check_keys(row);
        i += 1;
    }
}

/// Keys, or the number of keys, stand within the arguments that the arity demands. A second specification that runs
/// to the end may be of optional keys (PFMERGE's sources). Channels are not keys, and SUNSUBSCRIBE's may be left out.
const fn check_keys(row: &Command) {
    assert!(row.keys.len() <= keys::SPECS_MAX, "more key specifications than keys.rs takes");
    let mut k = 0;
    while k < row.keys.len() {
        if let Begin::Index(first) = row.keys[k].begin
            && !row.keys[k].flags.has(KeyFlags::NOT_KEY)
        {
            let count = match row.keys[k].find {
                Find::Range { last: -1, .. } if k > 0 => {
                    k += 1;
                    continue;
                }
                Find::Keynum { index, .. } => index,
                Find::Range { last, .. } if last > 0 => last as u8,
                _ => 0,
            };
            let needed = first + count + 1;
            assert!(row.arity.unsigned_abs() >= needed, "a key beyond the arity");
        }
        k += 1;
    }
}

enum Order {
    Less,
    Equal,
    Greater,
}

/// `Ord` on byte strings, which a const fn cannot call.
const fn order(a: &[u8], b: &[u8]) -> Order {
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return if a[i] < b[i] { Order::Less } else { Order::Greater };
        }
        i += 1;
    }
    if a.len() == b.len() {
        Order::Equal
    } else if a.len() < b.len() {
        Order::Less
    } else {
        Order::Greater
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_in_any_case_and_knows_its_index() {
        for (index, row) in all().iter().enumerate() {
            assert_eq!(index_of(row), index);
            match container(row) {
                None => {
                    let found = lookup(row.name.to_ascii_uppercase().as_bytes()).unwrap();
                    assert_eq!(index_of(found), index, "{}", row.name);
                }
                Some(parent) => {
                    let found = subcommand(parent, row.name.to_ascii_uppercase().as_bytes());
                    assert_eq!(index_of(found.unwrap()), index, "{}", row.name);
                }
            }
        }
        assert!(lookup(b"").is_none());
        assert!(lookup(b"nosuchcommand").is_none());
        assert!(subcommand(lookup(b"get").unwrap(), b"get").is_none());
    }

    #[test]
    fn probes_stay_short() {
        let probes = |name: &str| {
            let home = hash_of(name.as_bytes()) as usize % SLOTS;
            let steps = (0..SLOTS).find(|s| {
                let index = HASH[(home + s) % SLOTS];
                index != EMPTY && ROWS[index as usize].name == name
            });
            steps.unwrap() + 1
        };
        let total: usize = commands().iter().map(|row| probes(row.name)).sum();
        assert!(total <= COMMANDS * 2, "{total} probes for {COMMANDS} commands");
        let hot = ["get", "set", "incr", "lpush", "sadd", "hset", "zadd", "lrange", "mset", "ping"];
        for name in hot {
            assert_eq!(probes(name), 1, "{name}");
        }
    }
}
