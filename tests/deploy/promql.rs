//! Every query speaks of metrics and labels that the program has: a misspelt one is no error to Prometheus, it finds nothing for ever.
//!
//! A query is taken apart by a parser, and each label is looked up where it is used. What the figures are is none of its business.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::label::METRIC_NAME;
use promql_parser::parser::{self, BinModifier, Expr, LabelModifier, VectorSelector, token};
use relevo::metrics::catalogue::{CATALOGUE, Kind, PREFIX};

use crate::queries::{self, Query};

/// Labels that Prometheus, or its operator, puts on whatever it scrapes.
const OF_THE_TARGET: &[&str] = &["namespace", "job", "pod", "instance"];

type Labels = BTreeSet<String>;

/// Every series that a query may name, with its labels.
struct Known(BTreeMap<String, Labels>);

impl Known {
    /// What the program shows, and what the rules record of it.
    fn new() -> Self {
        let mut known = Self(BTreeMap::new());
        for entry in CATALOGUE {
            let labels: Labels = entry.labels.iter().chain(OF_THE_TARGET).map(|label| (*label).to_owned()).collect();
            let name = format!("{PREFIX}{}", entry.name);
            if let Kind::Histogram(_) = entry.kind {
                let with_le = labels.iter().cloned().chain(["le".to_owned()]).collect();
                known.0.insert(format!("{name}_bucket"), with_le);
                known.0.insert(format!("{name}_sum"), labels.clone());
                known.0.insert(format!("{name}_count"), labels);
            } else {
                known.0.insert(name, labels);
            }
        }
        for rule in queries::rules().into_iter().filter(|rule| !rule.is_alert) {
            let labels = known.check(&rule.query).unwrap_or_else(|refusal| panic!("{}: {refusal}", rule.query.place));
            known.0.insert(rule.name, labels);
        }
        known
    }

    /// The labels of what the query gives; or what it names that there is not.
    fn check(&self, query: &Query) -> Result<Labels, String> {
        self.labels(&parser::parse(&query.text)?)
    }

    fn labels(&self, expr: &Expr) -> Result<Labels, String> {
        match expr {
            Expr::VectorSelector(selector) => self.selected(selector),
            Expr::MatrixSelector(matrix) => self.selected(&matrix.vs),
            Expr::Subquery(subquery) => self.labels(&subquery.expr),
            Expr::Paren(paren) => self.labels(&paren.expr),
            Expr::Unary(unary) => self.labels(&unary.expr),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) => Ok(Labels::new()),
            Expr::Aggregate(aggregate) => {
                let inner = self.labels(&aggregate.expr)?;
                match &aggregate.modifier {
                    None => Ok(Labels::new()),
                    Some(LabelModifier::Include(by)) => among(&by.labels, &inner),
                    Some(LabelModifier::Exclude(without)) => {
                        let gone = among(&without.labels, &inner)?;
                        Ok(inner.difference(&gone).cloned().collect())
                    }
                }
            }
            Expr::Call(call) => {
                let mut labels = Labels::new();
                for argument in &call.args.args {
                    labels.extend(self.labels(argument)?);
                }
                if call.func.name == "label_replace"
                    && let Some(Expr::StringLiteral(made)) = call.args.args.get(1).map(AsRef::as_ref)
                {
                    labels.insert(made.val.clone());
                }
                if call.func.name == "histogram_quantile" && !labels.remove("le") {
                    return Err("histogram_quantile of what has no `le`".to_owned());
                }
                Ok(labels)
            }
            Expr::Binary(binary) => {
                let (left, right) = (self.labels(&binary.lhs)?, self.labels(&binary.rhs)?);
                if let Some(BinModifier { matching: Some(LabelModifier::Include(on)), .. }) = &binary.modifier {
                    among(&on.labels, &left)?;
                    among(&on.labels, &right)?;
                } else if !left.is_empty() && !right.is_empty() && left != right {
                    return Err(format!("{left:?} never meets {right:?}; say `on`"));
                }
                Ok(if binary.op.id() == token::T_LOR || left.is_empty() { left.union(&right).cloned().collect() } else { left })
            }
            Expr::Extension(_) => Err("not a query of Prometheus".to_owned()),
        }
    }

    fn selected(&self, selector: &VectorSelector) -> Result<Labels, String> {
        let name = selector.name.as_ref().ok_or("a selector without a name")?;
        let labels = self.0.get(name).ok_or_else(|| format!("no metric `{name}`"))?;
        let asked: Vec<String> =
            selector.matchers.matchers.iter().map(|matcher| matcher.name.clone()).filter(|label| label != METRIC_NAME).collect();
        among(&asked, labels).map_err(|refusal| format!("{name}: {refusal}"))?;
        Ok(labels.clone())
    }
}

/// The labels, all of which must be there.
fn among(labels: &[String], there: &Labels) -> Result<Labels, String> {
    match labels.iter().find(|label| !there.contains(*label)) {
        Some(label) => Err(format!("no label `{label}` among {there:?}")),
        None => Ok(labels.iter().cloned().collect()),
    }
}

#[test]
fn every_query_names_metrics_and_labels_that_there_are() {
    let known = Known::new();
    let queries = queries::all();
    assert!(queries.len() >= 40, "only {} queries found", queries.len());
    let refused: Vec<String> = queries.iter().filter_map(|query| Some(format!("{}: {}", query.place, known.check(query).err()?))).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn what_is_misspelt_is_found() {
    let known = Known::new();
    let check = |text: &str, says: &str| {
        let refusal = known.check(&Query { place: String::new(), text: text.into() }).expect_err(text);
        assert!(refusal.contains(says), "{text}: {refusal}");
    };
    check("relevo_decision_total", "no metric `relevo_decision_total`");
    check("rate(relevo_decisions_total{cause=\"fit\"}[5m])", "no label `cause`");
    check("sum by (team) (relevo_decisions_total)", "no label `team`");
    check("sum by (reason) (sum by (decision) (relevo_decisions_total))", "no label `reason`");
    check("histogram_quantile(0.9, sum by (stage) (rate(relevo_commit_seconds_bucket[5m])))", "no `le`");
    check("relevo_commit_seconds", "no metric");
    check("relevo_partitions_owned == on (worker) relevo_partitions_expected", "no label `worker`");
    check("relevo_partitions_owned == relevo_restoring", "never meets");
    check("stage:relevo_partitions_missing:sum{code=\"x\"}", "no label `code`");
    check("{job=\"relevo\"}", "without a name");
    check("sum by (", "");
}
