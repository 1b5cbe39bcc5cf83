//! A conversation that attacks whoever shows it: every control character, sequences that set the clipboard
//! and the title, text that runs backwards or cannot be seen, floods of marks, lines and nesting without
//! end, bytes that are no text; in the words, and wherever else goose stores a string.
//!
//! Needs `store` beside it.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::store;

/// What a hostile text holds, with a word in most that can be searched for.
pub fn texts() -> Vec<String> {
    vec![
        (0..0xA0u32).filter_map(char::from_u32).filter(|c| c.is_control()).collect(),
        "\u{1b}]52;c;aGk=\u{7}needle\u{1b}]0;t\u{1b}\\".into(),
        "\u{202e}needle\u{2066}\u{200b}\u{feff}\u{e0041}\u{ad}".into(),
        format!("needle e{}", "\u{301}".repeat(10_000)),
        "<script>alert(1)</script></details>needle".into(),
        "\0needle".into(),
        "needle ".repeat(5 << 20 >> 3),
        format!("a\r\nb\rc\u{85}{}\u{2028}", "\u{9b}31m"),
    ]
}

/// Blocks of every kind with these words in every string of theirs.
pub fn blocks(words: &str) -> Value {
    let call = |kind: &str, id: &str| {
        json!({ "type": kind, "id": id, "toolCall": { "status": "success", "value":
            { "name": words, "arguments": { words: words, "command": words, "x": [words] } } } })
    };
    let result = |value: &Value| json!({ "type": "toolResponse", "id": words, "toolResult": value });
    json!([
        { "type": "text", "text": words },
        { "type": "thinking", "thinking": words, "signature": words },
        { "type": "reasoning", "text": words },
        call("toolRequest", words),
        call("frontendToolRequest", "f"),
        { "type": "toolRequest", "id": "e", "toolCall": { "status": "error", "error": words } },
        { "type": words, "x": words },
        { "type": "error", "kind": words, "message": words },
        { "type": "systemNotification", "notificationType": words, "msg": words },
        { "type": "contextLengthExceeded", "msg": words },
        { "type": "toolConfirmationRequest", "id": words, "toolName": words, "arguments": { words: words }, "prompt": words },
        { "type": "actionRequired", "data": { "actionType": words, "id": words } },
        { "type": "actionRequired", "data": { "actionType": "elicitation", "id": words, "message": words } },
        { "type": "actionRequired", "data": { "actionType": "elicitationResponse", "id": words, "user_data": words, "action": words } },
        { "type": "image", "mimeType": words, "data": words },
        result(&json!({ "status": "success", "value": [
            { "type": "text", "text": words }, { "type": "resource", "resource": { "uri": words, "text": words } },
            { "type": "resource_link", "uri": words, "name": words }, { "type": words, "y": words },
            { "type": "image", "mimeType": words, "data": words },
        ] })),
        result(&json!({ "status": "error", "error": words })),
    ])
}

/// Metadata with these words in it.
pub fn metadata(words: &str) -> Value {
    json!({ "userVisible": true, "inference": { "provider": words, "requestedModel": words, "resolvedModel": words }, words: words })
}

/// Fills a session with all of it.
pub fn fill(conn: &Connection, id: &str, begin: i64) {
    let add = |at: i64, role: &str, content: &Value| {
        store::content_row(conn, id, role, &content.to_string(), begin + at)
    };
    for (n, words) in (0..).zip(&texts()) {
        add(n, "user", &json!([{ "type": "text", "text": words }]));
        let cut: String = words.chars().take(20_000).collect();
        let row = add(n, &cut, &blocks(&cut));
        let sql = "UPDATE messages SET metadata_json = ?2 WHERE id = ?1";
        conn.execute(sql, (row, metadata(&cut).to_string())).unwrap();
    }
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let within = format!(
        "[{{\"type\":\"toolRequest\",\"id\":\"d\",\"toolCall\":{{\"status\":\"success\",\"value\":{{\"name\":\"x\",\"arguments\":{deep}}}}}}}]"
    );
    let odd = ["", "null", "{\"type\":", "[{\"type\":\"text\",\"text\":\"\u{9b}2J\"}]"];
    for content in [deep.as_str(), within.as_str()].into_iter().chain(odd) {
        store::content_row(conn, id, "assistant", content, begin + 50);
    }
    let bytes = b"[{\"type\":\"text\",\"text\":\"\xff\xfe\x1b[2J\xc2\x9b\"}]".to_vec();
    bytes_row(conn, id, &bytes, begin + 60);
    store::set(conn, id, "name", "na\u{1b}]0;x\u{7}me\u{202e}");
}

/// A row whose content is these bytes.
pub fn bytes_row(conn: &Connection, id: &str, bytes: &[u8], created: i64) {
    let sql = "INSERT INTO messages (session_id, role, content_json, created_timestamp) VALUES (?1, 'user', ?2, ?3)";
    conn.execute(sql, rusqlite::params![id, bytes, created]).unwrap();
}
