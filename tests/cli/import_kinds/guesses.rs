//! Guessed maps: what is certain is written, what is not is asked, and what a guess says it does is what happens.

use super::{column, guess, says};

/// What is guessed of a file: these lines are in the map, and these texts are not.
fn check(file: &str, lines: &[&str], not: &[&str]) -> super::Came {
    let (map, came) = guess(file.as_bytes());
    for line in lines {
        assert!(map.contains(line), "no {line:?} in\n{map}");
    }
    for text in not {
        assert!(!map.contains(text), "{text:?} in\n{map}");
    }
    came
}

#[test]
fn times_that_could_be_two_are_asked_and_others_are_told() {
    let file = |first: &str, second: &str| {
        format!("Email,Date,Campaign,Action\na@x.example,\"{first}\",expo,Attended\nb@x.example,\"{second}\",expo,Demo\n")
    };
    check(&file("03/11/2026", "20/11/2026"), &["date: day_first }    # this fits every row"], &["CHECK"]);
    check(&file("03/11/2026", "04/11/2026"), &["CHECK: every row could be month_first too, such as `03/11/2026`"], &[]);
    check(&file("11/3/26 3:04 PM", "11/23/26 12:30 AM"), &["date: month_first }    # this fits"], &["CHECK"]);
    check(&file("20-10-25", "03-11-25"), &["CHECK: every row could be"], &[]);
    check(&file("2026-11-03 15:04:05 UTC", "n/a"), &["date: ", "CHECK: nothing stands there in 1 row"], &[]);
    check(&file("46329.5", "46330"), &["serial_days", "CHECK: its numbers are taken for a spreadsheet's serial days"], &[]);
    check(&file("1793718245123.0", "1.793718245E+12"), &["epoch_milliseconds"], &[]);
    check(&file("2036-11-03", "2026-11-04"), &["CHECK: 1 row is in the future"], &[]);
    check("Submitted At (UTC),Email,Action\n2026-11-03 15:04,a@x.example,Demo\n", &[", time_zone: UTC }"], &[]);
    check("Submitted At (EST),Email,Action\n2026-11-03 15:04,a@x.example,Demo\n", &["CHECK: the header says EST"], &[]);
}

#[test]
fn numbers_and_currencies_that_could_be_two_are_asked() {
    let sales = |rows: &str| format!("Website;Stage;Close date;Amount\n{rows}");
    let came = check(
        &sales("a.example;Won;20.11.2026;12.500\nb.example;Lost;21.11.2026;9.750\n"),
        &["decimal: \",\" }    # CHECK: every row could have `.` for the decimals too, such as `12.500`"],
        &[],
    );
    assert_eq!(column(&came.events, "value_usd"), ["12500", "9750"]);
    check(&sales("a.example;Won;20.11.2026;12.500,5\n"), &["a comma for the decimals, by its rows"], &["could have"]);
    check(
        "Site,Website,Stage,Close date,Amount (MXN)\nx,a.example,Won,2026-11-20,700\n",
        &["currency: { constant: MXN }", "CHECK: in MXN"],
        &[],
    );
    let came = check(
        "Website,Stage,Close date,Importe,Moneda\na.example,Ganada,2026-11-20,700,MXN\nb.example,Perdida,2026-11-20,70,USD\n",
        &["currency: Moneda", "CHECK: what is in MXN"],
        &[],
    );
    assert_eq!(column(&came.events, "value_usd"), ["-", "70"]);
    check("Website,Stage,Close date,Amount\na.example,Won,2026-11-20,700\n", &["CHECK: taken for US dollars"], &[]);
    let came = check(
        "Email;Datum;Aktion;Mitarbeiter;Jahresumsatz\na@x.example;13.11.2026;Demo;1.000;2.500.000\nb@x.example;13.11.2026;Demo;2.500;750.000\n",
        &["company.employees", "company.revenue_usd"],
        &["could have"],
    );
    assert_eq!(column(&came.events, "company.employees"), ["1000", "2500"]);
}

