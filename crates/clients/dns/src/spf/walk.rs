//! Following a record, as far as a receiver would for a sender whom nothing matches.
//!
//! Work is bounded by the limits of section 4.6.4: each step costs a lookup, and the eleventh ends the walk.

use super::{
    Directive, LOOKUP_LIMIT, Mechanism, Qualifier, SpfProblem, SpfRecord, SpfReport, VOID_LIMIT,
    is_spf,
};
use crate::name::canonical;

/// Of a domain with more mail exchangers no `mx` is followed (section 4.6.4).
const EXCHANGER_LIMIT: usize = 10;

/// What the walk wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// The texts of a name.
    Texts(String),
    /// How many addresses a name has.
    Addresses(String),
    /// How many mail exchangers a name has.
    Exchangers(String),
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// Texts that were asked for.
    Texts(Vec<String>),
    /// So many.
    Count(usize),
}

#[derive(Debug)]
struct Job {
    question: Question,
    /// Those whose records led here.
    path: Vec<String>,
    /// Does a match here mean that the sender passes?
    is_pass: bool,
}

/// See the module.
#[derive(Debug)]
pub struct SpfWalk {
    report: SpfReport,
    /// What is to be asked; the last comes first.
    jobs: Vec<Job>,
    asked: Option<Job>,
}

impl SpfWalk {
    /// Begins with a domain.
    #[must_use]
    pub fn new(domain: &str) -> Self {
        let first = Job {
            question: Question::Texts(canonical(domain)),
            path: Vec::new(),
            is_pass: true,
        };
        Self {
            report: SpfReport::default(),
            jobs: vec![first],
            asked: None,
        }
    }

    /// What to find out next; `None` when the walk is over.
    pub fn next_question(&mut self) -> Option<Question> {
        self.asked = self.jobs.pop();
        self.asked.as_ref().map(|job| job.question.clone())
    }

    /// Takes the answer to the question that was asked last.
    pub fn answer(&mut self, evidence: Evidence) {
        let Some(job) = self.asked.take() else {
            return;
        };
        let is_first = job.path.is_empty();
        let count = match &evidence {
            Evidence::Texts(texts) => texts.len(),
            Evidence::Count(count) => *count,
        };
        if count == 0 && !is_first {
            self.report.void_lookups = self.report.void_lookups.saturating_add(1);
            if self.report.void_lookups > VOID_LIMIT {
                return self.give_up(SpfProblem::TooManyVoidLookups);
            }
        }
        match (job.question.clone(), evidence) {
            (Question::Texts(name), Evidence::Texts(texts)) => self.read(&job, name, texts),
            (Question::Exchangers(name), _) if count > EXCHANGER_LIMIT => {
                self.report
                    .problems
                    .push(SpfProblem::TooManyExchangers { name });
            }
            _ => {}
        }
    }

    /// What was found out.
    #[must_use]
    pub fn into_report(self) -> SpfReport {
        self.report
    }

    fn give_up(&mut self, problem: SpfProblem) {
        self.report.problems.push(problem);
        self.jobs.clear();
    }

    fn read(&mut self, job: &Job, name: String, texts: Vec<String>) {
        let is_first = job.path.is_empty();
        let texts: Vec<String> = texts.into_iter().filter(|text| is_spf(text)).collect();
        if is_first {
            self.report.found.clone_from(&texts);
        }
        let record: SpfRecord = match texts.as_slice() {
            [] => return self.report.problems.push(SpfProblem::NoRecord { name }),
            [one] => match one.parse() {
                Ok(record) => record,
                Err(reason) => {
                    let problem = SpfProblem::Malformed { name, reason };
                    return self.report.problems.push(problem);
                }
            },
            _ => return self.report.problems.push(SpfProblem::Several { name }),
        };
        if job.is_pass && !is_first {
            self.report.included.insert(name.clone());
        }
        let jobs = self.jobs_of(&record, &name, job);
        if is_first {
            self.report.record = Some(record);
        }
        if self.report.lookups > LOOKUP_LIMIT {
            return self.give_up(SpfProblem::TooManyLookups);
        }
        self.jobs.extend(jobs.into_iter().rev());
    }

    /// What a record makes a receiver look up.
    fn jobs_of(&mut self, record: &SpfRecord, name: &str, from: &Job) -> Vec<Job> {
        let mut path = from.path.clone();
        path.push(name.to_owned());
        let mut jobs = Vec::new();
        for directive in record.effective() {
            let question = self.question_of(directive, name);
            let is_include = matches!(directive.mechanism, Mechanism::Include(_));
            let is_pass = from.is_pass && (directive.qualifier == Qualifier::Pass || !is_include);
            jobs.extend(question.map(|question| (question, is_pass)));
        }
        let has_all = record
            .directives
            .iter()
            .any(|directive| directive.mechanism == Mechanism::All);
        if let (Some(domain), false) = (&record.redirect, has_all) {
            self.count();
            match domain.literal() {
                Some(domain) => jobs.push((Question::Texts(domain), from.is_pass)),
                None => self.report.has_macros = true,
            }
        }
        let mut kept = Vec::new();
        for (question, is_pass) in jobs {
            match &question {
                Question::Texts(next) if path.contains(next) => {
                    let name = next.clone();
                    self.report.problems.push(SpfProblem::Loop { name });
                }
                _ => kept.push(Job {
                    question,
                    path: path.clone(),
                    is_pass,
                }),
            }
        }
        kept
    }

    fn question_of(&mut self, directive: &Directive, name: &str) -> Option<Question> {
        let (make, domain): (fn(String) -> Question, _) = match &directive.mechanism {
            Mechanism::Include(domain) => (Question::Texts, Some(domain)),
            Mechanism::Exists(domain) => (Question::Addresses, Some(domain)),
            Mechanism::A(domain, ..) => (Question::Addresses, domain.as_ref()),
            Mechanism::Mx(domain, ..) => (Question::Exchangers, domain.as_ref()),
            Mechanism::Ptr(_) => {
                // What it finds depends on the sender's address.
                self.count();
                self.report.has_macros = true;
                return None;
            }
            Mechanism::All | Mechanism::Ip4(..) | Mechanism::Ip6(..) => return None,
        };
        self.count();
        let literal = match domain {
            None => Some(name.to_owned()),
            Some(domain) => domain.literal(),
        };
        self.report.has_macros |= literal.is_none();
        literal.map(make)
    }

    fn count(&mut self) {
        self.report.lookups = self.report.lookups.saturating_add(1);
    }
}
