//! INFO memory.

use super::{Human, Lines};
use crate::commands::memory;
use crate::config::table::PARAMS;
use crate::limits::PAGE_BYTES;
use crate::number::Fixed;
use crate::server::Server;

pub(super) fn memory(server: &mut Server, lines: &mut Lines) {
    let usage = memory::usage(server, lines.text.bytes_used());
    let facts = server.facts;
    let resident = if facts.resident_bytes > 0 { facts.resident_bytes } else { usage.pages };
    let (pages, used) = (usage.pages.max(1) as f64, usage.used.max(1) as f64);
    let policy = parameter_name(server, "maxmemory-policy");
    let human = |bytes: usize| Human(bytes as u64);
    lines.add(
        &mut server.mem,
        format_args!(
            "# Memory\r\n\
             used_memory:{}\r\n\
             used_memory_human:{}\r\n\
             used_memory_rss:{}\r\n\
             used_memory_rss_human:{}\r\n\
             used_memory_peak:{}\r\n\
             used_memory_peak_human:{}\r\n\
             used_memory_peak_perc:{}%\r\n\
             used_memory_overhead:{}\r\n\
             used_memory_startup:{}\r\n\
             used_memory_dataset:{}\r\n\
             used_memory_dataset_perc:{}%\r\n\
             allocator_allocated:{}\r\n\
             allocator_active:{}\r\n\
             allocator_resident:{}\r\n\
             total_system_memory:{}\r\n\
             total_system_memory_human:{}\r\n\
             used_memory_lua:0\r\n\
             used_memory_vm_eval:0\r\n\
             used_memory_lua_human:0B\r\n\
             used_memory_scripts_eval:0\r\n\
             number_of_cached_scripts:0\r\n\
             number_of_functions:0\r\n\
             number_of_libraries:0\r\n\
             used_memory_vm_functions:0\r\n\
             used_memory_vm_total:0\r\n\
             used_memory_vm_total_human:0B\r\n\
             used_memory_functions:0\r\n\
             used_memory_scripts:0\r\n\
             used_memory_scripts_human:0B\r\n\
             maxmemory:{}\r\n\
             maxmemory_human:{}\r\n\
             maxmemory_policy:{}\r\n\
             allocator_frag_ratio:{}\r\n\
             allocator_frag_bytes:{}\r\n\
             allocator_rss_ratio:1.00\r\n\
             allocator_rss_bytes:0\r\n\
             rss_overhead_ratio:{}\r\n\
             rss_overhead_bytes:{}\r\n\
             mem_fragmentation_ratio:{}\r\n\
             mem_fragmentation_bytes:{}\r\n\
             mem_not_counted_for_evict:0\r\n\
             mem_replication_backlog:0\r\n\
             mem_total_replication_buffers:0\r\n\
             mem_clients_slaves:0\r\n\
             mem_clients_normal:{}\r\n\
             mem_cluster_links:0\r\n\
             mem_aof_buffer:0\r\n\
             mem_allocator:arena\r\n\
             active_defrag_running:0\r\n\
             lazyfree_pending_objects:{}\r\n\
             lazyfreed_objects:{}\r\n\
             arena_pages:{}\r\n\
             arena_pages_peak:{}\r\n\
             arena_page_bytes:{}",
            usage.used,
            human(usage.used),
            resident,
            human(resident),
            usage.peak,
            human(usage.peak),
            Fixed(100.0 * usage.used as f64 / usage.peak.max(1) as f64, 2),
            usage.overhead,
            usage.startup,
            usage.dataset,
            Fixed(usage.dataset_percent(), 2),
            usage.used,
            usage.pages,
            usage.pages,
            facts.system_memory_bytes,
            Human(facts.system_memory_bytes),
            server.config.maxmemory,
            Human(server.config.maxmemory),
            policy,
            Fixed(pages / used, 2),
            usage.pages.saturating_sub(usage.used),
            Fixed(resident as f64 / pages, 2),
            resident as i64 - usage.pages as i64,
            Fixed(resident as f64 / used, 2),
            resident as i64 - usage.used as i64,
            usage.clients,
            server.graves.pending,
            server.graves.freed,
            usage.pages / PAGE_BYTES,
            usage.pages_peak / PAGE_BYTES,
            PAGE_BYTES,
        ),
    );
    if let Some(device) = facts.device {
        let total = device.ram.iter().map(|(_, bytes)| bytes).sum::<usize>();
        lines.add(&mut server.mem, format_args!("ram_total:{total}"));
        for (name, bytes) in device.ram {
            lines.add(&mut server.mem, format_args!("ram_{name}:{bytes}"));
        }
        lines.add(&mut server.mem, format_args!("stack_high_water:{}", device.stack_high_bytes));
    }
}

/// The word of a parameter that is a choice.
fn parameter_name(server: &Server, name: &str) -> &'static str {
    match crate::config::table::find(name.as_bytes()) {
        Some(index) => match PARAMS[index].kind {
            crate::config::table::Kind::Choice(names) => {
                names.get(server.values.numbers[index] as usize).copied().unwrap_or("")
            }
            _ => "",
        },
        None => "",
    }
}