#[test]
fn the_person_is_neither_the_seller_nor_the_deal_nor_a_wish() {
    let came = check(
        "Account Owner Email,Work Email,Date,Status\nsoto@seller.example,a@x.example,2026-11-03,Demo\nsoto@seller.example,b@x.example,2026-11-03,Attended\n",
        &["person.email: { column: Work Email }"],
        &["person.email: { column: Account Owner"],
    );
    assert_eq!(column(&came.events, "person.email"), ["a@x.example", "b@x.example"]);
    check("Vendedor,Correo,Fecha,Estado\nsoto@seller.example,a@x.example,2026-11-23,Demo\n", &["person.email: { column: Correo }"], &[]);
    check(
        "Sales Rep E-Mail,When it was,Status\nsoto@seller.example,2026-11-03,Demo\n",
        &["person.id: { column: CHANGE-ME }"],
        &["person.email: {"],
    );
    check("First mail,Second mail,Date,Status\na@x.example,b@x.example,2026-11-03,Demo\n", &["CHECK: Second mail has addresses too"], &[]);
    check("Deal ID,Deal Stage,Close Date\n901,Closed Won,2026-11-20\n", &["MISSING: nothing says whose outcome it is"], &["person.id"]);
    check("Email,Action,Target date\na@x.example,Demo,15/01/2027\n", &["occurred_at: { column: CHANGE-ME }    # MISSING"], &[]);
    check("Website,Stage,Mobile\na.example,Won,5555500100\n", &["at: { column: CHANGE-ME }"], &[]);
    check("Email,Noted,Status\na@x.example,2026-11-03,Demo\n", &["CHECK: by its shape alone"], &[]);
    check(
        "Email,Create Date,Website URL,Associated Company Domain,Status\na@gmail.com,2026-11-03,,lumen.example,Demo\nb@gmail.com,2026-11-03,https://blog.example,cobre.example,Demo\n",
        &["company.domain: { column: Associated Company Domain }    # CHECK: Website URL"],
        &[],
    );
}

#[test]
fn identifiers_tell_rows_apart_and_lose_none() {
    let came = check(
        "Email,Date,Campaign,Action\na@x.example,2026-11-03,expo,Attended\na@x.example,2026-11-03,expo,Demo\nb@x.example,2026-11-03,expo,Attended\n",
        &["interaction_id: { join: [Email, Date"],
        &[],
    );
    let ids = column(&came.events, "interaction_id");
    assert!(ids.len() == 3 && ids[0] != ids[1], "{ids:?}");
    check(
        "Contact ID,Email,Created Date,Status\n7,a@x.example,2026-11-03,Demo\n8,b@x.example,2026-11-03,Demo\n",
        &["interaction_id: { join: ", "person.id: { column: Contact ID }"],
        &["interaction_id: { column: Contact ID"],
    );
    check(
        "Email,Date,Action\na@x.example,2026-11-03,Demo\na@x.example,2026-11-03,Demo\n",
        &["CHECK: 1 row is the same as one before"],
        &[],
    );
    let came = check(
        "Contact ID,Email,Date,Action,Company ID\nNULL,a@gmail.com,2026-11-03,Demo,NULL\n(null),b@gmail.com,2026-11-03,Demo,n/a\n",
        &[],
        &["person.id: { column: Contact ID"],
    );
    assert_eq!(column(&came.events, "company.id"), ["-", "-"]);
    check(
        "Email,Date,Campaign ID,Campaign,Action\na@x.example,2026-11-03,c1,expo,Demo\nb@x.example,2026-11-03,,organic,Demo\n",
        &["campaign.id: { column: Campaign, slug: true }"],
        &[],
    );
    check("Email,Date,Action\na@x.example,2026-11-03,Demo\nnone,2026-11-03,Demo\nnobody,2026-11-04,Demo\n", &["CHECK"], &[]);
}

