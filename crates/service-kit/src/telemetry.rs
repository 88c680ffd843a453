//! The log: one line per event on standard error, each with the name of the service.

use std::fmt;
use std::io::IsTerminal;
use std::sync::Once;

use serde::Deserialize;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, format};
use tracing_subscriber::registry::LookupSpan;

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people: `<service> <time> <level> <target>: <message> <fields>`.
    Plain,
    /// For a collector: one JSON object per line, with the member `service`.
    Json,
}

/// Sends the log of this process to standard error and makes panics log themselves. A second call
/// changes nothing and is no error, so that each service of one process may call it.
///
/// # Errors
/// [`TelemetryError`] when `filter` is not a list of directives such as `info,cnt_edition=debug`.
pub fn init(service: &str, format: Format, filter: &str) -> Result<(), TelemetryError> {
    static ONCE: Once = Once::new();
    let filter = EnvFilter::try_new(filter).map_err(|source| TelemetryError {
        filter: filter.to_owned(),
        source,
    })?;
    ONCE.call_once(|| {
        let builder = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(format == Format::Plain && std::io::stderr().is_terminal());
        let installed = match format {
            Format::Plain => builder
                .event_format(Named::plain(service))
                .fmt_fields(format::DefaultFields::new())
                .try_init(),
            Format::Json => builder
                .event_format(Named::json(service))
                .fmt_fields(JsonFields::new())
                .try_init(),
        };
        if let Err(error) = installed {
            tracing::debug!(error = %error, "Another subscriber already takes the log");
        }
        log_panics();
    });
    Ok(())
}

/// The filter of the log is not understood.
#[derive(Debug, thiserror::Error)]
#[error("log filter `{filter}` is not a list of directives")]
pub struct TelemetryError {
    filter: String,
    #[source]
    source: tracing_subscriber::filter::ParseError,
}

fn log_panics() {
    std::panic::set_hook(Box::new(|info| {
        let thread = std::thread::current();
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(
            panic.message = crate::cpu::panic_message(info.payload()),
            panic.location = location,
            panic.thread = thread.name().unwrap_or("unnamed"),
            panic.backtrace = %std::backtrace::Backtrace::capture(),
            "A thread panicked"
        );
    }));
}

/// Puts the name of the service into each line of an inner format.
struct Named<F> {
    inner: F,
    /// What replaces the first `skipped` bytes of the line.
    prefix: String,
    skipped: usize,
}

impl Named<format::Format> {
    fn plain(service: &str) -> Self {
        Self {
            inner: format(),
            prefix: format!("{service} "),
            skipped: 0,
        }
    }
}

impl Named<format::Format<format::Json>> {
    fn json(service: &str) -> Self {
        let name = serde_json::Value::from(service);
        // The line of the inner format is an object that is never empty.
        Self {
            inner: format().json(),
            prefix: format!("{{\"service\":{name},"),
            skipped: 1,
        }
    }
}

impl<S, N, F> FormatEvent<S, N> for Named<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        let inner = Writer::new(&mut line);
        self.inner.format_event(context, inner, event)?;
        writer.write_str(&self.prefix)?;
        writer.write_str(line.get(self.skipped..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, Named, init};
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::format::JsonFields;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Buffer {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    #[test]
    fn json_lines_name_the_service() {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .event_format(Named::json("validation"))
            .fmt_fields(JsonFields::new())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(kafka.offset = 12, "Lot written");
        });
        let line: serde_json::Value = serde_json::from_str(&buffer.text()).unwrap();
        assert_eq!(line["service"], "validation");
        assert_eq!(line["fields"]["kafka.offset"], 12);
        assert_eq!(line["fields"]["message"], "Lot written");
    }

    #[test]
    fn plain_lines_start_with_the_service() {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .event_format(Named::plain("edition"))
            .finish();
        tracing::subscriber::with_default(subscriber, || tracing::info!("Lot written"));
        assert!(buffer.text().starts_with("edition 20"), "{}", buffer.text());
        assert!(
            buffer.text().ends_with("Lot written\n"),
            "{}",
            buffer.text()
        );
    }

    #[test]
    fn two_calls_are_fine_and_a_bad_filter_is_refused() {
        assert!(init("a", Format::Plain, "warn").is_ok());
        assert!(init("b", Format::Json, "info,cnt_edition=debug").is_ok());
        let error = init("c", Format::Json, "cnt=notalevel").unwrap_err();
        assert_eq!(
            error.to_string(),
            "log filter `cnt=notalevel` is not a list of directives"
        );
    }
}
