//! The living sessions of the demo and what was said in them. Who drives them is in [`super::cast`].
//!
//! Real processes cannot be back-dated and the start of a session's own process counts as activity,
//! so what must look old (inactive for 38 and 75 minutes, not picked up) lives in server processes,
//! whose start does not count; the rest is ill in ways that need no age: a loop, a streak of
//! errors, a closed terminal, an interrupted turn with a leaked process, a model call that this
//! world's shorter limit calls silent.

use chrono::Duration;
use serde_json::json;

use super::{
    scene::Scene,
    talk::{Model, Talk},
};

/// A large model.
pub const SONNET: Model =
    Model { provider: "anthropic", name: "claude-sonnet-4-5", context: 200_000, price: Some((3e-6, 15e-6)) };
/// Another provider's.
pub const GPT: Model =
    Model { provider: "openai", name: "gpt-4o", context: 128_000, price: Some((2.5e-6, 10e-6)) };
/// A local one: nobody knows what it costs.
pub const QWEN: Model = Model { provider: "ollama", name: "qwen3-coder:30b", context: 32_000, price: None };

/// The session that the demo keeps adding to.
pub const MOVING: &str = "infra-Dashboards";
/// The session that a `goose run -n` has just begun.
pub const NEW: &str = "docs-ReleaseNotes";

/// Every session that something is the matter with, or that lives.
pub fn scenes() -> Vec<Scene> {
    let mut all = healthy();
    all.extend(stuck());
    all.extend(orphaned());
    all
}

fn seconds(n: i64) -> Duration {
    Duration::seconds(n)
}

fn minutes(n: i64) -> Duration {
    Duration::minutes(n)
}

fn healthy() -> Vec<Scene> {
    vec![
        Scene::new("backend-PortToAxum", "src/backend", SONNET, seconds(95), {
            Talk::new(11_200)
                .asks("Port the HTTP layer from actix to axum. Keep every route and every test.")
                .thinks("Routes first, then extractors, tests last.", "I start with the route table.")
                .shell("rg -n 'web::resource' src", 1, Ok("src/http/mod.rs:14: web::resource(\"/login\")\nsrc/http/mod.rs:22: web::resource(\"/orders\")"))
                .tool("edit", &json!({"path": "src/http/mod.rs", "before": "web::resource", "after": "Router::new().route"}), 2, Ok("Edited src/http/mod.rs (+41 -38)"))
                .says("The routes are ported. Now the whole test suite.")
                .asks("Good. Run all tests and fix what breaks.")
                .calls()
        }),
        Scene::new("frontend-CreateLoginForm", "src/frontend", GPT, minutes(3), {
            Talk::new(117_000)
                .asks("Create a login form with e-mail, password and inline errors.")
                .shell("ls src/components", 1, Ok("Button.tsx\nField.tsx\nLayout.tsx"))
                .tool("write", &json!({"path": "src/components/LoginForm.tsx"}), 1, Ok("Created src/components/LoginForm.tsx (88 lines)"))
                .shell("npm test -- LoginForm", 14, Ok("Tests: 7 passed, 7 total"))
                .says("The form is in `src/components/LoginForm.tsx`:\n\n- errors appear below their field\n- **Enter** submits\n- 7 tests pass\n\nShall I wire it to the API?")
        }).extension("uvx mcp-server-fetch"),
        Scene::new(NEW, "src/docs", SONNET, seconds(0), {
            Talk::new(8_400).asks("Write the release notes for 2.4 from the merged pull requests.")
        }),
        Scene::new(MOVING, "src/infra", SONNET, seconds(6), {
            Talk::new(21_000)
                .asks("Watch the canary for an hour and note every error rate above 1 %.")
                .shell("curl -s metrics.internal/canary", 1, Ok("error_rate 0.21"))
                .says("0.21 %, fine. I look again in a few seconds.")
        }).extension("npx -y mcp-grafana"),
        Scene::new("infra-Dashboards/check-alerts", "src/infra", SONNET, minutes(2), {
            Talk::new(6_000)
                .asks("List the alert rules that have no runbook.")
                .shell("rg -L runbook alerts", 2, Ok("alerts/disk.yml\nalerts/queue.yml"))
                .says("Two rules have none: `disk` and `queue`.")
        })
        .parent(MOVING),
        Scene::new("editor: rename OrderId", "src/orders", GPT, minutes(1), {
            Talk::new(15_500)
                .asks("Rename OrderNo to OrderId everywhere, migrations included.")
                .shell("rg -l OrderNo | wc -l", 1, Ok("31"))
                .calls()
        })
        .kind("acp"),
        Scene::new("editor: explain retry policy", "src/orders", GPT, minutes(12), {
            Talk::new(9_300)
                .asks("Why are there two retry policies?")
                .says("One is for reads (3 tries, 200 ms), one for payments (never retried).")
        }).extension("uvx mcp-server-git")
        .kind("acp"),
        Scene::new("security-AuditDeps", "src/backend", SONNET, minutes(4), {
            Talk::new(12_000)
                .asks("Audit the dependencies and update what has an advisory.")
                .shell("cargo audit", 6, Ok("1 vulnerability found: RUSTSEC-2026-0042 in tar 0.4.40"))
                .elicits("Update tar to 0.4.44? This changes Cargo.lock.")
        }).extension("uvx mcp-server-sqlite")
        .mode("approve"),
    ]
}

