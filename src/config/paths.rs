//! Where things live: goose's stores, and goosetop's own config, log and audit files.
//!
//! goose keeps its data in the XDG folders on Linux and macOS alike, and under `%APPDATA%` on Windows
//! (facts 2); goosetop follows it, so that one rule explains both.

use std::path::{Path, PathBuf};

use super::env::Env;

/// Which rule named the stores; the first that does wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
pub enum StoreRule {
    /// `--db`, as often as it was given.
    #[strum(serialize = "--db")]
    Flag,
    /// The list in `GOOSETOP_DB`.
    #[strum(serialize = "GOOSETOP_DB")]
    Variable,
    /// `store.databases` of the configuration.
    #[strum(serialize = "store.databases")]
    Config,
    /// goose's own variable.
    #[strum(serialize = "GOOSE_PATH_ROOT")]
    PathRoot,
    /// Where goose keeps it when nobody says otherwise.
    #[strum(serialize = "goose's own place")]
    Usual,
}

/// The stores to read, and why these.
pub fn stores(flags: &[PathBuf], env: &Env, configured: &[PathBuf]) -> (Vec<PathBuf>, StoreRule) {
    if !flags.is_empty() {
        return (flags.to_vec(), StoreRule::Flag);
    }
    let listed: Vec<_> =
        env.os("GOOSETOP_DB").map(|v| std::env::split_paths(v).collect()).unwrap_or_default();
    let listed: Vec<_> = listed.into_iter().filter(|p: &PathBuf| !p.as_os_str().is_empty()).collect();
    if !listed.is_empty() {
        return (listed, StoreRule::Variable);
    }
    if !configured.is_empty() {
        return (configured.iter().map(|p| expand(p, env)).collect(), StoreRule::Config);
    }
    let rule = if env.absolute("GOOSE_PATH_ROOT").is_some() { StoreRule::PathRoot } else { StoreRule::Usual };
    (store_of_goose(env).into_iter().collect(), rule)
}

/// goose's log folder, where model calls in flight leave their files.
pub fn goose_logs(env: &Env) -> Option<PathBuf> {
    if let Some(root) = env.absolute("GOOSE_PATH_ROOT") {
        return Some(root.join("state").join("logs"));
    }
    if cfg!(windows) {
        return Some(goose_data(env)?.join("logs"));
    }
    Some(xdg(env, "XDG_STATE_HOME", ".local/state")?.join("goose").join("logs"))
}

/// The log folder beside these stores: goose's own where its own store is among them, and nobody's where
/// other stores were named (a demo's, a copy), whose logs are not there.
pub fn logs_beside(env: &Env, stores: &[PathBuf]) -> Option<PathBuf> {
    let own = store_of_goose(env)?;
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    stores.iter().any(|store| real(store) == real(&own)).then(|| goose_logs(env))?
}

/// Where goose keeps its store when nobody says otherwise.
fn store_of_goose(env: &Env) -> Option<PathBuf> {
    Some(goose_data(env)?.join("sessions").join("sessions.db"))
}

/// goosetop's configuration file, whether it exists or not.
pub fn config_file(env: &Env) -> Option<PathBuf> {
    let base = if cfg!(windows) { env.absolute("APPDATA") } else { xdg(env, "XDG_CONFIG_HOME", ".config") };
    Some(base?.join("goosetop").join("config.toml"))
}

/// goosetop's own state: log, audit, trash.
pub fn state_dir(env: &Env) -> Option<PathBuf> {
    let base =
        if cfg!(windows) { env.absolute("LOCALAPPDATA") } else { xdg(env, "XDG_STATE_HOME", ".local/state") };
    Some(base?.join("goosetop"))
}

/// What TCP clients of the API must show.
pub fn token_file(env: &Env) -> Option<PathBuf> {
    Some(state_dir(env)?.join("api-token"))
}

/// Where goosetop's running programs find each other: gone after a restart where the system has such a
/// place.
pub fn runtime_dir(env: &Env) -> Option<PathBuf> {
    let given = env.absolute("XDG_RUNTIME_DIR").map(|dir| dir.join("goosetop"));
    given.or_else(|| Some(state_dir(env)?.join("run")))
}

