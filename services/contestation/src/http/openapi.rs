//! The description of the API.

use utoipa::{OpenApi, ToSchema};

use crate::http::act::{
    Act, ActWord, Acts, ActsImported, Notice, Notices, NoticesTaken, TakenNotices,
};
use crate::http::addressee::{Followed, FollowedContestation};
use crate::http::api::{
    Attachment, ContestationFile, ContestedAvis, FileTransfer, Inquiry, LinkedAvis, NamedDriver,
    OmpList, OmpWork, QueueEntry, QueuePage, Registered,
};
use crate::http::console::entry;
use crate::http::courrier::{AnswerWord, Courrier, CourrierPage, Identification, Scan};
use crate::http::decision::{
    Admissibility, CourtWord, DecisionAnswer, DecisionRequest, DecisionWord, ReasonWord,
    SuggestedGround,
};
use crate::http::inquiry::{InquiryAnswer, InquiryRequest, InquiryWord};
use crate::http::letters::{Letter, Letters};
use crate::http::life::{
    Deadlines, Life, LifeStep, MeansWord, OwedToday, Payment, PaymentNotApplied, Payments,
    PaymentsImported,
};
use crate::http::mail::MailRegistered;
use crate::http::photos::{
    GivenPhoto, MaskArea, NamedPhoto, PhotoAnswer, PhotoAsked, PhotoList, PhotoRequest,
    PhotoRequests,
};
use crate::http::titre::{NextTitre, SignedTitre, SignerKey, TitreList, TitreSignature, Waiting};
use crate::http::wishes::{AddressDeclared, PvAsked};
use crate::http::{
    act, addressee, courrier, decision, inquiry, letters, life, mail, photos, portal, queue, titre,
    transfer, wishes,
};
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

/// What an envelope on paper is.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case", as = KindWord)]
#[expect(dead_code, reason = "it describes the wire type of the contracts")]
pub(crate) enum KindSchema {
    /// Requête en exonération (CPP 529-2, 529-10).
    Requete,
    /// Réclamation (CPP 530).
    Reclamation,
    /// Another driver is designated (CPP 529-10).
    Designation,
    /// A letter of the CNT that came back.
    Npai,
    /// The photograph is asked for.
    PhotoRequest,
    /// The procès-verbal is asked for.
    PvRequest,
    /// A new address is declared.
    AddressChange,
    /// A cheque.
    Payment,
    /// Time to pay, or remission (CPP 530-4).
    TimeRequest,
    /// A right of the GDPR is exercised.
    DataProtection,
    /// The mail room cannot tell.
    Unidentifiable,
}

/// A contestation on paper, as the mail room read it.
#[derive(ToSchema)]
#[schema(as = PaperV2)]
#[expect(dead_code, reason = "it describes the wire type of the contracts")]
pub(crate) struct PaperSchema {
    /// Ground, by the case of the form.
    ground: GroundSchema,
    /// What it says; may be empty.
    #[schema(max_length = 4000)]
    text: String,
    /// What it has, of `avis`, `formulaire`, `recommande`, `motif`, `preuve`, `conducteur`, `destinataire`.
    pieces: Vec<String>,
    /// Consignation that it proves, in cents (CPP 529-10).
    consigned_cents: Option<i64>,
}

/// An envelope on paper, as the mail room read it.
#[derive(ToSchema)]
#[schema(as = EnvelopeV2)]
#[expect(dead_code, reason = "it describes the wire type of the contracts")]
pub(crate) struct EnvelopeSchema {
    /// The mail room's own: the same id twice is one envelope.
    #[schema(format = "uuid")]
    id: String,
    /// What it is.
    kind: KindSchema,
    /// Avis number as it was read.
    #[schema(max_length = 64)]
    avis: Option<String>,
    /// Civil day of reception in Paris.
    #[schema(format = "date")]
    received_on: String,
    /// Day of the postmark, where it can be read: the day that counts for a delay.
    #[schema(format = "date")]
    posted_on: Option<String>,
    /// Of a requête, réclamation or designation: what it says.
    paper: Option<PaperSchema>,
    /// Of a letter that came back: `PND_INCONNU`, `PND_ADRESSAGE`, `PND_REFUSE` or `PND_NON_RECLAME`.
    undelivered: Option<String>,
}

/// An envelope with its scan.
#[derive(ToSchema)]
#[schema(as = ScannedEnvelope)]
#[expect(dead_code, reason = "it describes the wire type of the contracts")]
pub(crate) struct ScannedEnvelopeSchema {
    /// What the mail room says of it.
    envelope: EnvelopeSchema,
    /// The scan: PDF, TIFF, JPEG or PNG, in base64.
    scan: String,
}

