-- 13 (goose 1.34)
ALTER TABLE sessions ADD COLUMN accumulated_cost REAL;
