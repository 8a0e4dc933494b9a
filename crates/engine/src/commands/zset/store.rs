//! Putting a computed sorted set into its key: the end of every command named ...STORE.

use super::super::Ctx;
use crate::config::Class;
use crate::error::Error;
use crate::memory::Bytes;
use crate::value::zset::draft::Draft;

/// Replaces what the key holds, whatever its type, and replies the number of members. An empty result deletes it.
pub fn store(ctx: &mut Ctx<'_, '_>, key: Bytes, mut draft: Draft, event: &'static str) -> Result<(), Error> {
    let count = draft.len();
    if count == 0 {
        if let Some(old) = ctx.lookup_write(key) {
            ctx.delete(old);
            ctx.changed(key, Class::Generic, "del");
        }
        ctx.integer(0);
        return Ok(());
    }
    let config = &ctx.e.config;
    let large = count > config.zset_max_listpack_entries || draft.longest() > config.zset_max_listpack_value;
    if !large && draft.drop_zero_signs(&mut ctx.e.mem).is_err() {
        draft.free(&mut ctx.e.mem);
        return Err(Error::OOM);
    }
    let (form, len) = draft.plan(&ctx.e.mem);
    if let Err(refused) = ctx.reserve(4, 2 * (len + key.len()) + 512) {
        draft.free(&mut ctx.e.mem);
        return Err(refused);
    }
    if let Some(old) = ctx.lookup_write(key) {
        ctx.delete(old);
    }
    match ctx.create(key, form, len) {
        Ok(entry) => {
            draft.settle(&mut ctx.e.mem, &entry);
            entry.set_large(&mut ctx.e.mem, large);
        }
        Err(refused) => {
            draft.free(&mut ctx.e.mem);
            return Err(refused);
        }
    }
    ctx.changed(key, Class::Zset, event);
    ctx.integer(count as i64);
    Ok(())
}
