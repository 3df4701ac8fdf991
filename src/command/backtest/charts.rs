//! The charts of a report's page, as SVG.
//!
//! Each has a title and a description for those who don't see it; what it shows stands in a table besides. Pure.

use std::fmt::Write as _;

use super::html::escaped;
use super::judge::RuleRow;
use super::report::{DecisionRow, Week};
use super::statistics::Finding;
use crate::command::replay::words;
use crate::contract::Decision;

/// The width of every chart in its own units; the page scales it.
const WIDTH: f64 = 860.0;
/// The most bars of reasons.
const MAX_REASONS: usize = 12;
/// The height of a row of a chart of rows.
const ROW: f64 = 24.0;

fn open(height: f64, id: &str, title: &str, description: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-text\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-text\">{}</desc>\n",
        escaped(title),
        escaped(description)
    )
}

/// A round number at or above `most`, to end an axis with.
fn round_up(most: f64) -> f64 {
    // Even numbers, because the middle of the axis is written too.
    let size = 10_f64.powf(most.max(1.0).log10().floor());
    let steps = if size > 1.0 { [1.0, 1.2, 1.6, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0].as_slice() } else { &[2.0, 4.0, 6.0, 8.0, 10.0] };
    steps.iter().map(|step| step * size).find(|round| *round >= most).unwrap_or(most)
}