/// What an addressee sends with the key of the avis.
#[derive(ToSchema)]
#[schema(as = AddresseeContestation)]
#[expect(dead_code, reason = "it describes the wire type of the portal")]
pub(crate) struct AddresseeContestationSchema {
    /// Chosen by the sender: the same id twice is one contestation.
    #[schema(format = "uuid")]
    id: String,
    /// Ground.
    ground: GroundSchema,
    /// Motivation, without control characters but the line feed.
    #[schema(min_length = 1, max_length = 4000)]
    motivation: String,
    /// At most five pieces: PDF, TIFF, JPEG or PNG, in base64.
    attachments: Option<Vec<String>>,
    /// Of a designation, the driver.
    driver: Option<NamedDriverSchema>,
}

/// A driver whom an addressee names (CPP 529-10, R49-16).
#[derive(ToSchema)]
#[schema(as = NamedDriverV1)]
#[expect(dead_code, reason = "it describes the wire type of the contracts")]
pub(crate) struct NamedDriverSchema {
    /// Last name.
    #[schema(min_length = 1, max_length = 100)]
    last_name: String,
    /// First names.
    #[schema(min_length = 1, max_length = 100)]
    first_names: String,
    /// Complements if any, street, postcode and town, country (two capitals) if abroad.
    #[schema(min_items = 2, max_items = 5)]
    address: Vec<String>,
    /// Day of birth.
    #[schema(format = "date")]
    birth_on: String,
    /// Place of birth.
    #[schema(min_length = 1, max_length = 100)]
    birth_place: String,
    /// Number of the driving licence.
    #[schema(min_length = 1, max_length = 100)]
    licence: String,
}

/// A lot of the mail room.
#[derive(ToSchema)]
#[schema(as = MailLot)]
#[expect(dead_code, reason = "it describes the wire type of the contracts")]
pub(crate) struct MailLotSchema {
    /// At most 200, each id once.
    envelopes: Vec<ScannedEnvelopeSchema>,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "CNT contestation",
        description = "Portal for contestations, the queues of the OMP, and the lives of the avis. Operations with `CNT-Key` are on the public listener too; all others are on the internal one alone.",
        version = "1.0.0"
    ),
    paths(
        entry::operators_put,
        portal::contestation_submit,
        queue::omps_list,
        queue::queue_list,
        queue::claim,
        queue::contestation_read,
        queue::release,
        transfer::transfer,
        life::avis_read,
        life::payments_import,
        titre::titres_list,
        titre::titre_next,
        titre::signer_put,
        titre::titre_sign,
        decision::admissibility,
        decision::decide,
        mail::courriers_import,
        addressee::addressee_contests,
        addressee::addressee_follows,
        addressee::attachment_read,
        letters::addressee_letters,
        letters::addressee_letter,
        letters::letters_list,
        letters::letter_read,
        wishes::addressee_moves,
        wishes::addressee_asks_pv,
        act::acts_import,
        act::notices_list,
        act::notices_take,
        inquiry::inquiry_ask,
        inquiry::inquiry_answer,
        courrier::courriers_list,
        courrier::courrier_read,
        courrier::courrier_scan,
        courrier::courrier_answer,
        courrier::courrier_identify,
        photos::photos_list,
        photos::photo_read,
        photos::photo_request_submit,
        photos::photo_request_read,
        photos::photo_copy_read,
        photos::photo_requests_list,
        photos::photo_request_answer
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
        Acts,
        Act,
        ActWord,
        ActsImported,
        Notices,
        Notice,
        TakenNotices,
        NoticesTaken,
        InquiryRequest,
        InquiryWord,
        InquiryAnswer,
        FileTransfer,
        Inquiry,
        NamedDriver,
        Attachment,
        AddresseeContestationSchema,
        NamedDriverSchema,
        Letters,
        Letter,
        AddressDeclared,
        PvAsked,
        Followed,
        FollowedContestation,
        LinkedAvis,
        MailLotSchema,
        ScannedEnvelopeSchema,
        EnvelopeSchema,
        PaperSchema,
        KindSchema,
        MailRegistered,
        Courrier,
        Scan,
        CourrierPage,
        AnswerWord,
        Identification,
        NamedPhoto,
        PhotoList,
        PhotoAsked,
        PhotoRequest,
        PhotoRequests,
        MaskArea,
        GivenPhoto,
        PhotoAnswer,
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
