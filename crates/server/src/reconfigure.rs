//! Parameters changed while the server runs: what CONFIG SET asks the shell to do, and CONFIG REWRITE.

use crate::conf::load::os_text;
use crate::conf::rewrite;
use crate::event_loop::EventLoop;
use crate::settings::{self, Settings};
use crate::startup;

/// Does what changed parameters say. What cannot be done gets its old value back; the error is the reply's text.
pub fn apply(event_loop: &mut EventLoop) -> Result<(), String> {
    let old = event_loop.host.settings.clone();
    let new = Settings::read(&mut event_loop.engine, old.any_port);
    let done = change(event_loop, &old, &new).map_err(|(name, before, text)| {
        let _ = event_loop.engine.configure(name.as_bytes(), before.as_bytes());
        format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {text}")
    });
    event_loop.host.settings = Settings::read(&mut event_loop.engine, old.any_port);
    event_loop.host.config_changes = event_loop.engine.config_changes();
    event_loop.host.log.set_level(event_loop.host.settings.loglevel);
    done
}

/// Parameter, its old value, why it stays.
type Refusal = (&'static str, String, String);

fn change(event_loop: &mut EventLoop, old: &Settings, new: &Settings) -> Result<(), Refusal> {
    if new.dbfilename.contains('/') {
        let why = "dbfilename can't be a path, just a filename".to_string();
        return Err(("dbfilename", old.dbfilename.clone(), why));
    }
    if new.dir != old.dir {
        let folder = settings::change_folder(new.dir.to_string_lossy().as_bytes());
        let folder = folder.map_err(|text| ("dir", old.dir.to_string_lossy().into_owned(), text))?;
        let _ = event_loop.engine.configure(b"dir", &folder);
    }
    if new.maxclients > old.maxclients {
        let possible = startup::raise_open_files(new.maxclients, &event_loop.host.log);
        if possible < new.maxclients {
            let why = format!(
                "The operating system is not able to handle the specified number of clients, try with {possible}"
            );
            return Err(("maxclients", old.maxclients.to_string(), why));
        }
    }
    if new.port != old.port || new.bind != old.bind {
        let (name, before, why) = if new.bind != old.bind {
            ("bind", old.bind.join(" "), "Failed to bind to specified addresses.")
        } else {
            ("port", old.port.to_string(), "Unable to listen on this port. Check server logs.")
        };
        if event_loop.rebind(new).is_err() {
            return Err((name, before, why.to_string()));
        }
    }
    Ok(())
}

/// CONFIG REWRITE.
pub fn rewrite(event_loop: &mut EventLoop) -> Result<(), String> {
    let Some(file) = event_loop.host.config_file.clone() else {
        return Err("ERR The server is running without a config file".into());
    };
    let log = event_loop.host.log.clone();
    let failed = |text: String| {
        log.warning(format_args!("CONFIG REWRITE failed: {text}"));
        format!("ERR Rewriting config file: {text}")
    };
    let parameters = settings::rewritten(&mut event_loop.engine).map_err(|e| failed(e.to_string()))?;
    let old = match std::fs::read(&file) {
        Ok(old) => old,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(failed(os_text(&e))),
    };
    let new = rewrite::rewrite(&old, &parameters);
    rewrite::replace_file(&file, &new).map_err(|e| failed(os_text(&e)))?;
    log.warning("CONFIG REWRITE executed with success.");
    Ok(())
}
