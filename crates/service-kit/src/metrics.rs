//! Metrics declared together, in one struct per service, whose doc comments are their help.
//!
//! Names are `cnt_<service>_<noun>_<unit>[_total]`. Labels are enums only, and every value is
//! exported as 0 from the start: an alert on a rate must not wait for the first event.
//!
//! ```
//! cnt_service_kit::metric_label! {
//!     /// What became of a message.
//!     pub enum Outcome("outcome") {
//!         /// Its verdict is written.
//!         Accepted => "accepted",
//!         /// It is set aside.
//!         Quarantined => "quarantined",
//!     }
//! }
//! cnt_service_kit::metrics! {
//!     /// What validation tells of itself.
//!     pub struct Metrics("validation") {
//!         /// Messages received from the broker.
//!         messages_received_total: prometheus::IntCounter,
//!         /// Messages judged, by outcome.
//!         messages_processed_total: cnt_service_kit::metrics::CounterBy<Outcome>,
//!         /// Seconds from poll to commit of a lot.
//!         processing_duration_seconds: prometheus::Histogram = [0.01, 0.1, 1.0],
//!     }
//! }
//! let registry = prometheus::Registry::new();
//! let metrics = Metrics::register(&registry)?;
//! metrics.messages_processed_total.with(Outcome::Accepted).inc_by(3);
//! # Ok::<(), prometheus::Error>(())
//! ```

use std::marker::PhantomData;

use prometheus::core::Collector;
use prometheus::{
    Error, Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry,
};

/// A label whose values are known when the program is compiled; see [`metric_label!`](crate::metric_label).
pub trait MetricLabel: Copy + 'static {
    /// Name of the label.
    const NAME: &'static str;
    /// Every value.
    const ALL: &'static [Self];
    /// The value as exported.
    fn value(self) -> &'static str;
}

/// A metric that [`metrics!`](crate::metrics!) can declare.
pub trait Declared: Sized {
    /// Makes the metric and registers it. `buckets` are upper bounds, for histograms; empty means
    /// the library's default from 5 ms to 10 s.
    ///
    /// # Errors
    /// What the registry says of a name that is taken or malformed.
    fn declare(registry: &Registry, name: &str, help: &str, buckets: &[f64])
    -> Result<Self, Error>;
}

