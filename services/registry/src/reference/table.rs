//! A small table with typed access by column.

use std::str::FromStr;

use csv::{ReaderBuilder, StringRecord};

use super::ReferenceError;

/// A table with a header line.
pub(super) struct Table {
    file: &'static str,
    header: StringRecord,
    records: Vec<StringRecord>,
}

impl Table {
    /// Reads a table; every line has as many fields as the header.
    pub(super) fn read(file: &'static str, text: &str) -> Result<Self, ReferenceError> {
        let wrong = |source| ReferenceError::Table { file, source };
        let mut reader = ReaderBuilder::new()
            .delimiter(b';')
            .from_reader(text.as_bytes());
        let header = reader.headers().map_err(wrong)?.clone();
        let records = reader.records().collect::<Result<_, _>>().map_err(wrong)?;
        Ok(Self {
            file,
            header,
            records,
        })
    }

    /// Its rows, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.records.iter().map(|record| Row {
            table: self,
            record,
        })
    }
}

/// One line of a table.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    table: &'a Table,
    record: &'a StringRecord,
}

impl<'a> Row<'a> {
    /// The text of a column.
    pub(super) fn text(&self, column: &'static str) -> Result<&'a str, ReferenceError> {
        let position = self.table.header.iter().position(|name| name == column);
        position
            .and_then(|position| self.record.get(position))
            .ok_or(ReferenceError::Column {
                file: self.table.file,
                column,
            })
    }

    /// The value of a column.
    pub(super) fn value<T: FromStr>(
        &self,
        column: &'static str,
        expected: &'static str,
    ) -> Result<T, ReferenceError> {
        self.text(column)?
            .parse()
            .map_err(|_| self.wrong(column, expected))
    }

    /// The value of a column that may be empty.
    pub(super) fn optional<T: FromStr>(
        &self,
        column: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, ReferenceError> {
        if self.text(column)?.is_empty() {
            return Ok(None);
        }
        self.value(column, expected).map(Some)
    }

    /// `oui` or `non`.
    pub(super) fn yes(&self, column: &'static str) -> Result<bool, ReferenceError> {
        match self.text(column)? {
            "oui" => Ok(true),
            "non" => Ok(false),
            _ => Err(self.wrong(column, "oui or non")),
        }
    }

    /// The error of a value in this line.
    pub(super) fn wrong(&self, column: &'static str, expected: &'static str) -> ReferenceError {
        ReferenceError::Value {
            file: self.table.file,
            line: self.record.position().map_or(0, csv::Position::line),
            column,
            expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_file_line_and_column() {
        let table = Table::read("t.csv", "code;sure\n1;oui\nx;peut-être\n").unwrap();
        let last = table.rows().last().unwrap();
        let error = last.value::<u32>("code", "a number").unwrap_err();
        assert_eq!(
            error.to_string(),
            "t.csv, line 3, column \"code\": a number expected"
        );
        assert!(last.yes("sure").is_err());
        assert_eq!(
            last.text("absent").unwrap_err().to_string(),
            "t.csv has no column \"absent\""
        );
        assert!(Table::read("t.csv", "a;b\n1\n").is_err());
    }
}
