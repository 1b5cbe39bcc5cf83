-- 16 (goose 1.45)
CREATE INDEX idx_messages_session_created ON messages(session_id, created_timestamp, id);
