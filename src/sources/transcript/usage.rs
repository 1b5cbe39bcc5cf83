//! What `metadata_json` says of the model call that made a message (facts 3).

use std::time::Duration;

use serde_json::Value;

use crate::{
    domain::transcript::Usage,
    sources::{
        blocks::{either, str_either},
        goose_db::value,
    },
};

/// Reads it; `None` where nothing is said.
pub fn usage(metadata: &Value) -> Option<Usage> {
    let usage = metadata.get("usage").filter(|v| v.is_object());
    let inference = metadata.get("inference").unwrap_or(&Value::Null);
    let named = |camel, snake| value::clean_line(str_either(inference, camel, snake));
    let model =
        named("resolvedModel", "resolved_model").or_else(|| named("requestedModel", "requested_model"));
    if usage.is_none() && model.is_none() {
        return None;
    }
    let usage = usage.unwrap_or(&Value::Null);
    let number = |camel, snake| either(usage, camel, snake).and_then(Value::as_f64).filter(|n| *n >= 0.0);
    let count = |camel, snake| number(camel, snake).map(|n| n as u64);
    let millis = |camel, snake| count(camel, snake).map(Duration::from_millis);
    Some(Usage {
        model,
        input: count("inputTokens", "input_tokens"),
        output: count("outputTokens", "output_tokens"),
        cost_usd: number("cost", "cost_usd"),
        elapsed: millis("elapsedMs", "elapsed_ms"),
        first_token: millis("timeToFirstTokenMs", "time_to_first_token_ms"),
        compaction: either(usage, "isCompaction", "is_compaction") == Some(&Value::Bool(true)),
    })
}
