//! Why a session has its state, the whole chain: verdict, what decided it, every finding with its proof,
//! clock and limit, the signs, the owner, and at the end what each silent rule has looked at.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{App, Role, facts, reason, theme};
use crate::{
    domain::{
        board::ProcRole,
        health::account::{Account, silent},
    },
    tui::{
        app::{Target, Why},
        command::Command,
        format::counted,
        layout::centred,
        widget::{doc::Doc, popup::popup},
    },
};

/// Wider lines are harder to read.
const WIDEST: u16 = 100;

/// Columns of a silent rule's name, the longest with a space on each side.
const RULE: usize = 25;

/// Columns from which the names of silent rules stand in a column of their own.
const ROOMY: usize = 60;

/// Processes whose tie is proven here; the details show the whole tree.
const TIES: usize = 8;

/// Returns lines in sight and how far it can be scrolled.
pub(super) fn draw(app: &App, why: &Why, screen: Rect, buffer: &mut Buffer) -> (usize, usize) {
    let width = WIDEST.min(screen.width.saturating_sub(2)).max(1);
    let doc = text(app, why, width.saturating_sub(4));
    let lines = u16::try_from(doc.lines().len()).unwrap_or(u16::MAX);
    let height = lines.saturating_add(2).min(screen.height.saturating_sub(2)).max(3);
    let title = vec![app.span(Role::Title, format!("Why {} {}", why.view.key().id, why.view.session.name))];
    let area = centred(screen, width, height);
    let inner = popup(buffer, area, title, app.style(Role::Border));
    let max = doc.draw(app.scroll, inner, buffer);
    let below = max.saturating_sub(app.scroll.min(max));
    if below > 0 && area.height > 0 {
        let more = format!(" {} ", counted(below, "more line", "more lines"));
        let x = area.right().saturating_sub(more.len() as u16 + 1).max(area.x + 1);
        buffer.set_stringn(x, area.bottom() - 1, &more, usize::from(area.width), app.style(Role::Muted));
    }
    (usize::from(inner.height), max)
}

fn text(app: &App, why: &Why, width: u16) -> Doc {
    let view = &why.view;
    let now = app.board.as_ref().map_or_else(Default::default, |b| b.taken_at);
    let account = Account::of(view, &app.options.thresholds, now);
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
    // Below a doubt the findings need their sentences, the verdict's own does not say them.
    let told = usize::from(view.doubt.is_none());
    for (index, finding) in view.findings.iter().enumerate() {
        facts::finding(app, &mut doc, finding, now, index >= told);
    }
    doc.gap();
    facts::labelled(app, &mut doc, "because", &account.because);
    for signs in &account.against {
        facts::labelled(app, &mut doc, "but", signs);
    }
    let turn: &'static str = view.turn.state.into();
    facts::labelled(app, &mut doc, "turn", &format!("{turn}: {}", reason::turn(&view.turn, now)));
    facts::labelled(app, &mut doc, "signs", &view.turn.signs.join(" · "));
    owner(app, &mut doc, why);
    let hints = app.hints(Target::Live(view)).into_iter().filter(|h| h.command != Command::Why);
    let hints: Vec<_> = hints.collect();
    // Where all is well there is nothing to do but to read this.
    if !hints.is_empty() {
        let mut spans = facts::label(app, "do");
        spans.extend(facts::hints(app, &hints));
        doc.push(Line::from(spans));
    }
    doc.gap();
    silent_rules(app, &mut doc, &account);
    doc
}

fn owner(app: &App, doc: &mut Doc, why: &Why) {
    let view = &why.view;
    match &view.owner {
        Some(owner) => {
            facts::labelled(app, doc, "owner", &facts::owner(owner, view.attached));
            for evidence in owner.evidence.iter().skip(1) {
                facts::labelled(app, doc, "", &format!("{}: {}", evidence.strength, evidence.detail));
            }
        }
        None => facts::labelled(app, doc, "owner", "none alive"),
    }
    let tied = view.processes.iter().filter(|p| p.role != ProcRole::Owner);
    let tied: Vec<_> = tied.filter_map(|p| Some((p, p.evidence.first()?))).collect();
    for (process, proof) in tied.iter().take(TIES) {
        let text = format!("{} {}: {}", process.proc.id.pid, proof.strength, proof.detail);
        facts::labelled(app, doc, "tied", &text);
    }
    if tied.len() > TIES {
        facts::labelled(app, doc, "", &format!("and {} more", tied.len() - TIES));
    }
}

/// What was asked in vain, a line each.
fn silent_rules(app: &App, doc: &mut Doc, account: &Account) {
    let names: Vec<_> = account
        .asked
        .iter()
        .filter_map(|asked| Some((asked.rule.to_string(), asked.looked.as_deref()?)))
        .collect();
    let title = format!("Asked too, and silent: {} of {} rules", names.len(), account.asked.len());
    doc.wrap(Vec::new(), &title, app.style(Role::Title));
    for (one, other) in silent(names.iter().map(|(rule, looked)| (rule.as_str(), *looked))) {
        if doc.width() < ROOMY {
            doc.wrap(vec![app.span(Role::Muted, "  ")], &format!("{one}: {other}"), app.style(Role::Text));
        } else {
            let lead = format!("  {one:<width$}", width = RULE - 2);
            // A sentence in the place of a name may be longer than its column.
            let gap = if one.len() + 2 < RULE { "" } else { ": " };
            doc.wrap(vec![app.span(Role::Muted, lead + gap)], &other, app.style(Role::Text));
        }
    }
}
