//! A histogram whose figures can be corrected: a first response may turn out to have been earlier, or none.
//!
//! What is taken out leaves the sum at once. Prometheus takes a count that falls for a restart, so buckets and counts never do: they wait
//! until what came since has caught up. A response that was earlier moves into lower buckets only, so nothing waits there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus::core::{Collector, Desc};
use prometheus::proto::{Bucket, Histogram, LabelPair, Metric, MetricFamily, MetricType};

use super::catalogue::Entry;

/// One series: observations at most as great as each bound, and all.
#[derive(Clone, Debug, Default)]
struct Series {
    counts: Vec<i64>,
    shown: Vec<i64>,
    sum: f64,
}

/// The series of one metric, shared with the registry.
#[derive(Clone)]
pub(super) struct Corrected {
    desc: Desc,
    labels: &'static [&'static str],
    bounds: &'static [f64],
    series: Arc<Mutex<BTreeMap<Vec<String>, Series>>>,
}

impl Corrected {
    /// None yet.
    pub fn new(name: String, entry: &Entry, bounds: &'static [f64]) -> Self {
        let labels = entry.labels.iter().map(ToString::to_string).collect();
        let desc = Desc::new(name, entry.help.to_owned(), labels, Default::default()).expect("the catalogue's names are valid");
        Self { desc, labels: entry.labels, bounds, series: Arc::default() }
    }

    /// The series is there, at zero.
    pub fn begin(&self, values: &[&str]) {
        self.change(values, None, None);
    }

    /// Counts one thing, and takes out what was counted in its place before.
    pub fn change(&self, values: &[&str], now: Option<f64>, before: Option<f64>) {
        let mut all = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let key = values.iter().map(ToString::to_string).collect();
        let series = all.entry(key).or_default();
        series.counts.resize(self.bounds.len() + 1, 0);
        series.shown.resize(self.bounds.len() + 1, 0);
        series.sum += now.unwrap_or_default() - before.unwrap_or_default();
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        for ((count, shown), bound) in series.counts.iter_mut().zip(&mut series.shown).zip(bounds) {
            let within = |value: Option<f64>| i64::from(value.is_some_and(|value| value <= bound));
            *count += within(now) - within(before);
            *shown = (*shown).max(*count);
        }
    }
}

impl Collector for Corrected {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.desc]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let all = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let metric = |(values, series): (&Vec<String>, &Series)| {
            let label = |(name, value): (&&str, &String)| {
                let mut label = LabelPair::default();
                label.set_name((*name).to_owned());
                label.set_value(value.clone());
                label
            };
            let bucket = |(bound, count): (&f64, &i64)| {
                let mut bucket = Bucket::default();
                bucket.set_upper_bound(*bound);
                bucket.set_cumulative_count(count.unsigned_abs());
                bucket
            };
            let mut histogram = Histogram::default();
            histogram.set_sample_sum(series.sum);
            histogram.set_sample_count(series.shown.last().map_or(0, |count| count.unsigned_abs()));
            histogram.set_bucket(self.bounds.iter().zip(&series.shown).map(bucket).collect());
            let mut metric = Metric::default();
            let mut labels: Vec<LabelPair> = self.labels.iter().zip(values).map(label).collect();
            labels.sort_by(|one, other| one.name().cmp(other.name()));
            metric.set_label(labels);
            metric.set_histogram(histogram);
            metric
        };
        let mut family = MetricFamily::default();
        family.set_name(self.desc.fq_name.clone());
        family.set_help(self.desc.help.clone());
        family.set_field_type(MetricType::HISTOGRAM);
        family.set_metric(all.iter().map(metric).collect());
        vec![family]
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{PEOPLE, entry};
    use super::*;

    #[test]
    fn a_figure_is_corrected_and_no_count_falls() {
        let corrected = Corrected::new("x".into(), entry("first_response_seconds"), PEOPLE);
        let counts = |bound: f64| {
            let family = corrected.collect();
            let histogram = family[0].get_metric()[0].get_histogram().clone();
            let bucket = histogram.get_bucket().iter().find(|bucket| bucket.upper_bound() == bound).map(Bucket::cumulative_count);
            (bucket.expect("a bound"), histogram.get_sample_count(), histogram.get_sample_sum())
        };
        let team = ["mid", "wall"];
        corrected.change(&team, Some(3_599.0), None);
        assert_eq!((counts(900.0), counts(3_600.0)), ((0, 1, 3_599.0), (1, 1, 3_599.0)));
        corrected.change(&team, Some(599.0), Some(3_599.0));
        assert_eq!((counts(900.0), counts(3_600.0)), ((1, 1, 599.0), (1, 1, 599.0)));
        corrected.change(&team, None, Some(599.0));
        assert_eq!(counts(900.0), (1, 1, 0.0), "Prometheus would take less for a restart");
        corrected.change(&team, Some(600.0), None);
        assert_eq!((counts(900.0), counts(3_600.0)), ((1, 1, 600.0), (1, 1, 600.0)));
    }
}
