//! From what the benches have counted to the figures.

use crate::measures::{Counted, MEASURES, Measure};

/// What one bench has counted.
#[derive(Debug)]
pub struct Counts {
    /// The bench.
    pub name: String,
    /// The instructions of all threads.
    pub total: u64,
    /// The instructions of each thread, by its number.
    pub threads: Vec<(usize, u64)>,
}

/// A measure and its figure, rounded to hundredths as it is written.
pub type Figure = (&'static Measure, f64);

/// The figure of every measure, each the mean of so many events or polls.
///
/// # Errors
/// In words: what was not counted.
pub fn figures(counts: &[Counts], events: u64) -> Result<Vec<Figure>, String> {
    MEASURES.iter().map(|measure| Ok((measure, rounded(figure(measure.name, counts, events)?)))).collect()
}

fn figure(name: &str, counts: &[Counts], events: u64) -> Result<f64, String> {
    let measure = MEASURES.iter().find(|measure| measure.name == name);
    let Some(Measure { counted, .. }) = measure else {
        return Err(format!("`{name}` is no measure: name it in src/measures.rs"));
    };
    if let Counted::Batches([(small, fewer), (large, more)]) = counted {
        // Of n events, the first has n / fewer batches, the second n / more.
        let beside = figure(small, counts, events)? - figure(large, counts, events)?;
        let batch = beside / (1.0 / f64::from(*fewer) - 1.0 / f64::from(*more));
        return if batch > 0.0 {
            Ok(batch)
        } else {
            Err(format!("`{name}` is not above 0: `{small}` and `{large}` are not of the same code"))
        };
    }
    let Some(bench) = counts.iter().find(|bench| bench.name == name) else {
        return Err(format!("`{name}` was not counted: hot_path has no bench of this name"));
    };
    let instructions = match counted {
        Counted::Threads(small, large) => bench.thread(*large)?.checked_sub(bench.thread(*small)?),
        _ => Some(bench.total),
    };
    match instructions {
        None | Some(0) => Err(format!(
            "nothing was counted of `{name}`: is the thread, or the function that is to be counted, called differently now?"
        )),
        Some(instructions) => Ok(instructions as f64 / events as f64),
    }
}

impl Counts {
    fn thread(&self, number: usize) -> Result<u64, String> {
        let thread = self.threads.iter().find(|(thread, _)| *thread == number);
        thread.map(|(_, instructions)| *instructions).ok_or_else(|| {
            format!(
                "`{}` has no thread {number}: its pipelines have other stages than src/measures.rs says",
                self.name
            )
        })
    }
}

fn rounded(figure: f64) -> f64 {
    (figure * 100.0).round() / 100.0
}
