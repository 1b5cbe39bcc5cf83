//! Programs that no bulk action signals, and trees in which a person may sit.

use crate::domain::{process::Proc, role};

/// The pattern that names this program, by the base name of its first argument or by the kernel's
/// short name; `*` stands for any characters, everything else for itself.
pub fn protected<'a>(patterns: &'a [String], proc: &Proc) -> Option<&'a str> {
    let program = proc.argv.first().map(|a| role::base_name(a)).unwrap_or_default();
    // Servers rename themselves: `tmux: server`, `postgres: writer`.
    let title = program.split([':', ' ']).next().unwrap_or_default();
    let names = [program, title, proc.name.as_str()];
    patterns
        .iter()
        .map(String::as_str)
        .find(|pattern| names.iter().any(|name| !name.is_empty() && matches(pattern, name)))
}

/// Compares a whole name with a pattern.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("tmux*", "tmux: server", true),
            ("tmux*", "tmux", true),
            ("tmux*", "mytmux", false),
            ("code", "code", true),
            ("code", "codesign", false),
            ("*sql*d", "mysqld", true),
            ("*sql*d", "sqlite", false),
            ("a*a", "a", false),
            ("*", "x", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
