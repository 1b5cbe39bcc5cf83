//! Who drives the sessions of the demo: the stand-in processes, as goose would have started them
//! (facts 0.2 and 5). A tool shares its goose's process group; an extension has its own.

use std::path::{Path, PathBuf};

use super::{
    part::{Input, Part, Place, database},
    scene::Scene,
    script::{self, MOVING},
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
pub fn roles(root: &Path, scenes: &[Scene], ids: &Ids) -> Vec<Role> {
    let cast = Cast { root, scenes, ids };
    let mut all = cast.healthy();
    all.extend(cast.stuck());
    all.extend(cast.orphaned());
    all
}

struct Cast<'a> {
    root: &'a Path,
    scenes: &'a [Scene],
    ids: &'a Ids,
}

impl Cast<'_> {
    fn healthy(&self) -> Vec<Role> {
        let port = "backend-PortToAxum";
        let cargo = Part { busy: 20, ..self.tool(port, "cargo test --workspace") };
        let mut form = self.session("frontend-CreateLoginForm");
        form.part.input = Input::Terminal;
        let notes = script::NEW;
        let words =
            ["run", "-n", notes, "-t", "Write the release notes for 2.4 from the merged pull requests."];
        let mut new_run = self.goose("src/docs", &words, Vec::new());
        new_run.opens.push(self.model_call(notes));
        let editor = ["editor: rename OrderId", "editor: explain retry policy"];
        let check = self.tool(editor[0], "cargo check --tests");
        vec![
            self.run(port, vec![cargo]),
            form,
            Role { part: new_run, session: Some(notes) },
            self.run(MOVING, Vec::new()),
            self.server(&["acp"], &editor, vec![check]),
            self.session("security-AuditDeps"),
        ]
    }

    fn stuck(&self) -> Vec<Role> {
        let silent = "ml-EvaluateReranker";
        let mut model = self.run(silent, Vec::new());
        model.part.opens.push(self.model_call(silent));
        let reindex = "search-Reindex";
        let preview = self.tool(reindex, "npm run preview");
        vec![
            self.run("backend-SetupDatabase", Vec::new()),
            self.run("payments-RefundFlow", Vec::new()),
            model,
            self.server(&["serve", "--port", "0"], &[reindex], vec![preview]),
            self.server(&["serve", "--port", "0"], &["support-TicketTriage"], Vec::new()),
        ]
    }

    fn orphaned(&self) -> Vec<Role> {
        let sync = "mobile-OfflineSync";
        // The one that does not listen to SIGTERM, so that KILL is seen to be needed.
        let dev = Part { deaf: true, ..self.tool(sync, "npm run dev") };
        let mut lost = self.session("infra-TerraformPlan");
        lost.part.input = Input::ClosedTerminal;
        let import = "data-ImportCustomers";
        let worker = self.tool(import, "node review/server.js");
        let page = Part { children: vec![worker], ..self.tool(import, "npm run review") };
        let mut dead = self.run(import, vec![page]);
        dead.part.leaves = true;
        // No session was ever made where this one works.
        let untracked = self.goose("scratch", &["session"], Vec::new());
        vec![
            self.server(&["serve", "--port", "0"], &[sync], vec![dev]),
            lost,
            dead,
            Role { part: untracked, session: None },
        ]
    }

    /// `goose run` that goes on with a session.
    fn run(&self, name: &'static str, tools: Vec<Part>) -> Role {
        self.resumed(name, &["run", "--resume", "--session-id", self.id(name), "-t", "Go on"], tools)
    }

    /// `goose session` that goes on with a session.
    fn session(&self, name: &'static str) -> Role {
        self.resumed(name, &["session", "--resume", "--session-id", self.id(name)], Vec::new())
    }

    fn resumed(&self, name: &'static str, words: &[&str], mut children: Vec<Part>) -> Role {
        children.extend(self.extension(name));
        Role { part: self.goose(self.dir(name), words, children), session: Some(name) }
    }

    /// A goose that hosts these sessions, their extensions beside the tools.
    fn server(&self, words: &[&str], names: &[&str], mut children: Vec<Part>) -> Role {
        children.extend(names.iter().filter_map(|name| self.extension(name)));
        let dir = names.first().map_or("", |name| self.dir(name));
        Role { part: self.goose(dir, words, children), session: None }
    }

    fn goose(&self, dir: &str, words: &[&str], children: Vec<Part>) -> Part {
        let argv = std::iter::once("goose").chain(words.iter().copied()).map(str::to_owned).collect();
        let opens = vec![database(self.root)];
        Part { argv, cwd: self.root.join(dir), place: Place::Session, opens, children, ..Part::default() }
    }

    fn tool(&self, name: &str, command: &str) -> Part {
        let argv = command.split(' ').map(str::to_owned).collect();
        let marker = Some(self.id(name).to_owned());
        Part { argv, cwd: self.root.join(self.dir(name)), marker, ..Part::default() }
    }

    fn extension(&self, name: &str) -> Option<Part> {
        let command = self.scene(name)?.extension?;
        Some(Part { place: Place::Group, tied: true, ..self.tool(name, command) })
    }

    fn scene(&self, name: &str) -> Option<&Scene> {
        self.scenes.iter().find(|scene| scene.name == name)
    }

    fn dir(&self, name: &str) -> &str {
        self.scene(name).map_or("", |scene| scene.dir)
    }

    fn id(&self, name: &str) -> &str {
        self.ids.get(name).map_or("", String::as_str)
    }

    /// The log that goose holds open during a model call; the name has the form of a UUID.
    fn model_call(&self, name: &str) -> PathBuf {
        let tail =
            name.bytes().fold(0_u64, |n, b| n.wrapping_mul(31).wrapping_add(b.into())) & 0xffff_ffff_ffff;
        self.root.join(format!("state/logs/llm_request.7d1f0c52-3b1e-4a6d-9c1f-{tail:012x}.jsonl"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::store;

    /// A name mistyped in the cast would start a goose that drives nothing.
    #[test]
    fn every_role_has_its_scene_and_every_living_scene_its_role() {
        let scenes = script::scenes();
        let ids = store::number(&scenes, chrono::DateTime::UNIX_EPOCH);
        let roles = roles(Path::new("/demo"), &scenes, &ids);
        let mut seen: Vec<String> = Vec::new();
        let mut open: Vec<&Part> = roles.iter().map(|role| &role.part).collect();
        while let Some(part) = open.pop() {
            seen.extend(part.marker.clone());
            seen.extend(part.argv.iter().cloned());
            open.extend(&part.children);
            assert!(part.argv.iter().chain(&part.marker).all(|word| !word.is_empty()), "{part:?}");
        }
        for scene in scenes.iter().filter(|scene| scene.parent.is_none()) {
            assert!(seen.iter().any(|w| *w == ids[scene.name] || w == scene.name), "{}", scene.name);
        }
    }
}
