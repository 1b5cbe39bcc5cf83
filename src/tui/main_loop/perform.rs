//! What the screen wants, done.

use std::{ops::ControlFlow, sync::Arc};

use super::{
    super::{clipboard, codes, effect::Effect, event::Event, hands::Handling, screen::Screen, signals},
    MainLoop,
};
use crate::{
    domain::{board::Board, insights::Wish},
    engine::{actor::Told, reader, searcher},
};

impl<S: Screen> MainLoop<'_, S> {
    /// Does it, and gives what there is to tell of it; or says in a sentence why not.
    pub(super) fn perform(&mut self, effect: Effect) -> Result<Option<Event>, String> {
        match effect {
            Effect::Quit => {}
            Effect::Suspend => signals::suspend()?,
            Effect::Refresh => self.engine.refresh(),
            Effect::Pause(paused) => self.engine.pause(paused),
            Effect::Mouse(on) => self.terminal.set_mouse(on),
            Effect::Copy(text) => self.terminal.canvas.push(&clipboard::sequence(&text)?),
            Effect::Pin(sessions) => self.engine.pin(sessions),
            Effect::Read(request) => {
                let nobody = reader::Told::nobody(&request);
                let reads = self.reader.as_ref().is_some_and(|reader| reader.ask(request));
                return Ok((!reads).then_some(Event::Read(nobody)));
            }
            Effect::Search(request) => {
                let nobody = searcher::Told::nobody(request.id);
                let searches = self.searcher.as_mut().is_some_and(|searcher| searcher.search(request));
                return Ok((!searches).then_some(Event::Searched(nobody)));
            }
            Effect::StopSearch => {
                if let Some(searcher) = &self.searcher {
                    searcher.stop();
                }
            }
            Effect::Run(job) => {
                let runs = self.actor.as_ref().is_some_and(|actor| actor.run(*job));
                let refused = || Event::Run(Told::Over("nothing was done: nothing here can end it".into()));
                return Ok((!runs).then(refused));
            }
            Effect::KillNow => {
                if let Some(actor) = &self.actor {
                    actor.kill_now();
                }
            }
            Effect::AskResume { key, fork } => {
                let board = self.board()?;
                return Ok(Some(Event::Preflight(Box::new(self.hands.preflight(&board, &key, fork)))));
            }
            Effect::Resume(preflight) => {
                let board = self.board()?;
                let handling = self.hands.resume(&board, &preflight)?;
                return self.hand_over(handling);
            }
            Effect::Attach(key) => {
                let board = self.board()?;
                let handling = self.hands.attach(&board, &key)?;
                return self.hand_over(handling);
            }
            Effect::Bell => self.terminal.canvas.push(codes::BELL),
            Effect::Notify(text) => self.terminal.canvas.push(&codes::notification(&text)),
            Effect::ReadInsights(wish) => return Ok(self.read_insights(wish)),
            Effect::SaveReport(report) => {
                let save = self.hands.saver();
                self.write(move || save(&report)).map_err(|why| format!("the report is not saved: {why}"))?;
            }
            Effect::Bundle(key) => {
                let failed = |why| format!("the hand-over is not written: {why}");
                let bundle = self.hands.bundler().ok_or_else(|| failed("nothing here can".to_owned()))?;
                let board = self.board()?;
                self.write(move || bundle(&board, &key)).map_err(failed)?;
            }
        }
        Ok(None)
    }

    /// On a thread of its own, which tells where: a disk may hang; the screen does not.
    fn write(&self, work: impl FnOnce() -> Result<String, String> + Send + 'static) -> Result<(), String> {
        let answers = self.answers.0.clone();
        let work = move || answers.send(work().map_or_else(Event::Failed, Event::Said));
        let started = std::thread::Builder::new().name("saver".into()).spawn(work);
        started.map(drop).map_err(|error| error.to_string())
    }

    /// On a thread of its own: stores may be large, or hang; the screen does not wait for them.
    fn read_insights(&self, wish: Wish) -> Option<Event> {
        let failed = |why: &str| Some(Event::Insights(Err(why.to_owned())));
        let Some(read) = self.hands.insighter() else { return failed("nothing here can read them") };
        let answers = self.answers.0.clone();
        let work = move || {
            let told = read(wish, &mut |progress| match answers.send(Event::InsightsProgress(progress)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            });
            answers.send(Event::Insights(Ok(Box::new(told))))
        };
        match std::thread::Builder::new().name("insights".into()).spawn(work) {
            Ok(_) => None,
            Err(error) => failed(&format!("no thread for reading them: {error}")),
        }
    }

    fn board(&self) -> Result<Arc<Board>, String> {
        self.boards.borrow().clone().ok_or_else(|| "nothing was looked at yet".into())
    }

    /// Lends the terminal where it is needed, and looks at what became of the world meanwhile.
    fn hand_over(&mut self, handling: Handling) -> Result<Option<Event>, String> {
        let said = match handling {
            Handling::Done(said) => said,
            Handling::Lend(borrower) => {
                let lent = self.terminal.lend(borrower);
                self.dirty = true;
                self.engine.refresh();
                lent.map_err(|error| format!("the terminal did not come back as it was: {error}"))??
            }
        };
        Ok(Some(Event::Said(said)))
    }
}
