//! The ended sessions of the demo: the past two weeks, so that history and insights have something.

use chrono::Duration;

use super::{
    scene::Scene,
    script::{GPT, QWEN, SONNET},
    talk::Talk,
};

/// Name, folder, model (0 to 2), hours since it ended, rounds, and the last words.
type Past = (&'static str, &'static str, usize, i64, usize, &'static str);

const PAST: &[Past] = &[
    (
        "frontend-DarkMode",
        "src/frontend",
        1,
        3,
        9,
        "Dark mode follows the system; both themes pass the contrast check.",
    ),
    (
        "backend-RateLimit",
        "src/backend",
        0,
        9,
        14,
        "The limiter is in: 100 requests a minute per key, with a test.",
    ),
    ("orders-CsvExport", "src/orders", 0, 27, 11, "Export streams now; 1 M rows take 4 s and 12 MB."),
    ("search-SynonymList", "src/search", 2, 50, 6, "412 synonyms loaded."),
    ("payments-WebhookRetry", "src/payments", 1, 75, 17, "Webhooks are retried with backoff for a day."),
    ("mobile-PushTokens", "src/mobile", 0, 99, 12, "Old tokens are dropped at sign-out."),
    ("docs-ApiReference", "src/docs", 1, 146, 8, "All 64 endpoints have an example."),
    ("infra-RotateKeys", "src/infra", 0, 195, 10, "Keys are rotated; the old ones end on Friday."),
    ("data-Deduplicate", "src/data", 2, 268, 21, "3,118 duplicates merged, 12 left for a person."),
];

/// What a round runs and what it says, in turn.
const ROUNDS: &[(&str, &str)] = &[
    ("git status --short", " M src/lib.rs"),
    ("rg -n TODO src | head", "src/lib.rs:88: // TODO: limits"),
    ("make test", "ok: 212 passed, 0 failed"),
    ("make lint", "no findings"),
    ("git diff --stat", " 3 files changed, 61 insertions(+), 17 deletions(-)"),
];

/// Every ended session.
pub fn scenes() -> Vec<Scene> {
    let models = [SONNET, GPT, QWEN];
    let mut all: Vec<Scene> = PAST
        .iter()
        .map(|(name, dir, model, hours, rounds, last)| {
            let talk = rounds_of(*rounds, *model).says(last);
            // Not all on the same minute of their hour.
            let ended = Duration::minutes(hours * 60 + (hours * 17) % 47);
            Scene::new(name, dir, models[*model], ended, talk)
        })
        .collect();
    all.push(
        Scene::new("nightly-dependency-report", "src/backend", GPT, Duration::hours(7), {
            rounds_of(4, 1).says("Nothing outdated with an advisory.")
        })
        .schedule("nightly-deps"),
    );
    all.push(Scene::new("payments-LedgerAudit", "src/payments", SONNET, Duration::hours(30), {
        rounds_of(5, 0).fails("creditsExhausted", "The provider refused the call: the credits are used up.")
    }));
    all.push(
        Scene::new("telegram/oncall", "src/support", GPT, Duration::hours(20), {
            Talk::new(3_000).asks("Is the queue empty?").says("Yes, since 04:10.")
        })
        .kind("gateway"),
    );
    all
}

fn rounds_of(rounds: usize, offset: usize) -> Talk {
    let start = Talk::new(9_000 + 1_500 * i64::try_from(offset).unwrap_or(0));
    let asked = start.asks("Read the issue, propose a plan, and do it once it is clear.");
    ROUNDS.iter().cycle().skip(offset).take(rounds).fold(asked, |talk, (command, answer)| {
        talk.shell(command, 3 + i64::try_from(command.len()).unwrap_or(0), Ok(answer))
    })
}
