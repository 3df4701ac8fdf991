//! A report as one page of HTML that needs nothing else: no script, no font, no picture from elsewhere.
//!
//! Charts are SVG with a title and a description, and the tables below say the same in figures; colours follow the reader's light or
//! dark setting and never carry a meaning alone. All that comes from outside is escaped. Pure: a report in, a text out.

use std::fmt::Write as _;

use super::charts;
use super::judge::Held;
use super::report::Report;
use super::sections::{Rows, Section, headline, percent, sections, times};
use super::statistics::Share;

/// A table with more rows than these is folded where a chart shows the same.
const MANY_ROWS: usize = 14;
/// How the page looks.
const STYLE: &str = include_str!("page.css");

/// The sections that only outcomes make possible.
const ABOUT_OUTCOMES: [&str; 3] = ["What became of them", "Which rules tell who buys", "Wins that the rulebook missed"];

/// The whole page.
pub fn page(report: &Report) -> String {
    let title = format!("Backtest of {}", headline(report));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        escaped(&title)
    );
    let _ = writeln!(page, "<h1>{}</h1>", escaped(&title));
    let _ = writeln!(page, "<p class=\"digest\">Rulebook {}</p>", escaped(&report.rulebook.digest));
    if let Some(too_small) = report.outcomes.as_ref().and_then(|held| held.too_small.as_ref()) {
        let _ = writeln!(page, "<p class=\"warning\" role=\"note\"><strong>The sample is too small.</strong> {}</p>", escaped(too_small));
    }
    tiles(report, &mut page);
    // Whoever has outcomes wants to know first whether the rulebook was right.
    let mut sections = sections(report);
    sections.sort_by_key(|section| !ABOUT_OUTCOMES.contains(&section.title));
    for section in sections {
        add(&section, chart(&section, report).as_deref(), &mut page);
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn tiles(report: &Report, page: &mut String) {
    page.push_str("<dl class=\"tiles\">\n");
    let mut tile = |name: &str, value: &str, more: &str| {
        let (name, value, more) = (escaped(name), escaped(value), escaped(more));
        let _ = writeln!(page, "<div><dt>{name}</dt><dd><b>{value}</b><span>{more}</span></dd></div>");
    };
    let leads = report.leads as f64 / report.history.accounts.max(1) as f64;
    tile("Leads", &report.leads.to_string(), &format!("{leads:.2} an account"));
    if let Some(held) = &report.outcomes {
        let share = |share: Option<Share>| share.map_or_else(|| "–".to_owned(), |share| percent(share.rate));
        let between = |share: Option<Share>, what: &str| {
            share.map_or_else(String::new, |share| format!("{:.1}–{:.1} %; {what}", share.low * 100.0, share.high * 100.0))
        };
        tile("Precision", &share(held.precision), &between(held.precision, "of leads, won"));
        tile("Recall", &share(held.recall), &between(held.recall, "of wins, leads before"));
        let lift = held.lift.map_or_else(String::new, |lift| format!("{:.2}–{:.2}×; {}", lift.low, lift.high, over_base(held)));
        tile("Lift", &times(held.lift), &lift);
    } else {
        tile("Interactions", &report.history.interactions.to_string(), "");
        tile("Accounts", &report.history.accounts.to_string(), "");
    }
    page.push_str("</dl>\n");
}

fn over_base(held: &Held) -> String {
    held.base_rate.map_or_else(String::new, |base| format!("base rate {}", percent(base.rate)))
}

/// The chart that belongs to a section.
fn chart(section: &Section, report: &Report) -> Option<String> {
    match section.title {
        "Leads per week" => charts::weeks(&report.weeks),
        "Decisions by reason" => charts::decisions(&report.decisions),
        "Which rules tell who buys" => report.outcomes.as_ref().and_then(|held| charts::rules(&held.rules)),
        _ => None,
    }
}

fn add(section: &Section, chart: Option<&str>, page: &mut String) {
    let _ = writeln!(page, "<section>\n<h2>{}</h2>", escaped(section.title));
    paragraphs(&section.before, page);
    if let Some(chart) = chart {
        // On a narrow screen a chart keeps the size of its words, and scrolls.
        let _ = writeln!(
            page,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}, chart\">\n{chart}</div>",
            escaped(section.title)
        );
    }
    if let Some(rows) = &section.table {
        // What a chart shows already is there in figures for whoever wants them.
        let folded = chart.is_some() && rows.rows.len() > MANY_ROWS;
        page.push_str(if folded { "<details><summary>In figures</summary>\n" } else { "" });
        table(rows, section.title, page);
        page.push_str(if folded { "</details>\n" } else { "" });
    }
    paragraphs(&section.behind, page);
    page.push_str("</section>\n");
}

fn paragraphs(texts: &[String], page: &mut String) {
    for text in texts {
        let _ = writeln!(page, "<p>{}</p>", escaped(text));
    }
}

fn table(rows: &Rows, caption: &str, page: &mut String) {
    let class = |column: usize| if column < rows.texts { "" } else { " class=\"number\"" };
    // A wide table scrolls by itself, and can be reached with the keyboard.
    let _ =
        writeln!(page, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">\n<table>\n<thead><tr>", escaped(caption));
    for (column, heading) in rows.headings.iter().enumerate() {
        let _ = write!(page, "<th scope=\"col\"{}>{}</th>", class(column), escaped(heading));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in &rows.rows {
        page.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let (tag, scope) = if column == 0 { ("th", " scope=\"row\"") } else { ("td", "") };
            let _ = write!(page, "<{tag}{scope}{}>{}</{tag}>", class(column), escaped(cell));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n</div>\n");
}

/// Text whose signs mean nothing to HTML.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            sign => escaped.push(sign),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_comes_from_outside_is_no_markup() {
        assert_eq!(escaped("<b a='1'>&\"é"), "&lt;b a=&#39;1&#39;&gt;&amp;&quot;é");
    }
}
