//! Who drives the sessions of the demo: the stand-in processes, as goose would have started them
//! (facts 0.2 and 5). A tool shares its goose's process group; an extension has its own.

use std::path::Path;

use super::{
    part::{Input, Part, Place, database},
    script::MOVING,
    store::Ids,
};

/// A stand-in for goose and, where it drives one session alone, that session.
pub struct Role {
    /// The process.
    pub part: Part,
    /// The one session it drives.
    pub session: Option<&'static str>,
}

/// Every goose of the demo.
pub fn roles(root: &Path, ids: &Ids) -> Vec<Role> {
    let cast = Cast { root, ids };
    let mut all = cast.healthy();
    all.extend(cast.stuck());
    all.extend(cast.orphaned());
    all
}

struct Cast<'a> {
    root: &'a Path,
    ids: &'a Ids,
}

impl Cast<'_> {
    fn healthy(&self) -> Vec<Role> {
        let port = "backend-PortToAxum";
        let form = "frontend-CreateLoginForm";
        let notes = "docs-ReleaseNotes";
        let editor = ["editor: rename OrderId", "editor: explain retry policy"];
        let audit = "security-AuditDeps";
        let cargo = Part { busy: 20, ..self.tool(port, "src/backend", "cargo test --workspace") };
        let mut form_goose = self.resumed(
            form,
            "src/frontend",
            vec![self.extension(form, "src/frontend", "uvx mcp-server-fetch")],
        );
        form_goose.part.input = Input::Terminal;
        let mut new_run =
            self.goose("src/docs", &["run", "-n", notes, "-t", "Write the release notes for 2.4"], vec![]);
        new_run.opens.push(self.model_call(notes));
        vec![
            self.run(port, "src/backend", vec![cargo]),
            form_goose,
            Role { part: new_run, session: Some(notes) },
            self.run(MOVING, "src/infra", vec![self.extension(MOVING, "src/infra", "npx -y mcp-grafana")]),
            self.server(
                "src/orders",
                &["acp"],
                vec![
                    self.tool(editor[0], "src/orders", "cargo check --tests"),
                    self.extension(editor[1], "src/orders", "uvx mcp-server-git"),
                ],
            ),
            self.resumed(
                audit,
                "src/backend",
                vec![self.extension(audit, "src/backend", "uvx mcp-server-sqlite")],
            ),
        ]
    }

    fn stuck(&self) -> Vec<Role> {
        let looping = "backend-SetupDatabase";
        let failing = "payments-RefundFlow";
        let silent = "ml-EvaluateReranker";
        let mut model = self.run(
            silent,
            "src/search",
            vec![self.extension(silent, "src/search", "uvx mcp-server-jupyter")],
        );
        model.part.opens.push(self.model_call(silent));
        vec![
            self.run(
                looping,
                "src/backend",
                vec![self.extension(looping, "src/backend", "npx -y mcp-postgres")],
            ),
            self.run(
                failing,
                "src/payments",
                vec![self.extension(failing, "src/payments", "uvx mcp-server-stripe")],
            ),
            model,
            self.server(
                "src/search",
                &["serve", "--port", "0"],
                vec![self.tool("search-Reindex", "src/search", "npm run preview")],
            ),
            self.server(
                "src/support",
                &["serve", "--port", "0"],
                vec![self.extension("support-TicketTriage", "src/support", "npx -y mcp-zendesk")],
            ),
        ]
    }

    fn orphaned(&self) -> Vec<Role> {
        let plan = "infra-TerraformPlan";
        let import = "data-ImportCustomers";
        // The one that does not listen to SIGTERM, so that KILL is seen to be needed.
        let dev = Part { deaf: true, ..self.tool("mobile-OfflineSync", "src/mobile", "npm run dev") };
        let mut lost =
            self.resumed(plan, "src/infra", vec![self.extension(plan, "src/infra", "npx -y mcp-terraform")]);
        lost.part.input = Input::ClosedTerminal;
        let worker = self.tool(import, "src/data", "node review/server.js");
        let page = Part { children: vec![worker], ..self.tool(import, "src/data", "npm run review") };
        let mut dead = self.run(import, "src/data", vec![page]);
        dead.part.leaves = true;
        let untracked = self.goose("scratch", &["session"], vec![]);
        vec![
            self.server("src/mobile", &["serve", "--port", "0"], vec![dev]),
            lost,
            dead,
            Role { part: untracked, session: None },
        ]
    }

    /// `goose run` that goes on with a session.
    fn run(&self, session: &'static str, dir: &str, children: Vec<Part>) -> Role {
        let id = self.id(session);
        let part = self.goose(dir, &["run", "--resume", "--session-id", &id, "-t", "Go on"], children);
        Role { part, session: Some(session) }
    }

    /// `goose session` that goes on with a session.
    fn resumed(&self, session: &'static str, dir: &str, children: Vec<Part>) -> Role {
        let id = self.id(session);
        let part = self.goose(dir, &["session", "--resume", "--session-id", &id], children);
        Role { part, session: Some(session) }
    }

    fn server(&self, dir: &str, words: &[&str], children: Vec<Part>) -> Role {
        Role { part: self.goose(dir, words, children), session: None }
    }

    fn goose(&self, dir: &str, words: &[&str], children: Vec<Part>) -> Part {
        let argv = std::iter::once("goose").chain(words.iter().copied()).map(str::to_owned).collect();
        let opens = vec![database(self.root)];
        Part { argv, cwd: self.root.join(dir), place: Place::Session, opens, children, ..Part::default() }
    }

    fn tool(&self, session: &str, dir: &str, command: &str) -> Part {
        let argv = command.split(' ').map(str::to_owned).collect();
        Part { argv, cwd: self.root.join(dir), marker: Some(self.id(session)), ..Part::default() }
    }

    fn extension(&self, session: &str, dir: &str, command: &str) -> Part {
        Part { place: Place::Group, tied: true, ..self.tool(session, dir, command) }
    }

    fn id(&self, session: &str) -> String {
        self.ids.get(session).cloned().unwrap_or_default()
    }

    /// The log that goose holds open during a model call; the name has the form of a UUID.
    fn model_call(&self, session: &str) -> std::path::PathBuf {
        let tail =
            session.bytes().fold(0_u64, |n, b| n.wrapping_mul(31).wrapping_add(b.into())) & 0xffff_ffff_ffff;
        self.root.join(format!("state/logs/llm_request.7d1f0c52-3b1e-4a6d-9c1f-{tail:012x}.jsonl"))
    }
}
