//! Every step of a plan as a line, in the order in which they are taken, under the session it belongs to.

use ratatui::text::{Line, Span};

use super::{App, Role, counted};
use crate::{
    domain::{
        board::ProcRole,
        plan::{LeftAlone, Plan, Step},
        session::SessionKey,
    },
    tui::{
        format::{self, Cut},
        widget::doc::Doc,
    },
};

/// Below this width of the text only the command and the memory have room.
const RIGHT_FROM: usize = 56;

/// A name cut to less than this tells nothing.
const NAME: usize = 4;

/// `TERM sent 12s ago · KILL in 3s`: what must not be cut while it counts down.
const RIGHT: usize = 30;

/// The lines; `right` says the end of each.
pub(super) fn write(
    app: &App,
    doc: &mut Doc,
    plan: &Plan,
    steps: &[Step],
    right: impl Fn(&Step) -> (Role, String),
) {
    let mut start = 0;
    while start < steps.len() {
        let session = steps[start].session.as_ref();
        let length = steps[start..].iter().take_while(|s| s.session.as_ref() == session).count();
        let group = &steps[start..start + length];
        heading(app, doc, plan, session, group);
        for (index, step) in group.iter().enumerate() {
            line(app, doc, start + index + 1, step, right(step));
        }
        start += length;
    }
    // A session without a process that could be signalled is named all the same.
    let bare = plan.sessions.iter().filter(|c| !steps.iter().any(|s| s.session.as_ref() == Some(&c.key)));
    for closing in bare {
        heading(app, doc, plan, Some(&closing.key), &[]);
    }
}

fn heading(app: &App, doc: &mut Doc, plan: &Plan, session: Option<&SessionKey>, group: &[Step]) {
    let closing = session.and_then(|key| plan.sessions.iter().find(|c| c.key == *key));
    let (who, name) = match (session, closing) {
        (Some(key), Some(closing)) => (key.id.to_string(), closing.name.as_str()),
        (Some(key), None) => (key.id.to_string(), "left behind"),
        (None, _) => ("without a session".into(), ""),
    };
    let owner = group.iter().find(|s| s.role == ProcRole::Owner);
    let what = match (owner, closing) {
        (Some(owner), _) if group.len() > 1 => format!("goose {} + {}", owner.id.pid, group.len() - 1),
        (Some(owner), _) => format!("goose {}", owner.id.pid),
        (None, Some(closing)) if !closing.sweep => {
            format!("{}; its server lives on", counted(group.len(), "tool", "tools"))
        }
        _ => format!("{} left over", group.len()),
    };
    let rss = group.iter().filter_map(|s| s.rss_bytes).reduce(|a, b| a + b);
    let rss = format::right(&rss.map_or_else(|| "?".into(), format::bytes), 6);
    let room = doc.width().saturating_sub(2 + rss.len());
    let what = format::cut(&what, room / 2, Cut::End);
    let room = room.saturating_sub(what.chars().count() + 1);
    // An id that is cut is another id: the name gives way.
    let name_room = room.saturating_sub(who.chars().count() + 2);
    let name = if name_room < NAME { String::new() } else { format::cut(name, name_room, Cut::Middle) };
    let who = format::left(format!("{who}  {name}").trim_end(), room, Cut::End);
    doc.push(Line::from(vec![
        app.span(Role::Key, "▸ "),
        app.span(Role::Strong, who),
        Span::raw(" "),
        app.span(Role::Muted, what),
        Span::raw(rss),
    ]));
}

fn line(app: &App, doc: &mut Doc, number: usize, step: &Step, (role, right): (Role, String)) {
    let lead = format!("{number:>4} ");
    let pid = format!("{:>7} ", step.id.pid);
    let rss = format::right(&step.rss_bytes.map_or_else(|| "?".into(), format::bytes), 6);
    let rest = doc.width().saturating_sub(lead.len() + pid.len() + rss.len());
    let wide = doc.width() >= RIGHT_FROM;
    let right_width = if wide { (rest / 2).max(RIGHT.min(rest * 3 / 5)) } else { (rest / 2).min(12) };
    let indent = "  ".repeat(step.depth.min(4));
    let command = format!("{indent}{}", step.command);
    let command = format::left(&command, rest.saturating_sub(right_width + 1), Cut::End);
    doc.push(Line::from(vec![
        app.span(Role::Muted, lead),
        Span::raw(pid),
        Span::raw(command),
        Span::raw(" "),
        app.span(role, format::left(&right, right_width, Cut::End)),
        Span::raw(rss),
    ]));
}

/// What is not touched, and why.
pub(super) fn left_alone(app: &App, doc: &mut Doc, left: &[LeftAlone]) {
    if left.is_empty() {
        return;
    }
    doc.gap();
    doc.push(Line::from(app.span(Role::Title, "left alone")));
    for entry in left {
        let session = entry.session.as_ref().map(|key| format!("{}  ", key.id)).unwrap_or_default();
        let pid = entry.pid.map(|pid| format!("{pid}  ")).unwrap_or_default();
        let mut who = format!("   {session}{pid}");
        let room = (doc.width() / 2).saturating_sub(who.chars().count());
        who += &format::cut(&entry.what, room.max(8), Cut::End);
        let lead = vec![Span::raw(format::left(&who, doc.width() / 2, Cut::End)), Span::raw(" ")];
        doc.wrap(lead, &entry.why, app.style(Role::Muted));
    }
}
