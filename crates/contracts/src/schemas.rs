//! The published documents under `schemas/` that are generated from this crate, and how they are written.

use std::fmt::Write as _;

use cnt_domain::address::AddressProblem;
use cnt_domain::problem::{ProblemCode, Severity};
use cnt_domain::verdict::NotTransformed;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::commands::{self, bench, books, load};
use crate::{
    courrier, document, events, letter, mif, receipt, registry, report, services, topics, verdict,
};

/// A published document: its path under `schemas/`, its text.
pub struct PublishedDocument {
    /// Path relative to `schemas/`.
    pub path: &'static str,
    /// Text of the file, ending with a newline.
    pub text: String,
}

fn schema_of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>()
}

/// The JSON Schema 2020-12 of the MIF, version 1.
#[must_use]
pub fn mif_schema() -> Value {
    let mut schema = schema_of::<mif::MifV1<'static>>();
    schema.insert(
        "$id".to_owned(),
        "https://cnt.example/schemas/mif/1.0.json".into(),
    );
    schema.insert(
        "title".to_owned(),
        "MIF, message d'infraction, version 1.0".into(),
    );
    schema.to_value()
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// Every document generated from this crate.
#[must_use]
pub fn published() -> Vec<PublishedDocument> {
    let mut documents = wire_shapes();
    documents.extend(command_shapes());
    documents.push(PublishedDocument {
        path: "topics.md",
        text: topics_table(),
    });
    documents.push(PublishedDocument {
        path: "problem-codes.md",
        text: problem_codes_table(),
    });
    documents.push(PublishedDocument {
        path: "non-transforme.md",
        text: not_transformed_table(),
    });
    documents
}

fn schema(path: &'static str, schema: Schema) -> PublishedDocument {
    PublishedDocument {
        path,
        text: pretty(&schema.to_value()),
    }
}

/// What services and integrators exchange.
fn wire_shapes() -> Vec<PublishedDocument> {
    vec![
        PublishedDocument {
            path: "mif/1.0.json",
            text: pretty(&mif_schema()),
        },
        schema(
            "events/verdict-lot.v1.json",
            schema_of::<events::VerdictLotEvent>(),
        ),
        schema(
            "events/document-lot.v1.json",
            schema_of::<events::DocumentLotEvent>(),
        ),
        schema(
            "events/letter-request.v1.json",
            schema_of::<events::LetterRequestEvent>(),
        ),
        schema(
            "lot/letter-request.v1.json",
            schema_of::<letter::LetterRequestV1>(),
        ),
        schema(
            "events/registry-version.v1.json",
            schema_of::<events::RegistryVersionEvent>(),
        ),
        schema(
            "events/legal-clock.v1.json",
            schema_of::<events::LegalClockEvent>(),
        ),
        schema(
            "events/courrier.v1.json",
            schema_of::<courrier::CourrierV1>(),
        ),
        schema(
            "events/courrier.v2.json",
            schema_of::<courrier::CourrierV2>(),
        ),
        schema("events/report.v1.json", schema_of::<report::ReportV1>()),
        schema(
            "events/courrier.v3.json",
            schema_of::<courrier::CourrierV3>(),
        ),
        schema(
            "lot/verdict-meta.v1.json",
            schema_of::<verdict::VerdictMeta>(),
        ),
        schema(
            "lot/document-meta.v1.json",
            schema_of::<document::DocumentMeta>(),
        ),
        schema(
            "registry/snapshot.v1.json",
            schema_of::<registry::SnapshotV1>(),
        ),
        schema("receipts/page.v1.json", schema_of::<receipt::ReceiptPage>()),
        schema(
            "receipts/acknowledged.v1.json",
            schema_of::<receipt::SubmissionAcknowledged>(),
        ),
    ]
}

/// What commands print for scripts.
fn command_shapes() -> Vec<PublishedDocument> {
    vec![
        schema(
            "commands/mif-check.json",
            schema_of::<commands::MifCheckLine>(),
        ),
        schema(
            "commands/natinf-show.json",
            schema_of::<commands::law::NatInfView>(),
        ),
        schema("commands/clock.json", schema_of::<commands::ClockState>()),
        schema(
            "commands/quarantine-list.json",
            schema_of::<commands::QuarantinedLine>(),
        ),
        schema(
            "commands/reconcile.json",
            schema_of::<books::Reconciliation>(),
        ),
        schema("commands/demo.json", schema_of::<books::DemoReport>()),
        schema(
            "commands/render-compare.json",
            schema_of::<load::RenderComparison>(),
        ),
        schema("commands/load.json", schema_of::<load::LoadReport>()),
        schema(
            "commands/load-generate.json",
            schema_of::<load::PresignedReport>(),
        ),
        schema("commands/chaos.json", schema_of::<load::ChaosReport>()),
        schema(
            "commands/bench-rendition.json",
            schema_of::<bench::BenchRendition>(),
        ),
        schema(
            "commands/bench-gateway.json",
            schema_of::<bench::BenchGateway>(),
        ),
        schema(
            "commands/bench-vault.json",
            schema_of::<bench::BenchVault>(),
        ),
        schema(
            "commands/bench-archive-query.json",
            schema_of::<bench::BenchArchiveQuery>(),
        ),
        schema(
            "commands/bench-omp-queue.json",
            schema_of::<bench::BenchOmpQueue>(),
        ),
        schema(
            "commands/bench-validation.json",
            schema_of::<bench::BenchValidation>(),
        ),
        schema(
            "commands/bench-chain.json",
            schema_of::<bench::BenchChain>(),
        ),
    ]
}

fn topics_table() -> String {
    let mut text = String::from(
        "# Topics\n\nGenerated from `crates/contracts/src/topics.rs`, like the broker's access lists: each service is a \
         principal of its own and may do what stands here and nothing else. The principal `reconcile` may read every \
         topic.\n\n\
         | topic | partitions | kept | written by | read by | a record is |\n|---|---|---|---|---|---|\n",
    );
    for topic in topics::ALL {
        let consumers = if topic.consumers == services::ALL {
            "every service".to_owned()
        } else {
            topic.consumers.join(", ")
        };
        let kept = topic.retention_hours.map_or_else(
            || "for ever".to_owned(),
            |hours| format!("{} days", hours / 24),
        );
        // Writing into a String cannot fail.
        _ = writeln!(
            text,
            "| `{}` | {} | {kept} | {} | {} | {} |",
            topic.name, topic.partitions, topic.producer, consumers, topic.record
        );
    }
    text
}

fn problem_codes_table() -> String {
    let mut text = String::from(
        "# Problem codes\n\nGenerated from `crates/domain/src/problem.rs`. Codes are added, never renamed.\n\n\
         | code | severity | français | remède | English | remedy |\n|---|---|---|---|---|---|\n",
    );
    for code in ProblemCode::ALL {
        let severity = match code.severity() {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let words = code.text();
        _ = writeln!(
            text,
            "| `{code}` | {severity} | {} | {} | {} | {} |",
            words.french, words.remedy_french, words.english, words.remedy_english
        );
    }
    text
}

fn not_transformed_table() -> String {
    let mut text = String::from(
        "# Reasons of `NON_TRANSFORME`\n\nGenerated from `crates/domain/src/verdict.rs`. An accepted MIF that cannot become \
         an avis ends in a second receipt with one of these words. Words are added, never renamed.\n\n\
         | reason | français | suite | English | what to do |\n|---|---|---|---|---|\n",
    );
    for reason in NotTransformed::ALL {
        let words = reason.text();
        _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} |",
            reason.as_str(),
            words.french,
            words.remedy_french,
            words.english,
            words.remedy_english
        );
    }
    _ = writeln!(
        text,
        "\nThe message of `SANS_ADRESSE` says `{}` and names the line, where an address is known and cannot be written by NF \
         Z10-011 without losing a word.",
        AddressProblem::CODE
    );
    text
}
