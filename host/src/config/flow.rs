//! What stands in a flow file, value by value with its place.
//!
//! These types say what an author wrote, not what it means: that is `mapping::compile`.

use std::sync::Arc;

use serde_json::Value;

use super::problem::Problem;
use super::source::{At, SourceText, Span};
use crate::model::Comparison;

/// The only format there is; a later one gets a reader of its own.
pub const FORMAT: u64 = 1;

/// A flow file as read. What was wrong with it stands in `problems`, so that the check against the
/// schemas can add its own and a person sees all at once.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowFile {
    pub text: Arc<SourceText>,
    pub problems: Vec<Problem>,
    pub title: Words,
    pub description: Words,
    pub source: EndRef,
    pub target: EndRef,
    pub mode: ModeRule,
    pub conflict: Option<ConflictRule>,
    pub may_create: bool,
    pub may_update: bool,
    /// What an update is the difference from, where the flow says it.
    pub compare: Option<At<Compared>>,
    pub record_title: Option<Words>,
    /// When the flow runs by itself; a tenant may say otherwise.
    pub schedule: crate::schedule::Schedule,
    pub filter: Vec<FilterRule>,
    pub when: Option<At<String>>,
    /// A record that nothing over there is recognised as is created only where this holds.
    pub create_when: Option<At<String>>,
    /// A linked record is looked at only where this holds.
    pub update_when: Option<At<String>>,
    pub on_demand: Option<OnDemandRule>,
    pub write_back_after: Option<At<WrittenBackAfter>>,
    /// The flow of the other direction whose links are this one's as well.
    pub reverse_of: Option<At<String>>,
    pub marker: Option<At<String>>,
    pub options: Vec<OptionRule>,
    pub tables: Vec<TableRule>,
    pub identity: Vec<IdentityRule>,
    pub matching: MatchRule,
    pub lookups: Vec<LookupRule>,
    pub values: Vec<Named<Rule>>,
    pub fields: Vec<Named<Rule>>,
    pub children: Vec<ChildRule>,
    pub texts: Vec<Named<Words>>,
    pub rejects: Vec<RejectRule>,
    pub write_back: Vec<Named<Rule>>,
    pub report: Option<ReportRule>,
    pub checks: Vec<CheckRule>,
    pub gone: Option<GoneRule>,
    pub back: Option<BackRule>,
}

impl FlowFile {
    /// Reads a flow file. Never fails: see `problems`.
    pub fn read(text: &Arc<SourceText>) -> Self {
        super::flow_reader::read(text)
    }
}

/// `[on_demand]`: only what somebody asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct OnDemandRule {
    /// Whether somebody asks for the record.
    pub asked: At<String>,
    /// Over the options: otherwise the flow takes everything by itself.
    pub when: Option<At<String>>,
}

/// When `[write_back]` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenBackAfter {
    /// Once, when the two are linked.
    Link,
    /// After an update as well, and when a record that was asked for is as it was.
    Sync,
}

/// What an update is the difference from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// What was sent last; what somebody does to the target stays.
    Sent,
    /// The target as it is, in every run.
    Target,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Named<T> {
    pub name: At<String>,
    pub value: T,
}

/// The same words in every language of the product.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Words {
    pub en: At<String>,
    pub fr: At<String>,
}

impl Words {
    pub fn in_language(&self, lang: &str) -> &str {
        match lang {
            "fr" => &self.fr.value,
            _ => &self.en.value,
        }
    }
}

// Stands in for what could not be read; a problem says so.
impl Default for At<String> {
    fn default() -> Self {
        Self::new(String::new(), 0..0)
    }
}

/// `{ connector = "autotask", entity = "invoice" }`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EndRef {
    pub connector: At<String>,
    pub entity: At<String>,
}

/// Which sides a flow writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum Mode {
    /// The target follows what changes in the source; what people change in the target stays.
    #[default]
    OneWay,
    /// The target is the source's image: what people change there is overwritten, and told.
    Mirror,
    /// Each side follows the other.
    TwoWay,
    /// Who asks in the source is answered there, from what is found in the target. Nothing is linked.
    Answer,
}

impl Mode {
    /// As a flow file has them.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("one_way", Self::OneWay),
        ("mirror", Self::Mirror),
        ("two_way", Self::TwoWay),
        ("answer", Self::Answer),
    ];
    /// What an option can choose between.
    pub const CHOICES: [(&'static str, Self); 3] = [
        ("one_way", Self::OneWay),
        ("mirror", Self::Mirror),
        ("two_way", Self::TwoWay),
    ];

    /// Nothing leads from the target to the source by the same rules.
    pub fn goes_one_way(self) -> bool {
        matches!(self, Self::OneWay | Self::Answer)
    }
}

/// `mode = "two_way"`, or `mode = { option = "direction" }` for a choice of the tenant's.
#[derive(Debug, Clone, PartialEq)]
pub enum ModeRule {
    Fixed(At<Mode>),
    Option(At<String>),
}

