//! `config`: what is in force and who said so; the documented defaults; where the file lives.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::{
    Common, Context,
    failure::{Failure, Kind},
    output::{self, Meaning},
};
use crate::{
    config::{DEFAULT_FILE, env::Env, keys, paths},
    domain::text,
    wire::SCHEMA_VERSION,
};

/// Show the configuration: what is in force and where it came from
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// Print every key with its value in force and where it came from
    Show,
    /// Print a configuration file with every option, its default and what it does
    Default,
    /// Print where the configuration file is looked for
    Path,
}

impl Args {
    /// Answers without reading the configuration, so that a broken one can be mended.
    pub fn is_standalone(&self) -> bool {
        matches!(self.what, Some(What::Default | What::Path))
    }
}

/// `default` and `path`.
///
/// # Errors
/// No home directory to speak of.
pub fn run_standalone(args: &Args, common: &Common, env: &Env) -> Result<ExitCode, Failure> {
    if matches!(args.what, Some(What::Default)) {
        output::write(DEFAULT_FILE)?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(path) = common.config.clone().or_else(|| paths::config_file(env)) else {
        let hint = "set HOME or XDG_CONFIG_HOME, or name a file with --config";
        return Err(Failure::new(Kind::Unavailable, "there is no place for a configuration file", hint));
    };
    if common.json {
        output::write_json(&json!({ "path": text::path(&path, None), "exists": path.exists() }))?;
    } else {
        output::write(&format!("{}\n", text::path(&path, None)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `show`, which is also the default.
///
/// # Errors
/// Output that cannot be written.
pub fn run(_args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    if context.common.json {
        output::write_json(&as_json(context))?;
    } else {
        output::write(&as_text(context))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Valid TOML, so that it can be redirected into a file.
fn as_text(context: &Context) -> String {
    /// Column of the comments, where the value leaves room.
    const COMMENT: usize = 36;
    let loaded = &context.loaded;
    let file = loaded.file.as_ref().map_or_else(|| "no file".to_owned(), |p| text::path(p, None));
    let mut out = context.out.paint(Meaning::Quiet, &format!("# {file}")) + "\n";
    for section in keys::sections() {
        let title = context.out.paint(Meaning::Strong, &format!("[{section}]"));
        out.extend(["\n", &title, "\n"]);
        for key in keys::KEYS.iter().filter(|key| key.section == section) {
            let line = format!("{} = {}", key.name, (key.show)(&loaded.config));
            let origin = format!("# {}", text::line(&loaded.origin(key).to_string()));
            let origin = context.out.paint(Meaning::Quiet, &origin);
            out.extend([format!("{line:COMMENT$}"), "  ".into(), origin, "\n".into()]);
        }
    }
    out
}

fn as_json(context: &Context) -> Value {
    let loaded = &context.loaded;
    let values = keys::KEYS.iter().map(|key| {
        let shown = (key.show)(&loaded.config);
        // Each value is written as TOML; numbers, booleans, texts and lists read the same way as JSON.
        let value = toml::from_str::<Map<String, Value>>(&format!("v = {shown}")).ok();
        let value = value.and_then(|mut table| table.remove("v")).unwrap_or(Value::Null);
        (key.path(), json!({ "value": value, "origin": text::line(&loaded.origin(key).to_string()) }))
    });
    let file = loaded.file.as_ref().map(|p| text::path(p, None));
    json!({ "schema_version": SCHEMA_VERSION, "file": file, "values": values.collect::<Map<_, _>>() })
}
