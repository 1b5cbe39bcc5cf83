-- 11 (goose 1.31): a catalogue of models, of no interest here
CREATE TABLE provider_inventory_entries (id INTEGER PRIMARY KEY, provider TEXT);
CREATE TABLE provider_inventory_models (id INTEGER PRIMARY KEY, entry_id INTEGER, name TEXT);