/// What becomes of a target record when its source record is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GonePolicy {
    /// The journal says so.
    Report,
    /// Fields of the target are set, and the journal says so.
    Deactivate,
    Delete,
}

/// `[gone]`
#[derive(Debug, Clone, PartialEq)]
pub struct GoneRule {
    pub span: Span,
    pub policy: GonePolicy,
    /// The fields that a deactivation sets.
    pub set: Vec<(At<String>, At<Value>)>,
    /// A run does it to at most so many records; a person decides about more.
    pub most: Option<u64>,
}

/// `[match]`: fields of the target by which `link match` tells what is there on both sides, beside the
/// identities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MatchRule {
    /// Natural keys that a run does not go by.
    pub keys: Vec<At<String>>,
    pub name: Option<At<String>>,
    pub phone: Option<At<String>>,
    pub email: Option<At<String>>,
    pub postal_code: Option<At<String>>,
}

/// Who wins where both sides changed the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictPolicy {
    Source,
    Target,
    Newest,
    /// The record stands aside until a person chooses.
    Ask,
}

impl ConflictPolicy {
    pub const WORDS: [(&'static str, Self); 4] = [
        ("source", Self::Source),
        ("target", Self::Target),
        ("newest", Self::Newest),
        ("ask", Self::Ask),
    ];
}

/// `policy = "ask"`, or `policy = { option = "conflict" }` for a choice of the tenant's.
#[derive(Debug, Clone, PartialEq)]
pub enum PolicyRule {
    Fixed(ConflictPolicy),
    Option(At<String>),
}

/// `[conflict]`
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictRule {
    pub span: Span,
    pub policy: PolicyRule,
    /// For `newest`: the field of either side that says when it changed.
    pub changed: Option<(At<String>, At<String>)>,
}

/// Whose a field is, whatever the conflict policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Source,
    Target,
}

