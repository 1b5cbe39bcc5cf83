//! Socket.IO for JavaScript clients.
