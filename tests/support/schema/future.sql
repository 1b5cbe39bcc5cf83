-- A step no goose has made yet, on top of 16: more columns, a column less, more tables
ALTER TABLE sessions ADD COLUMN parent_delegation TEXT;
ALTER TABLE sessions ADD COLUMN mood TEXT NOT NULL DEFAULT 'fine';
ALTER TABLE sessions DROP COLUMN recipe_json;
ALTER TABLE messages ADD COLUMN vector BLOB;
CREATE TABLE dreams (id INTEGER PRIMARY KEY, session_id TEXT);
