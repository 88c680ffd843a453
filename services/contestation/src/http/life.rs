//! The life of an avis, and payments.

use actix_web::{get, post, web};
use cnt_domain::ids::AvisNumber;
use cnt_domain::life::{AvisLife, Means, Tariff};
use cnt_service_kit::http::{Problem, ProblemBody};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::{self, PaymentRow, StepRead, Successions};
use crate::http::caller::Viewer;
use crate::http::{AppState, with_connection, with_lot};
use crate::life::recall;
use crate::payments::{self, CONSIGNATION, PAPER, REMOTE};
use crate::told::{NotApplied, repeated};

/// Most payments of one request.
const PAYMENTS_MAX: usize = 300;
/// Longest reference, in characters.
const REFERENCE_CHARACTERS_MAX: usize = 64;

/// The last days of an avis.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deadlines {
    /// Reduced fine by cheque (CPP 529-8).
    minoree_paper: String,
    /// Reduced fine by télépaiement (CPP R49-3-1).
    minoree_remote: String,
    /// Fixed fine by cheque (CPP 529-1).
    forfaitaire_paper: String,
    /// Fixed fine by télépaiement (CPP R49-3-1).
    forfaitaire_remote: String,
    /// Requête en exonération (CPP 529-2).
    requete: String,
}

/// What it costs on the day of asking.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwedToday {
    /// `minoree`, `forfaitaire`, `majoree_reduced` or `majoree`.
    tariff: &'static str,
    /// The whole of it in cents, whatever was paid before.
    cents: i64,
}

/// A step of a life.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LifeStep {
    /// Its number, from 1.
    n: i32,
    /// The civil day in Paris on which it happened, `YYYY-MM-DD`.
    day: String,
    /// When it was written, on the legal clock (RFC 3339).
    at: String,
    /// What happened.
    event: String,
    /// What it comes from.
    cause: String,
    /// Where the avis stood.
    before: String,
    /// Where it stands since.
    after: String,
    /// The article it happened by; absent when it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<String>,
    /// Why the law refuses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
    /// What somebody had to do then.
    duties: Vec<String>,
}

/// The whole life of an avis.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Life {
    /// Avis number.
    avis: String,
    /// The competent OMP.
    omp: String,
    /// Where it stands.
    state: String,
    /// Day of the offence.
    offence_day: String,
    /// Day of sending, which starts every delay (CPP R49-1).
    sent: String,
    /// Whether the addressee lives abroad (CPP 530-2-1).
    abroad: bool,
    /// The delays that run.
    deadlines: Deadlines,
    /// First day on which a titre is proposed to the OMP (CPP 529-2, R49-3-1).
    titre_day: String,
    /// Day on which the titre was signed (CPP R49-5).
    #[serde(skip_serializing_if = "Option::is_none")]
    titre_signed: Option<String>,
    /// Last day of prosecution (CPP 9, 9-2).
    prescription: String,
    /// The first day that changes something by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_day: Option<String>,
    /// What settles it today by cheque; absent when it takes no money.
    #[serde(skip_serializing_if = "Option::is_none")]
    owed_paper: Option<OwedToday>,
    /// What settles it today by télépaiement.
    #[serde(skip_serializing_if = "Option::is_none")]
    owed_remote: Option<OwedToday>,
    /// What was paid, in cents.
    received_cents: i64,
    /// What was consigned, in cents.
    consigned_cents: i64,
    /// Day on which the letter of this stage came back from a wrong address.
    #[serde(skip_serializing_if = "Option::is_none")]
    returned: Option<String>,
    /// The avis that a designation closed, of an avis to the driver.
    #[serde(skip_serializing_if = "Option::is_none")]
    designated_from: Option<String>,
    /// The avis to the driver who was designated.
    #[serde(skip_serializing_if = "Option::is_none")]
    redesignated_to: Option<String>,
    /// Everything that happened since it was sent.
    steps: Vec<LifeStep>,
}

impl From<StepRead> for LifeStep {
    fn from(row: StepRead) -> Self {
        Self {
            n: row.n,
            day: row.day().to_string(),
            at: row.at().to_string(),
            event: row.event,
            cause: row.cause,
            before: row.before,
            after: row.after,
            basis: row.basis,
            refusal: row.refusal,
            duties: row.duties,
        }
    }
}

/// Whether money settles an avis where it stands.
pub(crate) fn takes_money(life: &AvisLife) -> bool {
    use cnt_domain::life::State;
    matches!(
        life.state(),
        State::Sent
            | State::TitreProposed
            | State::Majoree
            | State::Contested
            | State::Reclaimed
            | State::Refused
    )
}

