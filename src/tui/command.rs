//! Everything a person can ask of the screen, by name: keys, footer, help and palette read this.

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// Something asked for. The names (kebab-case) are those of `keys.toml` and of the palette.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumIter, EnumString, IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
#[expect(missing_docs, reason = "each has its sentence in `sentence`")]
pub enum Command {
    Open,
    Back,
    Why,
    Resume,
    Terminate,
    Emergency,
    CloseAll,
    CleanupProject,
    Attach,
    Bundle,
    Next,
    Previous,
    First,
    Last,
    PageDown,
    PageUp,
    HalfDown,
    HalfUp,
    NextPane,
    PreviousPane,
    NextAlert,
    Fold,
    UnfoldAll,
    Dashboard,
    Sessions,
    Processes,
    Events,
    Insights,
    NextMeasure,
    NextScreen,
    PreviousScreen,
    Filter,
    Search,
    Sort,
    SortReverse,
    Acknowledge,
    Snooze,
    Tag,
    UntagAll,
    CopyId,
    CopyResume,
    Freeze,
    Pause,
    Refresh,
    Redraw,
    Mouse,
    Accept,
    Complete,
    Run,
    KillNow,
    EndServers,
    IncludeAttached,
    Replan,
    NextChoice,
    PreviousChoice,
    Fork,
    SaveReport,
    Read,
    FoldPart,
    FoldParts,
    Whole,
    NextUser,
    PreviousUser,
    NextTool,
    PreviousTool,
    NextError,
    PreviousError,
    NextGap,
    PreviousGap,
    Find,
    FindNext,
    FindPrevious,
    FindPattern,
    Follow,
    ShowHidden,
    SubAgent,
    CopyPart,
    Help,
    Palette,
    Demo,
    Suspend,
    Quit,
}

