//! The service's tables: the only place that names diesel. Functions work on the connection they are given and never
//! commit by themselves.

mod attachment;
mod avis;
mod console;
mod courrier;
mod decision;
mod designation;
mod dossier;
mod envelope;
mod file;
mod hand_over;
mod instants;
mod letter;
mod life;
mod notice;
mod payment;
mod photos;
mod prepared;
mod queue;
mod report;
mod said;
mod state;
mod titre;
mod transfer;

use cnt_store::EmbeddedMigrations;
use diesel_migrations::embed_migrations;

pub(crate) use attachment::{
    AttachmentRow, FollowedRow, attachment_read, followed, is_consulted_on,
};
pub(crate) use avis::{AvisIssue, Substitutes, avis_insert, avis_update, is_of_omp, route};
pub(crate) use console::{
    Access, BoardRow, BulkFile, BulkRow, Colleague, DeskRow, DraftRow, DueRow, FileAct, FileActRow,
    Filter, NewOperator, OperatorRow, Told, access, as_operator, board, bulk_cancel, bulk_due,
    bulk_files, bulk_take, bulk_told, bulk_write, bulks, claim_file, colleagues, desk, desk_sizes,
    draft, draft_keep, entry, file_act, file_acts, holder, journal_of, operator_put, renew, search,
    session_end, session_open,
};
pub(crate) use courrier::{CourrierOutcome, CourrierRow, courriers_insert};
pub(crate) use decision::{
    DecidedFile, NewDecision, decide, decisions_with_letter, file_to_decide, others_waiting,
};
pub(crate) use designation::{
    NewDesignation, Successions, designation_insert, designations_edited, successions,
};
pub(crate) use dossier::{
    inquiries_asked, inquiry_asked, inquiry_without_letter, letter_request_insert, open_files_fold,
    pv_asked, pv_claim, pv_copies_claim,
};
pub(crate) use envelope::{
    Close, EnvelopeRow, Found, Listed, Look, envelope_close, envelope_found, envelope_lock,
    envelope_read, envelopes, envelopes_answer, majoree_sent_on, returned_lived, returned_to_live,
};
pub(crate) use file::{
    FileContext, InquiryRow, LinkedRow, NewInquiry, admit, file_context, inquiry_answer,
    inquiry_insert,
};
pub(crate) use hand_over::{
    HandOverRow, PieceRow, file_pieces, hand_overs_claim, hand_overs_insert,
};
pub(crate) use letter::{
    DepositedRow, DocumentRow, NewDocument, NewReceipt, Reader, ReceivedRow, document_read,
    documents, documents_deposited, documents_insert, receipts_insert, receipts_owed,
};
pub(crate) use life::{
    LifeChange, LifeRow, NewLife, StepRead, StepRow, contestations_lived, contestations_to_live,
    life_read, lives_due, lives_insert, lives_lock, lives_write, next_day,
};
pub(crate) use notice::{
    ActRow, NoticeRow, acts_differing, acts_insert, acts_not_applied, notices_pending, notices_take,
};
pub(crate) use payment::{PaymentRow, payments_differing, payments_insert, payments_not_applied};
pub(crate) use photos::{
    CaseRow, PhotoCopy, PhotoRequestRow, case, cases, photo_request, photo_request_answer,
    photo_request_insert, photo_requests_of, photo_requests_open, photo_seen,
};
pub(crate) use queue::{
    Claim, FileRow, OFFICERS_DESK, OmpRow, Place, QueueRow, Scope, claim, claim_from, file, omps,
    place_of, queue, release,
};
pub(crate) use report::{QuestionRow, ReportRow, questions_lock, reports_insert};
pub(crate) use said::{NamedDriverRow, WishRow, declared_address, wishes};
pub(crate) use state::{books, expire_leases, route_all, wake};
pub(crate) use titre::{
    LetterRow, NewTitre, TitreRow, letter_rows, signer, signer_register, titre_insert, titre_lives,
    titres_of_day, titres_proposed, titres_signed,
};
pub(crate) use transfer::{NewTransfer, TransferRow, Transferred, transfer};

/// The service's own migrations.
pub(crate) fn migrations() -> EmbeddedMigrations {
    const OWN: EmbeddedMigrations = embed_migrations!("migrations");
    OWN
}