/// Leads of each week; of them those that were won.
pub fn weeks(weeks: &[Week]) -> Option<String> {
    let (left, begin, plot): (f64, f64, f64) = (44.0, 26.0, 190.0);
    let most = weeks.iter().map(|week| week.leads).max().filter(|most| *most > 0)?;
    let top = round_up(most as f64);
    let with_won = weeks.iter().any(|week| week.won.is_some());
    let best = weeks.iter().max_by_key(|week| week.leads)?;
    let description = format!("{} weeks; the most leads, {most}, in the week of {}.", weeks.len(), best.week);
    let mut svg = open(begin + plot + 26.0, "weeks", "Leads per week", &description);
    let y = |leads: f64| begin + plot * (1.0 - leads / top);
    for part in [0.0, 0.5, 1.0] {
        let (at, value) = (y(top * part), top * part);
        let _ = writeln!(svg, "<line class=\"grid\" x1=\"{left}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>");
        let _ = writeln!(svg, "<text class=\"faint end\" x=\"{}\" y=\"{:.1}\">{value}</text>", left - 6.0, at + 4.0);
    }
    let step = (WIDTH - left) / weeks.len() as f64;
    let bar = (step * 0.8).min(48.0);
    let every = weeks.len().div_ceil(8);
    for (number, week) in weeks.iter().enumerate() {
        let middle = left + step * (number as f64 + 0.5);
        let x = middle - bar / 2.0;
        let tip = format!("week of {}: {} leads{}", week.week, week.leads, week.won.map_or_else(String::new, |won| format!(", {won} won")));
        let mut part = |class: &str, leads: u64| {
            let (at, height) = (y(leads as f64), plot * leads as f64 / top);
            let _ = writeln!(
                svg,
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{at:.1}\" width=\"{bar:.1}\" height=\"{height:.1}\"><title>{tip}</title></rect>"
            );
        };
        part("bar", week.leads);
        week.won.into_iter().for_each(|won| part("won", won));
        if number % every == 0 {
            let _ = writeln!(svg, "<text class=\"faint middle\" x=\"{middle:.1}\" y=\"{}\">{}</text>", begin + plot + 18.0, week.week);
        }
    }
    if with_won {
        legend(&mut svg, left, &[("bar", "leads"), ("won", "of them won later")]);
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

fn legend(svg: &mut String, left: f64, entries: &[(&str, &str)]) {
    let mut x = left;
    for (class, text) in entries {
        let _ = writeln!(svg, "<rect class=\"{class}\" x=\"{x}\" y=\"2\" width=\"11\" height=\"11\"/>");
        let _ = writeln!(svg, "<text class=\"faint\" x=\"{}\" y=\"12\">{}</text>", x + 16.0, escaped(text));
        x += 40.0 + 6.5 * text.chars().count() as f64;
    }
}

/// Decisions by reason, the most frequent first.
pub fn decisions(decisions: &[DecisionRow]) -> Option<String> {
    let (left, right): (f64, f64) = (360.0, 110.0);
    let shown = &decisions[..decisions.len().min(MAX_REASONS)];
    let most = shown.first()?.count as f64;
    let all: u64 = decisions.iter().map(|row| row.count).sum();
    let description = format!("Most frequent: {}, {} of {all}.", words::reason(shown[0].reason), shown[0].count);
    let mut svg = open(ROW * shown.len() as f64 + 4.0, "reasons", "Decisions by reason", &description);
    for (number, row) in shown.iter().enumerate() {
        let y = ROW * number as f64;
        let width = ((WIDTH - left - right) * row.count as f64 / most).max(1.0);
        let class = if row.decision == Decision::Qualified { "won" } else { "quiet" };
        let name = format!("{}: {}", row.decision.as_str().replace('_', " "), words::reason(row.reason));
        let name: String = if name.chars().count() > 54 { name.chars().take(53).chain(['…']).collect() } else { name };
        let _ = writeln!(svg, "<text class=\"end\" x=\"{}\" y=\"{}\">{}</text>", left - 8.0, y + 16.0, escaped(&name));
        let _ = writeln!(svg, "<rect class=\"{class}\" x=\"{left}\" y=\"{}\" width=\"{width:.1}\" height=\"{}\"/>", y + 3.0, ROW - 7.0);
        let share = 100.0 * row.count as f64 / all as f64;
        let _ =
            writeln!(svg, "<text class=\"faint\" x=\"{:.1}\" y=\"{}\">{} ({share:.1} %)</text>", left + width + 6.0, y + 16.0, row.count);
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

/// The lift of each rule with its interval, on a scale where twice and half are equally far from one.
pub fn rules(rules: &[RuleRow]) -> Option<String> {
    let (left, right, begin): (f64, f64, f64) = (200.0, 70.0, 40.0);
    let known: Vec<_> = rules.iter().filter_map(|rule| rule.lift.map(|lift| (rule, lift))).collect();
    let widest = known.iter().filter(|(rule, _)| rule.finding != Finding::TooFew).flat_map(|(_, lift)| [lift.low, lift.high]);
    // From a quarter to four times at the least; what lies outside is cut, and the table has it.
    let reach = widest.filter(|end| *end > 0.0).map(|end| end.ln().abs()).fold(4_f64.ln(), f64::max).min(32_f64.ln()) * 1.05;
    if known.is_empty() {
        return None;
    }
    let more = known.iter().filter(|(rule, _)| rule.finding == Finding::More).count();
    let description = format!("{} rules; of {more} of them those who match win more often, beyond chance.", known.len());
    let mut svg = open(begin + ROW * known.len() as f64 + 6.0, "rules", "Lift over the base rate, with 95 % intervals", &description);
    let x = |times: f64| left + (WIDTH - left - right) * (0.5 + 0.5 * (times.max(1e-9).ln() / reach).clamp(-1.0, 1.0));
    let bottom = begin + ROW * known.len() as f64;
    for times in [0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0].into_iter().filter(|times: &f64| times.ln().abs() <= reach) {
        let at = x(times);
        let class = if times == 1.0 { "base" } else { "grid" };
        let label = if times < 1.0 { format!("1/{:.0}", 1.0 / times) } else { format!("{times:.0}×") };
        let _ = writeln!(svg, "<line class=\"{class}\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{}\" y2=\"{bottom}\"/>", begin - 4.0);
        let _ = writeln!(svg, "<text class=\"faint middle\" x=\"{at:.1}\" y=\"{}\">{label}</text>", begin - 9.0);
    }
    legend(&mut svg, left, &[("more", "win more often"), ("less", "win less often"), ("none", "can't be told from chance, or too few")]);
    for (number, (rule, lift)) in known.iter().enumerate() {
        let y = begin + ROW * (number as f64 + 0.5);
        let class = match rule.finding {
            Finding::More => "more",
            Finding::Less => "less",
            Finding::NoDifference | Finding::TooFew => "none",
        };
        let name: String = rule.id.chars().take(30).collect();
        let _ = writeln!(svg, "<text class=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>", left - 10.0, y + 4.0, escaped(&name));
        let _ = writeln!(
            svg,
            "<line class=\"interval {class}\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
            x(lift.low),
            x(lift.high)
        );
        let (at, text) = (x(lift.times), rule.finding.in_words());
        let _ = writeln!(svg, "<circle class=\"{class}\" cx=\"{at:.1}\" cy=\"{y:.1}\" r=\"4.5\"><title>{}</title></circle>", escaped(text));
        let _ = writeln!(svg, "<text class=\"end\" x=\"{}\" y=\"{:.1}\">{:.1}×</text>", WIDTH - 8.0, y + 4.0, lift.times);
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

#[cfg(test)]
mod tests {
    use super::round_up;

    #[test]
    fn an_axis_ends_with_a_round_number() {
        for (most, end) in
            [(0.0, 2.0), (1.0, 2.0), (3.0, 4.0), (9.0, 10.0), (11.0, 12.0), (13.0, 16.0), (49.0, 60.0), (100.0, 100.0), (101.0, 120.0)]
        {
            assert_eq!(round_up(most), end, "{most}");
        }
    }
}
