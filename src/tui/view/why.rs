//! Why a session has its state: every finding with its proof, clock and limit, and what else was asked.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{App, Role, facts, reason, theme};
use crate::{
    domain::{board::ProcRole, health::Health},
    tui::{
        app::{Target, Why},
        command::Command,
        format,
        layout::centred,
        widget::{doc::Doc, popup::popup},
    },
};

/// Wider lines are harder to read.
const WIDEST: u16 = 100;

/// Returns lines in sight and how far it can be scrolled.
pub(super) fn draw(app: &App, why: &Why, screen: Rect, buffer: &mut Buffer) -> (usize, usize) {
    let width = WIDEST.min(screen.width.saturating_sub(2)).max(1);
    let doc = text(app, why, width.saturating_sub(4));
    let height = (doc.lines().len() as u16 + 2).min(screen.height.saturating_sub(2)).max(3);
    let view = &why.view;
    let title = vec![app.span(Role::Title, format!("Why {} {}", view.key().id, view.session.name))];
    let inner = popup(buffer, centred(screen, width, height), title, app.style(Role::Border));
    let max = doc.draw(app.scroll, inner, buffer);
    (usize::from(inner.height), max)
}

fn text(app: &App, why: &Why, width: u16) -> Doc {
    let view = &why.view;
    let now = app.board.as_ref().map_or_else(Default::default, |b| b.taken_at);
    let mut doc = Doc::new(width);
    if why.gone {
        doc.wrap(
            vec![app.span(Role::Banner, "! ")],
            "it is no longer running: this is the last that was known",
            app.style(Role::Banner),
        );
        doc.gap();
    }
    let lead = vec![app.span(view.health.into(), format!("{} {}: ", theme::sign(view.health), view.health))];
    doc.wrap(lead, &reason::of(view, now), app.style(Role::Strong));
    for (index, finding) in view.findings.iter().enumerate() {
        facts::finding(app, &mut doc, finding, now, index > 0);
    }
    doc.gap();
    let turn: &'static str = view.turn.state.into();
    facts::labelled(app, &mut doc, "turn", &format!("{turn}: {}", reason::turn(&view.turn, now)));
    facts::labelled(app, &mut doc, "signs", &view.turn.signs.join(" · "));
    match &view.owner {
        Some(owner) => {
            facts::labelled(app, &mut doc, "owner", &facts::owner(owner, view.attached));
            for evidence in owner.evidence.iter().skip(1) {
                let text = format!("{}: {}", evidence.strength, evidence.detail);
                facts::labelled(app, &mut doc, "", &text);
            }
        }
        None => facts::labelled(app, &mut doc, "owner", "none alive"),
    }
    facts::labelled(app, &mut doc, "limits", &base_rule(app, why));
    let tree: Vec<_> =
        view.processes.iter().filter(|p| p.role != ProcRole::Owner && !p.evidence.is_empty()).collect();
    for process in tree.iter().take(8) {
        let proof = &process.evidence[0];
        let text = format!("{} {}: {}", process.proc.id.pid, proof.strength, proof.detail);
        facts::labelled(app, &mut doc, "tied", &text);
    }
    doc.gap();
    let mut spans = facts::label(app, "do");
    let hints = app.hints(Target::Live(view)).into_iter().filter(|h| h.command != Command::Why);
    spans.extend(facts::hints(app, &hints.collect::<Vec<_>>()));
    doc.push(Line::from(spans));
    doc
}

/// The base rule, which is asked of every session with an owner.
fn base_rule(app: &App, why: &Why) -> String {
    let limits = &app.options.thresholds;
    let view = &why.view;
    let Some(inactive) = view.inactive else {
        return "inactivity unknown: the base rule says nothing".into();
    };
    let said = if view.owner.is_none() {
        "not asked, it has no owner".into()
    } else {
        let class = if inactive >= limits.orphaned_after {
            Health::Orphaned
        } else if inactive >= limits.stuck_after {
            Health::Stuck
        } else {
            Health::Healthy
        };
        format!("by that alone {class}")
    };
    format!(
        "inactive {} (stuck from {}, orphaned from {}): {said}",
        format::age(inactive),
        format::limit(limits.stuck_after),
        format::limit(limits.orphaned_after),
    )
}
