//! The steps.

use jiff::civil::Date;

use crate::courrier::Undelivered;
use crate::law::Law;
use crate::money::Cents;

use super::event::{Event, Means, Posted, Ruling, Unreceivable};
use super::state::{AvisLife, Court, Stage, State};
use super::table::ARROWS;
use super::{Duty, Refusal, Step};

type Duties = Result<Vec<Duty>, Refusal>;

impl AvisLife {
    /// Lets something happen on a day. Refused, nothing has changed.
    ///
    /// # Errors
    /// [`Refusal`]: the table has no such step, or a delay or an amount speaks against it.
    pub fn apply(&mut self, law: &Law, event: Event, on: Date) -> Result<Step, Refusal> {
        let mut next = self.clone();
        let duties = next.advance(law, event, on)?;
        let (from, kind) = (self.state, event.kind());
        let arrow = ARROWS
            .iter()
            .find(|arrow| arrow.from == from && arrow.event == kind && arrow.to == next.state)
            .ok_or(Refusal::NoSuchStep { from, event: kind })?;
        *self = next;
        Ok(Step {
            from,
            event: kind,
            to: arrow.to,
            basis: arrow.basis,
            duties,
        })
    }

    fn advance(&mut self, law: &Law, event: Event, on: Date) -> Duties {
        match event {
            Event::Day => self.day(on),
            Event::Consulted => Ok(Vec::new()),
            Event::Payment { means, amount } => self.payment(means, amount, on),
            Event::Deposited(letter) => self.deposited(law, letter, on),
            Event::Consigned { amount } => self.consign(amount),
            Event::Requete { consigned } => self.requete(consigned),
            Event::Reclamation { consigned } => self.reclamation(consigned),
            Event::Ruled(ruling) => self.ruled(law, ruling, on),
            Event::RefusalContested => self.refusal_contested(on),
            Event::TitreSigned => self.titre_is_signed(law, on),
            Event::MajoreeSent => self.majoree_is_sent(law, on),
            Event::AddressChange => self.address_change(law, on),
            Event::Returned(motive) => Ok(self.letter_returned(motive, on)),
            Event::Interruption => self.interruption(law, on),
            Event::Relaxe => self.relaxe(law, on),
            Event::Conviction { fine } => self.conviction(law, fine, on),
            Event::Opposition => self.opposition(on),
        }
    }

    fn no_step(&self, event: Event) -> Refusal {
        Refusal::NoSuchStep {
            from: self.state,
            event: event.kind(),
        }
    }

    fn require(&self, event: Event, states: &[State]) -> Result<(), Refusal> {
        if states.contains(&self.state) {
            Ok(())
        } else {
            Err(self.no_step(event))
        }
    }

    fn day(&mut self, on: Date) -> Duties {
        match self.state {
            State::Sent
            | State::TitreProposed
            | State::Contested
            | State::Admitted
            | State::Prosecuted
                if on > self.prescription =>
            {
                return Ok(self.prescribed());
            }
            State::Majoree | State::Reclaimed
                if self.sentence_until.is_some_and(|last| on > last) =>
            {
                return Ok(self.prescribed());
            }
            State::Sent if on >= self.titre_day => {
                self.state = State::TitreProposed;
                return Ok(vec![Duty::SignTitre]);
            }
            State::Refused if self.refusal_until.is_some_and(|last| on > last) => {
                return self.fall_back(on);
            }
            _ => {}
        }
        Ok(Vec::new())
    }

    /// Nobody can be prosecuted any more, or made to pay. What was consigned stood for a fine that will not come; a part
    /// that was paid stays paid.
    fn prescribed(&mut self) -> Vec<Duty> {
        self.state = State::Prescribed;
        let mut duties = Vec::new();
        self.give_back_consigned(&mut duties);
        duties
    }

    /// No valid requête or réclamation: what was consigned is a payment (CPP R49-18), else the avis goes on as if nobody
    /// had written.
    fn fall_back(&mut self, on: Date) -> Duties {
        self.refusal_until = None;
        self.state = match self.stage {
            Stage::Majoree => State::Majoree,
            Stage::Forfaitaire if on > self.prescription => return Ok(self.prescribed()),
            Stage::Forfaitaire if on >= self.titre_day => State::TitreProposed,
            Stage::Forfaitaire => State::Sent,
        };
        let consigned = std::mem::replace(&mut self.consigned, Cents(0));
        let mut duties = Vec::new();
        if consigned > Cents(0) {
            duties = self.collect(Means::Remote, consigned, on)?;
        }
        if self.state == State::TitreProposed {
            duties.push(Duty::SignTitre);
        }
        Ok(duties)
    }

