-- 3: old rows keep NULL
ALTER TABLE messages ADD COLUMN metadata_json TEXT;
