//! The description of the API.

use utoipa::{OpenApi, ToSchema};

use crate::http::api::{
    ContestationFile, ContestedAvis, OmpList, OmpWork, QueueEntry, QueuePage, Registered,
};
use crate::http::decision::{
    Admissibility, CourtWord, DecisionAnswer, DecisionRequest, DecisionWord, ReasonWord,
    SuggestedGround,
};
use crate::http::life::{
    Deadlines, Life, LifeStep, MeansWord, OwedToday, Payment, PaymentNotApplied, Payments,
    PaymentsImported,
};
use crate::http::titre::{NextTitre, SignedTitre, SignerKey, TitreList, TitreSignature, Waiting};
use crate::http::{decision, life, portal, queue, titre};
use cnt_service_kit::http::ProblemBody;

/// Ground of a contestation.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case", as = GroundWord)]
#[expect(dead_code, reason = "it describes the wire type of the contracts")]
pub(crate) enum GroundSchema {
    /// Cas n° 1: vehicle stolen, destroyed, sold, or plate usurped.
    Vehicule,
    /// Cas n° 2: another driver is designated.
    Designation,
    /// Cas n° 3: any other motive.
    Autre,
}

/// What an offender asks; other members are refused.
#[derive(ToSchema)]
#[schema(as = ContestationRequest)]
#[expect(dead_code, reason = "it describes the wire type of the contracts")]
pub(crate) struct ContestationRequestSchema {
    /// Chosen by the sender: the same id twice is one contestation.
    #[schema(format = "uuid")]
    id: String,
    /// Avis number, ten digits.
    #[schema(pattern = "^99[0-9]{8}$")]
    avis: String,
    /// Ground.
    ground: GroundSchema,
    /// Motivation, without control characters but the line feed.
    #[schema(min_length = 1, max_length = 4000)]
    motivation: String,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "CNT contestation",
        description = "Portal for contestations, the queues of the OMP, and the lives of the avis.",
        version = "1.0.0"
    ),
    paths(
        portal::contestation_submit,
        queue::omps_list,
        queue::queue_list,
        queue::claim,
        queue::contestation_read,
        queue::release,
        life::avis_read,
        life::payments_import,
        titre::titres_list,
        titre::titre_next,
        titre::signer_put,
        titre::titre_sign,
        decision::admissibility,
        decision::decide
    ),
    components(schemas(
        ContestationRequestSchema,
        GroundSchema,
        Registered,
        QueueEntry,
        QueuePage,
        OmpWork,
        OmpList,
        ContestedAvis,
        ContestationFile,
        Life,
        LifeStep,
        Deadlines,
        OwedToday,
        Payments,
        Payment,
        MeansWord,
        PaymentsImported,
        PaymentNotApplied,
        TitreList,
        Waiting,
        SignedTitre,
        NextTitre,
        SignerKey,
        TitreSignature,
        Admissibility,
        SuggestedGround,
        DecisionRequest,
        DecisionWord,
        ReasonWord,
        CourtWord,
        DecisionAnswer,
        ProblemBody
    ))
)]
struct Description;

/// The `OpenAPI` document of the service as JSON text, ending with a newline; `schemas/openapi/contestation.json` is its
/// published form.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn openapi() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&Description::openapi())?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use cnt_contracts::courrier::ContestationRequest;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_described_request_is_the_one_that_is_read() {
        let document: Value = serde_json::from_str(&openapi().unwrap()).unwrap();
        let schemas = &document["components"]["schemas"];
        let request = &schemas["ContestationRequest"];
        let mut required: Vec<_> = request["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect();
        required.sort();
        let example = json!({
            "id": "00000000-0000-4000-8000-000000000001", "avis": "9900000017",
            "ground": "autre", "motivation": "x",
        });
        let mut members: Vec<_> = example.as_object().unwrap().keys().cloned().collect();
        members.sort();
        assert_eq!(required, members);
        for ground in schemas["GroundWord"]["enum"].as_array().unwrap() {
            let mut example = example.clone();
            example["ground"] = ground.clone();
            assert!(serde_json::from_value::<ContestationRequest>(example).is_ok());
        }
    }
}
