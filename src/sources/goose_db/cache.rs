//! What is known of a store, brought up to date at the price of what changed.
//!
//! ```text
//!  rows updated since ─┐
//!  new messages ───────┼─► entries ─► targets ─► signature ─► tail ─► list
//!  number of rows ─────┘   (by id)    (watch)    (rewritten?)
//! ```
//!
//! Invariant: an [`Entry`] belongs to one (id, created_at): goose reuses ids. After an error the
//! entries are dropped ([`Cache::forget`]) and the published list stays; so nothing half-read is
//! ever carried on.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;

use super::{
    entry::{Entry, Round},
    error::StoreError,
    list, messages, rows,
    schema::Schema,
    watch::{self, Depth},
};
use crate::domain::{
    interest::Interest,
    session::{Session, SessionId},
};

/// Tails read for the first time in one look; the rest follow in the next looks.
const NEW_TAILS: usize = 200;
/// All rows are read again this long after the last time, if something changed: whatever escaped the
/// signs of change (a row edited by hand) is right again then.
const HEAL: TimeDelta = TimeDelta::seconds(60);
/// Taken off the newest `updated_at`: it has whole seconds, and clocks are set back a little.
const SLACK: TimeDelta = TimeDelta::seconds(5);

/// Everything known of one store.
#[derive(Debug, Default)]
pub struct Cache {
    store: usize,
    schema: Option<Schema>,
    entries: HashMap<SessionId, Entry>,
    /// Sessions whose row changed, or came, since the list was sorted.
    changed: HashSet<SessionId>,
    /// Sessions that changed without changing their place in it.
    retold: HashSet<SessionId>,
    removed: bool,
    /// The list in the making.
    next: Arc<Vec<Arc<Session>>>,
    list: Arc<Vec<Arc<Session>>>,
    /// Rows the list cannot show: without an id.
    nameless: i64,
    max_message: i64,
    read_all_at: Option<DateTime<Utc>>,
    round: u64,
    /// Some tails are still to be read.
    pub pending: bool,
}

impl Cache {
    /// Nothing known yet of the store in place `store`.
    pub fn new(store: usize) -> Self {
        Self { store, ..Self::default() }
    }

    /// Sessions as last published, newest first.
    pub fn list(&self) -> &Arc<Vec<Arc<Session>>> {
        &self.list
    }

    /// Schema version as last read.
    pub fn schema(&self) -> Option<&Schema> {
        self.schema.as_ref()
    }

    /// Drops everything but the published list: another file, or a reading that failed half-way.
    pub fn forget(&mut self) {
        let list = std::mem::take(&mut self.list);
        *self = Self { store: self.store, next: Arc::clone(&list), list, removed: true, ..Self::default() };
    }

    /// Reads what changed; `stale` says that the database may have changed since the last time.
    pub fn refresh(
        &mut self,
        conn: &Connection,
        now: DateTime<Utc>,
        interest: &Interest,
        stale: bool,
    ) -> Result<(), StoreError> {
        let cookie = Schema::cookie(conn)?;
        let schema = match self.schema.take() {
            Some(schema) if schema.cookie == cookie => schema,
            _ => Schema::read(conn)?,
        };
        let stale = stale || self.read_all_at.is_none();
        let result = self.refresh_with(&Round { conn, schema: &schema, now, stale }, interest);
        self.schema = Some(schema);
        result
    }

    fn refresh_with(&mut self, round: &Round<'_>, interest: &Interest) -> Result<(), StoreError> {
        let mut added = HashMap::new();
        if round.stale {
            added = self.new_messages(round)?;
            self.refresh_rows(round)?;
            for id in added.keys() {
                self.touch(round, id)?;
            }
        }
        if interest.all {
            self.count_all(round)?;
        }
        let rows: Vec<_> = if self.changed.len() < self.entries.len() {
            self.changed.iter().cloned().collect()
        } else {
            Vec::new()
        };
        self.sort();
        let targets = watch::targets(&self.next, interest, round.now);
        let mut budget = if interest.all { usize::MAX } else { NEW_TAILS };
        self.pending = false;
        for (id, depth) in &targets {
            self.refresh_tail(round, (id, *depth), added.get(id).copied(), &mut budget)?;
        }
        self.release(round, &targets, &added, &rows)
    }

    /// Makes what was read the published list; the same `Arc` where nothing changed.
    pub fn publish(&mut self) {
        if !self.retold.is_empty() {
            let fresh = self.retold.drain().filter_map(|id| self.entries.get(&id));
            list::replace(&mut self.next, fresh.map(|entry| &entry.session));
        }
        self.list = Arc::clone(&self.next);
    }

    /// Brings the rows that changed to their places.
    fn sort(&mut self) {
        if self.changed.is_empty() && !self.removed {
            return;
        }
        let current = |id: &SessionId| self.entries.get(id).map(|e| Arc::clone(&e.session));
        self.next = Arc::new(list::merge(&self.next, &self.changed, self.removed, current, || {
            self.entries.values().map(|e| Arc::clone(&e.session)).collect()
        }));
        self.changed.clear();
        self.removed = false;
    }

    fn refresh_rows(&mut self, round: &Round<'_>) -> Result<(), StoreError> {
        let Round { conn, schema, now, .. } = *round;
        let heal = self.read_all_at.is_none_or(|at| now - at >= HEAL);
        if heal || !schema.has_updated() {
            return self.read_all(round);
        }
        // The list's first session may carry a time of the future; ours bounds it.
        let newest = self.list.iter().find_map(|s| s.updated_at);
        let since = newest.unwrap_or(DateTime::<Utc>::MIN_UTC).min(now);
        for row in rows::since(conn, schema, self.store, since.checked_sub_signed(SLACK).unwrap_or(since))? {
            self.merge(row);
        }
        if rows::count(conn)? == self.entries.len() as i64 + self.nameless {
            return Ok(());
        }
        self.read_all(round)
    }

