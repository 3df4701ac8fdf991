//! The rows that make no event: a small CSV file with line, code, field, column and reason, and never a value (PII-1).

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::beside;
use super::write::not_the_input;
use crate::command::{Usage, private};
use crate::mapping::Rejection;

const HEADER: [&str; 5] = ["line", "code", "field", "column", "reason"];

/// The file of rejects. One that was asked for is always there; one that was not is only made when there is something to write.
pub struct Rejects {
    path: PathBuf,
    writer: Option<csv::Writer<BufWriter<File>>>,
}

impl Rejects {
    /// Without a name the file lies beside `out`, or beside `input`.
    ///
    /// # Errors
    /// The file can't be made.
    pub fn new(wanted: Option<PathBuf>, out: Option<&Path>, input: &Path) -> anyhow::Result<Self> {
        let asked = wanted.is_some();
        let path = wanted.unwrap_or_else(|| beside(out.unwrap_or(input), ".rejects.csv"));
        not_the_input(&path, input)?;
        if out == Some(path.as_path()) {
            let what = format!("{} can't take both the events and the rejects", path.display());
            return Err(Usage { what, remedy: "give `--rejects` another name".to_owned() }.into());
        }
        let mut rejects = Self { path, writer: None };
        // What an earlier import rejected must not be taken for what this one did.
        if asked || rejects.path.exists() {
            rejects.open()?;
        }
        Ok(rejects)
    }

    fn open(&mut self) -> anyhow::Result<&mut csv::Writer<BufWriter<File>>> {
        if self.writer.is_none() {
            let file = private::create(&self.path).with_context(|| format!("{} can't be written", self.path.display()))?;
            let mut writer = csv::WriterBuilder::new().from_writer(BufWriter::new(file));
            writer.write_record(HEADER)?;
            self.writer = Some(writer);
        }
        Ok(self.writer.as_mut().expect("just made"))
    }

    /// Writes one line.
    pub fn write(&mut self, line: u64, rejection: &Rejection) -> anyhow::Result<()> {
        let (line, code) = (line.to_string(), rejection.code().to_string());
        // A column's name is the export's own, and a spreadsheet takes some for formulas.
        let quoted = |text: &str| if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
        self.open()?.write_record([&line, &code, &rejection.field.to_string(), &quoted(&rejection.column), &rejection.why])?;
        Ok(())
    }

    /// Ends the file; where it lies, if there is one.
    pub fn finish(mut self) -> anyhow::Result<Option<PathBuf>> {
        let Some(writer) = &mut self.writer else { return Ok(None) };
        writer.flush().with_context(|| format!("{} can't be written", self.path.display()))?;
        Ok(Some(self.path))
    }
}
