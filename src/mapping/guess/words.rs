//! What columns are called, in several languages: names without spaces and signs, in small letters.

/// For each field, the names of columns that mean it, best first. `campaign.name` stands in for an identifier.
#[rustfmt::skip] // a list to read by its fields
pub const SYNONYMS: &[(&str, &[&str])] = &[
    ("interaction_id", &["interactionid", "eventid", "activityid", "campaignmemberid", "submissionid", "responseid", "registrationid", "orderid", "attendeeid", "responsenumber", "rowid", "id"]),
    (
        "occurred_at",
        &[
            "occurredat", "timestamp", "marcatemporal", "zeitstempel", "horodateur", "eventdate", "activitydate", "submittedat", "submitdate", "submissiondate", "submittime", "conversiondate", "firstrespondeddate", "memberfirstrespondeddate",
            "responsedate", "recentconversiondate", "jointime", "registrationtime", "registrationdate", "registeredat", "orderdate", "date", "datetime", "time", "activitytime", "createddate", "createdtime", "createdat", "createdon", "createdateutc", "createdate", "created", "senton", "sentat",
            "fecha", "fechayhora", "fechadecreacion", "fechadecreación", "fechaderegistro", "fechadeenvio", "fechadeenvío", "datum", "datumuhrzeit", "erstelltam", "datederéponse", "datedecréation", "datedecreation", "data", "dataehora", "datadecriação", "datadicreazione", "aangemaaktop",
        ],
    ),
    ("kind", &["kind", "eventtype", "activitytype", "interactiontype", "interaction", "activity", "memberstatus", "attendeestatus", "gueststatus", "registrationstatus", "attendancestatus", "type", "status", "action", "leadsource", "source", "tipo", "actividad", "estado", "estatus", "acción", "accion", "aktion", "typ", "statut", "ação", "stato"]),
    ("offering", &["offering", "product", "productinterest", "productofinterest", "interest", "solution", "producto", "oferta", "produkt", "produit", "produto", "prodotto"]),
    ("campaign.id", &["campaignid", "utmcampaign", "eventcode"]),
    ("campaign.name", &["campaign", "campaignname", "eventname", "event", "webinar", "recentconversion", "formname", "form", "campaña", "campana", "evento", "kampagne", "veranstaltung", "campagne", "événement", "campanha", "campagna"]),
    ("campaign.agency", &["agency", "agencia", "agentur", "agence"]),
    ("campaign.channel", &["channel", "campaigntype", "utmmedium", "medium", "originaltrafficsource", "originalsource", "canal", "kanal"]),
    ("person.id", &["personid", "contactid", "leadorcontactid", "leadid", "prospectid", "userid", "recordid"]),
    ("person.name", &["name", "fullname", "contactname", "attendeename", "nombre", "nombrecompleto", "nom", "nomcomplet", "nome", "naam", "lastname"]),
    (
        "person.email",
        &[
            "email", "emailaddress", "workemail", "businessemail", "companyemail", "contactemail", "contactemailaddress", "personemail", "personemailwork", "emailwork", "leademail", "attendeeemail", "guestemail", "inviteeemail", "registrantemail",
            "mail", "correo", "correoelectronico", "correoelectrónico", "emailadresse", "mailadresse", "adressemail", "adresseemail", "courriel", "correio", "endereçodeemail", "indirizzoemail", "emailadres", "primarycontactemail",
        ],
    ),
    ("person.phone", &["phone", "phonenumber", "mobile", "mobilephone", "telefono", "teléfono", "movil", "móvil", "telefon", "telefonnummer", "handy", "téléphone", "telephone", "telefone", "celular", "telefoon"]),
    ("person.role", &["role", "title", "jobtitle", "position", "cargo", "puesto", "funktion", "fonction", "funktie", "poste"]),
    ("person.department", &["department", "departamento", "area", "abteilung", "service"]),
    ("person.seniority", &["seniority", "level", "managementlevel"]),
    ("company.id", &["companyid", "accountid", "associatedcompanyids", "associatedcompanyid", "primaryassociatedcompanyid"]),
    ("company.name", &["company", "companyname", "companyoraccount", "companyaccount", "account", "accountname", "organization", "organisation", "associatedcompany", "empresa", "compañía", "firma", "unternehmen", "société", "entreprise", "azienda", "bedrijf"]),
    ("company.domain", &["domain", "companydomainname", "companydomain", "associatedcompanydomain", "accountwebsite", "companywebsite", "website", "websiteurl", "emaildomain", "sitioweb", "dominio", "webseite", "siteweb", "site", "domäne"]),
    ("company.employees", &["employees", "numberofemployees", "noofemployees", "companysize", "headcount", "empleados", "numerodeempleados", "númerodeempleados", "mitarbeiter", "anzahlmitarbeiter", "mitarbeiterzahl", "effectif", "nombredesalariés", "funcionários", "dipendenti"]),
    ("company.industry", &["industry", "sector", "industria", "giro", "branche", "secteur", "setor", "settore"]),
    ("company.country", &["country", "countryregion", "pais", "país", "land", "pays", "paese"]),
    ("company.revenue_usd", &["revenueusd", "annualrevenue", "revenue", "ingresosanuales", "jahresumsatz", "umsatz", "chiffredaffaires", "receitaanual", "fatturato"]),
    ("declared.authority", &["authority", "buyingrole", "decisionrole", "autoridad"]),
    ("declared.budget_usd", &["budgetusd", "budget", "presupuesto", "orçamento"]),
    ("declared.buy_by", &["buyby", "purchasedate", "targetdate", "neededby", "needby", "needitby", "bywhendoyouneedit", "whendoyouneedit", "fechadecompra", "kaufbis"]),
    ("declared.timeframe_days", &["timeframedays"]),
    ("declared.comment", &["comment", "comments", "message", "notes", "comentario", "comentarios", "mensaje", "kommentar", "nachricht", "commentaire", "mensagem", "messaggio"]),
    ("lead_id", &["relevoleadid", "relevolead"]),
    (
        "at",
        &[
            "closedate", "closedat", "closedon", "closeddate", "dealclosedon", "dealclosedate", "decidedat", "wontime", "wondate", "fechadecierre", "cierre", "abschlussdatum", "geschlossenam", "datedeclôture", "datedecloture", "datadefechamento",
            "datadichiusura", "sluitingsdatum", "date", "fecha", "datum", "data",
        ],
    ),
    (
        "value_usd",
        &["amountusd", "valueusd", "amount", "value", "dealvalue", "dealamount", "amountincompanycurrency", "importe", "monto", "betrag", "wert", "auftragswert", "montant", "valeur", "valor", "importo", "valore", "bedrag"],
    ),
];

