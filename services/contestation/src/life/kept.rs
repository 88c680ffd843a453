//! How the memory of a life is kept in its row: JSON that only this service reads.

use cnt_domain::amounts::{FineAmounts, PrintedDeadlines};
use cnt_domain::law::MajoreeDeadlines;
use cnt_domain::life::{AvisLife, Court, Memory, Opening, Stage, State};
use cnt_domain::money::Cents;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The kept form; the state stands in a column of its own.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    offence: Date,
    sent: Date,
    abroad: bool,
    is_529_10: bool,
    minoree: Option<i64>,
    forfaitaire: i64,
    majoree: i64,
    is_majoree: bool,
    /// Reduced by paper and remotely, fixed by paper and remotely, requête.
    deadlines: [Date; 5],
    titre_day: Date,
    prescription: Date,
    has_minoree: bool,
    reduction_percent: u8,
    received: i64,
    consigned: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    titre_signed: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sentence_until: Option<Date>,
    /// Reduced by paper and remotely, full by paper and remotely, réclamation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    majoree_deadlines: Option<[Date; 5]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusal_until: Option<Date>,
    /// Whether the court hears, once the file is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    has_hearing: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    opposition_until: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    returned: Option<Date>,
}

/// A row that cannot be read back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeptError {
    /// The memory is not what this service writes.
    #[error("the memory of a life cannot be read")]
    Memory(#[from] serde_json::Error),
    /// The state is none.
    #[error("a life in the state {0:?}")]
    State(String),
}

/// The memory as it is kept.
pub(crate) fn keep(life: &AvisLife) -> Result<String, KeptError> {
    let memory = life.memory();
    let (opening, printed) = (memory.opening, memory.deadlines);
    Ok(serde_json::to_string(&Kept {
        offence: opening.offence,
        sent: opening.sent,
        abroad: opening.abroad,
        is_529_10: opening.is_529_10,
        minoree: opening.amounts.minoree.map(|cents| cents.0),
        forfaitaire: opening.amounts.forfaitaire.0,
        majoree: opening.amounts.majoree.0,
        is_majoree: memory.stage == Stage::Majoree,
        deadlines: [
            printed.minoree_paper,
            printed.minoree_online,
            printed.forfaitaire_paper,
            printed.forfaitaire_online,
            printed.requete,
        ],
        titre_day: memory.titre_day,
        prescription: memory.prescription,
        has_minoree: memory.has_minoree,
        reduction_percent: memory.reduction_percent,
        received: memory.received.0,
        consigned: memory.consigned.0,
        titre_signed: memory.titre_signed,
        sentence_until: memory.sentence_until,
        majoree_deadlines: memory.majoree.map(|of| {
            [
                of.reduced_paper,
                of.reduced_remote,
                of.full_paper,
                of.full_remote,
                of.reclamation,
            ]
        }),
        refusal_until: memory.refusal_until,
        has_hearing: memory.court.map(|court| court == Court::Hearing),
        opposition_until: memory.opposition_until,
        returned: memory.returned,
    })?)
}

/// The word of a state, read back.
pub(crate) fn state_of(word: &str) -> Result<State, KeptError> {
    State::ALL
        .into_iter()
        .find(|state| state.as_str() == word)
        .ok_or_else(|| KeptError::State(word.to_owned()))
}

/// The life that was kept.
pub(crate) fn recall(state: &str, memory: &str) -> Result<AvisLife, KeptError> {
    let kept: Kept = serde_json::from_str(memory)?;
    let [
        minoree_paper,
        minoree_online,
        forfaitaire_paper,
        forfaitaire_online,
        requete,
    ] = kept.deadlines;
    let majoree = kept.majoree_deadlines.map(
        |[
            reduced_paper,
            reduced_remote,
            full_paper,
            full_remote,
            reclamation,
        ]| MajoreeDeadlines {
            reduced_paper,
            reduced_remote,
            full_paper,
            full_remote,
            reclamation,
        },
    );
    Ok(AvisLife::recall(Memory {
        opening: Opening {
            offence: kept.offence,
            sent: kept.sent,
            abroad: kept.abroad,
            is_529_10: kept.is_529_10,
            amounts: FineAmounts {
                minoree: kept.minoree.map(Cents),
                forfaitaire: Cents(kept.forfaitaire),
                majoree: Cents(kept.majoree),
            },
        },
        state: state_of(state)?,
        stage: if kept.is_majoree {
            Stage::Majoree
        } else {
            Stage::Forfaitaire
        },
        deadlines: PrintedDeadlines {
            minoree_paper,
            minoree_online,
            forfaitaire_paper,
            forfaitaire_online,
            requete,
        },
        titre_day: kept.titre_day,
        prescription: kept.prescription,
        has_minoree: kept.has_minoree,
        reduction_percent: kept.reduction_percent,
        titre_signed: kept.titre_signed,
        sentence_until: kept.sentence_until,
        majoree,
        received: Cents(kept.received),
        consigned: Cents(kept.consigned),
        refusal_until: kept.refusal_until,
        court: kept.has_hearing.map(|has_hearing| {
            if has_hearing {
                Court::Hearing
            } else {
                Court::OrdonnancePenale
            }
        }),
        opposition_until: kept.opposition_until,
        returned: kept.returned,
    }))
}
