-- 4 as one nightly of 2025-10-17 had it: description renamed, gone the day after
ALTER TABLE sessions RENAME COLUMN description TO name;
ALTER TABLE sessions ADD COLUMN user_set_name BOOLEAN DEFAULT FALSE;