/// Names of columns that say whether somebody wants to be written to: those that say yes, those that say no.
#[rustfmt::skip] // a list
pub const CONSENTS: (&[&str], &[&str]) = (
    &["consent", "agree", "optin", "optedin", "maycontact", "permission", "acceptsmarketing", "marketingaccepted", "einwilligung", "zustimmung", "consentimiento", "aceptacontacto", "autorizacontacto", "acepta", "autoriza", "consentement", "consentimento", "consenso", "toestemming"],
    &["optout", "optedout", "unsubscribed", "donotcontact", "donotcall", "donotemail", "donotmail", "dnc", "nocontact", "nocontactar", "noenviar", "darsedebaja", "dadodebaja", "abgemeldet", "werbewiderspruch", "widerspruch", "désabonné", "desabonne", "désinscrit", "cancelouinscrição", "disiscritto", "suppressed"],
);

/// Parts of names of columns that are about those who sell, host or keep, and not about the person.
#[rustfmt::skip] // a list
pub const SELLERS: &[&str] = &[
    "owner", "seller", "salesrep", "repemail", "representative", "assigned", "accountexecutive", "accountmanager", "agent", "createdby", "modifiedby", "updatedby", "addedby", "host", "organizer", "organiser", "speaker", "panelist", "referrer", "referredby", "sdr", "bdr", "salesperson", "user",
    "propietario", "vendedor", "comercial", "responsable", "asesor", "ejecutivo", "besitzer", "inhaber", "verkäufer", "verkaeufer", "betreuer", "zuständig", "bearbeiter", "propriétaire", "proprietaire", "commercial", "vendeur", "proprietário", "responsável", "proprietario", "venditore", "eigenaar", "verkoper",
];

/// Parts of names of columns whose times are no time at which something happened: wishes, plans, other things' times.
#[rustfmt::skip] // a list
pub const OTHER_TIMES: &[&str] = &[
    "need", "deadline", "due", "target", "bywhen", "birth", "geburt", "nacimiento", "naissance", "nascimento", "expect", "planned", "next", "valid", "expir", "renew", "until", "follow", "buyby", "purchase", "schedule", "phone", "tel", "zip", "postal", "modified", "updated", "lastlogin", "contract", "start", "end",
    "fechalimite", "previst", "vence", "próxim", "proxim", "nächst", "bis", "frist", "prévu", "échéance", "cuando", "cuándo", "wann", "quand", "quando",
];

/// Names of columns that say how a sale goes.
#[rustfmt::skip] // a list
pub const STAGES: &[&str] = &[
    "stage", "stagename", "dealstage", "opportunitystage", "outcome", "result", "status", "dealstatus", "salesstage", "etapa", "resultado", "estado", "estatus", "phase", "verkaufsphase", "stufe", "ergebnis", "étape", "etape", "statut", "phasedetransaction", "situação", "fase", "stato", "esito", "etapadelnegocio", "etapadonegócio", "pipelinestage",
];
/// Names of columns that say by yes or no that something came of it.
pub const ENDED: &[&str] = &[
    "converted",
    "isconverted",
    "won",
    "iswon",
    "closedwon",
    "isclosed",
    "becamecustomer",
    "customer",
    "convertido",
    "ganado",
    "konvertiert",
    "gewonnen",
    "converti",
    "gagné",
];
/// Parts of names of columns that say by yes or no that something did not take place.
pub const NOT_HELD: &[&str] = &["cancel", "noshow", "absag", "storn", "annul", "deleted", "test", "bounced"];
/// Names of columns that say a currency.
pub const CURRENCIES: &[&str] = &[
    "currency",
    "currencyisocode",
    "currencycode",
    "amountcurrency",
    "dealcurrency",
    "dealcurrencycode",
    "opportunitycurrency",
    "moneda",
    "divisa",
    "währung",
    "waehrung",
    "devise",
    "monnaie",
    "moeda",
    "valuta",
];
