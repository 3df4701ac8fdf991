//! Who the sample month is about: the named people of the story, and a crowd drawn around them.
//!
//! Everybody is fictitious: domains end in `.example`, and numbers are of a range that nobody has. This file refuses to know
//! what they do.

use super::dice::Dice;

/// A company.
#[derive(Clone, Debug)]
pub struct Company {
    /// The marketing tool's identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its domain.
    pub domain: String,
    /// How many people work there.
    pub employees: i64,
    /// Its industry.
    pub industry: &'static str,
    /// Its country.
    pub country: &'static str,
}

/// A person.
#[derive(Clone, Debug)]
pub struct Person {
    /// The marketing tool's identifier.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Work e-mail, or one of a free-mail provider.
    pub email: String,
    /// Phone, where known.
    pub phone: Option<String>,
    /// What they are, where known.
    pub job: Job,
    /// Consent to be contacted, where they were asked.
    pub consent: Option<bool>,
    /// The company's place in [`Cast::companies`], where they named one.
    pub company: Option<usize>,
}

/// Role, department and seniority.
#[derive(Clone, Copy, Debug)]
pub struct Job(pub &'static str, pub &'static str, pub &'static str);

/// Everybody.
#[derive(Debug, Default)]
pub struct Cast {
    /// The companies.
    pub companies: Vec<Company>,
    /// The people: those of the story first.
    pub people: Vec<Person>,
    /// How many of them are the story's.
    named: usize,
}

const FIRST_NAMES: [&str; 32] = [
    "Adriana", "Alonso", "Beatriz", "Bruno", "Camila", "César", "Daniela", "Diego", "Elena", "Emilio", "Fernanda", "Gael", "Gloria",
    "Héctor", "Inés", "Iván", "Julia", "Leonardo", "Lorena", "Mateo", "Mónica", "Nicolás", "Olivia", "Pablo", "Paola", "Raúl", "Renata",
    "Samuel", "Sofía", "Tomás", "Valeria", "Ximena",
];
const LAST_NAMES: [&str; 28] = [
    "Andrade",
    "Bonilla",
    "Carmona",
    "Duarte",
    "Escalante",
    "Figueroa",
    "Galindo",
    "Huerta",
    "Ibarra",
    "Jurado",
    "Lozano",
    "Macías",
    "Navarro",
    "Orozco",
    "Pacheco",
    "Quiroga",
    "Rentería",
    "Salgado",
    "Trejo",
    "Urbina",
    "Valdez",
    "Yáñez",
    "Zavala",
    "Cisneros",
    "Montiel",
    "Peralta",
    "Rosales",
    "Villegas",
];
const TRADES: [(&str, &str); 18] = [
    ("Aceros", "manufacturing"),
    ("Plásticos", "manufacturing"),
    ("Textiles", "manufacturing"),
    ("Empaques", "manufacturing"),
    ("Cerámica", "manufacturing"),
    ("Mercados", "retail"),
    ("Ferreterías", "retail"),
    ("Calzado", "retail"),
    ("Farmacias", "retail"),
    ("Transportes", "logistics"),
    ("Almacenes", "logistics"),
    ("Conservas", "food"),
    ("Molinos", "food"),
    ("Dulces", "food"),
    ("Despacho", "services"),
    ("Clínica", "services"),
    ("Instituto", "education"),
    ("Hotel", "tourism"),
];
const JOBS: [Job; 12] = [
    Job("plant_manager", "operations", "manager"),
    Job("operations_director", "operations", "director"),
    Job("head_of_sales", "sales", "director"),
    Job("store_manager", "sales", "manager"),
    Job("logistics_manager", "operations", "manager"),
    Job("cfo", "finance", "executive"),
    Job("cio", "it", "executive"),
    Job("it_manager", "it", "manager"),
    Job("buyer", "purchasing", "staff"),
    Job("assistant", "administration", "staff"),
    Job("accountant", "finance", "staff"),
    Job("receptionist", "administration", "staff"),
];
/// One visitor in fifty comes for the gifts.
const STUDENT: Job = Job("student", "none", "none");

/// Companies of the story: domain without `.example`, name, industry, employees, country.
const COMPANIES: &[(&str, &str, &str, i64, &str)] = &[
    ("aceros-bravo", "Aceros Bravo", "manufacturing", 420, "MX"),
    ("distribuidora-pacifico", "Distribuidora Pacífico", "retail", 260, "MX"),
    ("rutas-del-norte", "Rutas del Norte", "logistics", 180, "MX"),
    ("conservas-luna", "Conservas Luna", "food", 340, "PE"),
    ("vidrios-aurora", "Vidrios Aurora", "manufacturing", 610, "MX"),
    ("mercados-sol", "Mercados Sol", "retail", 950, "CO"),
    ("textil-quetzal", "Textil Quetzal", "manufacturing", 230, "MX"),
    ("lacteos-la-sierra", "Lácteos La Sierra", "food", 520, "MX"),
    ("muebles-roble", "Muebles Roble", "manufacturing", 130, "MX"),
    ("grupo-montes", "Grupo Montes", "manufacturing", 2300, "MX"),
    ("frio-express", "Frío Express", "logistics", 310, "CL"),
    ("ferreterias-union", "Ferreterías Unión", "retail", 410, "MX"),
    ("panales-delta", "Pañales Delta", "manufacturing", 780, "MX"),
    ("calzado-marina", "Calzado Marina", "retail", 150, "MX"),
    ("cafe-olmeca", "Café Olmeca", "food", 90, "MX"),
    ("puertos-del-golfo", "Puertos del Golfo", "logistics", 1400, "MX"),
    ("talleres-ochoa", "Talleres Ochoa", "manufacturing", 75, "MX"),
    ("panaderia-elena", "Panadería Elena", "food", 12, "MX"),
    ("quimica-alfa", "Química Alfa", "manufacturing", 540, "MX"),
    ("bodegas-lira", "Bodegas Lira", "logistics", 220, "MX"),
    ("grupo-teca", "Grupo Teca", "retail", 300, "MX"),
    ("plasticos-vega", "Plásticos Vega", "manufacturing", 190, "MX"),
    ("motores-tajin", "Motores Tajín", "manufacturing", 860, "MX"),
    ("imprenta-solar", "Imprenta Solar", "manufacturing", 85, "MX"),
    ("empaques-nova", "Empaques Nova", "manufacturing", 140, "MX"),
    ("rivalsoft", "RivalSoft", "services", 600, "MX"),
    ("cervezas-del-norte", "Cervezas del Norte", "food", 1900, "MX"),
    ("electrica-maya", "Eléctrica Maya", "manufacturing", 370, "MX"),
];

const PLANT: Job = JOBS[0];
const OPERATIONS: Job = JOBS[1];
const SALES: Job = JOBS[2];
const STORES: Job = JOBS[3];
const LOGISTICS: Job = JOBS[4];
const FINANCE: Job = JOBS[5];
const IT_HEAD: Job = JOBS[6];
const IT: Job = JOBS[7];
const BUYER: Job = JOBS[8];

/// People of the story: name, job, company's place in [`COMPANIES`] by its domain, consent.
const PEOPLE: &[(&str, Job, &str, Option<bool>)] = &[
    ("Lucía Ferrer", PLANT, "aceros-bravo", Some(true)),
    ("Rodrigo Salas", FINANCE, "aceros-bravo", Some(true)),
    ("Marta Nieto", SALES, "distribuidora-pacifico", Some(true)),
    ("Joel Barrera", LOGISTICS, "rutas-del-norte", Some(true)),
    ("Carmen Luna", OPERATIONS, "conservas-luna", Some(true)),
    ("Andrés Cota", PLANT, "vidrios-aurora", Some(true)),
    ("Pilar Sandoval", SALES, "mercados-sol", Some(true)),
    ("Silvia Robles", IT, "mercados-sol", Some(true)),
    ("Óscar Tovar", OPERATIONS, "textil-quetzal", Some(true)),
    ("Irene Cuevas", FINANCE, "lacteos-la-sierra", Some(true)),
    ("Gonzalo Prado", OPERATIONS, "muebles-roble", Some(true)),
    ("Teresa Prado", FINANCE, "muebles-roble", Some(true)),
    ("Víctor Montes", OPERATIONS, "grupo-montes", Some(true)),
    ("Laura Rivas", IT_HEAD, "grupo-montes", Some(true)),
    ("Felipe Araya", LOGISTICS, "frio-express", Some(true)),
    ("Norma Castañeda", STORES, "ferreterias-union", Some(true)),
    ("Hugo Delgado", PLANT, "panales-delta", Some(true)),
    ("Marina Cano", SALES, "calzado-marina", Some(true)),
    ("Ramiro Olmos", OPERATIONS, "cafe-olmeca", Some(true)),
    ("Estela Marín", LOGISTICS, "puertos-del-golfo", Some(true)),
    ("Jaime Ochoa", PLANT, "talleres-ochoa", Some(true)),
    ("Elena Pineda", STORES, "panaderia-elena", Some(true)),
    ("Sergio Alarcón", PLANT, "quimica-alfa", Some(true)),
    ("Nora Lira", LOGISTICS, "bodegas-lira", Some(true)),
    ("Julián Teca", SALES, "grupo-teca", Some(true)),
    ("Alicia Vega", OPERATIONS, "plasticos-vega", Some(true)),
    ("Mario Tajín", FINANCE, "motores-tajin", Some(true)),
    ("Rosa Solar", PLANT, "imprenta-solar", Some(false)),
    ("Ernesto Nova", OPERATIONS, "empaques-nova", Some(true)),
    ("Karla Rival", SALES, "rivalsoft", Some(true)),
    ("Benito Lerma", LOGISTICS, "cervezas-del-norte", Some(true)),
    ("Aurora May", BUYER, "electrica-maya", Some(true)),
    ("Beto Salas", OPERATIONS, "", Some(true)),
];

/// The provider of free mail of the sample month, which the demo's configuration names as one.
pub const FREE_MAIL: &str = "correo-libre.example";

impl Cast {
    /// The story's people and a crowd of `companies` companies with two to four people each.
    pub fn draw(dice: &mut Dice, companies: usize) -> Self {
        let mut cast = Self::default();
        for (slug, name, industry, employees, country) in COMPANIES {
            cast.add_company(slug, name, industry, *employees, country);
        }
        for (name, job, slug, consent) in PEOPLE {
            let company = COMPANIES.iter().position(|company| company.0 == *slug);
            cast.add_person(name, *job, company, *consent);
        }
        cast.named = cast.people.len();
        while cast.companies.len() < COMPANIES.len() + companies {
            cast.add_crowd(dice);
        }
        cast
    }

    /// The person of the story with this name.
    ///
    /// # Panics
    /// Nobody has it: the story is at fault, and the tests of the month meet it.
    pub fn named(&self, name: &str) -> &Person {
        self.people[..self.named].iter().find(|person| person.name == name).unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// The company with this domain, `.example` left out.
    pub fn company(&self, slug: &str) -> Option<&Company> {
        self.companies.iter().find(|company| company.domain.strip_suffix(".example") == Some(slug))
    }

    /// Places of the people who are not of the story.
    pub fn crowd(&self) -> Vec<usize> {
        (self.named..self.people.len()).collect()
    }

    fn add_company(&mut self, slug: &str, name: &str, industry: &'static str, employees: i64, country: &'static str) {
        let id = format!("co-{:04}", self.companies.len() + 1);
        self.companies.push(Company { id, name: name.to_owned(), domain: format!("{slug}.example"), employees, industry, country });
    }

    fn add_person(&mut self, name: &str, job: Job, company: Option<usize>, consent: Option<bool>) {
        let number = self.people.len() + 1;
        let mailbox = slug(name).replace('-', ".");
        let domain = company.map_or(FREE_MAIL, |place| &self.companies[place].domain);
        let email = format!("{mailbox}@{domain}");
        let phone = (!number.is_multiple_of(3)).then(|| format!("+52-55-5550-{number:04}"));
        self.people.push(Person { id: format!("p-{number:05}"), name: name.to_owned(), email, phone, job, consent, company });
    }

    /// One more company, unless its name is taken, with its people.
    fn add_crowd(&mut self, dice: &mut Dice) {
        let (trade, industry) = *dice.pick(&TRADES);
        let name = format!("{trade} {}", dice.pick(&LAST_NAMES));
        let slug = slug(&name);
        if self.company(&slug).is_some() {
            return;
        }
        let employees = match dice.below(10) {
            0..=2 => dice.between(4, 45),
            3..=8 => dice.between(55, 900),
            _ => dice.between(1000, 4500),
        };
        let country = *dice.pick(&["MX", "MX", "MX", "CO", "PE", "CL", "ES"]);
        let place = self.companies.len();
        self.add_company(&slug, &name, industry, employees, country);
        for _ in 0..dice.between(2, 4) {
            let name = format!("{} {}", dice.pick(&FIRST_NAMES), dice.pick(&LAST_NAMES));
            let consent = match dice.below(20) {
                0 => Some(false),
                1 => None,
                _ => Some(true),
            };
            let job = if dice.chance(2) { STUDENT } else { *dice.pick(&JOBS) };
            self.add_person(&name, job, Some(place), consent);
        }
    }
}

/// A name as it stands in a domain: lower case, without accents, words joined by hyphens.
fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let folded = lower.chars().map(|letter| match letter {
        'á' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' => 'n',
        ' ' => '-',
        other => other,
    });
    folded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cast_is_whole() {
        let cast = Cast::draw(&mut Dice::new(1), 90);
        assert_eq!(cast.companies.len(), COMPANIES.len() + 90);
        assert!(cast.people.len() > 280, "{} people", cast.people.len());
        for person in &cast.people {
            assert!(person.email.is_ascii() && person.email.ends_with(".example"), "{}", person.email);
        }
        let without_company = cast.people.iter().filter(|person| person.company.is_none()).count();
        assert_eq!(without_company, 1, "only the story's one is without a company: a name of a company in `PEOPLE` is wrong");
        let mut domains: Vec<_> = cast.companies.iter().map(|company| &company.domain).collect();
        domains.sort_unstable();
        domains.dedup();
        assert_eq!(domains.len(), cast.companies.len(), "each has its own");
    }
}
