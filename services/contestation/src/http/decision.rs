//! Decisions on contestations.

use actix_web::{get, post, web};
use cnt_contracts::letter::DriverV1;
use cnt_contracts::officer::OfficerStatement;
use cnt_domain::address::{AddressProblem, PostalAddress};
use cnt_domain::admissibility::{Finding, Irrecevabilite};
use cnt_domain::life::Court;
use cnt_service_kit::http::{Problem, ProblemBody};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{self, Scope};
use crate::decision::{self, Decided, Deciding, Decision, Driver};
use crate::http::caller::Operator;
use crate::http::{AppState, with_lot};
use crate::life::recall;

/// Longest name, line of an address or number, in characters.
const WORD_CHARACTERS_MAX: usize = 100;
/// Most grounds of one letter.
const GROUNDS_MAX: usize = 3;

/// A ground of inadmissibility that the facts support.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuggestedGround {
    /// `IRR_DELAI`…
    code: &'static str,
    /// Its article.
    basis: &'static str,
    /// Of a delay, its last day, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_day: Option<String>,
}

/// What the facts say of a contestation; the officer decides.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Admissibility {
    /// None means that it can be received.
    grounds: Vec<SuggestedGround>,
    /// Version of the file.
    version: i32,
}

impl From<Finding> for SuggestedGround {
    fn from(finding: Finding) -> Self {
        Self {
            code: finding.ground.as_str(),
            basis: finding.basis,
            last_day: finding.last_day.map(|day| day.to_string()),
        }
    }
}

/// Why the prosecution is renounced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReasonWord {
    /// The offence is not sufficiently established.
    NotEstablished,
    /// The addressee is not its author.
    NotTheAuthor,
    /// A fault of the procedure.
    Procedure,
    /// The circumstances that the addressee made known.
    Circumstances,
}

/// The procedure before the tribunal de police.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CourtWord {
    /// Without a hearing (CPP 524).
    OrdonnancePenale,
    /// With a hearing (CPP 531).
    Hearing,
}

/// What the officer decides.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum DecisionWord {
    /// It cannot be received: by its grounds alone, never on the merits (CPP 530-1).
    Inadmissible {
        /// One to three of `IRR_DELAI`, `IRR_MOTIF`, `IRR_AVIS`, `IRR_FORME`, `IRR_PIECE`, `IRR_PERMIS`,
        /// `IRR_CONSIGNATION`, `IRR_QUALITE`.
        grounds: Vec<String>,
    },
    /// Renunciation of the prosecution (CPP 530-1).
    Classement {
        /// Why.
        reason: ReasonWord,
    },
    /// The réclamation is received: the titre is annulled and the comptable told (CPP 530, R49-8); the file still waits for
    /// its decision.
    Admission,
    /// The fine was paid: it stands (CPP 529).
    FineMaintained,
    /// To the tribunal de police (CPP 530-1).
    Prosecution {
        /// How it judges.
        court: CourtWord,
    },
    /// Another driver is charged: the avis is closed, and they get one of their own (CPP 529-10).
    Redesignation {
        /// Last name.
        last_name: String,
        /// First names.
        first_names: String,
        /// Address: complements if any, street, town with its postcode, code of the country if abroad.
        address: Vec<String>,
        /// Day of birth, `YYYY-MM-DD`.
        #[serde(default)]
        #[schema(value_type = Option<String>, format = "date")]
        birth: Option<Date>,
        /// Number of the driving licence; CPP 529-10 asks it (R49-16).
        #[serde(default)]
        licence: Option<String>,
    },
}

/// A decision on a file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionRequest {
    /// The version of the file that the officer has read.
    version: i32,
    /// The decision.
    decision: DecisionWord,
    /// The officer's signature: a compact JWS by their certificate over `{"what": "cnt/decision/1", "contestation", "omp",
    /// "version", "decision"}`.
    signature: String,
}

/// A decision that stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecisionAnswer {
    /// Where the avis stands now.
    state: String,
    /// The article of the step.
    basis: &'static str,
    /// Files that it closed: every contestation of the avis that waited; none for an admission.
    files: usize,
    /// Kind of the letter asked for: `IRR`, `CSS`, `TTP` or `ACD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    letter: Option<&'static str>,
}

