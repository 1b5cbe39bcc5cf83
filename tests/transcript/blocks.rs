//! One fixture per block type and version (facts 3), and what is read of it.

use std::fmt::Write as _;

use goosetop::domain::transcript::{Anchor, Message};
use rusqlite::params;
use serde_json::{Value, json};

use crate::{
    NOW, Place,
    store::{self, Build},
};

fn read(content: &Value) -> Message {
    let (place, conn) = Place::new(Build::Fresh(16));
    store::content_row(&conn, "s", "assistant", &content.to_string(), NOW);
    place.open().page(Anchor::End, 10).unwrap().messages.remove(0)
}

/// Every fixture with its parts, in one snapshot a topic.
fn shown(fixtures: &[(&str, Value)]) -> String {
    let mut out = String::new();
    for (name, block) in fixtures {
        let message = read(&json!([block]));
        assert_eq!(message.fault, None, "{name}");
        assert_eq!(message.parts.len(), 1, "{name}");
        let _ = writeln!(out, "{name}\n{:#?}\n", message.parts[0]);
    }
    out
}

#[test]
fn words_and_pictures() {
    let shown = shown(&[
        ("text", json!({ "type": "text", "text": "# Hello\n\nworld\u{1b}[31m\t!" })),
        (
            "text for the model",
            json!({ "type": "text", "text": "x", "annotations": { "audience": ["assistant"] } }),
        ),
        ("image", json!({ "type": "image", "data": "aGVsbG8=", "mimeType": "image/png" })),
        ("thinking", json!({ "type": "thinking", "thinking": "hm", "signature": "abc" })),
        ("thinking, hidden", json!({ "type": "thinking", "thinking": "", "signature": "abc" })),
        ("redactedThinking", json!({ "type": "redactedThinking", "data": "xyz" })),
        ("reasoning", json!({ "type": "reasoning", "text": "so" })),
        ("text with _meta", json!({ "type": "text", "text": "x", "_meta": { "goose.x": 1 } })),
        ("text with nothing in it", json!({ "type": "text" })),
        (
            "image for a person",
            json!({ "type": "image", "data": "", "mimeType": "image/gif", "annotations": { "audience": ["user"] } }),
        ),
        ("unknown", json!({ "type": "hologram", "depth": 3 })),
        ("enableExtensionRequest", json!({ "type": "enableExtensionRequest", "id": "e" })),
        ("extensionRequest", json!({ "type": "extensionRequest", "id": "e" })),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn tool_requests() {
    let call = json!({ "status": "success", "value": { "name": "developer__shell", "arguments": { "command": "ls" } } });
    let shown = shown(&[
        (
            "with metadata",
            json!({ "type": "toolRequest", "id": "t1", "toolCall": call, "metadata": { "a": 1 } }),
        ),
        (
            "arguments of any kind, to 2025-09",
            json!({ "type": "toolRequest", "id": "t2", "toolCall": { "status": "success", "value": { "name": "x", "arguments": [1, "two"] } } }),
        ),
        (
            "no arguments",
            json!({ "type": "toolRequest", "id": "t3", "toolCall": { "status": "success", "value": { "name": "x" } } }),
        ),
        (
            "invalid",
            json!({ "type": "toolRequest", "id": "t4", "toolCall": { "status": "error", "error": "no such tool\nhere" } }),
        ),
        ("frontend", json!({ "type": "frontendToolRequest", "id": "t5", "toolCall": call })),
        (
            "as goose 1.52 writes it",
            json!({ "type": "toolRequest", "id": "call_4", "toolCall": { "status": "success", "value": { "name": "shell", "arguments": { "command": "ls" } } },
                "_meta": { "goose.toolCall.providerIndex": 0, "goose_extension": "developer", "goose.toolSummary.title": "list" } }),
        ),
        (
            "a tool that was not offered, 1.52",
            json!({ "type": "toolRequest", "id": "call_8", "toolCall": { "status": "success", "value": { "name": "unparseable_tool_call", "arguments": {} } },
                "_meta": { "goose.toolCall.providerIndex": 0 } }),
        ),
        ("nothing", json!({ "type": "toolRequest" })),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn tool_responses() {
    let of = |result: Value| json!({ "type": "toolResponse", "id": "t1", "toolResult": result });
    let text = json!([{ "type": "text", "text": "\u{1b}[32mok\u{1b}[0m" }]);
    let shown = shown(&[
        ("array, to 2025-12", of(json!({ "status": "success", "value": text }))),
        (
            "object",
            of(
                json!({ "status": "success", "value": { "content": text, "structuredContent": { "exit_code": 2 } } }),
            ),
        ),
        ("isError", of(json!({ "status": "success", "value": { "content": text, "isError": true } }))),
        ("error", of(json!({ "status": "error", "error": "exit 1" }))),
        (
            "a delegated task",
            of(json!({ "status": "success", "value": { "content": text, "isError": false,
                "_meta": { "subagent_session_id": "20261120_9" } } })),
        ),
        (
            "a delegated task of nobody",
            of(
                json!({ "status": "success", "value": { "content": text, "_meta": { "subagent_session_id": 9 } } }),
            ),
        ),
        (
            "structured only",
            of(
                json!({ "status": "success", "value": { "content": [], "structuredContent": { "exitCode": 0, "n": 1 } } }),
            ),
        ),
        (
            "kinds",
            of(json!({ "status": "success", "value": { "content": [
            { "type": "text", "text": "for the model", "annotations": { "audience": ["assistant"] } },
            { "type": "image", "data": "aGVsbG8=", "mimeType": "image/png" },
            { "type": "audio", "data": "aGVsbG8=", "mimeType": "audio/wav" },
            { "type": "resource", "resource": { "uri": "file:///a", "text": "inside" } },
            { "type": "resource", "resource": { "uri": "file:///b", "blob": "aGVsbG8=" } },
            { "type": "resource_link", "uri": "https://example.org/c", "name": "c" },
            { "type": "smell", "of": "roses" },
        ] } })),
        ),
        (
            "as goose 1.52 writes it",
            of(json!({ "status": "success", "value": { "resultType": "complete", "isError": false,
                "content": [{ "type": "text", "text": "second", "annotations": { "priority": 0.0 } }],
                "structuredContent": { "stdout": "second", "stderr": "", "exit_code": 0 } } })),
        ),
        (
            "a command that took too long, 1.52",
            of(json!({ "status": "success", "value": { "resultType": "complete", "isError": true,
                "content": [{ "type": "text", "text": "Command timed out after 300 seconds" }],
                "structuredContent": { "stdout": "", "stderr": "", "timed_out": true } } })),
        ),
        (
            "a tool that was not offered, 1.52",
            of(json!({ "status": "error", "error": "-32600: Tool 'x' was not advertised" })),
        ),
        (
            "with metadata",
            json!({ "type": "toolResponse", "id": "t1", "toolResult": { "status": "success", "value": text }, "metadata": { "a": 1 } }),
        ),
        ("nothing", of(Value::Null)),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn questions_answers_notices_errors() {
    let shown = shown(&[
        (
            "toolConfirmationRequest",
            json!({ "type": "toolConfirmationRequest", "id": "q", "toolName": "shell", "arguments": { "command": "rm x" }, "prompt": "sure?" }),
        ),
        (
            "toolConfirmation",
            json!({ "type": "actionRequired", "data": { "actionType": "toolConfirmation", "id": "q", "toolName": "shell", "arguments": { "path": "x" }, "prompt": null } }),
        ),
        (
            "elicitation, snake",
            json!({ "type": "actionRequired", "data": { "action_type": "elicitation", "id": "q", "message": "name?", "requested_schema": {} } }),
        ),
        (
            "elicitation, camel",
            json!({ "type": "actionRequired", "data": { "actionType": "elicitation", "id": "q", "message": "name?", "requestedSchema": {} } }),
        ),
        (
            "elicitationResponse",
            json!({ "type": "actionRequired", "data": { "actionType": "elicitationResponse", "id": "q", "user_data": { "name": "Ada" } } }),
        ),
        (
            "elicitationResponse, accepted",
            json!({ "type": "actionRequired", "data": { "actionType": "elicitationResponse", "id": "q", "user_data": { "colour": "red" }, "action": "accept" } }),
        ),
        (
            "elicitationResponse, declined",
            json!({ "type": "actionRequired", "data": { "actionType": "elicitationResponse", "id": "q", "action": "decline" } }),
        ),
        (
            "toolConfirmationResponse",
            json!({ "type": "actionRequired", "data": { "actionType": "toolConfirmationResponse", "id": "q", "permission": "allow_once" } }),
        ),
        ("another action", json!({ "type": "actionRequired", "data": { "actionType": "dance" } })),
        (
            "inlineMessage",
            json!({ "type": "systemNotification", "notificationType": "inlineMessage", "msg": "compacting" }),
        ),
        (
            "creditsExhausted",
            json!({ "type": "systemNotification", "notificationType": "creditsExhausted", "msg": "pay" }),
        ),
        (
            "thinkingMessage",
            json!({ "type": "systemNotification", "notificationType": "thinkingMessage", "msg": "thinking" }),
        ),
        (
            "progressMessage",
            json!({ "type": "systemNotification", "notificationType": "progressMessage", "msg": "half", "data": { "x": 1 } }),
        ),
        ("error", json!({ "type": "error", "kind": "authentication", "message": "no key" })),
        ("error, context", json!({ "type": "error", "kind": "contextLengthExceeded", "message": "full" })),
        ("error, credits", json!({ "type": "error", "kind": "creditsExhausted", "message": "pay" })),
        ("error, other", json!({ "type": "error", "kind": "other", "message": "5xx" })),
        ("contextLengthExceeded", json!({ "type": "contextLengthExceeded", "msg": "full" })),
        ("summarizationRequested", json!({ "type": "summarizationRequested", "msg": "please" })),
        ("conversationCompacted", json!({ "type": "conversationCompacted", "msg": "done" })),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn metadata_and_times() {
    let (place, conn) = Place::new(Build::Fresh(16));
    let metadata = json!({
        "userVisible": false, "agentVisible": true, "turnContext": {},
        "inference": { "provider": "openai", "requestedModel": "gpt-4o", "resolvedModel": "gpt-4o-2024-11-20" },
        "usage": { "inputTokens": 1200, "outputTokens": 34, "cost": 0.0125, "elapsedMs": 2500, "timeToFirstTokenMs": 480, "isCompaction": true },
    });
    conn.execute(
        "INSERT INTO messages (session_id, role, content_json, created_timestamp, timestamp, metadata_json) \
         VALUES ('s', 'assistant', '[]', ?1, '2026-01-01 00:00:05', ?2)",
        params![NOW * 1_000 + 7, metadata.to_string()],
    )
    .unwrap();
    insta::assert_debug_snapshot!(place.open().page(Anchor::End, 1).unwrap());
}

#[test]
fn every_schema_is_read() {
    for build in Build::all() {
        let (place, conn) = Place::new(build);
        for n in 0..5 {
            store::message(&conn, "s", "user", &format!("word {n}"), NOW + n);
        }
        let mut transcript = place.open();
        let page = transcript.page(Anchor::End, 3).unwrap();
        let at: Vec<_> = page.messages.iter().map(|m| m.place.at - NOW).collect();
        assert_eq!((at, page.more_before, page.more_after), (vec![2, 3, 4], true, false), "{build:?}");
        assert_eq!(transcript.extent().unwrap().messages, 5, "{build:?}");
    }
}

#[test]
fn thread_messages_stand_in() {
    for version in [10, 11, 16] {
        let (place, conn) = Place::new(Build::Migrated(version));
        conn.execute_batch(
            "INSERT INTO threads (id) VALUES ('t'); UPDATE sessions SET thread_id = 't';
             INSERT INTO thread_messages (thread_id, session_id, role, content_json, created_timestamp)
             VALUES ('t', 's', 'user', '[{\"type\":\"text\",\"text\":\"late\"}]', 20),
                    ('t', 's', 'user', '[{\"type\":\"text\",\"text\":\"early\"}]', 10);",
        )
        .unwrap();
        let words = |place: &Place| -> Vec<_> {
            let page = place.open().page(Anchor::Start, 9).unwrap();
            page.messages.iter().map(|m| m.place.at).collect()
        };
        assert_eq!(words(&place), [10, 20]);
        store::message(&conn, "s", "user", "own", 5);
        assert_eq!(words(&place), [5]);
    }
}
