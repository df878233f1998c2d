//! Prometheus' text format 0.0.4.

use std::fmt::{Display, Write as _};

use crate::meter::{Counts, Reading};

/// The media type of the page.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How a metric's values move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Up and down.
    Gauge,
    /// Only up, until the daemon starts again.
    Counter,
    /// Counts of values by their size, which only go up, too.
    Histogram,
}

/// A page that is being written.
#[derive(Debug, Default)]
pub struct Page(String);

/// A metric that samples are added to.
pub struct Family<'a> {
    page: &'a mut String,
    name: &'static str,
}

/// Names and values of labels, in order.
pub type Labels<'a> = &'a [(&'a str, &'a str)];

impl Page {
    /// An empty one, with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    /// Begins a metric. Each name once.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> Family<'_> {
        let page = &mut self.0;
        let kind = match kind {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
            Kind::Histogram => "histogram",
        };
        *page += "# HELP ";
        *page += name;
        *page += " ";
        escape(page, help, false);
        *page += "\n# TYPE ";
        *page += name;
        *page += " ";
        *page += kind;
        *page += "\n";
        Family { page, name }
    }

    /// A gauge with one value and no labels.
    pub fn gauge(&mut self, name: &'static str, help: &str, value: impl Display) {
        self.family(name, Kind::Gauge, help).sample(&[], value);
    }

    /// A counter with one value and no labels.
    pub fn counter(&mut self, name: &'static str, help: &str, value: impl Display) {
        self.family(name, Kind::Counter, help).sample(&[], value);
    }

    /// A counter with a value for each word of one label.
    pub fn counts(&mut self, name: &'static str, help: &str, label: &str, counts: &Counts) {
        let mut family = self.family(name, Kind::Counter, help);
        for (word, count) in counts {
            family.sample(&[(label, word)], count);
        }
    }

    /// The page as it is sent.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl Family<'_> {
    /// One value.
    pub fn sample(&mut self, labels: Labels<'_>, value: impl Display) {
        self.line("", labels, None, value);
    }

    /// The values of a histogram.
    pub fn histogram(&mut self, labels: Labels<'_>, read: &Reading) {
        let mut so_far = 0;
        for (index, count) in read.buckets.iter().enumerate() {
            so_far += count;
            match read.bounds.get(index) {
                Some(bound) => self.line("_bucket", labels, Some(bound), so_far),
                None => self.line("_bucket", labels, Some(&"+Inf"), so_far),
            }
        }
        self.line("_sum", labels, None, read.sum);
        self.line("_count", labels, None, so_far);
    }

    fn line(
        &mut self,
        suffix: &str,
        labels: Labels<'_>,
        le: Option<&dyn Display>,
        value: impl Display,
    ) {
        let page = &mut *self.page;
        *page += self.name;
        *page += suffix;
        let mut before = "{";
        for (name, value) in labels {
            *page += before;
            *page += name;
            *page += "=\"";
            escape(page, value, true);
            *page += "\"";
            before = ",";
        }
        // A `String` takes everything.
        if let Some(le) = le {
            write!(page, "{before}le=\"{le}\"").ok();
        }
        if !labels.is_empty() || le.is_some() {
            *page += "}";
        }
        writeln!(page, " {value}").ok();
    }
}

/// In label values also the quotation mark is escaped.
fn escape(page: &mut String, text: &str, is_label: bool) {
    for char in text.chars() {
        match char {
            '\\' => *page += "\\\\",
            '\n' => *page += "\\n",
            '"' if is_label => *page += "\\\"",
            _ => page.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_and_labels_are_escaped_as_the_format_says() {
        let mut page = Page::default();
        let mut family = page.family("x", Kind::Counter, "a \"b\"\\\nc");
        family.sample(&[("node", "a \"b\"\\\nc"), ("zone", "")], 1.5);
        family.sample(&[], 0);
        assert_eq!(
            page.into_text(),
            "# HELP x a \"b\"\\\\\\nc\n# TYPE x counter\nx{node=\"a \\\"b\\\"\\\\\\nc\",zone=\"\"} 1.5\nx 0\n"
        );
    }

    #[test]
    fn the_buckets_of_a_histogram_add_up() {
        let mut page = Page::default();
        let read = Reading {
            bounds: &[0.000_5, 1.0],
            buckets: vec![2, 0, 3],
            sum: 31.25,
        };
        let mut family = page.family("x", Kind::Histogram, "y");
        family.histogram(&[("a", "b")], &read);
        family.histogram(&[], &read);
        assert_eq!(
            page.into_text(),
            "# HELP x y\n# TYPE x histogram\n\
             x_bucket{a=\"b\",le=\"0.0005\"} 2\nx_bucket{a=\"b\",le=\"1\"} 2\nx_bucket{a=\"b\",le=\"+Inf\"} 5\n\
             x_sum{a=\"b\"} 31.25\nx_count{a=\"b\"} 5\n\
             x_bucket{le=\"0.0005\"} 2\nx_bucket{le=\"1\"} 2\nx_bucket{le=\"+Inf\"} 5\nx_sum 31.25\nx_count 5\n"
        );
    }
}
