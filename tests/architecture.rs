//! The arrows of the crate, held by a machine: which part may use which, which crate is used where,
//! no cycle of modules, and the sizes to steer by.
#![expect(clippy::unwrap_used, reason = "a source tree that cannot be read is a failed test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Part of the crate, and the parts it may use. Whoever is not named may use nothing of ours.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("clock", &[]),
    ("telemetry", &["config", "domain"]),
    ("procfs", &["domain"]),
    ("sources", &["domain", "clock", "procfs"]),
    ("effects", &["domain", "clock", "procfs"]),
    ("config", &["domain"]),
    ("wire", &["domain", "effects"]),
    ("render", &["domain"]),
    ("engine", &["domain", "sources", "effects", "clock"]),
    ("demo", &["domain", "clock"]),
    ("tui", &["domain", "engine", "effects", "clock", "wire"]),
    ("http", &["domain", "engine", "effects", "clock", "wire", "render"]),
    ("watch", &["domain", "engine", "effects", "clock", "wire"]),
    ("client", &["domain"]),
    ("world", &["domain", "sources", "effects", "config", "clock"]),
    (
        "cli",
        &[
            "domain",
            "sources",
            "effects",
            "engine",
            "config",
            "wire",
            "render",
            "tui",
            "http",
            "watch",
            "client",
            "world",
            "demo",
            "clock",
            "telemetry",
        ],
    ),
];

/// A crate, and the parts that may name it: what is behind one door stays there.
const DOORS: &[(&str, &[&str])] = &[
    // effects: deleting a session on a person's word is the one write to goose's store.
    ("rusqlite", &["sources", "demo", "effects"]),
    // effects: asking who a process is, where there is no /proc.
    ("sysinfo", &["sources", "effects"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("axum", &["http"]),
    ("hyper", &["http", "client"]),
    ("socketioxide", &["http"]),
    ("clap", &["cli", "config"]),
    ("toml", &["config", "tui", "cli"]),
];

/// Files that may be longer than 300 lines without their tests, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[(
    "src/sources/goose_db/cache.rs",
    "one state and the order in which a look changes it; cut, the order would be spread over files",
)];

struct Module {
    path: PathBuf,
    part: String,
    text: String,
}

fn modules() -> Vec<Module> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let inner = path.strip_prefix(&root).unwrap();
                let part = inner.components().next().unwrap().as_os_str().to_string_lossy();
                let part = part.trim_end_matches(".rs").to_owned();
                found.push(Module { text: code(&fs::read_to_string(&path).unwrap()), part, path });
            }
        }
    }
    found
}

/// The text without comments and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let kept: Vec<&str> = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
    kept.join("\n")
}

/// Names of the parts that `use crate::…` or a path `crate::…` in this text mentions.
fn parts_used(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    _ if depth > 0 => {}
                    c if c.is_alphanumeric() || c == '_' => word.push(c),
                    ',' => word.clear(),
                    _ => {
                        used.insert(std::mem::take(&mut word));
                    }
                }
            }
            used.insert(word);
        } else {
            used.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    used.retain(|w| !w.is_empty());
    used
}

#[test]
fn arrows_point_down_only() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for module in modules().iter().filter(|m| !matches!(m.part.as_str(), "lib" | "main")) {
        let may = allowed.get(module.part.as_str()).copied().unwrap_or_default();
        for used in parts_used(&module.text) {
            let ours = allowed.contains_key(used.as_str());
            if ours && used != module.part && !may.contains(&used.as_str()) {
                wrong.push(format!("{} uses {used}", module.path.display()));
            }
        }
        assert!(allowed.contains_key(module.part.as_str()), "{} is in no row of ARROWS", module.part);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_stay_behind_their_doors() {
    let mut wrong = Vec::new();
    for module in modules().iter().filter(|m| !matches!(m.part.as_str(), "lib" | "main")) {
        for (name, may) in DOORS {
            let named =
                module.text.contains(&format!("{name}::")) || module.text.contains(&format!("use {name}"));
            if named && !may.contains(&module.part.as_str()) {
                wrong.push(format!("{} names {name}", module.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn parts_form_no_cycle() {
    fn reaches(rows: &BTreeMap<&str, &[&str]>, from: &str, to: &str, depth: usize) -> bool {
        depth < rows.len()
            && rows.get(from).is_some_and(|n| n.iter().any(|n| *n == to || reaches(rows, n, to, depth + 1)))
    }
    let rows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for (part, _) in ARROWS {
        assert!(!reaches(&rows, part, part, 0), "{part} reaches itself");
    }
}

#[test]
fn long_files_have_a_reason() {
    let mut long = Vec::new();
    for module in modules() {
        let name = module.path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
        let lines = module.text.lines().count();
        if lines > 300 && !LONG_FILES.iter().any(|(path, _)| *path == name) {
            long.push(format!("{name}: {lines} lines; cut it at a seam, or give the reason in LONG_FILES"));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn the_top_level_is_as_drawn() {
    let drawn = ["Cargo.toml", "Cargo.lock", "README.md", "LICENSE", "src", "assets", "tests", "target"];
    for entry in fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(name.starts_with('.') || drawn.contains(&name.as_str()), "{name} does not belong there");
    }
}
