//! One request from the socket to the reply: transport, envelope, sender, caller, functions.

use super::envelope::{self, Authentication, Control, Envelope, Operation};
use super::functions::{self, Output};
use super::refusal::{self, Complaint, Refusal};
use super::reply;
use super::session::{Caller, Denied};
use super::wire::Element;
use super::{PATH, PINNED_PATH, SageIntacct};
use crate::simulator::{NowMs, Request, Response};

/// What the gateway takes as the type of a request's body.
const CONTENT_TYPES: [&str; 4] = [
    "application/xml",
    "x-intacct-xml-request",
    "application/x-intacct-xml-request",
    "text/xml",
];

const NOT_FOUND: &str = "<html><head><title>404 Not Found</title></head><body></body></html>";

impl SageIntacct {
    pub(super) fn answer(&mut self, request: &Request, now: NowMs) -> Response {
        let mut response = self.answered(request, now);
        response.delay_ms = u64::try_from(self.switches.work_ms).unwrap_or_default();
        response
    }

    fn answered(&mut self, request: &Request, now: NowMs) -> Response {
        if request.path != PATH && request.path != PINNED_PATH {
            return reply::answer(404, "text/html", NOT_FOUND.as_bytes().to_vec());
        }
        if request.method != "POST" {
            return reply::gateway(405, "GW-0011");
        }
        if !has_known_type(request) {
            return reply::gateway(415, "GW-0011");
        }
        let most = usize::try_from(self.switches.concurrent_calls_max).unwrap_or(1);
        if request.in_flight > most {
            return reply::gateway(429, "GW-0010");
        }
        let envelope = match envelope::read(&request.body) {
            Ok(envelope) => envelope,
            Err(malformed) => {
                let complaints = malformed.complaints.into_iter().map(|text| Complaint {
                    errorno: refusal::SCHEMA.to_owned(),
                    description2: text,
                    ..Complaint::default()
                });
                let refusal = Refusal(complaints.collect());
                return reply::control_failure(&malformed.control, &refusal);
            }
        };
        match self.run(&envelope, request, now) {
            Ok(response) | Err(response) => response,
        }
    }

    fn run(
        &mut self,
        envelope: &Envelope,
        request: &Request,
        now: NowMs,
    ) -> Result<Response, Response> {
        let control = &envelope.control;
        self.check_control(control)?;
        let mut children = vec![reply::control(control, "success")];
        for operation in &envelope.operations {
            let element = self.operation(control, operation, request, now)?;
            children.push(element);
        }
        let root = Element::with("response", children);
        Ok(reply::xml(200, &root, control.whitespace))
    }

    fn check_control(&self, control: &Control) -> Result<(), Response> {
        let failed = |refusal: &Refusal| Err(reply::control_failure(control, refusal));
        if self.switches.off_line {
            let mut refusal = Refusal::new("", "The Service is Temporarily Off-line");
            for complaint in &mut refusal.0 {
                "Please Try Again Later".clone_into(&mut complaint.correction);
            }
            return failed(&refusal);
        }
        if self
            .access
            .sender(&control.sender, &control.password)
            .is_none()
        {
            return failed(&Refusal::new(
                refusal::SIGN_IN,
                "Incorrect Intacct XML Partner ID or password.",
            ));
        }
        if !control.policy.is_empty() {
            let text = format!("{} is not a valid transport policy.", control.policy);
            return failed(&Refusal::new(refusal::SIGN_IN, text));
        }
        if self.switches.company_expired {
            let bare = Control {
                sender: String::new(),
                id: String::new(),
                ..control.clone()
            };
            let text = "This company is a demo company and has expired.";
            let refusal = Refusal::new(refusal::DEMO_EXPIRED, text);
            return Err(reply::control_failure(&bare, &refusal));
        }
        Ok(())
    }

    fn operation(
        &mut self,
        control: &Control,
        operation: &Operation,
        request: &Request,
        now: NowMs,
    ) -> Result<Element, Response> {
        let more = control.more_about_errors;
        let (user, company) = match &operation.authentication {
            Authentication::Login { user, company, .. } => (user.clone(), company.clone()),
            Authentication::Session(_) => (String::new(), String::new()),
        };
        let denied = |refusal: &Refusal| reply::not_authenticated(&user, &company, refusal, more);
        let caller = match self.caller(operation, request, now) {
            Ok(caller) => caller,
            Err(Denied::Gateway(status, errorno)) => return Err(reply::gateway(status, errorno)),
            Err(Denied::Here(refusal)) => return Ok(denied(&refusal)),
        };
        let sender = self.access.sender(&control.sender, &control.password);
        if !sender.is_some_and(|sender| sender.authorised) {
            let text = "Invalid Web Services Authorization: the sender ID is not authorized \
                        to make Web Services requests to this company";
            return Ok(denied(&Refusal::new(refusal::SIGN_IN, text)));
        }
        let authentication = reply::authentication(&caller, &self.company.id, &self.switches, now);
        let mut children = vec![authentication];
        for result in functions::run(self, control, operation, &caller, request, now) {
            match result {
                Output::Result(element) => children.push(element),
                Output::Bare(content_type, body) => {
                    return Err(reply::answer(200, content_type, body.into_bytes()));
                }
            }
        }
        Ok(Element::with("operation", children))
    }

    fn caller(
        &mut self,
        operation: &Operation,
        request: &Request,
        now: NowMs,
    ) -> Result<Caller, Denied> {
        let by_session = matches!(operation.authentication, Authentication::Session(_));
        if by_session && self.switches.endpoint_pinned && request.path != PINNED_PATH {
            let text = "Invalid session. The session belongs to another endpoint.";
            return Err(Denied::Here(Refusal::new(refusal::SIGN_IN, text)));
        }
        let company = &self.company;
        let is_entity = |id: &str| company.by_id("LOCATIONENTITY", id).is_some();
        self.access.enter(
            &operation.authentication,
            &company.id,
            is_entity,
            &self.switches,
            now,
        )
    }

    /// Where sessions are to be used.
    pub(super) fn endpoint(&self, request: &Request) -> String {
        if self.switches.endpoint.is_empty() {
            format!("{}{PINNED_PATH}", request.origin)
        } else {
            self.switches.endpoint.clone()
        }
    }
}

fn has_known_type(request: &Request) -> bool {
    let header = request
        .headers
        .iter()
        .find(|(name, _)| name == "content-type");
    header.is_some_and(|(_, value)| {
        let (kind, rest) = value.split_once(';').unwrap_or((value, ""));
        let kind = kind.trim().to_ascii_lowercase();
        let rest = rest.trim().to_ascii_lowercase().replace('"', "");
        CONTENT_TYPES.contains(&kind.as_str()) && matches!(rest.as_str(), "" | "charset=utf-8")
    })
}