    fn payment(&mut self, means: Means, amount: Cents, on: Date) -> Duties {
        let open = [
            State::Sent,
            State::TitreProposed,
            State::Majoree,
            State::Contested,
            State::Reclaimed,
            State::Refused,
        ];
        self.require(Event::Payment { means, amount }, &open)?;
        if amount <= Cents(0) {
            return Err(Refusal::BadAmount);
        }
        self.collect(means, amount, on)
    }

    /// Takes money in: the fine is paid when the sum reaches it; what is too much goes back.
    fn collect(&mut self, means: Means, amount: Cents, on: Date) -> Duties {
        let owed = self.owed(on, means).amount;
        self.received = self.received.plus(amount).ok_or(Refusal::BadAmount)?;
        if self.received < owed {
            return Ok(Vec::new());
        }
        let excess = Cents(self.received.0 - owed.0);
        self.received = owed;
        self.state = State::Paid;
        self.refusal_until = None;
        let mut duties = Vec::new();
        if excess > Cents(0) {
            duties.push(Duty::Refund(excess));
        }
        self.give_back_consigned(&mut duties);
        Ok(duties)
    }

    fn give_back_consigned(&mut self, duties: &mut Vec<Duty>) {
        let consigned = std::mem::replace(&mut self.consigned, Cents(0));
        if consigned > Cents(0) {
            duties.push(Duty::Refund(consigned));
        }
    }

    /// There is no fine: what was consigned goes back, and what was paid in part.
    fn give_back_all(&mut self, duties: &mut Vec<Duty>) -> Result<(), Refusal> {
        let received = std::mem::replace(&mut self.received, Cents(0));
        let sum = self.consigned.plus(received).ok_or(Refusal::BadAmount)?;
        self.consigned = sum;
        self.give_back_consigned(duties);
        Ok(())
    }

    /// A delay runs from the day the letter was really sent, never from an earlier one.
    fn deposited(&mut self, law: &Law, letter: Posted, on: Date) -> Duties {
        let (none, abroad) = (Refusal::NoLaw(on), self.opening.abroad);
        match letter {
            Posted::Avis if on > self.opening.sent => return self.avis_deposited(law, on),
            Posted::Majoree => {
                if let Some(printed) = self.majoree {
                    let anew = law.majoree_deadlines(on, abroad).ok_or(none)?;
                    if anew.reclamation > printed.reclamation {
                        self.majoree = Some(anew);
                    }
                }
            }
            Posted::Refusal => {
                if let Some(until) = self.refusal_until {
                    let anew = law.refusal_contestable_until(on).ok_or(none)?;
                    self.refusal_until = Some(until.max(anew));
                }
            }
            Posted::Avis => {}
        }
        Ok(Vec::new())
    }

    /// No titre is proposed before the delays that really run are over; one that was signed before falls.
    fn avis_deposited(&mut self, law: &Law, on: Date) -> Duties {
        let (none, abroad) = (Refusal::NoLaw(on), self.opening.abroad);
        let titre_day = law.first_titre_day(on, abroad).ok_or(none)?;
        self.opening.sent = on;
        if titre_day <= self.titre_day {
            return Ok(Vec::new());
        }
        self.deadlines = law.deadlines(on, abroad).ok_or(none)?;
        self.titre_day = titre_day;
        let mut duties = Vec::new();
        match self.state {
            State::TitreProposed => self.state = State::Sent,
            State::Majoree if self.titre_signed.is_some_and(|day| day < titre_day) => {
                self.state = State::Sent;
                self.stage = Stage::Forfaitaire;
                self.returned = None;
                self.annul_titre(&mut duties);
            }
            _ => {}
        }
        Ok(duties)
    }

    fn consign(&mut self, amount: Cents) -> Duties {
        let states = [State::Contested, State::Reclaimed];
        self.require(Event::Consigned { amount }, &states)?;
        if amount <= Cents(0) {
            return Err(Refusal::BadAmount);
        }
        self.consigned = self.consigned.plus(amount).ok_or(Refusal::BadAmount)?;
        Ok(Vec::new())
    }

    fn requete(&mut self, consigned: Cents) -> Duties {
        let states = [
            State::Sent,
            State::TitreProposed,
            State::Contested,
            State::Paid,
        ];
        self.require(Event::Requete { consigned }, &states)?;
        self.written(consigned, State::Contested)
    }