#[test]
fn words_are_whole_and_a_no_is_asked() {
    check(
        "Email,Date,Status\na@x.example,2026-11-03,Attended\nb@x.example,2026-11-03,Not attended\nc@x.example,2026-11-03,Declined demo\nd@x.example,2026-11-03,No-show\ne@x.example,2026-11-03,Democracy day\nf@x.example,2026-11-03,asistió\ng@x.example,2026-11-03,Nicht teilgenommen\nh@x.example,2026-11-03,ATTENDED\n",
        &[
            "Attended: attended\n",
            "Not attended: invited    # CHECK",
            "Declined demo: invited    # CHECK",
            "No-show: registered\n",
            "Democracy day: democracy_day    # CHECK",
            "asistió: attended\n",
            "Nicht teilgenommen: invited    # CHECK",
        ],
        &["ATTENDED"],
    );
    let many: String = (0..40).map(|number| format!("p{number}@x.example,2026-11-03,Word {number}\n")).collect();
    check(&format!("Email,Date,Status\n{many}"), &["MISSING: `Status` may say it, but has 40 different words"], &[]);
    let came = check(
        "Email,Join Time,Attended\na@x.example,2026-11-03 10:00,Yes\nb@x.example,2026-11-03 10:00,No\n",
        &["lookup: { \"No\": registered, \"Yes\": attended }"],
        &[],
    );
    assert_eq!(column(&came.events, "kind"), ["attended", "registered"]);
}

#[test]
fn endings_are_sales_and_prizes_are_none() {
    check(
        "Email,Date,Campaign,Status\na@x.example,2026-11-03,expo,Won a bag\nb@x.example,2026-11-03,expo,Lost badge\n",
        &["of: interactions"],
        &[],
    );
    check("Email,Date,Campaign,Status\na@x.example,2026-11-03,expo,Won\n", &["of: outcomes    # guessed: CHECK"], &[]);
    for (won, lost) in
        [("Gagné", "Perdu"), ("Gewonnen", "Verloren"), ("Ganado", "Perdido"), ("Closed won", "Closed lost"), ("Vinto", "Perso")]
    {
        let came = check(
            &format!("Website;Phase;Close date\na.example;{won};20.11.2026\nb.example;{lost};21.11.2026\nc.example;Open;\n"),
            &["of: outcomes", "when:", "not_in: [Open]"],
            &[],
        );
        assert_eq!((column(&came.events, "outcome"), came.status), (vec!["won".to_owned(), "lost".to_owned()], 0), "{}", came.told);
        says(&came.told, &["1 passed over by the map's `when`"]);
    }
    let came = check(
        "Deal - Status,Deal - Value,Person - Email,Deal - Closed on,Deal - Created\nWon,40000,a@x.example,2026-11-20,2026-10-01\n",
        &["of: outcomes"],
        &[],
    );
    assert_eq!(
        (column(&came.events, "value_usd"), column(&came.events, "at")),
        (vec!["40000".to_owned()], vec!["2026-11-20T00:00:00.000Z".to_owned()])
    );
    check("Prospect ID,Lead Source,Created,Won\np1,Chat,2026-11-03,1\n", &["CHECK: Won looks like an ending"], &[]);
}

#[test]
fn consent_and_refusal_are_read_or_asked() {
    let came = check(
        "Email,Date,Action,Newsletter opt-in,Do not contact\na@x.example,2026-11-03,Demo,Yes,Yes\nb@x.example,2026-11-03,Demo,Yes,No\n",
        &["refused_by: [Do not contact]"],
        &[],
    );
    assert_eq!(column(&came.events, "person.consent.contact"), ["false", "true"]);
    let came =
        check("Email,Date,Action,Unsubscribed\na@x.example,2026-11-03,Demo,1\nb@x.example,2026-11-03,Demo,0\n", &["refused: true"], &[]);
    assert_eq!(column(&came.events, "person.consent.contact"), ["false", "true"]);
    let came = check(
        "Email;Datum;Aktion;Einwilligung\na@x.example;13.11.2026;Demo;ja\nb@x.example;13.11.2026;Demo;nein\n",
        &["person.consent.contact: { column: Einwilligung }"],
        &[],
    );
    assert_eq!(column(&came.events, "person.consent.contact"), ["true", "false"]);
    check(
        "Email,Date,Action,Consent text\na@x.example,2026-11-03,Demo,I agree to mails\n",
        &["CHECK: Consent text looks like consent"],
        &[],
    );
}
