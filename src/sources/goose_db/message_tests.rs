use serde_json::json;

use super::*;

fn one(value: Value) -> Block {
    let mut blocks = blocks(&Value::Array(vec![value]).to_string());
    assert_eq!(blocks.len(), 1);
    blocks.remove(0)
}

fn response(result: Value) -> (bool, String) {
    match one(json!({ "type": "toolResponse", "id": "t1", "toolResult": result })) {
        Block::ToolResponse { id, failed, preview } if id == "t1" => (failed, preview),
        other => panic!("{other:?}"),
    }
}

fn request(arguments: &str) -> (String, Option<String>, u64, bool) {
    let call = format!(
        r#"[{{"type":"toolRequest","id":"t","toolCall":{{"status":"success","value":{{"name":"developer__shell","arguments":{arguments}}}}}}}]"#
    );
    match blocks(&call).remove(0) {
        Block::ToolRequest { tool, command, digest, invalid, .. } => (tool, command, digest, invalid),
        other => panic!("{other:?}"),
    }
}

#[test]
fn tool_requests() {
    let (tool, command, digest, invalid) = request(r#"{"command":"ls -l","a":1}"#);
    assert_eq!((tool.as_str(), command.as_deref(), invalid), ("developer__shell", Some("ls -l"), false));
    assert_eq!(request(r#"{"a":1,"command":"ls -l"}"#).2, digest, "order of arguments does not matter");
    assert_ne!(request(r#"{"a":2,"command":"ls -l"}"#).2, digest);
    assert_eq!(request(r#"{"path":"x"}"#).1.as_deref(), Some(r#"{"path":"x"}"#));
    assert_eq!(request("null").1, None);
    let bad = one(
        json!({ "type": "toolRequest", "id": "t", "toolCall": { "status": "error", "error": "no such tool" } }),
    );
    assert!(matches!(bad, Block::ToolRequest { invalid: true, command: None, .. }));
    let front = one(
        json!({ "type": "frontendToolRequest", "id": "t", "toolCall": { "status": "success", "value": { "name": "x" } } }),
    );
    assert!(matches!(front, Block::ToolRequest { invalid: false, .. }));
}

#[test]
fn tool_responses_of_both_shapes() {
    let text = json!([{ "type": "image", "data": "…" }, { "type": "text", "text": "done" }]);
    assert_eq!(response(json!({ "status": "success", "value": text })), (false, "done".into()));
    assert_eq!(
        response(json!({ "status": "success", "value": { "content": text } })),
        (false, "done".into())
    );
    let failed = json!({ "status": "success", "value": { "content": text, "isError": true } });
    assert_eq!(response(failed), (true, "done".into()));
    assert_eq!(response(json!({ "status": "error", "error": "exit 1" })), (true, "exit 1".into()));
    let resource = json!([{ "type": "resource", "resource": { "uri": "x", "text": "inside" } }]);
    assert_eq!(response(json!({ "status": "success", "value": resource })), (false, "inside".into()));
    assert_eq!(
        response(json!({ "status": "success", "value": [{ "type": "image" }] })),
        (false, "image".into())
    );
    assert_eq!(response(Value::Null), (false, String::new()));
}

#[test]
fn questions_and_answers() {
    let asked = |value: Value| match one(value) {
        Block::ActionRequired { id, prompt } => (id, prompt),
        other => panic!("{other:?}"),
    };
    let old = json!({ "type": "toolConfirmationRequest", "id": "q", "toolName": "shell", "arguments": { "command": "rm x" }, "prompt": null });
    assert_eq!(asked(old), ("q".into(), "shell rm x".into()));
    let new = json!({ "type": "actionRequired", "data": { "actionType": "toolConfirmation", "id": "q", "toolName": "shell", "arguments": { "command": "rm x" }, "prompt": "sure?" } });
    assert_eq!(asked(new), ("q".into(), "sure? (shell rm x)".into()));
    let form = json!({ "type": "actionRequired", "data": { "action_type": "elicitation", "id": "q", "message": "name?", "requestedSchema": {} } });
    assert_eq!(asked(form), ("q".into(), "name?".into()));
    for kind in ["elicitationResponse", "toolConfirmationResponse"] {
        let answer = one(json!({ "type": "actionRequired", "data": { "actionType": kind, "id": "q" } }));
        assert_eq!(answer, Block::ActionAnswered { id: "q".into() });
    }
}

#[test]
fn the_rest_of_the_types() {
    let kind = |value: Value| one(value);
    for thinking in ["thinking", "redactedThinking", "reasoning"] {
        assert_eq!(kind(json!({ "type": thinking })), Block::Thinking);
    }
    assert_eq!(kind(json!({ "type": "image", "data": "" })), Block::Image);
    let error = Block::Error { kind: "creditsExhausted".into(), message: "pay".into() };
    assert_eq!(kind(json!({ "type": "error", "kind": "creditsExhausted", "message": "pay" })), error);
    assert_eq!(
        kind(json!({ "type": "systemNotification", "notificationType": "creditsExhausted", "msg": "pay" })),
        error
    );
    assert_eq!(
        kind(
            json!({ "type": "systemNotification", "notificationType": "inlineMessage", "msg": "compacting" })
        ),
        Block::Notice { message: "compacting".into() }
    );
    assert!(matches!(kind(json!({ "type": "contextLengthExceeded", "msg": "full" })), Block::Error { .. }));
    assert!(matches!(kind(json!({ "type": "summarizationRequested", "msg": "" })), Block::Notice { .. }));
    assert_eq!(kind(json!({ "type": "hologram" })), Block::Unknown { kind: "hologram".into() });
    assert!(matches!(kind(json!({ "no": "type" })), Block::Unreadable { .. }));
    assert!(matches!(kind(json!(5)), Block::Unreadable { .. }));
}

#[test]
fn what_is_no_list_of_blocks() {
    for json in ["", "{", "5", "null"] {
        assert!(matches!(blocks(json)[..], [Block::Unreadable { .. }]), "{json}");
    }
    let deep = format!("[{}{}]", "[".repeat(10_000), "]".repeat(10_000));
    assert!(matches!(blocks(&deep)[..], [Block::Unreadable { .. }]));
    assert_eq!(blocks("\"words\""), [Block::Text { preview: "words".into() }]);
    assert_eq!(blocks("[]"), []);
}

#[test]
fn previews_are_cut() {
    let Block::Text { preview } = one(json!({ "type": "text", "text": "é".repeat(1 << 20) })) else {
        panic!()
    };
    assert_eq!(preview.chars().count(), PREVIEW + 1);
}

#[test]
fn metadata() {
    assert_eq!(flags(None), Flags::default());
    assert_eq!(flags(Some("nonsense")), Flags::default());
    let set = flags(Some(r#"{"userVisible":false,"agentVisible":true,"turnContext":{"x":1}}"#));
    assert_eq!(set, Flags { user_visible: false, agent_visible: true, turn_context: true, has_usage: false });
    assert!(!flags(Some(r#"{"turnContext":null}"#)).turn_context);
    assert!(flags(Some(r#"{"turnContext":true}"#)).turn_context);
}