/// `[back]`: what of the way from target to source cannot be told from the rules of the way there. In it
/// `source` is what is read, as in every rule: the flow's target.
#[derive(Debug, Clone, PartialEq)]
pub struct BackRule {
    pub span: Span,
    pub may_create: bool,
    pub record_title: Option<Words>,
    pub filter: Vec<FilterRule>,
    pub when: Option<At<String>>,
    pub create_when: Option<At<String>>,
    pub identity: Vec<IdentityRule>,
    pub lookups: Vec<LookupRule>,
    pub values: Vec<Named<Rule>>,
    pub fields: Vec<Named<Rule>>,
    pub rejects: Vec<RejectRule>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FilterRule {
    pub span: Span,
    pub field: At<String>,
    pub op: At<Comparison>,
    pub given: Given,
}

/// What a condition compares with.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// `empty` and `not_empty` compare with nothing.
    Nothing,
    Value(At<Value>),
    /// Left out of the filter while the option is not set.
    Option(At<String>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct OptionRule {
    pub name: At<String>,
    pub kind: OptionKind,
    pub required: bool,
    pub default: Option<At<super::reader::Item>>,
    pub help: Words,
    /// What it is the name of.
    pub names: Option<NamesRule>,
}

/// What in a system an option is the name of, so that the doctor can look whether it is there.
#[derive(Debug, Clone, PartialEq)]
pub struct NamesRule {
    pub span: Span,
    pub side: SideRef,
    pub thing: Nameable,
    /// The flow writes it; otherwise it only reads it.
    pub is_written: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Nameable {
    /// An object of the system.
    Object,
    /// A field of this entity.
    FieldOf(String),
    /// A field of the object that this option names.
    FieldOfNamed(String),
}

#[derive(Debug, Clone, PartialEq)]
pub enum OptionKind {
    Text,
    Enum(Vec<At<String>>),
    Bool,
    Integer,
    Decimal,
    Date,
    List,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TableRule {
    pub name: At<String>,
    pub help: Words,
    /// No two rows may say the same.
    pub one_to_one: bool,
    pub rows: Vec<(At<String>, At<String>)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct IdentityRule {
    pub span: Span,
    pub way: IdentityWay,
    /// Of its keys, those that the flow compares and does not write.
    pub values: Vec<Named<Rule>>,
    pub when: Option<At<String>>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum IdentityWay {
    Marker {
        source: At<String>,
        target: At<String>,
    },
    Natural {
        fields: Vec<At<String>>,
        on_exists: bool,
    },
}

/// One record of either side, all that fit, or one entry of a list that is at hand.
#[derive(Debug, Clone, PartialEq)]
pub struct LookupRule {
    pub name: At<String>,
    pub place: LookupPlace,
    /// All records that fit, as the list `found` of one.
    pub several: bool,
    pub on_missing: Option<At<OnMissing>>,
    /// `[lookup.NAME.create]`
    pub create: Option<CreateRule>,
    pub refusal: Refusal,
}

#[derive(Debug, Clone, PartialEq)]
pub enum LookupPlace {
    /// A record found by a key.
    Keyed {
        entity: EntityRef,
        /// Tried in order until one finds a record.
        ways: Vec<LookupWay>,
    },
    /// All records there are, where a condition holds.
    Every {
        entity: EntityRef,
        when: Option<At<String>>,
    },
    /// The first entry of a list for which a condition holds.
    Among {
        list: At<String>,
        filter: At<String>,
    },
}

/// How a record is made that a look-up does not find.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateRule {
    pub span: Span,
    pub when: Option<At<String>>,
    pub fields: Vec<Named<Rule>>,
}

/// `source.billing_code`
#[derive(Debug, Clone, PartialEq)]
pub struct EntityRef {
    pub span: Span,
    pub side: SideRef,
    pub entity: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideRef {
    Source,
    Target,
}

#[derive(Debug, Clone, PartialEq)]
pub struct LookupWay {
    pub span: Span,
    pub by: At<String>,
    /// The value is a source id of this flow, to be translated through its link.
    pub link: Option<At<String>>,
    pub key: KeyRef,
    pub when: Option<At<String>>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum KeyRef {
    From(At<String>),
    Expr(At<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMissing {
    Error,
    /// The rule gives nothing; the field is not written.
    Skip,
    /// The other flow is run for the record; of a look-up, the record is made.
    Create,
    /// The record is tried again when the reference is there.
    Wait,
    Default,
    /// Look-ups only: goes on with an empty record.
    Empty,
}

/// One field, value or column: where it comes from and what is done with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub span: Span,
    pub from: Origin,
    pub when: Option<At<String>>,
    /// The value where `when` does not hold.
    pub otherwise: Option<At<Value>>,
    pub on_missing: Option<At<OnMissing>>,
    /// The record of the other flow is brought up to date first.
    pub fresh: bool,
    pub default: Option<At<Value>>,
    pub only_create: OnlyCreate,
    pub owner: Option<At<Owner>>,
    pub decimal: Option<At<u32>>,
    pub truncate: Option<At<u64>>,
    pub omit_zero: bool,
    pub refusal: Refusal,
}

/// Whether a field is set once, at creation, and then belongs to the target.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum OnlyCreate {
    #[default]
    No,
    Yes,
    /// Where this expression over the options holds.
    When(At<String>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// The rule was not readable; the problem is noted.
    Unreadable,
    From(At<String>),
    Const(At<Value>),
    Expr(At<String>),
    FirstOf(Vec<Rule>),
    Map {
        table: At<String>,
        from: At<String>,
    },
    Ref {
        flow: At<String>,
        from: At<String>,
    },
    Sum {
        list: At<String>,
        of: At<String>,
        filter: Option<At<String>>,
    },
}

/// The author's own code and words for a rejection.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Refusal {
    pub code: Option<At<String>>,
    pub message: Option<Words>,
}

/// The lines of a record, each mapped on its own.
#[derive(Debug, Clone, PartialEq)]
pub struct ChildRule {
    /// The target's list.
    pub name: At<String>,
    /// Which of its blocks: `lines`, `lines[2]`.
    pub id: String,
    /// The source's list, `source` itself, or a list of a record that was looked up.
    pub from: At<String>,
    pub title: Option<Words>,
    pub filter: Option<At<String>>,
    pub only_create: OnlyCreate,
    pub lookups: Vec<LookupRule>,
    pub values: Vec<Named<Rule>>,
    pub fields: Vec<Named<Rule>>,
    pub append: Vec<AppendRule>,
}

/// One line beside those of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct AppendRule {
    pub when: Option<At<String>>,
    pub fields: Vec<Named<Rule>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RejectRule {
    pub when: At<String>,
    pub code: At<String>,
    pub message: Words,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ReportRule {
    pub span: Span,
    pub entity: EntityRef,
    pub when: Option<At<String>>,
    pub open: Option<(At<String>, At<Value>)>,
    pub fields: Vec<Named<Rule>>,
    pub write_back: Vec<Named<Rule>>,
}

/// `expect` of a check.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectRule {
    pub place: EntityRef,
    pub by: At<String>,
    pub key: KeyRef,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CheckRule {
    pub code: At<String>,
    pub when: Option<At<String>>,
    pub each: Option<(EntityRef, Vec<FilterRule>)>,
    /// What must be found; none where the records of `each` are themselves what is wrong.
    pub expect: Option<ExpectRule>,
    /// Fields of `each` for whoever mends the records in bulk.
    pub list: Vec<At<String>>,
    pub message: Words,
    /// What is said where the record is there but for its capitals.
    pub case: Option<Words>,
    pub menu: Option<Words>,
    pub fix: Option<Words>,
}
