//! What the terminal shows while a demo runs, and how long each step took.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a spinner turns.
const TURN: Duration = Duration::from_millis(100);

/// The step under way and the times of those before.
pub(crate) struct Progress {
    bar: ProgressBar,
    current: Option<(&'static str, Instant)>,
    seconds: BTreeMap<String, f64>,
    /// Notes must not tear each other's lines.
    notes: Mutex<()>,
}

impl Progress {
    /// Nothing under way.
    pub(crate) fn new() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            current: None,
            seconds: BTreeMap::new(),
            notes: Mutex::new(()),
        }
    }

    /// Begins a step whose length is not known.
    pub(crate) fn step(&mut self, name: &'static str, text: &str) {
        self.end();
        self.current = Some((name, Instant::now()));
        self.bar = ProgressBar::new_spinner().with_message(text.to_owned());
        self.bar.set_style(style("  {spinner} {msg}"));
        self.bar.enable_steady_tick(TURN);
    }

    /// Begins a step of so many MIFs.
    pub(crate) fn bar(&mut self, name: &'static str, text: &str, total: u64) {
        self.end();
        self.current = Some((name, Instant::now()));
        self.bar = ProgressBar::new(total).with_message(text.to_owned());
        self.bar
            .set_style(style("  {msg:<28} {bar:30} {pos:>7}/{len} {per_sec:>12}"));
        self.bar.enable_steady_tick(TURN);
    }

    /// Sets how many MIFs are done.
    pub(crate) fn set(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// Says something above the bar.
    pub(crate) fn note(&self, text: &str) {
        let _guard = self.notes.lock();
        self.bar
            .suspend(|| crate::output::say(&format!("    {text}")));
    }

    /// Ends the step under way.
    pub(crate) fn end(&mut self) {
        if let Some((name, begun)) = self.current.take() {
            let seconds = begun.elapsed().as_secs_f64();
            let message = self.bar.message();
            self.bar.finish_and_clear();
            crate::output::say(&format!("  ✓ {message:<46} {seconds:>6.1} s"));
            self.seconds.insert(name.to_owned(), seconds);
        }
    }

    /// Ends everything and gives the seconds of each step.
    pub(crate) fn finish(&mut self) -> BTreeMap<String, f64> {
        self.end();
        std::mem::take(&mut self.seconds)
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
