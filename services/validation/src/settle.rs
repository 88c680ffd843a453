//! Duplicates: who occupies an id or a number, and what becomes of those who come later.
//!
//! Within a lot the order of reception decides, as it does between lots. A round inserts those that no earlier
//! undecided member of the lot rivals, then looks up all others: whoever meets an occupied id or number is decided by
//! it. What remains had a rival that occupied nothing in the end, and goes into the next round. Nearly always there
//! is one round, of one statement.

use std::collections::{BTreeMap, HashSet};

use cnt_domain::problem::{Problem, ProblemCode};
use cnt_domain::verdict::Verdict;
use cnt_flow::WorkError;
use cnt_store::{LotError, PgConnection};
use uuid::Uuid;

use crate::db::{self, Occupant, Occupied};

/// Rounds before the lot is put off: each decides somebody, and two are the most that one lot alone can cause. Others
/// writing the same ids at the same time can cause more.
const ROUNDS_MAX: usize = 8;

/// What became of a member that wanted to occupy its ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// It occupies them; its own verdict stands.
    Occupies,
    /// The same message was received before: that verdict stands.
    Replayed { reception: Uuid, verdict: Verdict },
    /// It doubles an id or a number of another message.
    Refused(Problem),
}

/// Settles all occupants of a lot, in the order of the lot.
pub(crate) fn settle(
    conn: &mut PgConnection,
    lot_seq: i64,
    occupants: &[Occupant],
) -> Result<Vec<Ruling>, WorkError> {
    let mut rulings: BTreeMap<usize, Ruling> = BTreeMap::new();
    let mut undecided: Vec<usize> = (0..occupants.len()).collect();
    for _ in 0..ROUNDS_MAX {
        if undecided.is_empty() {
            return Ok(rulings.into_values().collect());
        }
        undecided = round(conn, lot_seq, occupants, &undecided, &mut rulings)?;
    }
    if undecided.is_empty() {
        return Ok(rulings.into_values().collect());
    }
    Err(WorkError::later(
        "ids of the lot are being written by others",
    ))
}

/// One round; what is left undecided.
fn round(
    conn: &mut PgConnection,
    lot_seq: i64,
    occupants: &[Occupant],
    undecided: &[usize],
    rulings: &mut BTreeMap<usize, Ruling>,
) -> Result<Vec<usize>, LotError> {
    let at = |index: &usize| occupants.get(*index);
    let first: Vec<&Occupant> = without_rival(undecided.iter().filter_map(at));
    let inserted = db::mif_insert(conn, lot_seq, &first)?;
    let mut others = Vec::new();
    for &index in undecided {
        let Some(occupant) = occupants.get(index) else {
            continue;
        };
        if inserted.contains(&occupant.reception) {
            rulings.insert(index, Ruling::Occupies);
        } else {
            others.push((index, occupant));
        }
    }
    let rows: Vec<&Occupant> = others.iter().map(|(_, occupant)| *occupant).collect();
    let found = db::mif_find(conn, &rows)?;
    let mut left = Vec::new();
    for ((index, occupant), occupied) in others.into_iter().zip(found) {
        match rule(occupant, occupied) {
            Some(ruling) => drop(rulings.insert(index, ruling)),
            None => left.push(index),
        }
    }
    Ok(left)
}

/// Those that share neither id nor number with one before them.
fn without_rival<'a>(occupants: impl Iterator<Item = &'a Occupant>) -> Vec<&'a Occupant> {
    let (mut ids, mut numbers) = (HashSet::new(), HashSet::new());
    occupants
        .filter(|occupant| {
            let is_new_id = ids.insert((occupant.siren, occupant.id_mif));
            let is_new_number =
                numbers.insert((&occupant.service, occupant.pv_year, &occupant.pv_number));
            is_new_id && is_new_number
        })
        .collect()
}

/// What follows from what stands in the way; nothing if nothing does.
fn rule(occupant: &Occupant, occupied: Occupied) -> Option<Ruling> {
    match occupied.by_id {
        Some(holder) if holder.payload_sha256 == occupant.payload_sha256 => {
            Some(Ruling::Replayed {
                reception: holder.reception,
                verdict: holder.verdict,
            })
        }
        Some(holder) => Some(Ruling::Refused(Problem::at(
            ProblemCode::DuplicateConflict,
            "/entete/id_mif",
            format!("réception {}", holder.reception),
        ))),
        None if occupied.is_pv_taken => Some(Ruling::Refused(Problem::at(
            ProblemCode::DuplicatePvNumber,
            "/entete/numero_pv",
            "",
        ))),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Occupied;

    fn occupant(id: u128, number: &str, payload: u8) -> Occupant {
        Occupant {
            siren: 213_502_388,
            id_mif: Uuid::from_u128(id),
            payload_sha256: [payload; 32],
            service: "35PM001".to_owned(),
            pv_year: 2026,
            pv_number: number.to_owned(),
            verdict: Verdict::Accepted,
            reception: Uuid::from_u128(id + 1_000),
            ticket: None,
        }
    }

    #[test]
    fn rivals_share_an_id_or_a_number() {
        let all = [
            occupant(1, "A", 1),
            occupant(1, "B", 2),
            occupant(2, "A", 3),
            occupant(3, "C", 4),
        ];
        let first = without_rival(all.iter());
        assert_eq!(first, [&all[0], &all[3]]);
    }

    #[test]
    fn the_same_payload_is_a_replay_even_of_its_own_number() {
        let one = occupant(1, "A", 1);
        let holder = |payload: u8| {
            Some(crate::db::Holder {
                payload_sha256: vec![payload; 32],
                verdict: Verdict::Rejected,
                reception: Uuid::from_u128(7),
            })
        };
        let occupied = |by_id, is_pv_taken| Occupied { by_id, is_pv_taken };
        let replayed = Ruling::Replayed {
            reception: Uuid::from_u128(7),
            verdict: Verdict::Rejected,
        };
        assert_eq!(rule(&one, occupied(holder(1), true)), Some(replayed));
        let code = |occupied| match rule(&one, occupied) {
            Some(Ruling::Refused(problem)) => Some(problem.code),
            _ => None,
        };
        assert_eq!(
            code(occupied(holder(2), true)),
            Some(ProblemCode::DuplicateConflict)
        );
        assert_eq!(
            code(occupied(None, true)),
            Some(ProblemCode::DuplicatePvNumber)
        );
        assert_eq!(rule(&one, occupied(None, false)), None);
    }
}
