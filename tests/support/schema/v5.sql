-- 5
ALTER TABLE sessions ADD COLUMN session_type TEXT NOT NULL DEFAULT 'user';
CREATE INDEX idx_sessions_type ON sessions(session_type);
