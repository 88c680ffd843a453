//! The flow `contestation-reports`: agents' reports answer the questions of officers. The first report counts; each is kept.

use std::collections::HashMap;

use cnt_bus::Record;
use cnt_contracts::report::ReportV1;
use cnt_domain::civil::paris_date;
use cnt_domain::codes::{Matricule, Siren};
use cnt_flow::{LotWork, Poison, Prepared, WorkError};
use cnt_service_kit::failpoint;
use cnt_store::outbox::OutboxEvent;
use cnt_store::{PgConnection, Session};
use jiff::Timestamp;
use uuid::Uuid;

use crate::db::{self, QuestionRow, ReportRow};

/// The consumer group.
pub(crate) const GROUP: &str = "contestation-reports";
/// The version of [`ReportV1`].
const VERSION: u16 = 1;
/// It answers its question.
const ANSWERED: &str = "answered";
/// The question was answered before.
const KNOWN: &str = "known";
/// There is no such question about an avis of the collectivity.
const UNKNOWN: &str = "unknown";

/// Takes reports in.
pub(crate) struct ReportsWork;

fn read(record: &Record) -> Result<ReportRow, String> {
    let report: ReportV1 = serde_json::from_slice(&record.value).map_err(|error| {
        // serde_json quotes offending strings: a position repeats no personal data.
        format!("line {}, column {}", error.line(), error.column())
    })?;
    if report.version != VERSION {
        return Err("another version".to_owned());
    }
    let siren: Siren = report.siren.parse().map_err(|_| "siren".to_owned())?;
    let agent: Matricule = report
        .report
        .agent
        .parse()
        .map_err(|_| "agent".to_owned())?;
    let received_at = Timestamp::from_microsecond(report.received_at_us)
        .map_err(|_| "received_at_us".to_owned())?;
    Ok(ReportRow {
        inquiry: report.inquiry,
        siren: siren.as_number(),
        agent: agent.as_str().to_owned(),
        text: report.report.text,
        received_at,
        day: paris_date(received_at),
        outcome: UNKNOWN,
    })
}

/// What becomes of each report, by the questions there are.
fn judge(rows: &mut [ReportRow], questions: &[QuestionRow]) {
    let mut open: HashMap<Uuid, QuestionRow> = questions
        .iter()
        .map(|question| (question.id, *question))
        .collect();
    for row in rows {
        row.outcome = match open.get_mut(&row.inquiry) {
            Some(question) if question.siren == row.siren => {
                let was_answered = std::mem::replace(&mut question.is_answered, true);
                if was_answered { KNOWN } else { ANSWERED }
            }
            _ => UNKNOWN,
        };
    }
}

impl LotWork for ReportsWork {
    type Effect = Vec<ReportRow>;

    fn prepare(
        &mut self,
        _session: &mut Session,
        records: &[Record],
    ) -> Result<Prepared<Self::Effect>, WorkError> {
        let mut prepared = Prepared::clean(Vec::with_capacity(records.len()));
        for (index, record) in records.iter().enumerate() {
            match read(record) {
                Ok(row) => prepared.effect.push(row),
                Err(detail) => prepared.poison.push(Poison {
                    index,
                    reason: "report_unreadable",
                    detail,
                }),
            }
        }
        Ok(prepared)
    }

    fn apply(
        &mut self,
        conn: &mut PgConnection,
        effect: &mut Self::Effect,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        let ids: Vec<Uuid> = effect.iter().map(|row| row.inquiry).collect();
        let questions = db::questions_lock(conn, &ids)?;
        judge(effect, &questions);
        db::reports_insert(conn, effect, ANSWERED)?;
        failpoint::hit_with("contestation.before_commit", GROUP).map_err(WorkError::later)?;
        Ok(Vec::new())
    }

    fn committed(&mut self, effect: Self::Effect) {
        tracing::debug!(reports = effect.len(), "Reports were taken in");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_report_of_the_own_collectivity_answers() {
        let row = |inquiry: u128, siren| ReportRow {
            inquiry: Uuid::from_u128(inquiry),
            siren,
            agent: "990017".to_owned(),
            text: "Vu.".to_owned(),
            received_at: Timestamp::UNIX_EPOCH,
            day: paris_date(Timestamp::UNIX_EPOCH),
            outcome: UNKNOWN,
        };
        let question = |id: u128, is_answered| QuestionRow {
            id: Uuid::from_u128(id),
            siren: 1,
            is_answered,
        };
        let mut rows = [row(1, 2), row(1, 1), row(1, 1), row(2, 1), row(3, 1)];
        judge(&mut rows, &[question(1, false), question(2, true)]);
        let outcomes = rows.map(|row| row.outcome);
        assert_eq!(outcomes, [UNKNOWN, ANSWERED, KNOWN, KNOWN, UNKNOWN]);
    }
}
