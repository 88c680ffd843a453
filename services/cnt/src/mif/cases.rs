//! `cnt mif cases`: for every problem code a message that yields it, and a neighbour that does not.
//!
//! The messages are signed by agents of a small world of their own, and written with its registry, so that `cnt mif check`
//! judges them anywhere and at any time. What an operator decides (OPERATIONS) is no property of a message: it has none.

mod list;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use cnt_contracts::hex32::Hex32;
use cnt_contracts::verdict::VerdictWord;
use cnt_domain::problem::{Problem, ProblemCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::world::{Draft, Who, World};
use crate::output;

/// The list of cases in their directory.
pub(super) const MANIFEST: &str = "cases.json";
/// The registry that they are judged by.
pub(super) const SNAPSHOT: &str = "snapshot.json";

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    /// It yields the code.
    Case,
    /// It differs in one thing and does not.
    Neighbour,
    /// It comes before a case that doubles it.
    Before,
}

impl Role {
    /// Whether a judgement is what the message is for.
    pub(super) fn is_shown_by(
        self,
        code: ProblemCode,
        verdict: VerdictWord,
        problems: &[Problem],
    ) -> bool {
        let is_found = problems.iter().any(|found| found.code == code);
        match self {
            Self::Case => is_found,
            Self::Neighbour => !is_found,
            Self::Before => verdict == VerdictWord::Accepted,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Neighbour => "neighbour",
            Self::Before => "before",
        }
    }
}

/// `cases.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// In the order in which they are to be received.
    pub(super) cases: Vec<CaseEntry>,
}

/// One message of the list.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CaseEntry {
    /// Its file, beside the list.
    pub(super) file: String,
    /// The code it is about.
    pub(super) code: String,
    /// What it is for.
    pub(super) role: Role,
    /// When it is received.
    pub(super) received_at: String,
    /// The station it comes through.
    pub(super) station: Hex32,
}

/// How a message is made: by whom, and what is changed.
type Make = (Who, fn(&mut Draft));

/// A code, the case that yields it, and its neighbour.
struct Case {
    code: ProblemCode,
    case: Make,
    neighbour: Make,
}

/// `cnt mif cases`.
pub(super) fn write(directory: &Path) -> anyhow::Result<ExitCode> {
    let world = World::new()?;
    std::fs::create_dir_all(directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let mut writer = Writer {
        world: &world,
        directory,
        entries: Vec::new(),
        number: 0,
    };
    for code in ProblemCode::ALL {
        writer.of_code(*code)?;
    }
    let count = writer.entries.len();
    let manifest = Manifest {
        cases: writer.entries,
    };
    let snapshot = serde_json::to_vec_pretty(&world.snapshot)?;
    std::fs::write(directory.join(SNAPSHOT), snapshot)?;
    std::fs::write(
        directory.join(MANIFEST),
        serde_json::to_vec_pretty(&manifest)?,
    )?;
    output::json(&json!({"directory": directory, "messages": count}))?;
    Ok(ExitCode::SUCCESS)
}

struct Writer<'a> {
    world: &'a World,
    directory: &'a Path,
    entries: Vec<CaseEntry>,
    number: u32,
}

impl Writer<'_> {
    /// Every message of a code, several cases where there are several ways to it.
    fn of_code(&mut self, code: ProblemCode) -> anyhow::Result<()> {
        if let Some(double) = list::double(code) {
            return self.double(code, double);
        }
        let colleague = self.world.matricule(Who::Colleague)?;
        for (rank, case) in list::ALL
            .iter()
            .copied()
            .flatten()
            .filter(|case| case.code == code)
            .enumerate()
        {
            for (role, (who, change)) in
                [(Role::Case, case.case), (Role::Neighbour, case.neighbour)]
            {
                self.number += 1;
                let mut draft = self.world.draft(who, self.number)?;
                change(&mut draft);
                // A colleague's number is only known to the world.
                if draft.payload.pointer("/agent/matricule") == Some(&Value::from(list::COLLEAGUE))
                {
                    list::set(&mut draft, "/agent/matricule", colleague.as_str());
                }
                self.put(code, rank, role, &draft)?;
            }
        }
        Ok(())
    }

    /// A message, another that doubles it, and a third that does not.
    fn double(&mut self, code: ProblemCode, change: list::Double) -> anyhow::Result<()> {
        self.number += 1;
        let first = self.world.draft(Who::Usual, self.number)?;
        self.put(code, 0, Role::Before, &first)?;
        self.number += 1;
        let (mut double, mut other) = (
            self.world.draft(Who::Usual, self.number)?,
            self.world.draft(Who::Usual, self.number + 1)?,
        );
        self.number += 1;
        (change.case)(&first, &mut double);
        (change.neighbour)(&first, &mut other);
        self.put(code, 0, Role::Case, &double)?;
        self.put(code, 0, Role::Neighbour, &other)
    }

    fn put(
        &mut self,
        code: ProblemCode,
        rank: usize,
        role: Role,
        draft: &Draft,
    ) -> anyhow::Result<()> {
        let rank = if rank == 0 {
            String::new()
        } else {
            format!("-{}", rank + 1)
        };
        let file = format!("{code}{rank}.{}.jws", role.word());
        std::fs::write(self.directory.join(&file), self.world.sign(draft)?)
            .with_context(|| format!("cannot write {file}"))?;
        self.entries.push(CaseEntry {
            file,
            code: code.as_str().to_owned(),
            role,
            received_at: Timestamp::from_second(draft.received_at)?.to_string(),
            station: Hex32(draft.station),
        });
        Ok(())
    }
}