pub(crate) fn owed(life: &AvisLife, today: Date, means: Means) -> Option<OwedToday> {
    let owed = life.owed(today, means);
    takes_money(life).then_some(OwedToday {
        tariff: match owed.tariff {
            Tariff::Minoree => "minoree",
            Tariff::Forfaitaire => "forfaitaire",
            Tariff::MajoreeReduced => "majoree_reduced",
            Tariff::Majoree => "majoree",
        },
        cents: owed.amount.0,
    })
}

/// The delays that run.
pub(crate) fn deadlines_of(life: &AvisLife) -> Deadlines {
    let deadlines = life.deadlines();
    Deadlines {
        minoree_paper: deadlines.minoree_paper.to_string(),
        minoree_remote: deadlines.minoree_online.to_string(),
        forfaitaire_paper: deadlines.forfaitaire_paper.to_string(),
        forfaitaire_remote: deadlines.forfaitaire_online.to_string(),
        requete: deadlines.requete.to_string(),
    }
}

fn shown(
    avis: AvisNumber,
    omp: String,
    life: &AvisLife,
    today: Date,
    linked: Successions,
    steps: Vec<StepRead>,
) -> Life {
    let memory = life.memory();
    Life {
        avis: avis.to_string(),
        omp,
        state: life.state().to_string(),
        offence_day: memory.opening.offence.to_string(),
        sent: memory.opening.sent.to_string(),
        abroad: memory.opening.abroad,
        deadlines: deadlines_of(life),
        titre_day: life.titre_day().to_string(),
        titre_signed: life.titre_signed().map(|day| day.to_string()),
        prescription: life.prescription().to_string(),
        next_day: life.next_day().map(|day| day.to_string()),
        owed_paper: owed(life, today, Means::Paper),
        owed_remote: owed(life, today, Means::Remote),
        received_cents: life.received().0,
        consigned_cents: life.consigned().0,
        returned: life.returned().map(|day| day.to_string()),
        designated_from: linked.designated_from.map(|avis| avis.to_string()),
        redesignated_to: linked.redesignated_to.map(|avis| avis.to_string()),
        steps: steps.into_iter().map(LifeStep::from).collect(),
    }
}

/// The whole life of an avis, each step with its article. Every reading is journalled; with `CNT-Omp` only avis of that
/// OMP exist.
#[utoipa::path(
    get, path = "/v1/avis/{avis}", tag = "life",
    params(
        ("avis" = String, Path, description = "Avis number, ten digits"),
        ("CNT-User" = String, Header, description = "Who asks"), ("CNT-Omp" = Option<String>, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "The life", body = Life),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such avis", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/avis/{avis}")]
pub(crate) async fn avis_read(
    state: web::Data<AppState>,
    viewer: Viewer,
    avis: web::Path<String>,
) -> Result<web::Json<Life>, Problem> {
    let missing = || Problem::not_found("There is no such avis");
    let number: AvisNumber = avis.parse().map_err(|_| missing())?;
    let key = i64::try_from(number.get()).map_err(|_| missing())?;
    let now = state.clock.real_now();
    let found = with_connection(&state, move |conn| {
        let found = db::life_read(conn, &viewer.user, viewer.omp.as_deref(), key, now)?;
        found
            .map(|(row, steps)| Ok((row, db::successions(conn, key)?, steps)))
            .transpose()
    })
    .await?;
    let (row, linked, steps) = found.ok_or_else(missing)?;
    let life = recall(&row.state, &row.memory).map_err(Problem::internal)?;
    let today = state.clock.legal_today_paris();
    Ok(web::Json(shown(
        number, row.omp, &life, today, linked, steps,
    )))
}

/// How money came.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MeansWord {
    /// Cheque or transfer.
    Paper,
    /// Télépaiement or timbre dématérialisé: fifteen days more (CPP R49-3-1).
    Remote,
    /// Télépaiement of a consignation for what was written (CPP 529-10).
    Consignation,
}

/// A payment as the Treasury tells it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Payment {
    /// The Treasury's own reference: the same twice is one payment.
    #[schema(min_length = 1, max_length = 64)]
    reference: String,
    /// Number of the avis.
    avis: String,
    /// The day that counts, `YYYY-MM-DD`: of the télépaiement, or of the cheque's posting.
    #[schema(value_type = String, format = "date")]
    day: Date,
    /// How much, in cents.
    #[schema(minimum = 1)]
    amount_cents: i64,
    /// How.
    means: MeansWord,
}