    fn reclamation(&mut self, consigned: Cents) -> Duties {
        let states = [State::Majoree, State::Reclaimed, State::Paid];
        self.require(Event::Reclamation { consigned }, &states)?;
        self.written(consigned, State::Reclaimed)
    }

    /// Whoever paid may write all the same, and is answered (CPP 529).
    fn written(&mut self, consigned: Cents, open: State) -> Duties {
        if consigned < Cents(0) {
            return Err(Refusal::BadAmount);
        }
        self.consigned = self.consigned.plus(consigned).ok_or(Refusal::BadAmount)?;
        let mut duties = vec![Duty::Decide];
        if self.state == State::Paid {
            self.give_back_consigned(&mut duties);
        } else {
            self.state = open;
        }
        Ok(duties)
    }

    fn ruled(&mut self, law: &Law, ruling: Ruling, on: Date) -> Duties {
        let event = Event::Ruled(ruling);
        match ruling {
            Ruling::Inadmissible(why) => {
                self.require(event, &[State::Contested, State::Reclaimed])?;
                self.inadmissible(law, why, on)
            }
            Ruling::Admitted => {
                self.require(event, &[State::Reclaimed])?;
                self.admitted()
            }
            Ruling::Classement => {
                let states = [State::Contested, State::Reclaimed, State::Admitted];
                self.require(event, &states)?;
                self.closed(State::Dropped, Duty::SendClassement)
            }
            Ruling::Redesignation => {
                let states = [State::Contested, State::Reclaimed, State::Admitted];
                self.require(event, &states)?;
                self.closed(State::Redesignated, Duty::SendAvisToDriver)
            }
            Ruling::FineMaintained => {
                self.require(event, &[State::Paid])?;
                Ok(Vec::new())
            }
            Ruling::Prosecution(court) => {
                let states = [State::Contested, State::Admitted, State::Dropped];
                self.require(event, &states)?;
                self.interrupt(law, on)?;
                self.state = State::Prosecuted;
                self.court = Some(court);
                Ok(vec![Duty::HandOver])
            }
        }
    }

    fn inadmissible(&mut self, law: &Law, why: Unreceivable, on: Date) -> Duties {
        let mut duties = vec![Duty::SendRefusal {
            recommended: why == Unreceivable::Unmotivated,
        }];
        match why {
            Unreceivable::Unmotivated => {
                self.state = State::Refused;
                let last = law.refusal_contestable_until(on);
                self.refusal_until = Some(last.ok_or(Refusal::NoLaw(on))?);
            }
            Unreceivable::Other => duties.extend(self.fall_back(on)?),
        }
        Ok(duties)
    }

    fn admitted(&mut self) -> Duties {
        self.state = State::Admitted;
        let mut duties = Vec::new();
        self.annul_titre(&mut duties);
        duties.push(Duty::Decide);
        Ok(duties)
    }

    /// The titre falls; what the court may not go below stays the increased fine (CPP 530-1).
    fn annul_titre(&mut self, duties: &mut Vec<Duty>) {
        if self.titre_signed.take().is_some() {
            duties.push(Duty::TellComptable);
        }
        self.majoree = None;
        self.sentence_until = None;
    }

    fn closed(&mut self, end: State, letter: Duty) -> Duties {
        self.state = end;
        let mut duties = vec![letter];
        self.annul_titre(&mut duties);
        self.give_back_all(&mut duties)?;
        Ok(duties)
    }

    fn refusal_contested(&mut self, on: Date) -> Duties {
        self.require(Event::RefusalContested, &[State::Refused])?;
        match self.refusal_until.take() {
            Some(last) if on > last => Err(Refusal::TooLate(last)),
            _ => self.admitted(),
        }
    }

    fn titre_is_signed(&mut self, law: &Law, on: Date) -> Duties {
        if self.state == State::Sent {
            return Err(Refusal::TooEarly);
        }
        self.require(Event::TitreSigned, &[State::TitreProposed])?;
        self.interrupt(law, on)?;
        self.state = State::Majoree;
        self.stage = Stage::Majoree;
        self.titre_signed = Some(on);
        self.returned = None;
        let last = law.sentence_prescription(on);
        self.sentence_until = Some(last.ok_or(Refusal::NoLaw(on))?);
        Ok(vec![Duty::SendMajoree])
    }

    fn majoree_is_sent(&mut self, law: &Law, on: Date) -> Duties {
        self.require(Event::MajoreeSent, &[State::Majoree])?;
        let deadlines = law.majoree_deadlines(on, self.opening.abroad);
        self.majoree = Some(deadlines.ok_or(Refusal::NoLaw(on))?);
        Ok(Vec::new())
    }

