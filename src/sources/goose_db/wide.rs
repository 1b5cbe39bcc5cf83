//! The wide columns of a session row, read for watched sessions only: enabled extensions and the
//! model's settings.

use rusqlite::Connection;
use serde_json::Value;

use super::{error::StoreError, schema::Schema, value};
use crate::domain::{
    session::{ExtensionSpec, SessionId},
    text,
};

/// Extensions kept of one session; no goose has near as many.
const MAX_EXTENSIONS: usize = 200;

/// What the wide columns say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wide {
    /// Enabled extensions.
    pub extensions: Vec<ExtensionSpec>,
    /// The model's name.
    pub model: Option<String>,
    /// The context's size in tokens.
    pub context_limit: Option<u64>,
}

/// Reads the wide columns of one session.
pub fn read(conn: &Connection, schema: &Schema, id: &SessionId) -> Result<Wide, StoreError> {
    let mut statement = conn.prepare_cached(&schema.wide())?;
    let mut rows = statement.query([id.raw()])?;
    let Some(row) = rows.next()? else { return Ok(Wide::default()) };
    let json = |at| -> Option<Value> { serde_json::from_str(&value::string(value::at(row, at))?).ok() };
    let model = json(1).unwrap_or_default();
    Ok(Wide {
        extensions: json(0).as_ref().map(extensions).unwrap_or_default(),
        model: model.get("model_name").and_then(Value::as_str).and_then(value::clean_line),
        context_limit: model.get("context_limit").and_then(Value::as_u64),
    })
}

/// `enabled_extensions.v0` of an `extension_data` object; an unknown later version is read the same.
pub fn extensions(data: &Value) -> Vec<ExtensionSpec> {
    let Value::Object(map) = data else { return Vec::new() };
    let enabled = map.iter().find(|(key, _)| key.starts_with("enabled_extensions."));
    let Some(Value::Array(items)) = enabled.and_then(|(_, v)| v.get("extensions")) else {
        return Vec::new();
    };
    items.iter().take(MAX_EXTENSIONS).map(extension).collect()
}

fn extension(item: &Value) -> ExtensionSpec {
    let word = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
    let args = item.get("args").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let args = args.iter().filter_map(Value::as_str);
    let cmd = Some(word("cmd")).filter(|cmd| !cmd.is_empty());
    ExtensionSpec {
        name: text::cut(&text::line(word("name")), 100),
        kind: text::cut(&text::line(word("type")), 40),
        command: cmd.into_iter().chain(args).map(str::to_owned).collect(),
    }
}
