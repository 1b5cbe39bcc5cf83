//! For a terminal, a pager and a pipe: lines with a meaning, which the caller may colour.

use super::{Amount, Answer, Entry, Title, words};
use crate::domain::{
    text,
    transcript::Part,
    words::{counted, spoken},
};

/// Lines of a tool's output, its beginning and its end, when it is not shown in full.
const HEAD: usize = 8;
const TAIL: usize = 4;

/// Characters of such a line.
const WIDE: usize = 400;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Words.
    Said,
    /// Who speaks, and when.
    Head,
    /// Output, reasoning, marks.
    Quiet,
    /// A tool's call.
    Call,
    /// What went wrong.
    Bad,
}

/// One line, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub tone: Tone,
    /// Its text, cleaned.
    pub text: String,
}

/// Lines being made.
struct Sheet {
    lines: Vec<Line>,
    amount: Amount,
}

/// What stands above a conversation.
pub fn title(title: &Title) -> Vec<Line> {
    let head = Line { tone: Tone::Head, text: clean(&format!("{}  {}", title.id, title.name)) };
    let facts = title
        .facts
        .iter()
        .map(|(label, words)| Line { tone: Tone::Quiet, text: clean(&format!("  {label:10} {words}")) });
    std::iter::once(head).chain(facts).collect()
}

/// One entry, with an empty line before it.
pub fn entry(entry: &Entry, amount: Amount) -> Vec<Line> {
    let message = &entry.message;
    let mut sheet = Sheet { lines: Vec::new(), amount };
    let rule = if amount.ascii { "--" } else { "──" };
    if let Some(gap) = entry.gap.filter(|gap| *gap >= words::GAP) {
        sheet.blank();
        sheet.say(Tone::Quiet, &format!("{rule} {} later", spoken(gap)));
    }
    if entry.compacted {
        sheet.blank();
        sheet.say(Tone::Quiet, &format!("{rule} {}", words::COMPACTED));
    }
    let mut head = format!("{}  {}", words::moment(entry.at()), message.role.word());
    for mark in words::marks(entry) {
        head.extend([" [", mark, "]"]);
    }
    sheet.blank();
    sheet.say(Tone::Head, &head);
    if let Some(fault) = &message.fault {
        sheet.say(Tone::Bad, &format!("  not as goose writes it: {fault}"));
    }
    for (place, part) in message.parts.iter().enumerate() {
        sheet.part(part, entry.answers.get(&place));
    }
    if let Some(usage) = message.usage.as_ref().map(words::usage).filter(|u| !u.is_empty()) {
        sheet.say(Tone::Quiet, &format!("  ({usage})"));
    }
    sheet.lines
}

/// Lines as text, uncoloured.
pub fn text(lines: &[Line]) -> String {
    lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
}

fn clean(words: &str) -> String {
    text::line(words).into_owned()
}

impl Sheet {
    fn blank(&mut self) {
        self.lines.push(Line { tone: Tone::Quiet, text: String::new() });
    }

    fn say(&mut self, tone: Tone, words: &str) {
        self.lines.push(Line { tone, text: clean(words) });
    }

    /// A line of a text: its tabs stay.
    fn cite(&mut self, tone: Tone, indent: &str, line: &str) {
        let text = text::block(format!("{indent}{line}").trim_end()).into_owned();
        self.lines.push(Line { tone, text });
    }

    fn indented(&mut self, tone: Tone, indent: &str, words: &str) {
        for line in words.trim_end().lines() {
            self.cite(tone, indent, line);
        }
    }

    fn part(&mut self, part: &Part, answer: Option<&Answer>) {
        match part {
            Part::Text(words) => self.indented(Tone::Said, "  ", words),
            Part::Thinking(Some(words)) if self.amount.full => {
                self.say(Tone::Quiet, "  thinking");
                self.indented(Tone::Quiet, "    ", words);
            }
            Part::Thinking(Some(words)) => {
                let lines = words.lines().count();
                let plural = if lines == 1 { "" } else { "s" };
                self.say(Tone::Quiet, &format!("  thinking, {lines} line{plural}"));
            }
            Part::Thinking(None) => self.say(Tone::Quiet, "  thinking, kept by the provider"),
            Part::ToolRequest { tool, arguments, invalid, .. } => {
                let bad = words::is_bad(answer) || invalid.is_some();
                let outcome = [Some(words::outcome(answer)), words::took(answer)];
                let outcome = outcome.into_iter().flatten().collect::<Vec<_>>().join(", ");
                let sign = if self.amount.ascii { ">" } else { "▸" };
                let line = format!("  {sign} {}  [{outcome}]", words::call(tool, arguments));
                self.say(if bad { Tone::Bad } else { Tone::Call }, &line);
                if let Some(why) = invalid {
                    self.say(Tone::Bad, &format!("    goose could not read the call: {why}"));
                }
                if self.amount.full && !arguments.is_null() {
                    self.indented(Tone::Quiet, "    ", &words::arguments(arguments));
                }
                if let Some(answer) = answer {
                    self.output(&words::contents(&answer.content));
                }
            }
            Part::ToolResponse { id, failed, exit_code, content, .. } => {
                let code = exit_code.map(|code| format!(", exit {code}")).unwrap_or_default();
                let word = if *failed { "failed" } else { "ok" };
                let tone = if *failed { Tone::Bad } else { Tone::Call };
                self.say(tone, &format!("  an answer to {id}  [{word}{code}]"));
                self.output(&words::contents(content));
            }
            Part::Image { mime, bytes } => {
                self.say(Tone::Quiet, &format!("  {}", words::image(mime, *bytes)));
            }
            Part::Error { kind, message } => {
                self.indented(Tone::Bad, "  ", &format!("error ({kind}): {message}"));
            }
            Part::Asked { prompt, .. } => self.indented(Tone::Call, "  ", &format!("asked: {prompt}")),
            Part::Answered { answer, .. } => self.say(Tone::Call, &format!("  answered: {answer}")),
            Part::Notice { message, .. } => self.indented(Tone::Quiet, "  ", &format!("goose: {message}")),
            Part::Raw { kind, json } => self.output(&words::raw(kind, json)),
            Part::Oversized { bytes } => {
                let hint = if self.amount.full { "" } else { "; --full tries" };
                self.say(Tone::Bad, &format!("  {}{hint}", words::oversized(*bytes)));
            }
        }
    }

    /// What a tool printed; without `full` its beginning and its end.
    fn output(&mut self, words: &str) {
        const INDENT: &str = "    ";
        let lines: Vec<&str> = words.trim_end().lines().collect();
        let mark = if self.amount.ascii { "..." } else { "…" };
        if self.amount.full {
            for line in lines {
                self.cite(Tone::Quiet, INDENT, line);
            }
            return;
        }
        let cut = lines.len().saturating_sub(HEAD + TAIL);
        let hides = cut > 1;
        for (at, line) in lines.iter().enumerate() {
            if hides && (HEAD..HEAD + cut).contains(&at) {
                if at == HEAD {
                    self.say(
                        Tone::Quiet,
                        &format!(
                            "{INDENT}{mark} {}; --full shows them",
                            counted(cut, "more line", "more lines")
                        ),
                    );
                }
                continue;
            }
            self.cite(Tone::Quiet, INDENT, &text::cut(line, WIDE));
        }
    }
}