    fn address_change(&mut self, law: &Law, on: Date) -> Duties {
        self.require(Event::AddressChange, &[State::Majoree])?;
        let (none, abroad) = (Refusal::NoLaw(on), self.opening.abroad);
        self.deadlines = law.deadlines(on, abroad).ok_or(none)?;
        self.titre_day = law.first_titre_day(on, abroad).ok_or(none)?;
        self.has_minoree = false;
        self.returned = None;
        self.state = State::Sent;
        self.stage = Stage::Forfaitaire;
        let mut duties = Vec::new();
        self.annul_titre(&mut duties);
        Ok(duties)
    }

    /// A letter came back. The address of the certificate binds its holder, so no delay stops (CR R322-7); where it is
    /// wrong another one is sought as long as something can be sent there. Whoever refuses a letter or does not fetch it
    /// is where it was sent.
    fn letter_returned(&mut self, motive: Undelivered, on: Date) -> Vec<Duty> {
        if !motive.is_address_wrong() {
            return Vec::new();
        }
        self.returned = Some(on);
        match self.state {
            State::Paid
            | State::Dropped
            | State::Redesignated
            | State::Acquitted
            | State::Prescribed => Vec::new(),
            _ => vec![Duty::SeekAddress],
        }
    }

    fn interruption(&mut self, law: &Law, on: Date) -> Duties {
        let states = [
            State::Sent,
            State::TitreProposed,
            State::Contested,
            State::Refused,
            State::Admitted,
            State::Prosecuted,
            State::Dropped,
        ];
        self.require(Event::Interruption, &states)?;
        self.interrupt(law, on)?;
        Ok(Vec::new())
    }

    /// An act in time begins the delay of prescription anew (CPP 9-2).
    fn interrupt(&mut self, law: &Law, on: Date) -> Result<(), Refusal> {
        if on > self.prescription {
            return Err(Refusal::TooLate(self.prescription));
        }
        let anew = law.prescription(on).ok_or(Refusal::NoLaw(on))?;
        self.prescription = self.prescription.max(anew);
        Ok(())
    }

    fn relaxe(&mut self, law: &Law, on: Date) -> Duties {
        self.require(Event::Relaxe, &[State::Prosecuted])?;
        self.state = State::Acquitted;
        self.judged(law.prosecutor_opposition_until(on), on)?;
        let mut duties = Vec::new();
        self.give_back_all(&mut duties)?;
        Ok(duties)
    }

    fn conviction(&mut self, law: &Law, fine: Cents, on: Date) -> Duties {
        self.require(Event::Conviction { fine }, &[State::Prosecuted])?;
        let floor = self.floor(law, on)?;
        if fine < floor {
            return Err(Refusal::BelowFloor(floor));
        }
        self.state = State::Convicted;
        self.judged(law.opposition_until(on), on)?;
        let paid = self.consigned.plus(self.received);
        let paid = paid.ok_or(Refusal::BadAmount)?;
        Ok(if paid > Cents(0) {
            vec![Duty::SetOff(paid)]
        } else {
            Vec::new()
        })
    }

    /// What the court may not go below: the fixed fine, or the increased one after a réclamation; a tenth more in the
    /// cases of CPP 529-10 (CPP 530-1).
    fn floor(&self, law: &Law, on: Date) -> Result<Cents, Refusal> {
        let base = match self.stage {
            Stage::Forfaitaire => self.opening.amounts.forfaitaire,
            Stage::Majoree => self.opening.amounts.majoree,
        };
        if !self.opening.is_529_10 {
            return Ok(base);
        }
        let percent = law.court_surcharge(on).ok_or(Refusal::NoLaw(on))?;
        base.times(100 + i64::from(percent))
            .map(|hundredths| Cents(hundredths.0 / 100))
            .ok_or(Refusal::BadAmount)
    }

    fn judged(&mut self, opposition_until: Option<Date>, on: Date) -> Result<(), Refusal> {
        self.opposition_until = match self.court {
            Some(Court::OrdonnancePenale) => Some(opposition_until.ok_or(Refusal::NoLaw(on))?),
            _ => None,
        };
        Ok(())
    }

    fn opposition(&mut self, on: Date) -> Duties {
        self.require(Event::Opposition, &[State::Convicted, State::Acquitted])?;
        let last = self.opposition_until.take().ok_or(Refusal::Final)?;
        if on > last {
            return Err(Refusal::TooLate(last));
        }
        self.state = State::Prosecuted;
        self.court = Some(Court::Hearing);
        Ok(vec![Duty::HandOver])
    }
}
