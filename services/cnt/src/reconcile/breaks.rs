//! From a lot whose count is wrong to the keys that are missing or too many.

use std::collections::BTreeSet;
use std::path::Path;

use cnt_contracts::commands::books::Break;
use cnt_contracts::document::DocumentMeta;
use cnt_contracts::verdict::{VerdictMeta, VerdictWord};
use cnt_vault::{LocalStore, LotId, LotKind, LotReader, ObjectStore};

use super::books::{Balance, Suspicion};
use crate::db::{LotKeys, LotName, keys_of_lot};
use crate::system::SystemRecord;

/// Names the keys behind every suspicion.
pub(crate) fn name_keys(
    balance: &mut Balance,
    record: &SystemRecord,
    objects: &Path,
) -> anyhow::Result<()> {
    let store = LocalStore::new(objects);
    for suspicion in std::mem::take(&mut balance.suspicions) {
        let before = balance.breaks.len();
        let expected = match keys_in_object(&store, &suspicion) {
            Ok(keys) => keys,
            Err(error) => {
                balance.breaks.push(Break {
                    book: suspicion.book.to_owned(),
                    key: hex::encode(&suspicion.lot),
                    detail: format!("the lot cannot be read: {error:#}"),
                });
                continue;
            }
        };
        let name = match suspicion.keys {
            LotKeys::Mif => LotName::Seq(suspicion.seq),
            _ => LotName::Id(&suspicion.lot),
        };
        let found: BTreeSet<String> =
            keys_of_lot(&record.reconcile_conninfo, suspicion.keys, &name)?
                .into_iter()
                .collect();
        for key in expected.difference(&found) {
            balance.breaks.push(Break {
                book: suspicion.book.to_owned(),
                key: key.clone(),
                detail: "is missing".to_owned(),
            });
        }
        for key in found.difference(&expected) {
            balance.breaks.push(Break {
                book: suspicion.book.to_owned(),
                key: key.clone(),
                detail: "is not in the lot".to_owned(),
            });
        }
        if balance.breaks.len() == before {
            // The tables moved between the snapshot and now, or the count of the lot itself is wrong.
            balance.breaks.push(Break {
                book: suspicion.book.to_owned(),
                key: hex::encode(&suspicion.lot),
                detail: format!("{} expected, {} found", suspicion.expected, suspicion.found),
            });
        }
    }
    Ok(())
}

fn keys_in_object(store: &LocalStore, suspicion: &Suspicion) -> anyhow::Result<BTreeSet<String>> {
    let id: [u8; 32] = suspicion.lot.as_slice().try_into()?;
    let kind = if suspicion.keys == LotKeys::Mif {
        LotKind::Verdict
    } else {
        LotKind::Document
    };
    let reader = LotReader::open_at(store.open(kind, LotId::from_bytes(id))?)?;
    let mut keys = BTreeSet::new();
    for member in reader.members()? {
        if kind == LotKind::Verdict {
            let meta: VerdictMeta = member.meta()?;
            if meta.verdict == VerdictWord::Accepted {
                keys.extend(meta.id_mif.map(|id| id.to_string()));
            }
        } else if let DocumentMeta::Document(facts) = member.meta()? {
            keys.insert(facts.avis);
        }
    }
    Ok(keys)
}