/// A lot of payments.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Payments {
    /// At most 300, each reference once.
    payments: Vec<Payment>,
}

/// A payment or an act that was not applied.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentNotApplied {
    /// The teller's reference.
    reference: String,
    /// The avis, as told.
    avis: String,
    /// Why.
    why: String,
}

/// What became of a lot of payments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentsImported {
    /// Payments applied now.
    applied: usize,
    /// Payments imported before: nothing was done.
    known: usize,
    /// No such avis.
    unknown: Vec<PaymentNotApplied>,
    /// The avis takes no money any more; the comptable gives it back.
    refused: Vec<PaymentNotApplied>,
    /// The reference was imported before with other facts: nothing was done.
    conflicting: Vec<PaymentNotApplied>,
}

impl From<NotApplied> for PaymentNotApplied {
    fn from(payment: NotApplied) -> Self {
        Self {
            reference: payment.reference,
            avis: payment.avis,
            why: payment.why,
        }
    }
}

fn payment_rows(payments: Vec<Payment>, today: Date) -> Result<Vec<PaymentRow>, Problem> {
    let refuse = |index: usize, member: &str, code, why: &str| {
        Problem::unprocessable(code, why).with_pointer(format!("/payments/{index}{member}"))
    };
    if payments.len() > PAYMENTS_MAX {
        let why = "At most 300 payments in a request";
        return Err(Problem::unprocessable("too_many", why).with_pointer("/payments"));
    }
    let mut rows = Vec::with_capacity(payments.len());
    for (index, payment) in payments.into_iter().enumerate() {
        let length = payment.reference.chars().count();
        let is_short = (1..=REFERENCE_CHARACTERS_MAX).contains(&length);
        if !is_short || payment.reference.chars().any(char::is_control) {
            let why = "A reference has 1 to 64 characters and no control character";
            return Err(refuse(index, "/reference", "reference_malformed", why));
        }
        if payment.avis.chars().count() > REFERENCE_CHARACTERS_MAX
            || payment.avis.chars().any(char::is_control)
        {
            let why = "An avis number has ten digits";
            return Err(refuse(index, "/avis", "avis_malformed", why));
        }
        if payment.amount_cents <= 0 {
            let why = "A payment is of at least one cent";
            return Err(refuse(index, "/amount_cents", "amount_malformed", why));
        }
        if payment.day > today {
            let why = "The day has not come";
            return Err(refuse(index, "/day", "day_in_the_future", why));
        }
        rows.push(PaymentRow {
            reference: payment.reference,
            avis: payment.avis,
            day: payment.day,
            amount_cents: payment.amount_cents,
            means: match payment.means {
                MeansWord::Paper => PAPER,
                MeansWord::Remote => REMOTE,
                MeansWord::Consignation => CONSIGNATION,
            },
        });
    }
    match repeated(&rows) {
        Some(index) => {
            let why = "The reference stands twice in the request";
            Err(refuse(index, "/reference", "reference_repeated", why))
        }
        None => Ok(rows),
    }
}

/// Takes payments of the Treasury in. Each reference counts once, however often it is sent; the day of payment decides
/// what was owed (CPP 529-8, R49-3-1).
#[utoipa::path(
    post, path = "/v1/payments", tag = "life", request_body = Payments,
    params(("CNT-User" = String, Header, description = "Who imports")),
    responses(
        (status = 200, description = "What became of each", body = PaymentsImported),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A payment that makes no sense, named by a pointer; nothing was done", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/payments")]
pub(crate) async fn payments_import(
    state: web::Data<AppState>,
    viewer: Viewer,
    request: web::Json<Payments>,
) -> Result<web::Json<PaymentsImported>, Problem> {
    let rows = payment_rows(
        request.into_inner().payments,
        state.clock.legal_today_paris(),
    )?;
    let version = state.law()?;
    let at = state.clock.legal_now();
    let imported = with_lot(&state, move |conn| {
        payments::import(conn, &version.registry.law, at, &viewer.user, &rows)
    })
    .await?;
    let told = |payments: Vec<NotApplied>| payments.into_iter().map(Into::into).collect();
    Ok(web::Json(PaymentsImported {
        applied: imported.applied,
        known: imported.known,
        unknown: told(imported.unknown),
        refused: told(imported.refused),
        conflicting: told(imported.conflicting),
    }))
}
