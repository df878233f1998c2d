//! A strict reader of Prometheus' text format 0.0.4.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Index;

use super::http::Client;

pub(crate) type Labels = BTreeMap<String, String>;

/// Labels and value of each sample.
pub(crate) type Samples = Vec<(Labels, f64)>;

/// A page that was read.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The kind of each metric.
    kinds: BTreeMap<String, String>,
    /// By the name of the sample: those of a histogram end in `_bucket`, `_sum` and `_count`.
    samples: BTreeMap<String, Samples>,
}

impl Page {
    /// Asks for the page.
    #[track_caller]
    pub(crate) fn of(client: &Client) -> Self {
        let answer = client.get("/metrics").expect(200);
        Self::parse(std::str::from_utf8(&answer.body).unwrap())
    }

    /// Takes nothing that the format does not allow.
    #[track_caller]
    pub(crate) fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line ends, too");
        let (mut page, mut current) = (Self::default(), String::new());
        let (mut helped, mut series) = (BTreeSet::new(), HashSet::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect(line);
                assert!(!help.is_empty() && helped.insert(name.to_owned()), "{line}");
                current = name.to_owned();
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect(line);
                assert_eq!(name, current, "HELP and TYPE stand together");
                page.begin(name, kind);
            } else {
                let (name, labels, value) = sample(line);
                let kind = page.kinds.get(&current).expect("a type before its samples");
                assert!(names(&current, kind).contains(&name), "strange: {line}");
                assert!(series.insert(line[..line.len() - value.len()].to_owned()));
                let samples = page.samples.get_mut(&name).unwrap();
                samples.push((labels, value.parse().expect(line)));
            }
        }
        page.check_series();
        page.check_histograms();
        page
    }

    fn begin(&mut self, name: &str, kind: &str) {
        assert!(["gauge", "counter", "histogram"].contains(&kind), "{name}");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
        for reserved in ["_bucket", "_sum", "_count"] {
            assert!(!name.ends_with(reserved), "{name}");
        }
        for sample in names(name, kind) {
            assert!(self.samples.insert(sample, Vec::new()).is_none(), "{name}");
        }
        assert!(self.kinds.insert(name.into(), kind.into()).is_none());
    }

    /// The same labels in another order are the same series.
    fn check_series(&self) {
        for (name, samples) in &self.samples {
            let all: HashSet<&Labels> = samples.iter().map(|(labels, _)| labels).collect();
            assert_eq!(all.len(), samples.len(), "{name} has a series twice");
        }
    }

    fn check_histograms(&self) {
        for name in self.kinds.keys().filter(|name| self.is_histogram(name)) {
            let mut buckets: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
            for (labels, value) in &self[&format!("{name}_bucket")] {
                let mut labels = labels.clone();
                let le: f64 = labels.remove("le").expect(name).parse().unwrap();
                buckets.entry(labels).or_default().push((le, *value));
            }
            let all = |suffix: &str| -> BTreeMap<Labels, f64> {
                self[&format!("{name}{suffix}")].iter().cloned().collect()
            };
            let (counts, sums) = (all("_count"), all("_sum"));
            assert!(counts.keys().eq(buckets.keys()) && sums.keys().eq(buckets.keys()));
            for (labels, buckets) in buckets {
                let pairs = || buckets.windows(2).map(|pair| (pair[0], pair[1]));
                assert!(pairs().all(|(a, b)| a.0 < b.0), "{name}: {buckets:?}");
                assert!(pairs().all(|(a, b)| a.1 <= b.1), "{name}: {buckets:?}");
                let (last, count) = (buckets.last().unwrap(), counts[&labels]);
                assert_eq!(*last, (f64::INFINITY, count), "{name}");
                assert!(sums[&labels] >= 0.0, "{name}");
            }
        }
    }

    /// The names of all metrics, those of histograms without an ending.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    /// Whether there is such a metric, and it is a histogram.
    pub(crate) fn is_histogram(&self, name: &str) -> bool {
        self.kinds.get(name).is_some_and(|kind| kind == "histogram")
    }

    /// The samples of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Samples> {
        self.samples.get(name)
    }

    /// The sum of all samples that have these labels.
    #[track_caller]
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let matches = |of: &Labels| {
            let mut all = labels.iter();
            all.all(|(name, value)| of.get(*name).is_some_and(|of| of == value))
        };
        let samples = self[name].iter().filter(|(of, _)| matches(of));
        samples.map(|(_, value)| value).sum()
    }

    /// The value of the one sample with this label, if there is one.
    #[track_caller]
    pub(crate) fn value(&self, name: &str, label: &str, is: &str) -> Option<f64> {
        let has = |labels: &Labels| labels.get(label).is_some_and(|of| of == is);
        let mut found = self[name].iter().filter(|(labels, _)| has(labels));
        let first = found.next().map(|(_, value)| *value);
        assert!(found.next().is_none(), "{name} {label}={is} twice");
        first
    }

    /// What a label is in each sample of a name.
    #[track_caller]
    pub(crate) fn labels(&self, name: &str, label: &str) -> Vec<&str> {
        self[name].iter().map(|(of, _)| &*of[label]).collect()
    }
}

impl Index<&str> for Page {
    type Output = Samples;

    #[track_caller]
    fn index(&self, name: &str) -> &Samples {
        let samples = self.samples.get(name);
        samples.unwrap_or_else(|| panic!("{name} is not on the page"))
    }
}

/// The names that samples of a metric have.
fn names(name: &str, kind: &str) -> Vec<String> {
    match kind {
        "histogram" => ["_bucket", "_sum", "_count"]
            .map(|suffix| format!("{name}{suffix}"))
            .to_vec(),
        _ => vec![name.to_owned()],
    }
}

fn sample(line: &str) -> (String, Labels, &str) {
    let end = line.find(['{', ' ']).expect(line);
    let name = &line[..end];
    let is_word = |name: &str| {
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    assert!(is_word(name), "{line}");
    let mut labels = BTreeMap::new();
    let mut rest = &line[end..];
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").expect(line);
            assert!(is_word(label), "{line}");
            let (value, after) = label_value(after);
            assert!(labels.insert(label.to_owned(), value).is_none(), "{line}");
            match after.strip_prefix(',') {
                Some(more) => rest = more,
                None => {
                    rest = after.strip_prefix('}').expect(line);
                    break;
                }
            }
        }
    }
    (name.to_owned(), labels, rest.strip_prefix(' ').expect(line))
}

/// Up to the closing quotation mark, and what follows it.
fn label_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, &text[at + 1..]),
            '\\' => match chars.next().map(|(_, char)| char) {
                Some('n') => value.push('\n'),
                Some(char @ ('\\' | '"')) => value.push(char),
                other => panic!("\\{other:?} in {text}"),
            },
            char => value.push(char),
        }
    }
    panic!("no end: {text}")
}
