//! Writes a session store in goose's schema and closes it: the demo keeps no connection of its own.

use std::{collections::HashMap, path::Path};

use chrono::{DateTime, Duration, Utc};
use rusqlite::{Connection, Transaction, params};
use serde_json::{Value, json};

use super::{
    scene::Scene,
    talk::{Line, Usage},
};

/// The ids that the scenes were given, by name.
pub type Ids = HashMap<&'static str, String>;

/// Gives every scene an id as goose does: UTC date, counter of that day in order of creation.
pub fn number(scenes: &[Scene], now: DateTime<Utc>) -> Ids {
    let mut order: Vec<&Scene> = scenes.iter().collect();
    order.sort_by_key(|scene| (scene.began(now), scene.name));
    let mut counters: HashMap<String, u32> = HashMap::new();
    let mut ids = Ids::new();
    for scene in order {
        let day = scene.began(now).format("%Y%m%d").to_string();
        let counter = counters.entry(day.clone()).or_default();
        *counter += 1;
        ids.insert(scene.name, format!("{day}_{counter}"));
    }
    ids
}

/// Creates the store at `path`, whose folder exists.
pub fn write(
    path: &Path,
    root: &Path,
    scenes: &[Scene],
    ids: &Ids,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let mut db = Connection::open(path)?;
    db.execute_batch(include_str!("schema.sql"))?;
    let tx = db.transaction()?;
    for scene in scenes {
        session(&tx, root, scene, ids, now)?;
        for (n, line) in scene.talk.lines.iter().enumerate() {
            let key = (ids[scene.name].as_str(), n);
            self::line(&tx, key, scene, line, scene.began(now))?;
        }
    }
    tx.commit()?;
    db.close().map_err(|(_, e)| e)
}

/// Makes a session begin now, as its goose would have done: its process is up, and rows are not older
/// than the process that makes them.
pub fn begin(path: &Path, name: &str) -> rusqlite::Result<()> {
    let db = Connection::open(path)?;
    let id = "(SELECT id FROM sessions WHERE name = ?1)";
    let now = "CAST(strftime('%s', 'now') AS INTEGER)";
    db.execute(
        &format!("UPDATE messages SET created_timestamp = {now}, timestamp = datetime('now') WHERE session_id = {id}"),
        [name],
    )?;
    db.execute(
        "UPDATE sessions SET created_at = datetime('now'), updated_at = datetime('now') WHERE name = ?1",
        [name],
    )?;
    db.close().map_err(|(_, e)| e)
}

fn session(
    tx: &Transaction<'_>,
    root: &Path,
    scene: &Scene,
    ids: &Ids,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let calls: Vec<Usage> = scene.talk.lines.iter().filter_map(|l| l.usage).collect();
    let last = calls.last();
    let sum = |f: fn(&Usage) -> i64| (!calls.is_empty()).then(|| calls.iter().map(f).sum::<i64>());
    let costs: Option<Vec<f64>> = calls.iter().map(|u| u.cost(scene.model)).collect();
    let cost = costs.filter(|c| !c.is_empty()).map(|c| c.iter().sum::<f64>());
    let model = json!({"model_name": scene.model.name, "context_limit": scene.model.context,
        "temperature": null, "max_tokens": null, "toolshim": false});
    let extensions = extensions(scene);
    tx.execute(
        "INSERT INTO sessions (id, name, user_set_name, session_type, working_dir, created_at, updated_at,
            extension_data, total_tokens, input_tokens, output_tokens, accumulated_total_tokens,
            accumulated_input_tokens, accumulated_output_tokens, accumulated_cost, schedule_id,
            provider_name, model_config_json, goose_mode, project_id, parent_session_id)
         VALUES (?1, ?2, TRUE, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
        params![
            ids[scene.name],
            scene.name,
            scene.kind,
            root.join(scene.dir).display().to_string(),
            text_time(scene.began(now)),
            text_time(scene.end(now)),
            extensions.to_string(),
            last.map(|u| u.input + u.output),
            last.map(|u| u.input),
            last.map(|u| u.output),
            sum(|u| u.input + u.output),
            sum(|u| u.input),
            sum(|u| u.output),
            cost,
            scene.schedule,
            scene.model.provider,
            model.to_string(),
            scene.mode,
            scene.project,
            scene.parent.and_then(|parent| ids.get(parent)),
        ],
    )?;
    Ok(())
}

fn line(
    tx: &Transaction<'_>,
    (id, n): (&str, usize),
    scene: &Scene,
    line: &Line,
    began: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let built = began + Duration::seconds(line.built);
    let stored = began + Duration::seconds(line.offset);
    let mut metadata = line.metadata.clone();
    if let Some(usage) = line.usage {
        let cost = usage.cost(scene.model);
        tx.execute(
            "INSERT INTO usage_ledger (session_id, created_timestamp, model, input_tokens, output_tokens,
                total_tokens, cost, cost_source) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                id,
                built.timestamp(),
                scene.model.name,
                usage.input,
                usage.output,
                usage.input + usage.output,
                cost,
                cost.map(|_| "estimated"),
            ],
        )?;
        metadata = with_usage(metadata, scene, usage);
    }
    let Some((role, content)) = &line.message else { return Ok(()) };
    tx.execute(
        "INSERT INTO messages (message_id, session_id, role, content_json, created_timestamp, timestamp,
            metadata_json)
         VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7)",
        params![
            id,
            format!("msg_{id}_{n}"),
            role,
            content.to_string(),
            built.timestamp(),
            text_time(stored),
            metadata.to_string()
        ],
    )?;
    Ok(())
}

/// goose names what a session has enabled beside it (facts 1.4).
fn extensions(scene: &Scene) -> Value {
    let mut enabled =
        vec![json!({"type": "platform", "name": "developer", "description": "shell and files"})];
    if let Some(command) = scene.extension {
        let mut words = command.split(' ');
        let program = words.next();
        let arguments: Vec<&str> = words.collect();
        let name =
            arguments.last().map(|word| word.trim_start_matches("mcp-server-").trim_start_matches("mcp-"));
        enabled.push(json!({"type": "stdio", "name": name, "description": "", "cmd": program,
            "args": arguments, "envs": {}, "env_keys": [], "timeout": 300}));
    }
    json!({"enabled_extensions.v0": {"extensions": enabled}})
}

/// goose keeps what a call used beside the message it made (schema 15 and newer).
fn with_usage(mut metadata: Value, scene: &Scene, usage: Usage) -> Value {
    if !metadata.is_object() {
        return metadata;
    }
    metadata["inference"] = json!({"provider": scene.model.provider,
        "requestedModel": scene.model.name, "resolvedModel": scene.model.name});
    metadata["usage"] = json!({"inputTokens": usage.input, "outputTokens": usage.output,
        "totalTokens": usage.input + usage.output, "cost": usage.cost(scene.model),
        "elapsedMs": 900 + usage.output * 17, "timeToFirstTokenMs": 400 + usage.input / 200,
        "isCompaction": false});
    metadata
}

/// SQLite's CURRENT_TIMESTAMP form, UTC, which goose uses for rows it makes itself.
fn text_time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}
