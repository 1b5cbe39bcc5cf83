//! How numbers are written: OpenMetrics for those who ask for it (Prometheus does), else the text form that
//! came before it, which tools such as `promtool check metrics` read.

use std::{
    collections::HashMap,
    fmt::{self, Write as _},
};

use axum::http::{HeaderMap, header};
use prometheus_client::{encoding::text, registry::Registry};

/// A way to write numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// OpenMetrics 1.0.
    Open,
    /// Prometheus' text format 0.0.4.
    Plain,
}

impl Form {
    /// What a request wants.
    pub fn wanted(headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if accept.contains("application/openmetrics-text") { Self::Open } else { Self::Plain }
    }

    /// Its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Open => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Plain => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// Both registries in this form.
///
/// # Errors
/// A number that cannot be written: a defect.
pub fn write(form: Form, now: &Registry, since_start: &Registry) -> Result<String, fmt::Error> {
    let mut open = String::new();
    text::encode_registry(&mut open, now)?;
    text::encode_registry(&mut open, since_start)?;
    if form == Form::Open {
        text::encode_eof(&mut open)?;
        return Ok(open);
    }
    plain(&open)
}

/// The older form names counters and infos as their samples are named, and knows no units and no infos.
fn plain(open: &str) -> Result<String, fmt::Error> {
    let suffixes: HashMap<&str, &str> = open.lines().filter_map(suffixed).collect();
    let mut text = String::with_capacity(open.len());
    for line in open.lines().filter(|line| !line.starts_with("# UNIT ")) {
        let head = line.strip_prefix("# ").and_then(|rest| rest.split_once(' '));
        let named = head.and_then(|(what, rest)| Some((what, rest.split_once(' ')?)));
        match named {
            Some((what, (name, rest))) if suffixes.contains_key(name) => {
                let rest = if (what, rest) == ("TYPE", "info") { "gauge" } else { rest };
                writeln!(text, "# {what} {name}{} {rest}", suffixes[name])?;
            }
            _ => writeln!(text, "{line}")?,
        }
    }
    Ok(text)
}

fn suffixed(line: &str) -> Option<(&str, &'static str)> {
    let (name, kind) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
    match kind {
        "counter" => Some((name, "_total")),
        "info" => Some((name, "_info")),
        _ => None,
    }
}
