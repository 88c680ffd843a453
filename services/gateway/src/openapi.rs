//! The description of the API. The shapes mirror those of `cnt-contracts`, which knows no `OpenAPI`; a test compares them.

use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::http::{
    __path_crl, __path_crls, __path_natinf, __path_photo, __path_receipts, __path_report,
    __path_status, __path_submit,
};

/// One acknowledgement per MIF, in the order of the submission.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmissionAcknowledged {
    /// Reception instant on the legal clock (RFC 3339).
    #[schema(format = "date-time")]
    received_at: String,
    /// One per MIF.
    acknowledgements: Vec<Acknowledgement>,
}

/// The broker has the MIF on all replicas: the promise of exactly one verdict.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acknowledgement {
    /// Identity of the reception, found again in the receipts.
    #[schema(format = "uuid")]
    reception: String,
}

/// A page of receipts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiptPage {
    /// The receipts.
    receipts: Vec<Receipt>,
    /// Where to go on: opaque, good for ever.
    cursor: String,
    /// Whether more receipts are already there.
    more: bool,
}

/// First the verdict, then, for an accepted MIF, its avis number or why there is none.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Receipt {
    /// The verdict of a reception.
    Verdict {
        /// Identity of the reception.
        #[schema(format = "uuid")]
        reception: String,
        /// Identity of the MIF, if it could be read.
        #[schema(format = "uuid")]
        #[serde(skip_serializing_if = "Option::is_none", default)]
        id_mif: Option<String>,
        /// The verdict.
        verdict: Verdict,
        /// For a replay: the reception whose verdict stands.
        #[schema(format = "uuid")]
        #[serde(skip_serializing_if = "Option::is_none", default)]
        replay_of: Option<String>,
        /// For a replay: the verdict that stands.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        replayed_verdict: Option<Verdict>,
        /// Every problem found.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        problems: Vec<MifProblem>,
    },
    /// The accepted MIF became an avis.
    Avis {
        /// Identity of the reception.
        #[schema(format = "uuid")]
        reception: String,
        /// Identity of the MIF.
        #[schema(format = "uuid")]
        id_mif: String,
        /// Avis number.
        avis: String,
        /// Date printed on the avis.
        #[schema(format = "date")]
        avis_date: String,
    },
    /// The accepted MIF ends without an avis.
    NonTransforme {
        /// Identity of the reception.
        #[schema(format = "uuid")]
        reception: String,
        /// Identity of the MIF.
        #[schema(format = "uuid")]
        id_mif: String,
        /// Why: `VOLE`, `INCONNU`, `SANS_ADRESSE`, `DETRUIT`, `ETRANGER`.
        reason: String,
        /// The reason in a sentence, in French.
        message: String,
    },
    /// The officer du ministère public asks a report of the agent before deciding a contestation.
    ReportAsked {
        /// Identity of the reception.
        #[schema(format = "uuid")]
        reception: String,
        /// Identity of the MIF.
        #[schema(format = "uuid")]
        id_mif: String,
        /// Avis number.
        avis: String,
        /// The question, by which it is answered.
        #[schema(format = "uuid")]
        inquiry: String,
        /// What is asked.
        wanted: String,
        /// Day by which it is awaited.
        #[schema(format = "date")]
        until: String,
    },
    /// A warning: a photograph that the accepted MIF names did not come within its days.
    PhotoMissing {
        /// Identity of the reception.
        #[schema(format = "uuid")]
        reception: String,
        /// Identity of the MIF.
        #[schema(format = "uuid")]
        id_mif: String,
        /// SHA-256 of the photograph, in lower-case hexadecimal.
        sha256: String,
    },
}

/// A report that an officer asked of an agent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    /// Number of the agent who reports.
    #[schema(pattern = "^[A-Z0-9]{1,10}$")]
    agent: String,
    /// What the agent saw, heard or found in person (CPP 429); no control character but the line feed.
    #[schema(
        min_length = 1,
        max_length = 4000,
        pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$"
    )]
    text: String,
}

