//! One reading outside the looks: open, read, prove that it was one state, close.

use std::{path::Path, time::Duration};

use rusqlite::Connection;

use super::{
    ATTEMPTS,
    error::StoreError,
    files::Files,
    open::{self, Via},
    schema::Schema,
};

/// Runs `job` on the store at `path`, in one transaction. It may run several times, where the file
/// changes under a reading without locks; only the value of a whole one is given back.
pub fn read<T>(
    path: &Path,
    deadline: Duration,
    mut job: impl FnMut(&Connection, &Schema) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut files = Files::stat(path)?;
    for _ in 0..ATTEMPTS {
        let result = attempt(&files, deadline, &mut job);
        let after = Files::stat(path)?;
        match result {
            Ok((value, via)) if via.is_locked() || after == files => return Ok(value),
            Err(busy @ StoreError::Busy { .. }) => return Err(busy),
            Err(StoreError::TooSlow(_)) => return Err(StoreError::TooSlow(deadline.as_secs())),
            Err(error) if after == files => return Err(error),
            _ => files = after,
        }
    }
    Err(StoreError::Moving)
}

fn attempt<T>(
    files: &Files,
    deadline: Duration,
    job: &mut impl FnMut(&Connection, &Schema) -> Result<T, StoreError>,
) -> Result<(T, Via), StoreError> {
    let (conn, via) = open::open(files, deadline)?;
    conn.execute_batch("BEGIN")?;
    let schema = Schema::read(&conn)?;
    Ok((job(&conn, &schema)?, via))
}
