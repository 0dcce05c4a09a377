//! The log of `imgplane dev`: one short line for each request, and what the server warns of.

use std::{
    fmt::{self, Write as _},
    io::Write as _,
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter, Layer,
    layer::{Context, SubscriberExt as _},
    util::SubscriberInitExt as _,
};

/// Target of the server's access log.
const ACCESS: &str = "imgplane::access";

/// Begins to log to standard error. `RUST_LOG` chooses what is logged beyond requests and warnings.
pub(super) fn start(quiet: bool, terminal: bool) {
    let default = if quiet { "warn".to_owned() } else { format!("warn,{ACCESS}=info") };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let lines =
        Lines { colour: terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) };
    // Only fails when something else in this process logs already, which then goes on doing so.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
}

/// Writes events as lines.
#[derive(Debug, Clone, Copy)]
struct Lines {
    colour: bool,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut line = self.line(event.metadata(), &fields);
        line.push('\n');
        // Nobody reads a log that cannot be written.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}

impl Lines {
    fn line(self, metadata: &Metadata<'_>, fields: &Fields) -> String {
        if metadata.target() == ACCESS { self.request(fields) } else { self.other(*metadata.level(), fields) }
    }

    /// `404 GET /default/x.jpg 3 ms 9 B  ENOENT - The file is not there`
    fn request(self, fields: &Fields) -> String {
        let status = fields.get("status").unwrap_or("---");
        let colour = match status.chars().next() {
            Some('2') => "32",
            Some('3') => "36",
            _ => "31",
        };
        let mut line = self.painted(status, colour);
        for name in ["method", "url"] {
            if let Some(value) = fields.get(name) {
                let _ = write!(line, " {value}");
            }
        }
        for (name, unit) in [("total_ms", "ms"), ("bytes", "B")] {
            if let Some(value) = fields.get(name) {
                let _ = write!(line, " {value} {unit}");
            }
        }
        for name in ["ik_error", "detail"] {
            if let Some(value) = fields.get(name).filter(|value| !value.is_empty()) {
                let _ = write!(line, "  {value}");
            }
        }
        line
    }

    fn other(self, level: Level, fields: &Fields) -> String {
        let (word, colour) = match level {
            Level::ERROR => ("error", "31"),
            Level::WARN => ("warning", "33"),
            Level::INFO => ("info", "36"),
            Level::DEBUG => ("debug", "36"),
            Level::TRACE => ("trace", "36"),
        };
        let mut line =
            format!("{}: {}", self.painted(word, colour), fields.get("message").unwrap_or_default());
        for (name, value) in fields.0.iter().filter(|(name, _)| *name != "message") {
            let _ = write!(line, " {name}={value}");
        }
        line
    }

    fn painted(self, text: &str, colour: &str) -> String {
        if self.colour { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// The fields of an event as text without control characters: a URL may hold anything.
#[derive(Debug, Default)]
struct Fields(Vec<(&'static str, String)>);

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    fn push(&mut self, field: &Field, text: &str) {
        let text = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.0.push((field.name(), text));
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&'static str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
    }

    #[test]
    fn a_request_is_one_short_line() {
        let lines = Lines { colour: false };
        let good = fields(&[
            ("status", "200"),
            ("method", "GET"),
            ("url", "/a.jpg"),
            ("total_ms", "12"),
            ("bytes", "9"),
        ]);
        assert_eq!(lines.request(&good), "200 GET /a.jpg 12 ms 9 B");
        let bad = fields(&[
            ("status", "404"),
            ("method", "GET"),
            ("url", "/b.jpg"),
            ("ik_error", "ENOENT - no file"),
        ]);
        assert_eq!(lines.request(&bad), "404 GET /b.jpg  ENOENT - no file");
    }

    #[test]
    fn colour_is_used_only_where_it_is_wanted() {
        let request = fields(&[("status", "500")]);
        assert!(Lines { colour: true }.request(&request).contains("\u{1b}[31m500"));
        assert!(!Lines { colour: false }.request(&request).contains('\u{1b}'));
    }
}