    fn read_all(&mut self, round: &Round<'_>) -> Result<(), StoreError> {
        let Round { conn, schema, now, .. } = *round;
        let rows = rows::all(conn, schema, self.store)?;
        self.round += 1;
        self.entries.reserve(rows.len().saturating_sub(self.entries.len()));
        for row in rows {
            self.merge(row);
        }
        let before = self.entries.len();
        self.entries.retain(|_, entry| entry.round == self.round);
        self.removed |= self.entries.len() != before;
        self.nameless = rows::count(conn)? - self.entries.len() as i64;
        self.read_all_at = Some(now);
        Ok(())
    }

    fn merge(&mut self, mut row: Session) {
        let id = row.key.id.clone();
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.round = self.round;
            let old = &entry.session;
            if rows::same(old, &row) {
                return;
            }
            if old.created_at == row.created_at {
                row.messages = old.messages;
                row.tail.clone_from(&old.tail);
                row.extensions.clone_from(&old.extensions);
                row.model.clone_from(&old.model);
                row.context_limit = old.context_limit;
                entry.session = Arc::new(row);
                entry.dirty = true;
                self.changed.insert(id);
                return;
            }
        }
        self.changed.insert(id.clone());
        let session = Arc::new(row);
        let entry = Entry {
            session,
            signature: None,
            sizes: Vec::new(),
            depth: None,
            dirty: true,
            round: self.round,
        };
        self.entries.insert(id, entry);
    }

    /// Sessions that got messages since the last time, with how many.
    fn new_messages(&mut self, round: &Round<'_>) -> Result<HashMap<SessionId, u64>, StoreError> {
        let Round { conn, schema, .. } = *round;
        let mut added = HashMap::new();
        if !schema.has_messages() {
            return Ok(added);
        }
        let newest = messages::newest(conn)?;
        if newest > self.max_message && self.read_all_at.is_some() {
            added = messages::since(conn, self.max_message)?;
        }
        // Never back: AUTOINCREMENT does not use a number twice, so what comes is larger.
        self.max_message = self.max_message.max(newest);
        Ok(added)
    }

    fn touch(&mut self, round: &Round<'_>, id: &SessionId) -> Result<(), StoreError> {
        match self.entries.get_mut(id) {
            Some(entry) => entry.dirty = true,
            None => rows::one(round.conn, round.schema, self.store, id)?
                .into_iter()
                .for_each(|row| self.merge(row)),
        }
        Ok(())
    }

    fn refresh_tail(
        &mut self,
        round: &Round<'_>,
        (id, depth): (&SessionId, Depth),
        added: Option<u64>,
        budget: &mut usize,
    ) -> Result<(), StoreError> {
        let Some(entry) = self.entries.get_mut(id) else { return Ok(()) };
        let first = entry.depth.is_none_or(|d| d < depth);
        if first && *budget == 0 {
            self.pending = true;
            return Ok(());
        }
        let rewritten = (first || round.stale) && entry.recount(round, added)?;
        if !(first || entry.dirty || rewritten) {
            return Ok(());
        }
        *budget -= usize::from(first);
        entry.read_tail(round, depth)?;
        self.retold.insert(id.clone());
        Ok(())
    }

    /// Lets go of tails that nobody watches any more: at once where they would be wrong, and all of
    /// them when everything was read again.
    fn release(
        &mut self,
        round: &Round<'_>,
        targets: &[(SessionId, Depth)],
        added: &HashMap<SessionId, u64>,
        rows: &[SessionId],
    ) -> Result<(), StoreError> {
        let watched: HashSet<_> = targets.iter().map(|(id, _)| id).collect();
        let touched: Vec<_> = if round.stale && self.read_all_at == Some(round.now) {
            self.entries.iter().filter(|(_, e)| e.depth.is_some()).map(|(id, _)| id.clone()).collect()
        } else {
            rows.iter().chain(added.keys()).cloned().collect()
        };
        for id in touched.iter().filter(|id| !watched.contains(id)) {
            let Some(entry) = self.entries.get_mut(id) else { continue };
            if entry.session.messages.is_some() && added.contains_key(id) {
                entry.recount(round, added.get(id).copied())?;
                self.retold.insert(id.clone());
            }
            if entry.depth.take().is_some() {
                entry.sizes = Vec::new();
                Arc::make_mut(&mut entry.session).tail = None;
                self.retold.insert(id.clone());
            }
        }
        Ok(())
    }

    /// Counts every session's messages in one pass over the index, where some are not counted yet.
    fn count_all(&mut self, round: &Round<'_>) -> Result<(), StoreError> {
        let Round { conn, schema, .. } = *round;
        if !schema.has_messages() || self.entries.values().all(|e| e.session.messages.is_some()) {
            return Ok(());
        }
        let counts = messages::counts(conn)?;
        for (id, entry) in &mut self.entries {
            let (messages, signature) = counts.get(id).copied().unwrap_or_default();
            entry.signature = Some(signature);
            if entry.session.messages != Some(messages) {
                Arc::make_mut(&mut entry.session).messages = Some(messages);
                self.retold.insert(id.clone());
            }
        }
        Ok(())
    }
}