fn stuck() -> Vec<Scene> {
    let migrate = "cargo run -p migrate -- up";
    let refused = "error: connection to 127.0.0.1:5432 refused\nmigrate: 0 of 12 applied";
    let looping = (0..9)
        .fold(Talk::new(18_000).asks("Set up the database schema and seed it."), |talk, _| {
            talk.shell(migrate, 4, Ok(refused))
        });
    let failing = [
        ("pytest tests/refund", "exit 2: ModuleNotFoundError: No module named 'stripe'"),
        ("pip install stripe", "exit 1: Could not resolve host: pypi.org"),
        ("pip install --no-index stripe", "exit 1: No matching distribution found for stripe"),
        ("uv pip install stripe", "exit 1: dns error: failed to lookup address information"),
    ];
    let failing = failing
        .iter()
        .fold(Talk::new(14_000).asks("Make partial refunds work."), |talk, (c, e)| talk.shell(c, 3, Err(e)));
    vec![
        Scene::new("backend-SetupDatabase", "src/backend", SONNET, seconds(20), looping)
            .extension("npx -y mcp-postgres"),
        Scene::new("payments-RefundFlow", "src/payments", GPT, seconds(40), failing)
            .extension("uvx mcp-server-stripe"),
        Scene::new("ml-EvaluateReranker", "src/search", SONNET, minutes(17), {
            Talk::new(96_000)
                .asks("Evaluate the new reranker on the March queries.")
                .shell(
                    "python eval.py --queries march.jsonl",
                    210,
                    Ok("ndcg@10 0.412 (was 0.398), 1,944 queries"),
                )
                .asks("Now say for which kinds of queries it got worse.")
        })
        .extension("uvx mcp-server-jupyter"),
        Scene::new("search-Reindex", "src/search", QWEN, minutes(38), {
            Talk::new(7_000)
                .asks("Rebuild the index with the new tokenizer and start the preview server.")
                .shell("make index", 340, Ok("indexed 1,204,113 documents"))
                .says("The index is built. I start the preview server.")
                .calls()
        }),
        Scene::new("support-TicketTriage", "src/support", GPT, minutes(6), {
            Talk::new(5_200)
                .asks("Sort the tickets of last night by product.")
                .says("There are 14: 9 billing, 3 login, 2 export.")
                .wait(600)
                .asks("Draft answers for the three about login.")
        })
        .extension("npx -y mcp-zendesk"),
    ]
}

fn orphaned() -> Vec<Scene> {
    vec![
        Scene::new("mobile-OfflineSync", "src/mobile", SONNET, minutes(75), {
            Talk::new(13_700)
                .asks("Make sync survive a lost connection. Test it against the dev server.")
                .tool(
                    "edit",
                    &json!({"path": "src/sync.ts", "before": "fetch(", "after": "retrying("}),
                    1,
                    Ok("Edited src/sync.ts (+63 -12)"),
                )
                .says("Now the dev server, to try it.")
                .calls()
        }),
        Scene::new("infra-TerraformPlan", "src/infra", SONNET, minutes(22), {
            Talk::new(10_900)
                .asks("Plan the move of the queue to the new cluster.")
                .shell("terraform plan", 48, Ok("Plan: 4 to add, 2 to change, 4 to destroy."))
                .says("The plan destroys four volumes. **Please confirm before I go on.**")
        })
        .extension("npx -y mcp-terraform"),
        Scene::new("data-ImportCustomers", "src/data", QWEN, minutes(61), {
            Talk::new(8_800)
                .asks("Import customers.csv and start the review page.")
                .shell("head -2 customers.csv", 1, Ok("id,name,city\n1,Ada,London"))
                .asks("Looks right. Go on.")
        }),
    ]
}
