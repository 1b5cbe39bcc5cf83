-- 4 (goose 1.11): old rows keep name '', their title stays in description
ALTER TABLE sessions ADD COLUMN name TEXT DEFAULT '';
ALTER TABLE sessions ADD COLUMN user_set_name BOOLEAN DEFAULT FALSE;