/// A report was received.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportReceived {
    /// The question that it answers.
    #[schema(format = "uuid")]
    pub(crate) inquiry: String,
    /// Reception instant on the legal clock (RFC 3339).
    #[schema(format = "date-time")]
    pub(crate) received_at: String,
}

/// A photograph is kept, and survives any failure from now on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhotoKept {
    /// SHA-256 of its bytes.
    pub(crate) sha256: String,
    /// Reception instant on the legal clock (RFC 3339): of the first time.
    #[schema(format = "date-time")]
    pub(crate) received_at: String,
}

/// The word of a verdict.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// Every check passed, possibly with warnings.
    Accepted,
    /// At least one check refused it.
    Rejected,
    /// Same id and payload as an earlier reception; the earlier verdict stands.
    Replayed,
}

/// Whether a problem refuses or warns.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// Accompanies an acceptance.
    Warning,
    /// Refuses.
    Error,
}

/// A problem of a MIF.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MifProblem {
    /// Stable code.
    code: String,
    /// Whether it refuses.
    severity: Severity,
    /// JSON pointer (RFC 6901) into the payload; empty for the message as a whole.
    pointer: String,
    /// One sentence in French, and what was found.
    message: String,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "CNT: gateway",
        description = "The collectivities' door of a simulated Centre national de traitement: MIFs in, receipts out."
    ),
    paths(submit, photo, report, natinf, crls, crl, receipts, status),
    tags(
        (name = "mifs", description = "Handing in MIFs"),
        (name = "photos", description = "Handing in photographs"),
        (name = "reports", description = "Handing in reports of agents"),
        (name = "receipts", description = "Verdicts and avis numbers"),
        (name = "lists", description = "The nomenclature and the revocation lists"),
        (name = "status", description = "What the gateway is"),
    )
)]
struct Description;

/// The description of the HTTP API, as published in `schemas/openapi/gateway.json`.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

#[cfg(test)]
mod tests {
    use cnt_contracts::hex32::Hex32;
    use cnt_contracts::receipt as contract;
    use cnt_contracts::verdict::{ProblemV1, SeverityWord, VerdictWord};
    use serde::de::DeserializeOwned;
    use uuid::Uuid;

    use super::*;

    /// What the contract writes, the mirror reads and writes again.
    fn same<M: Serialize + DeserializeOwned>(contract: &impl Serialize) {
        let written = serde_json::to_value(contract).unwrap();
        let mirror: M = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(mirror).unwrap(), written);
    }

    #[test]
    fn the_mirrors_do_not_drift() {
        let (reception, id_mif) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let problem = ProblemV1 {
            code: "FORMAT_JSON".to_owned(),
            severity: SeverityWord::Error,
            pointer: String::new(),
            message: "non".to_owned(),
        };
        let verdict = |verdict| contract::Receipt::Verdict {
            reception,
            id_mif: Some(id_mif),
            verdict,
            replay_of: Some(reception),
            replayed_verdict: Some(VerdictWord::Accepted),
            problems: vec![problem.clone()],
        };
        same::<ReceiptPage>(&contract::ReceiptPage {
            receipts: vec![
                verdict(VerdictWord::Rejected),
                verdict(VerdictWord::Replayed),
                contract::Receipt::Avis {
                    reception,
                    id_mif,
                    avis: "9900000001".to_owned(),
                    avis_date: "2026-11-23".to_owned(),
                },
                contract::Receipt::NonTransforme {
                    reception,
                    id_mif,
                    reason: "VOLE".to_owned(),
                    message: "Le véhicule est signalé volé.".to_owned(),
                },
                contract::Receipt::PhotoMissing {
                    reception,
                    id_mif,
                    sha256: Hex32([7; 32]),
                },
            ],
            cursor: "AQ".to_owned(),
            more: true,
        });
        same::<SubmissionAcknowledged>(&contract::SubmissionAcknowledged {
            received_at: "2026-11-23T08:00:00Z".to_owned(),
            acknowledgements: vec![contract::Acknowledgement { reception }],
        });
    }
}