impl Command {
    /// One sentence for the help page and the palette.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Open => "show everything about the selected row",
            Self::Back => "leave, or clear the filter",
            Self::Why => "say why it has its state",
            Self::Resume => "resume the session in goose",
            Self::Terminate => "end the session and what belongs to it",
            Self::Emergency => "end many sessions at once",
            Self::CloseAll => "end every session that has an owner",
            Self::CleanupProject => "end the sessions of a project",
            Self::Attach => "go to the terminal that runs it",
            Self::Bundle => "write its hand-over for a ticket as a file",
            Self::Next => "one row down",
            Self::Previous => "one row up",
            Self::First => "to the first row",
            Self::Last => "to the last row",
            Self::PageDown => "one page down",
            Self::PageUp => "one page up",
            Self::HalfDown => "half a page down",
            Self::HalfUp => "half a page up",
            Self::NextPane => "to the next pane",
            Self::PreviousPane => "to the previous pane",
            Self::NextAlert => "to the next row that needs attention",
            Self::Fold => "fold or unfold its sub-agents",
            Self::UnfoldAll => "unfold or fold all sub-agents",
            Self::Dashboard => "the dashboard",
            Self::Sessions => "all sessions, history included",
            Self::Processes => "the process tree",
            Self::Events => "what changed and what was done",
            Self::Insights => "what was done, and where the time went",
            Self::NextMeasure => "days in tokens, cost, sessions or messages",
            Self::NextScreen => "the next screen",
            Self::PreviousScreen => "the previous screen",
            Self::Filter => "filter the rows",
            Self::Search => "search the words of all conversations",
            Self::Sort => "choose the order",
            Self::SortReverse => "turn the order around",
            Self::Acknowledge => "seen: do not call to it again until it changes",
            Self::Snooze => "the same for half an hour at most",
            Self::Tag => "tag the row and go on",
            Self::UntagAll => "remove all tags",
            Self::CopyId => "copy the id (or process number)",
            Self::CopyResume => "copy the command that resumes it",
            Self::Freeze => "hold the picture still",
            Self::Pause => "stop or resume looking",
            Self::Refresh => "look now, thoroughly",
            Self::Redraw => "draw the screen anew",
            Self::Mouse => "mouse on or off",
            Self::Accept => "take it",
            Self::Complete => "complete the word",
            Self::Run => "run exactly what is shown; once more: KILL now",
            Self::KillNow => "KILL now, without waiting for the grace",
            Self::EndServers => "end the server too, with every session in it",
            Self::IncludeAttached => "include sessions at a living terminal",
            Self::Replan => "plan anew, from what is there now",
            Self::NextChoice => "the next choice",
            Self::PreviousChoice => "the previous choice",
            Self::Fork => "resume a copy instead, or not",
            Self::SaveReport => "save the report as a file",
            Self::Read => "read the conversation",
            Self::FoldPart => "fold or unfold what the cursor is on",
            Self::FoldParts => "unfold or fold everything",
            Self::Whole => "show all of it",
            Self::NextUser => "to the next words of a person",
            Self::PreviousUser => "to the words of a person before",
            Self::NextTool => "to the next tool call",
            Self::PreviousTool => "to the tool call before",
            Self::NextError => "to the next error",
            Self::PreviousError => "to the error before",
            Self::NextGap => "to the next long gap",
            Self::PreviousGap => "to the long gap before",
            Self::Find => "search the conversation",
            Self::FindNext => "to the next match",
            Self::FindPrevious => "to the match before",
            Self::FindPattern => "search for a regular expression, or for words",
            Self::Follow => "follow new messages, or not",
            Self::ShowHidden => "show or hide what only the model sees",
            Self::SubAgent => "read the sub-agent of this call",
            Self::CopyPart => "copy the message, command or output",
            Self::Help => "this page",
            Self::Palette => "do something by its name",
            Self::Demo => "try it with a demo world",
            Self::Suspend => "stop like any job; `fg` comes back",
            Self::Quit => "end goosetop",
        }
    }

    /// One or two words for the footer.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "details",
            Self::Back => "back",
            Self::Why => "why",
            Self::Resume => "resume",
            Self::Terminate => "terminate",
            Self::Emergency => "emergency",
            Self::CloseAll => "close all",
            Self::CleanupProject => "project",
            Self::Attach => "attach",
            Self::Bundle => "bundle",
            Self::PageDown => "page down",
            Self::PageUp => "page up",
            Self::Filter => "filter",
            Self::Sort => "sort",
            Self::SortReverse => "reverse",
            Self::Tag => "tag",
            Self::Help => "help",
            Self::Quit => "quit",
            Self::Freeze => "freeze",
            Self::Pause => "pause",
            Self::CopyId => "copy id",
            Self::CopyResume => "copy resume command",
            Self::NextAlert => "next alert",
            Self::Accept => "take",
            Self::Complete => "complete",
            Self::Next => "down",
            Self::Previous => "up",
            Self::Fold => "sub-agents",
            Self::Dashboard => "dashboard",
            Self::Sessions => "sessions",
            Self::Processes => "processes",
            Self::Events => "events",
            Self::Insights => "insights",
            Self::NextMeasure => "tokens, cost, …",
            Self::Acknowledge => "seen",
            Self::NextScreen => "screens",
            Self::Demo => "demo",
            Self::Palette => "commands",
            Self::KillNow => "kill now",
            Self::EndServers => "servers too",
            Self::IncludeAttached => "attached too",
            Self::Replan => "plan anew",
            Self::NextChoice => "next choice",
            Self::Read => "read",
            Self::FoldPart => "fold",
            Self::Whole => "all of it",
            Self::NextUser => "user",
            Self::NextTool => "tool",
            Self::NextError => "error",
            Self::Find | Self::Search => "search",
            Self::FindNext => "next",
            Self::FindPrevious => "previous",
            Self::FindPattern => "pattern",
            Self::Follow => "live",
            Self::ShowHidden => "hidden",
            Self::SubAgent => "sub-agent",
            Self::CopyPart => "copy",
            Self::SaveReport => "save",
            other => other.into(),
        }
    }

    /// Has no key of its own; the palette reaches it.
    pub fn is_palette_only(self) -> bool {
        matches!(self, Self::UnfoldAll)
    }

    /// Makes no sense by name: it answers a dialog.
    pub fn is_dialog_only(self) -> bool {
        matches!(
            self,
            Self::Accept
                | Self::Complete
                | Self::Run
                | Self::KillNow
                | Self::EndServers
                | Self::IncludeAttached
                | Self::Replan
                | Self::NextChoice
                | Self::PreviousChoice
                | Self::Fork
                | Self::SaveReport
                | Self::FindPattern
        )
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn names_round_trip_and_every_command_says_what_it_does() {
        for command in Command::iter() {
            assert_eq!(Command::from_str(&command.to_string()), Ok(command));
            assert!(!command.sentence().is_empty() && !command.label().is_empty());
        }
    }
}