fn registered<C: Collector + Clone + 'static>(
    registry: &Registry,
    collector: Result<C, Error>,
) -> Result<C, Error> {
    let collector = collector?;
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

fn counter_name(name: &str) -> Result<&str, Error> {
    if name.ends_with("_total") {
        Ok(name)
    } else {
        Err(Error::Msg(format!(
            "the name of counter {name} must end with _total"
        )))
    }
}

fn histogram_options(name: &str, help: &str, buckets: &[f64]) -> HistogramOpts {
    let options = HistogramOpts::new(name, help);
    if buckets.is_empty() {
        options
    } else {
        options.buckets(buckets.to_vec())
    }
}

impl Declared for IntCounter {
    fn declare(registry: &Registry, name: &str, help: &str, _: &[f64]) -> Result<Self, Error> {
        registered(registry, Self::new(counter_name(name)?, help))
    }
}

impl Declared for IntGauge {
    fn declare(registry: &Registry, name: &str, help: &str, _: &[f64]) -> Result<Self, Error> {
        registered(registry, Self::new(name, help))
    }
}

impl Declared for Gauge {
    fn declare(registry: &Registry, name: &str, help: &str, _: &[f64]) -> Result<Self, Error> {
        registered(registry, Self::new(name, help))
    }
}

impl Declared for Histogram {
    fn declare(
        registry: &Registry,
        name: &str,
        help: &str,
        buckets: &[f64],
    ) -> Result<Self, Error> {
        registered(
            registry,
            Self::with_opts(histogram_options(name, help, buckets)),
        )
    }
}

macro_rules! by_label {
    ($(#[doc = $doc:literal] $name:ident, $vector:ident, $metric:ident, $make:expr;)+) => {$(
        #[doc = $doc]
        #[derive(Clone, Debug)]
        pub struct $name<L> {
            vector: $vector,
            label: PhantomData<fn(L)>,
        }

        impl<L: MetricLabel> $name<L> {
            /// The metric of one value of the label.
            #[must_use]
            pub fn with(&self, label: L) -> $metric {
                self.vector.with_label_values(&[label.value()])
            }
        }

        impl<L: MetricLabel> Declared for $name<L> {
            fn declare(
                registry: &Registry,
                name: &str,
                help: &str,
                buckets: &[f64],
            ) -> Result<Self, Error> {
                let make: fn(&str, &str, &[f64], &[&str]) -> Result<$vector, Error> = $make;
                let vector = registered(registry, make(name, help, buckets, &[L::NAME]))?;
                let declared = Self { vector, label: PhantomData };
                for label in L::ALL {
                    drop(declared.with(*label));
                }
                Ok(declared)
            }
        }
    )+};
}

by_label! {
    /// A counter per value of a label.
    CounterBy, IntCounterVec, IntCounter,
        |name, help, _, labels| IntCounterVec::new(Opts::new(counter_name(name)?, help), labels);
    /// A gauge per value of a label.
    GaugeBy, IntGaugeVec, IntGauge,
        |name, help, _, labels| IntGaugeVec::new(Opts::new(name, help), labels);
    /// A histogram per value of a label.
    HistogramBy, HistogramVec, Histogram,
        |name, help, buckets, labels| HistogramVec::new(histogram_options(name, help, buckets), labels);
}

/// Declares the metrics of a service: `struct Name("service") { /// help  field: Type [= buckets] }`.
/// `Name::register(&registry)` makes and registers them; see [`metrics`](mod@crate::metrics).
#[macro_export]
macro_rules! metrics {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident($service:literal) {
            $($(#[doc = $help:literal])+ $field:ident: $type:ty $(= [$($bucket:expr),+ $(,)?])?),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $visibility struct $name {
            $($(#[doc = $help])+ $visibility $field: $type,)+
        }

        impl $name {
            /// Makes the metrics and registers them; an error names the one that is refused.
            $visibility fn register(
                registry: &$crate::reexport::prometheus::Registry,
            ) -> ::std::result::Result<Self, $crate::reexport::prometheus::Error> {
                ::std::result::Result::Ok(Self {
                    $($field: <$type as $crate::metrics::Declared>::declare(
                        registry,
                        concat!("cnt_", $service, "_", stringify!($field)),
                        concat!($($help),+).trim().trim_end_matches('.'),
                        &[$($($bucket),+)?],
                    )?,)+
                })
            }
        }
    };
}

/// Declares an enum that is a label: `enum Name("label") { /// doc  Variant => "value" }`.
#[macro_export]
macro_rules! metric_label {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident($label:literal) {
            $($(#[$variant_meta:meta])* $variant:ident => $value:literal),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visibility enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $crate::metrics::MetricLabel for $name {
            const NAME: &'static str = $label;
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn value(self) -> &'static str {
                match self {
                    $(Self::$variant => $value,)+
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::{CounterBy, GaugeBy, HistogramBy};
    use prometheus::{Gauge, Histogram, IntCounter, IntGauge, Registry, TextEncoder};

    metric_label! {
        enum Outcome("outcome") { Accepted => "accepted", Rejected => "rejected" }
    }

    metrics! {
        /// All kinds.
        struct Everything("test") {
            /// Messages received
            /// from the broker.
            messages_received_total: IntCounter,
            /// By outcome.
            messages_processed_total: CounterBy<Outcome>,
            /// Lag.
            consumer_lag: IntGauge,
            /// Age.
            outbox_oldest_seconds: Gauge,
            /// Waiting.
            waiting: GaugeBy<Outcome>,
            /// Duration.
            duration_seconds: Histogram = [0.5, 2.0],
            /// Durations.
            durations_seconds: HistogramBy<Outcome>,
        }
    }

    metrics! {
        struct Misnamed("test") {
            /// No suffix.
            messages: IntCounter,
        }
    }

    #[test]
    fn declares_names_help_and_zeros() {
        let registry = Registry::new();
        let metrics = Everything::register(&registry).unwrap();
        let rejected = metrics.messages_processed_total.with(Outcome::Rejected);
        rejected.inc();
        metrics.messages_received_total.inc_by(2);
        metrics.consumer_lag.set(7);
        metrics.outbox_oldest_seconds.set(0.5);
        metrics.waiting.with(Outcome::Rejected).set(3);
        metrics.duration_seconds.observe(1.0);
        let durations = metrics.durations_seconds;
        durations.with(Outcome::Accepted).observe(1.0);
        let text = TextEncoder::new()
            .encode_to_string(&registry.gather())
            .unwrap();
        for line in [
            "# HELP cnt_test_messages_received_total Messages received from the broker",
            "cnt_test_messages_received_total 2",
            "cnt_test_messages_processed_total{outcome=\"accepted\"} 0",
            "cnt_test_messages_processed_total{outcome=\"rejected\"} 1",
            "cnt_test_waiting{outcome=\"accepted\"} 0",
            "cnt_test_duration_seconds_bucket{le=\"0.5\"} 0",
            "cnt_test_duration_seconds_bucket{le=\"2\"} 1",
            "cnt_test_consumer_lag 7",
            "cnt_test_outbox_oldest_seconds 0.5",
            "cnt_test_waiting{outcome=\"rejected\"} 3",
            "cnt_test_durations_seconds_count{outcome=\"rejected\"} 0",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is not in\n{text}"
            );
        }
        assert!(Everything::register(&registry).is_err());
    }

    #[test]
    fn a_counter_without_total_is_refused() {
        let made = Misnamed::register(&Registry::new());
        let error = made
            .map(|made| made.messages.get())
            .unwrap_err()
            .to_string();
        assert!(error.contains("cnt_test_messages"), "{error}");
    }
}
