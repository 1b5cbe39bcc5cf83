//! `extension_missing`: the session has an extension enabled whose process is gone. goose tied
//! extensions to a worker thread until 1.47, so that they died at random ("Transport closed").
//!
//! Only a command that nothing in the owner's tree resembles counts: launchers (npx, uvx) replace
//! themselves, so the argument that names the package is looked for anywhere below the owner.

use crate::domain::{
    board::ProcRole,
    health::{
        Finding, Rule, Severity,
        case::{Case, finding, since},
    },
    role,
    session::ExtensionSpec,
    text, words,
};

pub fn ask(case: &Case<'_>) -> Option<Finding> {
    let owner = case.owner.filter(|o| o.role.is_single())?;
    // Extensions are started before the first prompt; a launcher may download for a while.
    if since(case.now, owner.proc.started_at) < case.limits.extension_start {
        return None;
    }
    let missing: Vec<&ExtensionSpec> =
        case.session.extensions.iter().filter(|e| !e.command.is_empty() && !lives(case, e)).collect();
    let names: Vec<&str> = missing.iter().map(|e| e.name.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    let message = format!("extension not running: {}", text::cut(&names.join(", "), 60));
    let commands = missing.iter().map(|e| text::line(&e.command.join(" ")).into_owned());
    Some(
        finding(Rule::ExtensionMissing, Severity::Warning, message).seen(
            commands.map(|c| format!("no process below {} runs {}", owner.proc.id.pid, text::cut(&c, 80))),
        ),
    )
}

pub fn looked(case: &Case<'_>) -> String {
    let Some(owner) = case.owner.filter(|o| o.role.is_single()) else {
        return "its owner is a server".into();
    };
    let age = since(case.now, owner.proc.started_at);
    if age < case.limits.extension_start {
        let (age, limit) = (words::spoken(age), words::spoken(case.limits.extension_start));
        return format!("goose started {age} ago, asked from {limit}");
    }
    match case.session.extensions.iter().filter(|e| !e.command.is_empty()).count() {
        0 => "no extension with a process of its own is enabled".into(),
        n => format!("{n} of {n} extensions are running"),
    }
}

fn lives(case: &Case<'_>, extension: &ExtensionSpec) -> bool {
    // The longest argument is the one that names it: a package, a script, a directory.
    let telling = extension.command.iter().max_by_key(|word| word.len()).map_or("", String::as_str);
    let name = role::base_name(telling);
    case.processes
        .iter()
        // goose's own arguments name it too, after `--with-extension`.
        .filter(|p| !p.proc.is_zombie() && !matches!(p.role, ProcRole::Owner | ProcRole::Rival))
        // A process whose arguments cannot be read may be it.
        .any(|p| p.proc.argv.is_empty() || p.proc.argv.iter().any(|arg| arg.contains(name)))
}