/// The socket of the API.
pub fn socket(env: &Env) -> Option<PathBuf> {
    Some(runtime_dir(env)?.join("api.sock"))
}

/// The lock of those who act by themselves on a store, given by its real path. Not beside the store, which
/// is goose's; not in the runtime folder, which a watcher started by cron would not find; and with the
/// machine's name, because homes are shared and processes are not.
pub fn watch_lock(env: &Env, host: &str, store: &Path) -> Option<PathBuf> {
    // FNV-1a: a short name that every build gives to the same path.
    let hash = store.as_os_str().as_encoded_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let host: String = host.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    Some(state_dir(env)?.join("locks").join(format!("watch-{host}-{hash:016x}.lock")))
}

/// The person's home directory.
pub fn home(env: &Env) -> Option<PathBuf> {
    env.absolute(if cfg!(windows) { "USERPROFILE" } else { "HOME" })
}

fn goose_data(env: &Env) -> Option<PathBuf> {
    // A relative root is ignored by goose since 2026-07-17 (f43870951).
    if let Some(root) = env.absolute("GOOSE_PATH_ROOT") {
        return Some(root.join("data"));
    }
    if cfg!(windows) {
        return Some(env.absolute("APPDATA")?.join("Block").join("goose").join("data"));
    }
    Some(xdg(env, "XDG_DATA_HOME", ".local/share")?.join("goose"))
}

fn xdg(env: &Env, variable: &str, below_home: &str) -> Option<PathBuf> {
    env.absolute(variable).or_else(|| Some(home(env)?.join(below_home)))
}

fn expand(path: &Path, env: &Env) -> PathBuf {
    match (path.strip_prefix("~"), home(env)) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    type Case<'a> = (&'a [PathBuf], usize, &'a [PathBuf], &'a [&'a str], StoreRule);

    #[test]
    fn the_first_rule_that_names_a_store_wins() {
        let flag = [PathBuf::from("f.db")];
        let configured = [PathBuf::from("~/c.db")];
        let all = [
            ("HOME", "/h"),
            ("XDG_DATA_HOME", "/x"),
            ("GOOSE_PATH_ROOT", "/r"),
            ("GOOSETOP_DB", "/a.db:/b.db"),
        ];
        let cases: [Case<'_>; 6] = [
            (&flag, 4, &configured, &["f.db"], StoreRule::Flag),
            (&[], 4, &configured, &["/a.db", "/b.db"], StoreRule::Variable),
            (&[], 3, &configured, &["/h/c.db"], StoreRule::Config),
            (&[], 3, &[], &["/r/data/sessions/sessions.db"], StoreRule::PathRoot),
            (&[], 2, &[], &["/x/goose/sessions/sessions.db"], StoreRule::Usual),
            (&[], 1, &[], &["/h/.local/share/goose/sessions/sessions.db"], StoreRule::Usual),
        ];
        for (flags, variables, configured, paths, rule) in cases {
            let env = Env::of(all.into_iter().take(variables));
            let expected: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            assert_eq!(stores(flags, &env, configured), (expected, rule));
        }
    }

    #[test]
    fn relative_roots_are_ignored() {
        let env = Env::of([("HOME", "/h"), ("GOOSE_PATH_ROOT", "r"), ("XDG_DATA_HOME", "x")]);
        assert_eq!(stores(&[], &env, &[]).0, [PathBuf::from("/h/.local/share/goose/sessions/sessions.db")]);
        assert_eq!(goose_logs(&env), Some("/h/.local/state/goose/logs".into()));
        let own = PathBuf::from("/h/.local/share/goose/sessions/sessions.db");
        assert_eq!(logs_beside(&env, &["/x/y.db".into(), own]), goose_logs(&env));
        assert_eq!(logs_beside(&env, &["/tmp/demo/data/sessions/sessions.db".into()]), None);
    }
}
