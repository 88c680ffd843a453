//! The gateway's answers: acknowledgements and receipts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::hex32::Hex32;
use crate::verdict::{ProblemV1, VerdictWord};

/// Acknowledgement of one MIF: the broker has it, on all replicas. It is a promise of exactly one verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Acknowledgement {
    /// Identity of the reception, found again in the receipts.
    pub reception: Uuid,
}

/// Answer to a submission: one acknowledgement per MIF, in the order of the submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubmissionAcknowledged {
    /// Reception instant on the legal clock (RFC 3339).
    pub received_at: String,
    /// One per MIF.
    pub acknowledgements: Vec<Acknowledgement>,
}

/// A receipt: first the verdict, then, for an accepted MIF, its avis number or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Receipt {
    /// The verdict of a reception.
    Verdict {
        /// Identity of the reception.
        reception: Uuid,
        /// Identity of the MIF, if it could be read.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        id_mif: Option<Uuid>,
        /// The verdict.
        verdict: VerdictWord,
        /// For a replay: the reception whose verdict stands.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        replay_of: Option<Uuid>,
        /// For a replay: the verdict that stands.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        replayed_verdict: Option<VerdictWord>,
        /// Every problem found.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        problems: Vec<ProblemV1>,
    },
    /// The accepted MIF became an avis.
    Avis {
        /// Identity of the reception.
        reception: Uuid,
        /// Identity of the MIF.
        id_mif: Uuid,
        /// Avis number.
        avis: String,
        /// Date printed on the avis.
        avis_date: String,
    },
    /// The accepted MIF ends without an avis (`NON_TRANSFORME`).
    NonTransforme {
        /// Identity of the reception.
        reception: Uuid,
        /// Identity of the MIF.
        id_mif: Uuid,
        /// Why: `VOLE`, `INCONNU`, `SANS_ADRESSE`, `DETRUIT`, `ETRANGER` (schemas/non-transforme.md).
        reason: String,
        /// The reason in a sentence, in French; for an address that cannot be written, what is wrong with it.
        #[serde(default)]
        message: String,
    },
    /// The officer du ministère public asks a report of the agent before deciding a contestation.
    ReportAsked {
        /// Identity of the reception.
        reception: Uuid,
        /// Identity of the MIF.
        id_mif: Uuid,
        /// Avis number.
        avis: String,
        /// The question's id, by which it is answered.
        inquiry: Uuid,
        /// What is asked.
        wanted: String,
        /// Day by which it is awaited, `YYYY-MM-DD`.
        until: String,
    },
    /// A warning: a photograph that the accepted MIF names did not come in time.
    PhotoMissing {
        /// Identity of the reception.
        reception: Uuid,
        /// Identity of the MIF.
        id_mif: Uuid,
        /// SHA-256 of the photograph.
        sha256: Hex32,
    },
}

/// A page of receipts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiptPage {
    /// The receipts.
    pub receipts: Vec<Receipt>,
    /// Where to go on: opaque, good for ever.
    pub cursor: String,
    /// Whether more receipts are already there.
    pub more: bool,
}
