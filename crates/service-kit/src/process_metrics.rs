//! What `/proc/self` says of this process, for `/metrics`.

use std::fs;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Error, Gauge, Registry};

/// `USER_HZ`: the unit of times in `/proc`, 100 on every architecture this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

struct ProcessCollector {
    resident_bytes: Gauge,
    resident_peak_bytes: Gauge,
    cpu_seconds: prometheus::Counter,
    open_fds: Gauge,
    start_seconds: Gauge,
}

/// Registers the metrics of the process, under the names usual with Prometheus.
pub(crate) fn register(registry: &Registry) -> Result<(), Error> {
    registry.register(Box::new(ProcessCollector {
        resident_bytes: Gauge::new(
            "process_resident_memory_bytes",
            "Resident memory of the process",
        )?,
        resident_peak_bytes: Gauge::new(
            "process_resident_memory_peak_bytes",
            "Highest resident memory since the start (VmHWM)",
        )?,
        cpu_seconds: prometheus::Counter::new(
            "process_cpu_seconds_total",
            "CPU time of the process, user and system",
        )?,
        open_fds: Gauge::new("process_open_fds", "Open file descriptors of the process")?,
        start_seconds: Gauge::new(
            "process_start_time_seconds",
            "Start of the process, in seconds since 1970",
        )?,
    }))
}

impl ProcessCollector {
    /// What cannot be read keeps its last value: a metric must not end a process.
    fn refresh(&self) {
        if let Ok(status) = fs::read_to_string("/proc/self/status") {
            set(&self.resident_bytes, kilobytes(&status, "VmRSS:"));
            set(&self.resident_peak_bytes, kilobytes(&status, "VmHWM:"));
        }
        if let Ok(entries) = fs::read_dir("/proc/self/fd") {
            // One of them is the directory just opened.
            let count = entries.count().saturating_sub(1);
            set(&self.open_fds, u32::try_from(count).ok().map(f64::from));
        }
        if let Ok(stat) = fs::read_to_string("/proc/self/stat") {
            if let (Some(user), Some(system)) = (ticks(&stat, 14), ticks(&stat, 15)) {
                let increase = user + system - self.cpu_seconds.get();
                self.cpu_seconds.inc_by(increase.max(0.0));
            }
            let boot = fs::read_to_string("/proc/stat")
                .ok()
                .and_then(|text| boot_seconds(&text));
            set(
                &self.start_seconds,
                boot.zip(ticks(&stat, 22)).map(|(boot, after)| boot + after),
            );
        }
    }
}

impl Collector for ProcessCollector {
    fn desc(&self) -> Vec<&Desc> {
        let gauges = [
            &self.resident_bytes,
            &self.resident_peak_bytes,
            &self.open_fds,
            &self.start_seconds,
        ];
        gauges
            .into_iter()
            .flat_map(Collector::desc)
            .chain(self.cpu_seconds.desc())
            .collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.refresh();
        let gauges = [
            &self.resident_bytes,
            &self.resident_peak_bytes,
            &self.open_fds,
            &self.start_seconds,
        ];
        gauges
            .into_iter()
            .flat_map(Collector::collect)
            .chain(self.cpu_seconds.collect())
            .collect()
    }
}

fn set(gauge: &Gauge, value: Option<f64>) {
    if let Some(value) = value {
        gauge.set(value);
    }
}

/// A line `VmRSS:     1234 kB` of `/proc/self/status`, in bytes.
fn kilobytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let number: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(number * 1024.0)
}

/// Field `number` (from 1, proc(5)) of `/proc/self/stat`, in seconds. The second field, the name
/// of the program, may hold blanks and parentheses: fields are counted from its end.
fn ticks(stat: &str, number: usize) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let field: f64 = fields
        .split_whitespace()
        .nth(number.checked_sub(3)?)?
        .parse()
        .ok()?;
    Some(field / TICKS_PER_SECOND)
}

fn boot_seconds(stat: &str) -> Option<f64> {
    stat.lines()
        .find_map(|line| line.strip_prefix("btime "))?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{boot_seconds, kilobytes, register, ticks};

    #[test]
    fn reads_the_formats_of_proc() {
        assert_eq!(
            kilobytes("Name:\tx\nVmHWM:\t    2048 kB\n", "VmHWM:"),
            Some(2_097_152.0)
        );
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 4 0 9000 1";
        assert_eq!((ticks(stat, 14), ticks(stat, 15)), (Some(2.5), Some(0.5)));
        assert_eq!(ticks(stat, 22), Some(90.0));
        assert_eq!(
            boot_seconds("cpu 1\nbtime 1700000000\n"),
            Some(1_700_000_000.0)
        );
    }

    #[test]
    fn every_metric_of_this_process_is_positive() {
        let registry = prometheus::Registry::new();
        register(&registry).unwrap();
        let families = registry.gather();
        assert_eq!(families.len(), 5);
        for family in families
            .iter()
            .filter(|family| !family.name().contains("cpu"))
        {
            let value = family.get_metric()[0].get_gauge().get_value();
            assert!(value > 0.0, "{} is {value}", family.name());
        }
    }
}