fn grounds_of(words: &[String]) -> Result<Vec<Irrecevabilite>, Problem> {
    let refuse = |why: &str| {
        Problem::unprocessable("grounds_malformed", why).with_pointer("/decision/grounds")
    };
    let mut grounds = words
        .iter()
        .map(|word| {
            Irrecevabilite::ALL
                .into_iter()
                .find(|ground| ground.as_str() == word)
                .ok_or_else(|| refuse("An inadmissibility is by grounds IRR_… alone"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    grounds.sort_unstable();
    grounds.dedup();
    if grounds.len() != words.len() || !(1..=GROUNDS_MAX).contains(&grounds.len()) {
        return Err(refuse("One to three grounds, none twice"));
    }
    if grounds.contains(&Irrecevabilite::Paye) {
        return Err(refuse("Of a fine that was paid, decide `fine_maintained`"));
    }
    Ok(grounds)
}

/// A driver whom a letter can reach.
fn driver(to: DriverV1, birth: Option<Date>, licence: Option<String>) -> Result<Driver, Problem> {
    let said = to.address.iter().chain([&to.last_name, &to.first_names]);
    let is_word = |text: &String| {
        (1..=WORD_CHARACTERS_MAX).contains(&text.chars().count())
            && !text.chars().any(char::is_control)
    };
    if !said.chain(&licence).all(is_word) {
        let why = "A name, a line and a number have 1 to 100 characters and no control character";
        let problem = Problem::unprocessable("driver_malformed", why);
        return Err(problem.with_pointer("/decision"));
    }
    let (_, address) = PostalAddress::of_person(&to.first_names, &to.last_name, &to.address)
        .map_err(|problem| {
            Problem::unprocessable(AddressProblem::CODE, problem.to_string())
                .with_pointer("/decision/address")
        })?;
    Ok(Driver {
        is_abroad: address.is_abroad(),
        to,
        birth,
        licence,
    })
}

/// A decision that makes sense; where the avis stands is not looked at.
pub(crate) fn decision_of(word: &DecisionWord) -> Result<Decision, Problem> {
    Ok(match word {
        DecisionWord::Inadmissible { grounds } => Decision::Inadmissible(grounds_of(grounds)?),
        DecisionWord::Classement { reason } => Decision::Classement(match reason {
            ReasonWord::NotEstablished => "not_established",
            ReasonWord::NotTheAuthor => "not_the_author",
            ReasonWord::Procedure => "procedure",
            ReasonWord::Circumstances => "circumstances",
        }),
        DecisionWord::Admission => Decision::Admission,
        DecisionWord::FineMaintained => Decision::FineMaintained,
        DecisionWord::Prosecution { court } => Decision::Prosecution(match court {
            CourtWord::OrdonnancePenale => Court::OrdonnancePenale,
            CourtWord::Hearing => Court::Hearing,
        }),
        DecisionWord::Redesignation {
            last_name,
            first_names,
            address,
            birth,
            licence,
        } => {
            let to = DriverV1 {
                last_name: last_name.clone(),
                first_names: first_names.clone(),
                address: address.clone(),
            };
            Decision::Redesignation(Box::new(driver(to, *birth, licence.clone())?))
        }
    })
}

fn no_such_file() -> Problem {
    Problem::not_found("There is no such contestation")
}

/// The grounds of inadmissibility that the facts support, each with its article.
#[utoipa::path(
    get, path = "/v1/contestations/{id}/admissibility", tag = "queue",
    params(
        ("id" = String, Path, format = "uuid", description = "The contestation"),
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "The grounds", body = Admissibility),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such file for this OMP", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/contestations/{id}/admissibility")]
pub(crate) async fn admissibility(
    state: web::Data<AppState>,
    operator: Operator,
    id: web::Path<Uuid>,
) -> Result<web::Json<Admissibility>, Problem> {
    let version = state.law()?;
    let (id, scope, now) = (id.into_inner(), operator.0, state.clock.real_now());
    let found = with_lot(&state, move |conn| {
        let Some(file) = db::file_to_decide(conn, &scope.omp, id, false)? else {
            return Ok(None);
        };
        let avis = file.avis;
        let row = db::life_read(conn, &scope.user, Some(&scope.omp), avis, now)?;
        Ok(row.map(|(row, _)| (file, row)))
    })
    .await?;
    let (file, row) = found.ok_or_else(no_such_file)?;
    let life = recall(&row.state, &row.memory).map_err(Problem::internal)?;
    let grounds = decision::suggested(&version.registry.law, &file, &life);
    Ok(web::Json(Admissibility {
        grounds: grounds.into_iter().map(SuggestedGround::from).collect(),
        version: file.version,
    }))
}

/// Decides a file that nobody else holds, in the version that was read. Whatever else waits about the avis is answered by
/// the same decision; the letter is edited and sent.
#[utoipa::path(
    post, path = "/v1/contestations/{id}/decide", tag = "queue", request_body = DecisionRequest,
    params(
        ("id" = String, Path, format = "uuid", description = "The contestation"),
        ("CNT-User" = String, Header, description = "The officer"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "It stands", body = DecisionAnswer),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such file for this OMP", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`changed`, `held`, `decided`, or `refused` by the law where the avis stands", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`unsigned`, `grounds_malformed`, `driver_malformed`, `licence_missing` or `ADRESSE_NON_NORMALISABLE`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/contestations/{id}/decide")]
pub(crate) async fn decide(
    state: web::Data<AppState>,
    operator: Operator,
    id: web::Path<Uuid>,
    request: web::Json<DecisionRequest>,
) -> Result<web::Json<DecisionAnswer>, Problem> {
    let request = request.into_inner();
    let read = (id.into_inner(), request.version);
    let answer = settle(&state, operator.0, read, request.decision, |_| {
        Ok(request.signature)
    })
    .await?;
    Ok(web::Json(answer))
}

/// Decides a file that was read in a version, for an officer who signs the statement.
pub(crate) async fn settle(
    state: &AppState,
    scope: Scope,
    read: (Uuid, i32),
    word: DecisionWord,
    sign: impl FnOnce(&OfficerStatement<DecisionWord>) -> Result<String, Problem>,
) -> Result<DecisionAnswer, Problem> {
    let asked = decision_of(&word)?;
    let version = state.law()?;
    let statement = OfficerStatement::Decision {
        contestation: read.0,
        omp: scope.omp.clone(),
        version: read.1,
        decision: word,
    };
    let signature = sign(&statement)?;
    state.vouched(&version, &scope.omp, &statement, &signature)?;
    let (objects, config) = (state.objects.clone(), state.tribunal);
    let (day, at) = (state.clock.legal_today_paris(), state.clock.legal_now());
    let decided = with_lot(state, move |conn| {
        let deciding = Deciding {
            law: &version.registry.law,
            objects: objects.as_ref(),
            config: &config,
            day,
            at,
            signature: &signature,
        };
        decision::decide(conn, &deciding, &scope, read, &asked)
    })
    .await?;
    match decided {
        Decided::Done {
            state,
            basis,
            files,
            letter,
        } => Ok(DecisionAnswer {
            state: state.to_string(),
            basis,
            files,
            letter,
        }),
        Decided::Unknown => Err(no_such_file()),
        Decided::Changed(version) => Err(Problem::conflict(
            "changed",
            format!("The file is in version {version} now; read it again"),
        )),
        Decided::HeldByOther => Err(Problem::conflict("held", "Another operator holds the file")),
        Decided::Before => Err(Problem::conflict("decided", "The file was decided before")),
        Decided::LicenceMissing => {
            let why = "CPP 529-10 asks the number of the driver's licence (R49-16)";
            let problem = Problem::unprocessable("licence_missing", why);
            Err(problem.with_pointer("/decision/licence"))
        }
        Decided::Refused(refusal) => Err(Problem::conflict("refused", refusal.to_string())),
    }
}
